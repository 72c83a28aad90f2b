"""What the tests of the channels of congressional intake post to: the local intake in this process, and letters for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from aiohttp import web

from deploy.local.cwc_intake_desk import Call, IntakeDesk
from deploy.local.office_book import Book
from deploy.local.office_faults import Command, Fault
from schemas.letter import Letter
from services.deliver.answers import Answer
from services.deliver.channels.cwc.channel import Cwc
from services.deliver.channels.cwc.settings import Chamber, CwcSettings
from services.pipeline.settings import load
from tests.unit import made
from tests.unit.cwc_documents import OFFICES, form
from tests.unit.cwc_documents import letter as facts

KEY: Final = "canary-key+/=&?1"
"""With characters that mean something in an address."""
PATIENT: Final = 30.0
HURRIED: Final = 2.0
"""Seconds an attempt may take: far more than any answer needs, or less than the far side takes."""

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def letter(number: int = 1, chamber: Chamber = "house", **changes: Any) -> Letter:
    """Letter ``number`` with its document as render makes it."""
    office = changes.pop("office", OFFICES[chamber])
    identity = made.identity(number)
    document = form().make(facts(chamber, letter_id=identity, office=office))
    return made.letter(number, **{"office": office, "cwc": document, **changes})


def body_of(channel: Cwc, one: Letter) -> bytes:
    """What is sent of the letter, which must fit."""
    body = channel.body(one, "")
    assert isinstance(body, bytes), body
    return body


class Intake:
    """The local intake at work. ``url`` is its base address."""

    def __init__(self, book: Book, desk: IntakeDesk, port: int) -> None:
        self.book, self.desk, self.url = book, desk, f"http://127.0.0.1:{port}"

    def behave(self, call: Call, fault: Fault | None) -> None:
        self.desk.faults[call].obey(Command(office="*"))
        if fault:
            self.desk.faults[call].obey(Command(office="*", fault=fault))

    def count(self, what: str) -> int:
        return int(self.book.report()[what])


@asynccontextmanager
async def intake(folder: Path, chamber: Chamber = "house", offices: tuple[str, ...] = ()) -> AsyncIterator[Intake]:
    with Book(folder / "books") as book:
        desk = IntakeDesk(book, chamber, KEY, set(offices or (OFFICES[chamber], "HNY12", "HCA01")))
        runner = web.AppRunner(desk.app(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield Intake(book, desk, runner.addresses[0][1])
        finally:
            await runner.cleanup()


def settings(folder: Path, url: str, chamber: Chamber = "house", **changes: Any) -> CwcSettings:
    given: dict[str, Any] = {
        f"cwc_{chamber}_test_url": url,
        f"cwc_{chamber}_key": KEY,
        "attempt_seconds": PATIENT,
        "state_dir": folder / "state",
    }
    return load(CwcSettings, **(given | changes))


@asynccontextmanager
async def channel(folder: Path, url: str, chamber: Chamber = "house", **changes: Any) -> AsyncIterator[Cwc]:
    opened = Cwc.opened(settings(folder, url, chamber, **changes), chamber)
    try:
        yield opened
    finally:
        await opened.close()


async def meet(
    folder: Path,
    tell: Callable[[Intake], None],
    chamber: Chamber = "house",
    **changes: Any,
) -> tuple[Answer, int, int]:
    """The answer to one letter by an intake that was told something; then how many letters it has, and was offered."""
    async with intake(folder, chamber) as there, channel(folder, there.url, chamber, **changes) as one:
        tell(there)
        ours = letter(chamber=chamber)
        answer = await one.attempt(ours, "", body_of(one, ours))
        return answer, there.count("accepted"), there.desk.asked["message"]
