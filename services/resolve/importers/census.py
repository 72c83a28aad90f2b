"""Reads the Census Bureau's relationship file of ZIP code tabulation areas and congressional districts, as published.

It is the only public table that is right row by row (tables derived from it lose states that share a district's number, or
keep the largest part only), so it is read strictly: which Congress it is for is read from its columns, water-only parts are
kept with the share 0, and a file of another kind or one that is cut off is refused.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from zipfile import is_zipfile

from services.resolve.importers import codes
from services.resolve.importers.delimited import open_text
from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.found import Found, Progress, check_congress, check_totals, sha256_of, silent
from services.resolve.importers.shares import Parts
from services.resolve.importers.table import Table
from services.resolve.reference.contents import ZipTable

_GEOID = re.compile(r"geoid_(?P<kind>[a-z]+)(?P<number>\d*)_\d\d")
_WANTED = "Take tab20_cd11920_zcta520_natl.txt, or that of another Congress, from the relationship files of census.gov"
_WHOLE = 0.999
"""A district's parts add up to its land; a file that ends before they do is cut off."""


def read_census(
    path: Path,
    *,
    congress: int | None = None,
    expect: Mapping[str, int] | None = None,
    progress: Progress = silent,
) -> tuple[ZipTable, Found]:
    """The pairs of ZIP and district with their shares of each ZIP's land.

    Counted, and left out: ``without_zip``, the rest of a district outside every area; ``undefined``, water and land in no
    district (``ssZZ``). Counted, and kept: ``water_only``, parts without land, whose share is 0; ``zips_without_land``, which
    have no shares at all.

    Args:
        path: The text file, plain or in a zip archive.
        congress: Refuse a file for another one.
        expect: Totals that must be met; see ``check_totals``.
        progress: Called with bytes read and in all.

    Raises:
        ImportRefused: a file of another kind or Congress, cut off, or with other totals.
        OSError: it cannot be read.
    """
    parts, counts, rows = Parts(), Counter[str](without_zip=0, undefined=0, water_only=0), 0
    with open_text(path, progress=progress) as table:
        found_congress, geoid_at, zip_at = _columns(table)
        land_at = table.need("the land of each part", "arealand_part")
        coverage = _Coverage(table, geoid_at, land_at)
        for line, row in table.rows:
            rows += 1
            coverage.add(row)
            if not row[zip_at].strip():
                counts["without_zip"] += 1
                continue
            zip5 = codes.zip5(table, line, zip_at, row[zip_at])
            geoid = codes.geoid(table, line, geoid_at, "", row[geoid_at])
            land = codes.amount(table, line, land_at, row[land_at])
            if land is None:
                raise table.refuse(line, "the part's land is missing", _WANTED, land_at)
            counts["undefined"] += not geoid
            counts["water_only"] += bool(geoid) and not land
            if geoid and not parts.add(zip5, geoid, land):
                raise table.refuse(line, f"ZIP {zip5} and district {geoid} stand here twice", _WANTED)
    _check_end(path, rows, coverage)
    made = parts.table("land")
    counts["zips_without_land"] = sum(None in shares.values() for shares in made.zips.values())
    found = Found(path, "relationship", sha256_of(path), rows, found_congress, parts.counts() | dict(counts))
    check_congress(found, congress)
    check_totals(found, expect)
    return made, found


def _columns(table: Table) -> tuple[int, int, int]:
    """The Congress, and where the GEOIDs of districts and of ZIP areas stand."""
    sides = {match["kind"]: (match["number"], where) for where, match in table.like(_GEOID.pattern)}
    if "cd" not in sides or "zcta" not in sides:
        has = " and ".join(kind.upper() for kind in sorted(sides)) or "something else"
        raise table.refuse(1, f"it relates {has}, not ZIP areas and congressional districts", _WANTED)
    number, geoid_at = sides["cd"]
    return int(number), geoid_at, sides["zcta"][1]


class _Coverage:
    """How much of each district's land its rows account for, in the file's order."""

    def __init__(self, table: Table, geoid_at: int, land_at: int) -> None:
        whole = table.like(r"arealand_cd\d+_\d\d")
        self._geoid_at, self._land_at = geoid_at, land_at
        self._whole_at = whole[0][0] if whole else None
        self._land: defaultdict[str, int] = defaultdict(int)
        self._last: tuple[str, int] = ("", 0)

    def add(self, row: list[str]) -> None:
        if self._whole_at is not None and row[self._land_at].isdecimal() and row[self._whole_at].isdecimal():
            self._land[row[self._geoid_at]] += int(row[self._land_at])
            self._last = (row[self._geoid_at], int(row[self._whole_at]))

    def ends_short(self) -> bool:
        geoid, whole = self._last
        return self._land[geoid] < _WHOLE * whole


def _check_end(path: Path, rows: int, coverage: _Coverage) -> None:
    """A line without an end is no proof that the rest is missing; together with a district that is incomplete it is."""
    if not rows:
        raise ImportRefused(path, "it has a header and no rows", _WANTED)
    if not is_zipfile(path) and not _ends_a_line(path) and coverage.ends_short():
        raise ImportRefused(path, f"line {rows + 1} ends in its middle: the file is cut off", "Download it again")


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) in b"\r\n"
