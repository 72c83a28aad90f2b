"""A local office as a process of its own, and letters to hand in: what the tests of the office stand on.

Letters are made by the very model and writer that deliver posts with, and sent over real sockets.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import aiohttp

from deploy.local.office_control import OfficeControl
from schemas.accepted import Address, Constituent
from schemas.letter import Letter
from schemas.wire import write

OFFICE = "HNY13"
CANARIES = ("Şehrazat", "Canary-Smith", "canary@example.org", "1 Canary Wharf", "Canaryville", "my canary died")
"""What no journal and no log may hold."""


def letter(
    letter_id: str | None = None, office: str = OFFICE, body: str = "Dear Representative, my canary died."
) -> bytes:
    """A letter as deliver posts it; a new one each time unless an id is given."""
    first_name, last_name, email, line1, city, _ = CANARIES
    return write(
        Letter(
            letter_id=letter_id or str(uuid4()),
            submission_id=str(uuid4()),
            campaign="syria-accountability",
            campaign_version=1,
            office=office,
            constituent=Constituent(
                first_name=first_name,
                last_name=last_name,
                email=email,
                address=Address(line1=line1, city=city, state="NY", zip5="10027"),
            ),
            subject="Please act",
            body=body,
            accepted_at=datetime.now(UTC),
        )
    )


def id_of(raw: bytes) -> str:
    """The letter's id."""
    return str(json.loads(raw)["letter_id"])


@dataclass(frozen=True)
class Answered:
    """An answer as it came over the socket."""

    status: int
    body: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


async def offer(
    control: OfficeControl,
    raw: bytes,
    *,
    office: str = OFFICE,
    headers: Mapping[str, str | None] | None = None,
    within_s: float = 20.0,
) -> Answered:
    """Hand in a letter on a connection of its own; ``headers`` with None are left out. Raises what aiohttp raises."""
    wanted = {"Content-Type": "application/json", **(headers or {})}
    if "Idempotency-Key" not in wanted:
        wanted["Idempotency-Key"] = id_of(raw)
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=within_s)) as session,
        session.post(
            control.letters_url.replace("{office}", office),
            data=raw,
            headers={name: value for name, value in wanted.items() if value is not None},
            skip_auto_headers=("Content-Type",),
            allow_redirects=False,
        ) as response,
    ):
        text = await response.text()
        return Answered(response.status, json.loads(text) if text else {}, response.headers.copy())


def hand_in(control: OfficeControl, raw: bytes, **how: Any) -> Answered:
    """``offer``, waited for."""
    return asyncio.run(offer(control, raw, **how))


def leave_once(control: OfficeControl, raw: bytes, seen: Callable[[], object]) -> None:
    """Hand in a letter, and go away without an answer as soon as ``seen`` says that the office has it."""

    async def leave() -> None:
        sender = asyncio.create_task(offer(control, raw))
        await asyncio.to_thread(until, seen)
        assert not sender.done()
        sender.cancel()

    asyncio.run(leave())


def until(condition: Callable[[], object], within_s: float = 30.0) -> None:
    """Wait for ``condition``, which the office's own answers make true."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


class OfficeProcess:
    """``python -m deploy.local.office`` in a folder; the same folder again is the same office after a restart."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder / "books", folder / "office.log"
        self._announce = folder / "port"

    def start(self) -> OfficeControl:
        """Start it, and wait until it listens."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.local.office", "--folder", self.folder, "--announce", self._announce],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.control = OfficeControl.announced(self._announce)
        return self.control

    def kill(self) -> None:
        """Without warning."""
        self.process.kill()
        self.process.wait(10)
        self._announce.unlink()

    def stop(self) -> int:
        """With SIGTERM; its exit code."""
        self.process.terminate()
        return self.process.wait(15)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait(10)
