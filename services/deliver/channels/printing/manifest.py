"""The manifest of an office's day: a CSV file with one row a letter, in the order in which the letters were written.

A row is added by one write at the end of the file, behind its letter, so that a day of 10,000 letters is written once and not
10,000 times. What a crash can leave, half a row or a row without its letter, is taken away before the next row is added;
a row that is missing is added when the letter's attempt is repeated. The file holds personal data: nobody but its owner
may read it.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.deliver.channels.printing.cells import line, neutral

if TYPE_CHECKING:
    from schemas.letter import Letter

COLUMNS: Final = ("letter_id", "name", "city", "zip", "subject", "pages", "sha256")
HEAD: Final = b"\xef\xbb\xbf" + line(COLUMNS)
"""With the mark by which spreadsheets know UTF-8; without it they show names in the system's own alphabet."""

_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_PAGES: Final = re.compile(rb"/Type\s*/Pages\b[^>]{0,200}?/Count\s+([0-9]{1,6})")
_TAIL: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Row:
    """What the manifest says of a letter; ``pages`` is None where the PDF's own count could not be read."""

    letter_id: str
    pages: int | None
    sha256: str


def row_of(letter: Letter, pdf: bytes) -> bytes:
    """The letter's line."""
    person = letter.constituent
    name = " ".join(part for part in (person.prefix, person.first_name, person.last_name) if part)
    typed = map(neutral, (name, person.address.city, person.address.zip5, letter.subject))
    return line((letter.letter_id, *typed, str(pages_of(pdf) or ""), sha256(pdf).hexdigest()))


def pages_of(pdf: bytes) -> int | None:
    """How many pages a PDF says it has: the largest count of its page tree. None where the tree is packed away."""
    return max(map(int, _PAGES.findall(pdf)), default=None)


def rows(path: Path) -> tuple[Row, ...]:
    """The rows, each letter once. A row that is not whole is none, and a file that is not there has none. Raises OSError."""
    return tuple(row for row, _ in _read(path))


def holds(path: Path, letter_id: str) -> bool:
    """Whether the letter has a whole row. Raises OSError."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return False
    wanted = letter_id.encode()
    at = content.find(wanted)
    while at >= 0:  # elsewhere than at the start of a line it is something that somebody typed
        if content[max(0, at - 2) : at].endswith((b"\n", b'\n"')) and content.find(b"\n", at) >= 0:
            return True
        at = content.find(wanted, at + 1)
    return False


def add(path: Path, row: bytes) -> None:
    """Add a row, all of it or nothing. Raises OSError."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = _whole(handle)
        new = row if size else HEAD + row
        try:
            written = os.write(handle, new)
        except OSError:
            os.ftruncate(handle, size)
            raise
        if written < len(new):  # a disk that fills up takes a part
            os.ftruncate(handle, size)
            raise OSError("the disk took a part of a row")
    finally:
        os.close(handle)


def settle(path: Path, letters: Collection[str]) -> None:
    """Leave one row for each of ``letters``, the ids of the PDF files that are there, and none for any other.

    The file is replaced as a whole, and only if that changes it. Raises OSError.
    """
    kept: list[bytes] = []
    for row, raw in _read(path):
        if row.letter_id in letters:
            kept.append(raw)
    content = HEAD + b"".join(kept) if kept else b""
    if not path.exists() or path.read_bytes() == content:
        return
    part = path.with_name(f"{path.name}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _whole(handle: int) -> int:
    """The file's length, after half a row at its end was taken away."""
    size = os.fstat(handle).st_size
    tail = os.pread(handle, _TAIL, max(0, size - _TAIL))
    whole = size - (len(tail) - 1 - tail.rfind(b"\n"))
    if whole < size:
        os.ftruncate(handle, whole)
    return whole


def _read(path: Path) -> Iterator[tuple[Row, bytes]]:
    """Each letter's first whole row and its line. Somebody may have saved the file from a spreadsheet: read it kindly."""
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return
    known: set[str] = set()
    for raw in lines:
        if not raw.endswith(b"\n"):
            continue
        try:
            cells = next(csv.reader([raw.decode()]))
        except (UnicodeDecodeError, csv.Error, StopIteration):
            continue
        if len(cells) != len(COLUMNS) or not _ID.fullmatch(cells[0]) or not _SHA256.fullmatch(cells[-1]):
            continue
        if cells[0] not in known:
            known.add(cells[0])
            yield Row(cells[0], int(cells[5]) if cells[5].isdecimal() else None, cells[-1]), raw
