"""Reads products that say for each range of ZIP+4 in which district it lies: Cicero's layout (Melissa), or a simple one.

They come with the districts of every chamber, and a state's lower house may bear the same name as the nation's, so the type
of a district decides which rows are taken. Two districts for one ZIP+4 are refused: there is nothing to choose by. A ZIP+4
is close to an address, so errors name lines and ZIPs, never the four digits.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.resolve.importers import codes
from services.resolve.importers.delimited import open_text
from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.found import Found, Progress, check_totals, sha256_of, silent
from services.resolve.importers.table import Table
from services.resolve.reference.contents import Plus4Range

LOWS: Final = ("plus4low", "plus4_low", "low", "lo", "zip4_low")
HIGHS: Final = ("plus4high", "plus4_high", "high", "hi", "zip4_high")
_NO_DELIVERY: Final = re.compile(r"\d\dND", re.IGNORECASE)  # USPS: a part in which no mail is delivered
_FEDERAL: Final = re.compile(r"(united states|u\.?s\.?) (house|congress).*|congress.*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Columns:
    zip_at: int
    low_at: int
    high_at: int
    geoid_at: int | None
    district_at: int
    state_at: int
    type_at: int | None
    chamber_at: int | None


def read_plus4(
    path: Path, *, expect: Mapping[str, int] | None = None, progress: Progress = silent
) -> tuple[list[Plus4Range], Found]:
    """The ranges in order, those of one district that touch or overlap made one.

    Counted, and left out: rows of ``other_chambers``, ``without_plus4``, ``no_delivery`` (``..ND``) and ``undefined``. Memory
    while reading: 8 bytes a row.

    Raises:
        ImportRefused: a column is missing, a value is not what its column says, ranges of several districts overlap (with
            their number and the first place), or the totals are others.
        OSError: it cannot be read.
    """
    ranges = _Ranges()
    counts, rows = Counter[str](other_chambers=0, without_plus4=0, no_delivery=0, undefined=0), 0
    with open_text(path, progress=progress) as table:
        columns = _columns(table)
        for line, row in table.rows:
            rows += 1
            if reason := _left_out(table, columns, line, row):
                counts[reason] += 1
                continue
            geoid = _geoid(table, columns, line, row)
            if geoid:
                ranges.add(
                    codes.zip5(table, line, columns.zip_at, row[columns.zip_at]),
                    *_range(table, columns, line, row),
                    geoid,
                    line,
                )
            else:
                counts["undefined"] += 1
    made = ranges.merged(path)
    if not made:
        raise ImportRefused(path, "it has no ranges in districts of the House", "Take the product for Congress")
    zips = len({found.zip5 for found in made})
    geoids = len({found.geoid for found in made})
    total = {"ranges": len(made), "zips": zips, "geoids": geoids} | dict(counts)
    found = Found(path, "plus4", sha256_of(path), rows, None, total)
    check_totals(found, expect)
    return made, found


def _columns(table: Table) -> _Columns:
    geoid_at = table.find("geoid", "district_geoid", "cd_geoid")
    simple = geoid_at is not None
    return _Columns(
        zip_at=table.need("the ZIP", *codes.ZIP_COLUMNS),
        low_at=table.need("the low end of the range", *LOWS),
        high_at=table.need("the high end of the range", *HIGHS),
        geoid_at=geoid_at,
        district_at=0 if simple else table.need("the district", "district_id", "district", "cd"),
        state_at=0 if simple else table.need("the district's state", "district_state", "state", "state_abbr"),
        type_at=table.find("district_type"),
        chamber_at=table.find("chamber"),
    )


def _left_out(table: Table, columns: _Columns, line: int, row: list[str]) -> str:
    """Why a row is of no use here; empty if it is."""
    low, high = row[columns.low_at].strip(), row[columns.high_at].strip()
    if not _is_federal(table, columns, line, row):
        return "other_chambers"
    if not low and not high:
        return "without_plus4"
    return "no_delivery" if _NO_DELIVERY.fullmatch(low) or _NO_DELIVERY.fullmatch(high) else ""


def _is_federal(table: Table, columns: _Columns, line: int, row: list[str]) -> bool:
    if columns.type_at is not None:
        return re.sub("[^A-Z]", "", row[columns.type_at].upper()).startswith("NATIONALLOWER")
    if columns.chamber_at is None:
        return True
    chamber = row[columns.chamber_at].strip()
    if chamber.casefold() == "house of representatives":
        remedy = "Export the column district_type as well: states have a house of that name too"
        raise table.refuse(line, "it may be the nation's chamber or a state's", remedy, columns.chamber_at)
    return bool(_FEDERAL.fullmatch(chamber))


def _geoid(table: Table, columns: _Columns, line: int, row: list[str]) -> str:
    if columns.geoid_at is not None:
        return codes.geoid(table, line, columns.geoid_at, "", row[columns.geoid_at])
    state = row[columns.state_at]
    if not state.strip():
        raise table.refuse(line, "the state is missing", "Every row needs one", columns.state_at)
    return codes.geoid(table, line, columns.district_at, state, row[columns.district_at])


def _range(table: Table, columns: _Columns, line: int, row: list[str]) -> tuple[int, int]:
    low, high = (_plus4(table, line, at, row[at].strip()) for at in (columns.low_at, columns.high_at))
    if low > high:
        raise table.refuse(line, "the range ends before it begins", "Download the file again", columns.high_at)
    return low, high


def _plus4(table: Table, line: int, column: int, text: str) -> int:
    if len(text) == 4 and text.isascii() and text.isdecimal():
        return int(text)
    raise table.refuse(line, f"a ZIP+4 part has {len(text)} characters, not four digits", codes.AS_TEXT, column)


class _Ranges:
    """Rows packed into one number each: low, high, district and line, so that tens of millions of them fit."""

    _LINE_BITS: Final = 26
    _LAST_LINE: Final = (1 << _LINE_BITS) - 1

    def __init__(self) -> None:
        self._zips: defaultdict[str, array[int]] = defaultdict(lambda: array("Q"))
        self._geoids: dict[str, int] = {}

    def add(self, zip5: str, low: int, high: int, geoid: str, line: int) -> None:
        index = self._geoids.setdefault(geoid, len(self._geoids))
        packed = ((low << 14 | high) << 10 | index) << self._LINE_BITS | min(line, self._LAST_LINE)
        self._zips[zip5].append(packed)

    def merged(self, path: Path) -> list[Plus4Range]:
        """The ranges in order. Raises ``ImportRefused`` where those of two districts overlap."""
        made: list[Plus4Range] = []
        clashes: list[tuple[str, int, int]] = []
        for zip5 in sorted(self._zips):
            made += self._merged_of(zip5, clashes)
        if clashes:
            zip5, one, other = clashes[0]
            problem = (
                f"{len(clashes)} ranges overlap one of another district, first in ZIP {zip5}, lines {one} and {other}"
            )
            raise ImportRefused(path, problem, "Ask its publisher which is right, and for one month's file only")
        return made

    def _merged_of(self, zip5: str, clashes: list[tuple[str, int, int]]) -> Iterator[Plus4Range]:
        geoids = list(self._geoids)
        begin = end = -2
        district = last_line = -1
        for packed in sorted(self._zips[zip5]):
            line, index = packed & self._LAST_LINE, packed >> self._LINE_BITS & 1023
            high, low = packed >> 36 & 16383, packed >> 50
            if index == district and low <= end + 1:
                end = max(end, high)
                continue
            if low <= end:
                clashes.append((zip5, min(line, last_line), max(line, last_line)))
            if begin >= 0:
                yield Plus4Range(zip5, begin, end, geoids[district])
            begin, end, district, last_line = low, max(end, high), index, line
        yield Plus4Range(zip5, begin, end, geoids[district])
