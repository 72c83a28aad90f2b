"""A table as importers see it, whatever it was stored as: named columns, and rows with the line on which each begins.

Publishers order and case their columns as they like, so columns are found by name, and a name that stands twice is refused
rather than guessed. Every refusal names the file, the line and the column; none quotes a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.resolve.importers.errors import ImportRefused

Row = tuple[int, list[str]]
"""The line on which a row begins (the first of a file is 1), and its values, as many as there are columns or more."""


def column_name(text: str) -> str:
    """A header's name without what differs between exports of the same table: case, outer space, spaces and hyphens."""
    return re.sub(r"[\s-]+", "_", text.strip()).casefold()


@dataclass(frozen=True, slots=True)
class Table:
    """``name`` is for messages; ``columns`` are as ``column_name`` makes them; ``rows`` can be taken once."""

    name: Path
    columns: tuple[str, ...]
    rows: Iterator[Row]
    header_line: int

    def find(self, *names: str) -> int | None:
        """Where the first of ``names`` that is a column stands; None without any. A column that stands twice is refused."""
        for name in names:
            if self.columns.count(name) > 1:
                raise self.refuse(self.header_line, f"column {name} stands twice", "Keep the one that is meant")
            if name in self.columns:
                return self.columns.index(name)
        return None

    def need(self, what: str, *names: str) -> int:
        """As ``find``, for a column that must be there; ``what`` says in words what it holds."""
        where = self.find(*names)
        if where is None:
            known = ", ".join(names[:4])
            raise self.refuse(self.header_line, f"no column holds {what}", f"Name the column that does: {known}")
        return where

    def like(self, pattern: str) -> list[tuple[int, re.Match[str]]]:
        """The columns whose whole names match, in their order."""
        return [(where, found) for where, name in enumerate(self.columns) if (found := re.fullmatch(pattern, name))]

    def refuse(self, line: int, problem: str, remedy: str, column: int | None = None) -> ImportRefused:
        """The error to raise for what stands on a line, in a column where one is to blame."""
        where = f"line {line}" if column is None else f"line {line}, column {self.columns[column]}"
        return ImportRefused(self.name, f"{where}: {problem}", remedy)
