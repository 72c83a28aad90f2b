"""Far sides that are folders, and one that is nobody: of the channels `outbox`, `print` and `discard`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from hashlib import sha256
from pathlib import Path

from schemas.letter import Letter
from services.deliver.channel import Channel
from services.deliver.channels.discard import Discard
from services.deliver.channels.outbox import Outbox
from services.deliver.channels.printing.channel import Print
from tests.conformance.channels import PAPER, PATIENT, Manner, Peer, closing
from tests.unit import made


class _Folder(Peer):
    suffix: str

    @property
    def root(self) -> Path:
        return self.folder / "letters"

    def arrived(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self.root.rglob(f"*{self.suffix}") if self.root.is_dir() else ():
            found.setdefault(path.stem, []).append(sha256(path.read_bytes()).hexdigest())
        return found

    async def start(self) -> None:
        if self.root.is_file():
            self.root.unlink()
            (self.folder / "away").rename(self.root)

    async def stop(self) -> None:
        if self.root.is_file():
            return
        self.root.mkdir(exist_ok=True)
        self.root.rename(self.folder / "away")
        self.root.write_text("not a folder")

    @asynccontextmanager
    async def mischief(self, number: int) -> AsyncIterator[Channel | None]:
        if number:
            yield None
            return
        office = self.root / made.letter().office
        self.root.mkdir(exist_ok=True)
        if office.exists():
            office.rename(self.folder / "aside")
        office.write_text("not a folder")
        async with closing(self.open(PATIENT)) as channel:
            yield channel


class OutboxPeer(_Folder):
    name = "outbox"
    suffix = ".json"

    def open(self, seconds: float) -> Channel:
        return Outbox(self.root)


class PrintPeer(_Folder):
    """It hangs at the first letter: opening a pipe to write waits for a reader, as a disk that is gone does."""

    name = "print"
    suffix = ".pdf"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._pipe = self.root / "HNY13" / "2026-03-04" / f"{made.identity(1)}.pdf.part"

    def open(self, seconds: float) -> Channel:
        return Print(self.root, UTC, seconds, made.NOW.timestamp)

    def letter(self, number: int = 1) -> Letter:
        return made.letter(number, paper=PAPER)

    def unfit(self) -> Letter:
        return made.letter()

    def behave(self, manner: Manner) -> None:
        super().behave(manner)
        if manner == "hangs":
            self._pipe.parent.mkdir(parents=True, exist_ok=True)
            os.mkfifo(self._pipe)
        elif self._pipe.exists():
            aside = self._pipe.rename(self._pipe.with_suffix(".aside"))
            reader = os.open(aside, os.O_RDONLY | os.O_NONBLOCK)  # whoever waits goes on, and finds its file gone
            asyncio.get_running_loop().call_later(0.2, os.close, reader)


class DiscardPeer(Peer):
    name = "discard"

    def open(self, seconds: float) -> Channel:
        return Discard()

    def arrived(self) -> dict[str, list[str]]:
        return {}
