"""The file that reference data is kept in: named, typed arrays behind a checksum, read where they lie.

A header, a table of sections, and the sections, little-endian and aligned to eight bytes, so that a worker maps the file and
casts what it needs without a copy. The checksum covers all that follows the header: a file that is damaged, cut short or of
a newer format is refused with what is wrong and what to do, and no bytes may make reading it fail in any other way.
A file is never edited in place: a new one is written beside it and renamed over it.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import struct
import sys
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final

from services.resolve.tables import InvalidReferenceError

MAGIC: Final = b"POSTBAG\x1a"
FORMAT: Final = 1
"""Raised by one whenever an older reader would misread what a newer compiler writes."""

REMEDY: Final = "copy it again from where it was built, or build it again with `postbag refdata build`"

_HEADER: Final = struct.Struct("<8sIIQ32s8x")  # magic, format, length of the table, length of the file, SHA-256
_ALIGNMENT: Final = 8
_CHUNK: Final = 1 << 18
_TYPECODES: Final = {"B": 1, "H": 2, "I": 4, "Q": 8, "b": 1, "h": 2, "i": 4, "q": 8, "f": 4, "d": 8}
"""Types whose size is the same everywhere, with that size in bytes; ``array`` and ``memoryview`` name them alike."""

Section = bytes | array  # type: ignore[type-arg]  # of numbers, whichever its typecode says


def write_container(target: IO[bytes], sections: Mapping[str, Section]) -> str:
    """Write ``sections`` in the order of their names to an empty ``target`` and return the file's version.

    Equal sections make equal bytes. Raises ``ValueError`` for an array whose type is not one of the portable ones.
    """
    if sys.byteorder != "little":
        raise ValueError("reference files are little-endian, and so must the machine be that compiles one")
    rows: list[tuple[str, str, int, int]] = []
    offset = 0
    for name in sorted(sections):
        section = sections[name]
        code = "B" if isinstance(section, bytes) else section.typecode
        if code not in _TYPECODES or (isinstance(section, array) and section.itemsize != _TYPECODES[code]):
            raise ValueError(f"section {name}: {code!r} is no portable type of number")
        length = memoryview(section).nbytes
        rows.append((name, code, offset, length))
        offset += length + -length % _ALIGNMENT
    table = json.dumps(rows, separators=(",", ":")).encode()
    table += b" " * (-len(table) % _ALIGNMENT)
    digest = hashlib.sha256(table)
    target.write(bytes(_HEADER.size) + table)
    for name, _, _, length in rows:
        for piece in (memoryview(sections[name]).cast("B"), bytes(-length % _ALIGNMENT)):
            digest.update(piece)
            target.write(piece)
    target.seek(0)
    target.write(_HEADER.pack(MAGIC, FORMAT, len(table), _HEADER.size + len(table) + offset, digest.digest()))
    return digest.hexdigest()[:12]


class Container:
    """An open file of sections. ``version`` is the first 12 hexadecimal digits of its checksum, ``size`` its length in bytes.

    Made by ``open_container``. Sections are views of the file itself; after ``close`` they raise ``ValueError``.
    """

    __slots__ = ("_data", "_file", "_sections", "size", "version")

    def __init__(self, data: mmap.mmap | bytes, version: str, table: Mapping[str, tuple[str, int, int]]) -> None:
        self.version: Final = version
        self.size: Final = len(data)
        self._data = data
        self._sections: dict[str, memoryview] = {}
        whole = memoryview(data)
        for name, (code, begin, length) in table.items():
            self._sections[name] = whole[begin : begin + length].cast(code)  # type: ignore[call-overload]
        whole.release()

    def __iter__(self) -> Iterator[str]:
        return iter(self._sections)

    def section(self, name: str, code: str) -> memoryview:
        """The section ``name``, of numbers of type ``code``. Raises ``InvalidReferenceError`` if there is no such one."""
        found = self._sections.get(name)
        if found is None or found.format != code:
            raise InvalidReferenceError(f"the reference file has no section {name} of type {code}: {REMEDY}")
        return found

    def raw(self, name: str) -> bytes:
        """A copy of the bytes of section ``name``. Raises ``InvalidReferenceError`` if there is none."""
        return bytes(self.section(name, "B"))

    def below(self, prefix: str) -> dict[str, memoryview]:
        """Every section whose name begins with ``prefix``, under the rest of its name."""
        return {name[len(prefix) :]: view for name, view in self._sections.items() if name.startswith(prefix)}

    def close(self) -> None:
        """Let go of the file; what still looks at a piece of it keeps the map until it is done."""
        for view in self._sections.values():
            try:
                view.release()
            except BufferError:
                continue  # a reader holds a view of the view
        if isinstance(self._data, mmap.mmap):
            try:
                self._data.close()
            except BufferError:
                return


def open_container(source: Path | bytes) -> Container:
    """Check the file at a path (or its bytes) from end to end, then map it.

    Raises:
        InvalidReferenceError: it is no reference file, is damaged or cut short, or has a format newer than ``FORMAT``.
        OSError: it cannot be read.
    """
    if sys.byteorder != "little":
        raise InvalidReferenceError("reference files are little-endian, and this machine is not: run it on one that is")
    if isinstance(source, bytes):
        length, digest = _check_header(source[: _HEADER.size], len(source))
        found = hashlib.sha256(memoryview(source)[_HEADER.size :])
        return _opened(source, length, digest, found.digest())
    with source.open("rb") as file:
        # Read rather than mapped: pages that only the checksum needs would count as this process's memory.
        size = file.seek(0, 2)
        file.seek(0)
        length, digest = _check_header(file.read(_HEADER.size), size)
        found = hashlib.sha256()
        while chunk := file.read(_CHUNK):
            found.update(chunk)
        return _opened(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), length, digest, found.digest())


def _check_header(header: bytes, size: int) -> tuple[int, bytes]:
    """The length of the table, and the checksum that the rest must have."""
    if len(header) < _HEADER.size or not header.startswith(MAGIC):
        raise InvalidReferenceError(f"this is no reference file: {REMEDY}")
    _, number, length, expected, digest = _HEADER.unpack(header)
    if number != FORMAT:
        remedy = "update Postbag" if number > FORMAT else REMEDY
        raise InvalidReferenceError(f"the reference file has format {number}, and this reads format {FORMAT}: {remedy}")
    if size != expected:
        raise InvalidReferenceError(f"the reference file has {size} bytes of {expected}: {REMEDY}")
    return length, digest


def _opened(data: mmap.mmap | bytes, length: int, expected: bytes, found: bytes) -> Container:
    if found != expected:
        raise InvalidReferenceError(f"the reference file is damaged (its checksum is not what it says): {REMEDY}")
    begin = _HEADER.size + length
    try:
        table = _places(json.loads(data[_HEADER.size : begin]), begin, len(data))
        return Container(data, found.hex()[:12], table)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise InvalidReferenceError(f"the reference file's table of sections is not one ({error}): {REMEDY}") from error


def _places(rows: Any, begin: int, size: int) -> dict[str, tuple[str, int, int]]:
    table = {name: _place(code, begin, offset, length, size) for name, code, offset, length in rows}
    if len(table) != len(rows) or not all(isinstance(name, str) for name in table):
        raise ValueError("a name twice, or none")
    return table


def _place(code: str, begin: int, offset: int, length: int, size: int) -> tuple[str, int, int]:
    if code not in _TYPECODES:
        raise ValueError("a section of another type")
    if not (type(offset) is type(length) is int and offset >= 0 and 0 <= length <= size - begin - offset):
        raise ValueError("a section outside of the file")
    if offset % _ALIGNMENT:
        raise ValueError("a section that is not aligned")
    return code, begin + offset, length
