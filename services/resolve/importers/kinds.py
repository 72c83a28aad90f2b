"""Tells what a table is from its header alone, never from its name: files are renamed, headers seldom are.

Only what this folder reads is told apart. Everything else is ``unknown``, an error page of a server as well as a table of
another kind; which reader to use then is a person's decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from schemas.resolved import WeightKind
from services.resolve.importers import blocks, codes, plus4
from services.resolve.importers.census import read_census
from services.resolve.importers.delimited import open_text
from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.found import Found, Progress, silent
from services.resolve.importers.packed import is_spreadsheet, members
from services.resolve.importers.pairs import read_pairs
from services.resolve.importers.spreadsheet import open_table
from services.resolve.importers.table import Table
from services.resolve.importers.weights import read_weights, weights_kind
from services.resolve.importers.zip_points import is_geonames
from services.resolve.reference.contents import ZipTable

Kind = Literal[
    "relationship",
    "pairs",
    "geocorr",
    "hud",
    "plus4",
    "block_districts",
    "block_zips",
    "block_people",
    "zip_points",
    "unknown",
]

_DISTRICT: Final = r"(district_)?geoid|cd(\d{3})?(fp)?|(congressional_)?district|district_number"


def kind(path: Path) -> Kind:
    """What the table in a file is. Raises ``OSError`` if it cannot be read; what is no table is ``unknown``."""
    try:
        if is_spreadsheet(path):
            with open_table(path) as table:
                return _kind(table)
        if is_geonames(path):
            return "zip_points"
        with open_text(path, member=next(iter(members(path)), None)) as table:
            return _kind(table)
    except ImportRefused:
        return "unknown"


def _kind(table: Table) -> Kind:
    """The rules, the most telling first: columns that only one kind of table has."""
    has = set(table.columns)
    zips, of_blocks = has & set(codes.ZIP_COLUMNS), has & (set(blocks.BLOCKS) - {"geoid", "geoid20"})
    rules: tuple[tuple[bool, Kind], ...] = (
        (bool(table.like(r"geoid_cd\d+_\d\d") and table.like(r"geoid_zcta\d?_\d\d")), "relationship"),
        (bool(zips and has & set(plus4.LOWS) and has & set(plus4.HIGHS)), "plus4"),
        (bool(of_blocks and zips), "block_zips"),
        (
            bool((of_blocks or not zips) and has & set(blocks.BLOCKS) and table.like(blocks.DISTRICTS)),
            "block_districts",
        ),
        (bool((of_blocks or not zips) and has & set(blocks.BLOCKS) and has & set(blocks.PEOPLE)), "block_people"),
        (bool(has & {"lat", "latitude", "intptlat", "intptlat20"}), "zip_points"),
        (weights_kind(table) == "geocorr" and bool(zips), "geocorr"),
        (weights_kind(table) == "hud", "hud"),
        (bool(zips and table.like(_DISTRICT)), "pairs"),
    )
    return next((name for holds, name in rules if holds), "unknown")


def read_zip_table(
    path: Path,
    *,
    congress: int | None = None,
    weight_kind: WeightKind | None = None,
    expect: Mapping[str, int] | None = None,
    progress: Progress = silent,
) -> tuple[ZipTable, Found]:
    """The ZIP table in a file of any kind that holds one, by its content.

    Raises:
        ImportRefused: as its reader does, or there is no ZIP table in the file.
        OSError: it cannot be read.
    """
    match kind(path):
        case "relationship":
            return read_census(path, congress=congress, expect=expect, progress=progress)
        case "geocorr" | "hud":
            return read_weights(path, weight_kind=weight_kind, congress=congress, expect=expect, progress=progress)
        case "pairs":
            return read_pairs(path, weight_kind=weight_kind, congress=congress, expect=expect, progress=progress)
        case other:
            raise ImportRefused(
                path, f"its content is {other}, no table of ZIPs and districts", "Name the file that is meant"
            )
