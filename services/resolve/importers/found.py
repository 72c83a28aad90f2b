"""What an importer found in a file, for a person to check and for the reference file to keep.

Counts are the only defence against a file that is read without an error and is still wrong, so every importer counts what it
took and what it left out, by reason, and a caller may say what the totals must be.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from services.resolve.importers.errors import ImportRefused
from services.resolve.reference.contents import Source

Progress = Callable[[int, int], None]
"""Called now and then with (done, total), in bytes of text or in rows; ``done`` never shrinks within one file."""


def silent(done: int, total: int) -> None:
    """The progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file that was read to its end. ``rows`` are those with data, taken or not; ``counts`` say which were not."""

    path: Path
    kind: str
    sha256: str
    rows: int
    congress: int | None
    counts: Mapping[str, int]

    def source(self, *, url: str = "", published_on: date | None = None, licence: str = "") -> Source:
        """The same for the reference file's manifest; the Congress, where the file names it, is among the counts."""
        congress = {} if self.congress is None else {"congress": self.congress}
        counts = congress | dict(self.counts)
        return Source(self.path.name, self.kind, self.sha256, self.rows, url, published_on, licence, counts)


def sha256_of(path: Path) -> str:
    """The checksum of the file as published, packed or not."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_totals(found: Found, expect: Mapping[str, int] | None) -> None:
    """Refuse a file whose counts are not those expected; keys are those of ``counts``, ``rows`` and ``congress``.

    Raises:
        ImportRefused: a total differs. The text has both numbers.
        KeyError: nobody counts that.
    """
    known = {"rows": found.rows, "congress": found.congress} | dict(found.counts)
    for name, wanted in (expect or {}).items():
        if known[name] != wanted:
            raise ImportRefused(
                found.path,
                f"it has {known[name]} {name}, not {wanted}",
                "Download it again; if its publisher did change it, change the expected total",
            )


def check_congress(found: Found, wanted: int | None) -> None:
    """Refuse a file that names another Congress than the one wanted; one that names none cannot be checked.

    Raises:
        ImportRefused: it is for another one.
    """
    if wanted is not None and found.congress not in (None, wanted):
        problem = f"it is for Congress {found.congress}, not {wanted}"
        raise ImportRefused(found.path, problem, "Take the file for the map that is meant")
