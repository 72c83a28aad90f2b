"""Reads delimited text as publishers publish it: commas, pipes or tabs, with or without a byte-order mark, packed or plain.

One reader for all tables, so that every importer is equally strict and names the same line numbers: a short row, a broken
quote or a wrong encoding is refused with its line, never repaired. Rows are streamed; nothing here knows what they mean,
and a row's text never becomes part of an error.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.found import Progress, silent
from services.resolve.importers.packed import open_member
from services.resolve.importers.table import Row, Table, column_name

if TYPE_CHECKING:
    from _csv import Reader

_DELIMITERS = ",|\t;"
_CHUNK = 1 << 20
_AGAIN = "Download or export it again"
_AS_UTF8 = "Export it again as delimited text in UTF-8"


@contextmanager
def open_text(
    path: Path,
    *,
    columns: tuple[str, ...] = (),
    member: str | None = None,
    progress: Progress = silent,
) -> Iterator[Table]:
    """The table in a text file, or in ``member`` of a zip archive (by default its only text file).

    ``columns`` names the columns of a file that has no header; such files are read tab-separated and unquoted, as
    GeoNames writes them. Otherwise the first line is the header and shows the delimiter.

    Raises:
        ImportRefused: at once or while rows are taken: not text, not UTF-8, a row of another length, a broken quote.
        OSError: the file cannot be read.
    """
    with open_member(path, member) as (binary, size, inside):
        name = Path(f"{path} ({inside})") if inside else path
        counted = io.BufferedReader(_Counted(binary, size, progress), _CHUNK)
        text = io.TextIOWrapper(counted, encoding="utf-8-sig", newline="")
        lines = _decoded(name, text, lambda: _first_bad_line(path, member))
        if columns:
            reader = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            yield Table(name, columns, _rows(name, reader, len(columns)), 0)
            return
        first = next(lines, "")
        reader = csv.reader(chain((first,), lines), delimiter=_delimiter(name, first), strict=True)
        header = tuple(column_name(text) for text in next(_whole(name, reader))[1])
        yield Table(name, header, _rows(name, reader, len(header)), 1)


def _delimiter(name: Path, header: str) -> str:
    if not header.strip():
        raise ImportRefused(name, "line 1 is empty, where the header should be", _AGAIN)
    if header.lstrip().startswith("<"):
        raise ImportRefused(name, "it is a web page, not a table", "Download the file itself")
    return max(_DELIMITERS, key=header.count)


def _rows(name: Path, reader: Reader, width: int) -> Iterator[Row]:
    """The rows that hold anything. Values that are missing or too many end the reading."""
    for line, values in _whole(name, reader):
        if not any(values):
            continue
        if len(values) != width and (len(values) < width or any(values[width:])):
            problem = f"line {line} has {len(values)} values, the header {width}"
            raise ImportRefused(name, problem, f"The file is cut off or damaged: {_AGAIN.lower()}")
        yield line, values


def _whole(name: Path, reader: Reader) -> Iterator[Row]:
    """Every row with the line on which it begins: a quoted value may run over several."""
    begin = reader.line_num + 1
    try:
        for values in reader:
            yield begin, values
            begin = reader.line_num + 1
    except csv.Error as error:
        raise ImportRefused(name, f"line {begin} is no delimited text ({error})", _AGAIN) from None


def _decoded(name: Path, text: io.TextIOWrapper, bad_line: Callable[[], int]) -> Iterator[str]:
    try:
        yield from text
    except UnicodeDecodeError:
        raise ImportRefused(name, f"line {bad_line()} is not UTF-8", _AS_UTF8) from None


def _first_bad_line(path: Path, member: str | None) -> int:
    """Found by reading once more: the decoder works in chunks and knows no lines."""
    with open_member(path, member) as (binary, _, _inside):
        for number, line in enumerate(binary, 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    raise AssertionError("the file changed while it was read")


class _Counted(io.RawIOBase):
    """Bytes on their way to the reader, reported as they pass."""

    def __init__(self, source: IO[bytes], size: int, progress: Progress) -> None:
        self._source, self._size, self._progress = source, size, progress
        self._done = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        content = self._source.read(len(buffer))
        buffer[: len(content)] = content
        self._done += len(content)
        self._progress(self._done, self._size)
        return len(content)
