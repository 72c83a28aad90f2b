"""Reads simple tables of ZIPs and districts, whoever made them: the columns are found by name, the spellings normalised.

Such tables are easy to find and easy to get wrong: spreadsheets drop zeros, and districts of two states with one number fall
together. Zeros are not put back here, and a district is always one of a state. A column of weights is optional; what it
weighs must be clear, since land says little about people.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from schemas.resolved import WeightKind
from services.resolve.geoids import FIPS_BY_STATE
from services.resolve.importers import codes
from services.resolve.importers.found import Found, Progress, check_congress, check_totals, sha256_of, silent
from services.resolve.importers.shares import Parts
from services.resolve.importers.spreadsheet import open_table
from services.resolve.importers.table import Table
from services.resolve.reference.contents import ZipTable

_GEOIDS: Final = ("geoid", "district_geoid", "cd_geoid", "geoid_cd")
_STATES: Final = ("state_fips", "statefp", "state_abbr", "state", "stab", "usps", "state_abbreviation", "stateabbr")
_DISTRICTS: Final = ("cd", "district", "congressional_district", "district_number", "cd_number", "cdfp")
_DISTRICT_OF_CONGRESS: Final = r"cd(\d{3})(?:fp)?"
_WEIGHTS: Final[tuple[tuple[WeightKind, str], ...]] = (
    ("population", r"pop(?:ulation)?(?:\d\d)?|pop100|residents|hus\d\d|res_ratio"),
    ("land", r"land|landsqmi|land_share|arealand(?:_part)?|aland(?:_part)?"),
    ("none", r"weight|share|afact|ratio"),  # of something: the caller must say of what
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a table's columns are. ``states`` are all columns that name the state; ``kind`` is that of the weights."""

    zip_at: int
    geoid_at: int | None
    states: tuple[int, ...]
    district_at: int | None
    weight_at: int | None
    kind: WeightKind
    congress: int | None


def read_pairs(
    path: Path,
    *,
    weight_kind: WeightKind | None = None,
    congress: int | None = None,
    expect: Mapping[str, int] | None = None,
    progress: Progress = silent,
) -> tuple[ZipTable, Found]:
    """The pairs in a text file or workbook, weighted if it has a column of weights.

    Counted, and left out: ``without_zip`` and ``undefined`` (in no district). Counted: ``repeated`` pairs, whose weights add
    up, and ``zips_without_shares``, of those with weights.

    Args:
        path: Columns for the ZIP, and for the GEOID or for the state and the district's number.
        weight_kind: What a column is a share of that is only called ``weight``, ``share`` or ``afact``.
        congress: Refuse a table whose column of districts names another one (``cd118``).
        expect: Totals that must be met; see ``check_totals``.
        progress: Called with bytes read and in all, or rows of a workbook.

    Raises:
        ImportRefused: a column is missing, a value is not what its column says, or the totals are others.
        OSError: it cannot be read.
    """
    with open_table(path, progress) as table:
        found, made = take(path, "pairs", table, layout(table, weight_kind))
    check_congress(found, congress)
    check_totals(found, expect)
    return made, found


def layout(table: Table, weight_kind: WeightKind | None = None) -> Layout:
    """Where the columns are. Raises ``ImportRefused`` where one is missing or a weight could be of anything."""
    zip_at = table.need("the ZIP", *codes.ZIP_COLUMNS)
    geoid_at = table.find(*_GEOIDS)
    states = tuple(where for name in _STATES if (where := table.find(name)) is not None)
    of_congress = table.like(_DISTRICT_OF_CONGRESS)
    if len(of_congress) > 1:
        problem = "it holds districts of several Congresses"
        raise table.refuse(1, problem, "Leave one of these columns", of_congress[1][0])
    district_at = of_congress[0][0] if of_congress else table.find(*_DISTRICTS)
    if geoid_at is None and district_at is None:
        district_at = table.need("the district", *_GEOIDS[:1], *_DISTRICTS)
    if geoid_at is None and not states:
        geoid_at, district_at = district_at, None  # a number without a state can only be a GEOID
    weight_at, kind = _weights(table, weight_kind)
    congress = int(of_congress[0][1][1]) if of_congress else None
    return Layout(zip_at, geoid_at, states, district_at, weight_at, kind, congress)


def _weights(table: Table, wanted: WeightKind | None) -> tuple[int | None, WeightKind]:
    for kind, pattern in _WEIGHTS:
        for where, _ in table.like(pattern):
            if kind == "none" and wanted in (None, "none"):
                what = "it does not say of what this is a share"
                raise table.refuse(1, what, "Name the column population or land, or say the kind of weight", where)
            return where, wanted or kind
    return None, "none"


def take(path: Path, kind: str, table: Table, columns: Layout) -> tuple[Found, ZipTable]:
    """Everything in the rows of a table, and what was found."""
    parts, counts, rows = Parts(), Counter[str](without_zip=0, undefined=0, repeated=0), 0
    for line, row in table.rows:
        rows += 1
        if not row[columns.zip_at].strip():
            counts["without_zip"] += 1
            continue
        zip5 = codes.zip5(table, line, columns.zip_at, row[columns.zip_at])
        geoid = _geoid(table, columns, line, row)
        if not geoid:
            counts["undefined"] += 1
            continue
        at = columns.weight_at
        amount = None if at is None else codes.amount(table, line, at, row[at])
        counts["repeated"] += not parts.add(zip5, geoid, amount)
    if not rows:
        raise table.refuse(1, "there are no rows after it", "Download or export the file again")
    made = parts.table(columns.kind)
    if columns.weight_at is not None:
        if parts.all_alike():
            what = "it is the same for every district of a ZIP: the ZIP's own number, not the part's"
            raise table.refuse(1, what, "Leave the column out, or take one that counts the part", columns.weight_at)
        counts["zips_without_shares"] = sum(None in shares.values() for shares in made.zips.values())
    return Found(path, kind, sha256_of(path), rows, columns.congress, parts.counts() | dict(counts)), made


def _geoid(table: Table, columns: Layout, line: int, row: list[str]) -> str:
    """The row's district, where all of its columns agree."""
    states = [row[where].strip() for where in columns.states]
    if columns.geoid_at is not None:
        found = codes.geoid(table, line, columns.geoid_at, "", row[columns.geoid_at])
    elif columns.district_at is not None and states[0]:
        found = codes.geoid(table, line, columns.district_at, states[0], row[columns.district_at])
    else:
        raise table.refuse(line, "the state is missing", "Every row needs one", columns.states[0])
    for where, state in zip(columns.states, states, strict=True):
        fips = FIPS_BY_STATE.get(state.upper(), state)
        if found and re.fullmatch(r"\d\d", fips) and fips != found[:2]:
            raise table.refuse(line, f"another column says district {found}", "Correct the one that is wrong", where)
    return found
