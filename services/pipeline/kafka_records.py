"""Lets the client library read every record that Kafka lets anybody write.

A header's name should be UTF-8, and no broker insists on it. The library (3.0.12) fails on such a record, and from then on
its ``poll`` never returns: one header from one frontend would stop a stage for good. So the batch that it parses is given
a way to mend the name and read on. Nothing else of a record is ever changed, and only a record that could not be read.
"""

from __future__ import annotations

import re
from typing import Any, Final

from kafka.record import memory_records
from kafka.record.default_records import DefaultRecordBatch
from kafka.record.util import decode_varint

_NOT_PLAIN: Final = re.compile(rb"[^\x20-\x7e]")


class ReadableBatch(DefaultRecordBatch):  # type: ignore[misc]
    """A record batch whose header names may be any bytes: those of a name that is not UTF-8 are read as `?`."""

    __slots__ = ()

    def _read_msg(self) -> Any:
        try:
            return super()._read_msg()
        except UnicodeDecodeError:
            self._mend()
            return super()._read_msg()

    def _mend(self) -> None:
        """Replace what cannot be read in the header names of the record at hand, in the library's own copy of it.

        Source: the record format of Kafka's protocol guide (length, attributes, timestamp, offset, key, value, headers).
        """
        buffer: bytearray = self._buffer
        at: int = self._pos
        for _ in ("length", "attributes", "timestamp", "offset"):
            _, at = decode_varint(buffer, at)
        for _ in ("key", "value"):
            at = _end_of_bytes(buffer, at)
        count, at = decode_varint(buffer, at)
        for _ in range(count):
            end = _end_of_bytes(buffer, at)
            _, start = decode_varint(buffer, at)
            buffer[start:end] = _readable(bytes(buffer[start:end]))
            at = _end_of_bytes(buffer, end)


def _readable(name: bytes) -> bytes:
    """The name, of the same length, as UTF-8."""
    try:
        name.decode()
    except UnicodeDecodeError:
        return _NOT_PLAIN.sub(b"?", name)
    return name


def _end_of_bytes(buffer: bytearray, at: int) -> int:
    """Where the bytes end whose length stands at ``at``; a negative length means that there are none."""
    length, at = decode_varint(buffer, at)
    return int(at + max(0, length))


def read_any_header() -> None:
    """Make every consumer of this process read with ``ReadableBatch``."""
    memory_records.DefaultRecordBatch = ReadableBatch
