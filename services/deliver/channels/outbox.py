"""Writes each letter to a file, for trials and for offices that are visited by hand.

The file's name is the letter's id, so a repeated attempt finds it there and changes nothing. A file appears whole or not
at all (written aside, then renamed), and one sync a batch makes the whole batch durable before its outcomes are written.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from schemas.wire import write
from services.deliver.answers import Answer, of_local
from services.deliver.channels.whole_file import is_whole, write_whole

if TYPE_CHECKING:
    from schemas.letter import Letter

_WRITTEN: Final = of_local("written")
_FAILED: Final = of_local("disk_failed")


class Outbox:
    """Files under ``folder/<office>/<letter id>.json``. See ``channel.Channel`` for the duties."""

    name = "outbox"
    idempotent = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: set[str] = set()
        self._written = 0

    def body(self, letter: Letter, to: str) -> bytes:
        """The letter as one JSON event; ``to`` is not asked: the office's folder is the address."""
        return write(letter)

    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        """Write the letter, unless it is there."""
        folder = f"{self._folder}/{letter.office}"
        path = f"{folder}/{letter.letter_id}.json"
        try:
            if letter.office not in self._made:
                os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - plain strings: this runs for every letter
                self._made.add(letter.office)
            _write_once(path, body)
        except OSError:
            self._made.discard(letter.office)  # somebody may have tidied it away
            return _FAILED
        self._written += 1  # a file that was there may not have reached the disk
        return _WRITTEN

    async def flush(self) -> None:
        """Wait for the disk, once for all files of the batch."""
        if self._written:
            os.sync()
            self._written = 0

    async def close(self) -> None:
        """Nothing is open."""


def _write_once(path: str, body: bytes) -> None:
    """All of ``body`` or none of it, unless the file is there as a whole. Raises OSError."""
    if not is_whole(path, len(body)):
        write_whole(path, body)
