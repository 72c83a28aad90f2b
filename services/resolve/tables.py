"""Reads the reference tables that ship with Postbag: CSV files of facts that name where the facts are published.

They are plain text so that a person can check a row against its source and see a change in a diff. Reading is strict: a
column too many, a short row or an empty table is refused by name. Nothing here knows what the rows mean.
"""

from __future__ import annotations

import csv
import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable

SAMPLE: Traversable = files("services.resolve") / "sample"
"""The shipped reference sample. Every reader takes another folder instead, a ``pathlib.Path`` for one."""

TABLES = ("apportionment.csv", "zip3.csv", "state_lines.csv", "zips.csv")


class InvalidReferenceError(ValueError):
    """Reference data that contradicts itself or the known totals. The text names the table and the row's key."""


def read_table(folder: Traversable, name: str, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The rows of one table, in its order; lines that start with ``#`` are comments.

    Raises:
        InvalidReferenceError: the text is not CSV, the header is not ``columns``, a row has another length, or there
            is no row.
        OSError: the file cannot be read.
    """
    lines = [line for line in _text(folder, name).splitlines() if line and not line.startswith("#")]
    try:
        header, *rows = [tuple(row) for row in csv.reader(lines, strict=True)] or [()]
    except csv.Error as error:
        raise InvalidReferenceError(f"{name}: {error}") from error
    if header != columns:
        raise InvalidReferenceError(f"{name}: the columns are {header}, not {columns}")
    if not rows:
        raise InvalidReferenceError(f"{name}: no rows")
    for row in rows:
        if len(row) != len(columns):
            raise InvalidReferenceError(f"{name}: row {row[0]} has {len(row)} values, not {len(columns)}")
    return rows


def content_version(folder: Traversable) -> str:
    """Twelve hexadecimal digits that change with any byte of the tables, however the checkout ends its lines."""
    digest = hashlib.sha256()
    for name in TABLES:
        content = _text(folder, name).encode()
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]


def _text(folder: Traversable, name: str) -> str:
    with folder.joinpath(name).open("r", encoding="utf-8") as file:
        return str(file.read())
