"""Mails, one after the other, from wherever they lie: files (.eml), mbox, Maildir, a folder of files, standard input.

A mailbox may be larger than memory and a mail in it larger than any answer, so mails are read one by one and each only up to
a bound: what a notification says stands before the mail that it returns. Nothing is moved, marked or written.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

STDIN: Final = "-"

MOST_BYTES: Final = 2 << 20
"""Of one mail. What lies beyond is not looked at."""

_MBOX: Final = b"From "
_MAILDIR: Final = ("new", "cur")


class Mail(NamedTuple):
    """A mail's bytes, and where it lies, in words that an operator finds it by."""

    place: str
    raw: bytes


def mails(path: str) -> Iterator[Mail]:
    """Every mail of ``path``, ``-`` being standard input. Raises ``OSError`` where it cannot be read."""
    if path == STDIN:
        yield from _of_file("standard input", sys.stdin.buffer)
        return
    where = Path(path)
    if not where.is_dir():
        with where.open("rb") as file:
            yield from _of_file(path, file)
        return
    folders = [where / name for name in _MAILDIR if (where / name).is_dir()]
    for file_path in _files(folders) if folders else sorted(where.glob("*.eml")):
        try:
            with file_path.open("rb") as file:
                raw = file.read(MOST_BYTES)
        except FileNotFoundError:  # a mail program has moved it meanwhile; what went from new to cur comes by there
            continue
        yield Mail(str(file_path), raw)


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def _of_file(place: str, file: BinaryIO) -> Iterator[Mail]:
    first = file.readline(MOST_BYTES)
    if not first.startswith(_MBOX):
        if first:
            yield Mail(place, first + file.read(MOST_BYTES - len(first)))
        return
    for number, raw in enumerate(_of_mbox(file), start=1):
        yield Mail(f"{place}, mail {number}", raw)


def _of_mbox(file: BinaryIO) -> Iterator[bytes]:
    """The mails of a mbox whose first line has been read: each begins after an empty line and a line with ``From ``."""
    kept, size, empty = list[bytes](), 0, False
    while line := file.readline(MOST_BYTES):
        if empty and line.startswith(_MBOX):
            yield b"".join(kept)
            kept, size = [], 0
        elif size < MOST_BYTES:
            kept.append(line[: MOST_BYTES - size])
            size += len(line)
        empty = not line.strip(b"\r\n")
    yield b"".join(kept)
