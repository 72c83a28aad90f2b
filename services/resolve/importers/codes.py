"""ZIPs and districts as cells hold them, turned into the one form that the rest of Postbag knows.

A ZIP whose zeros a spreadsheet dropped is refused and never repaired: 2139 may be 02139, or the file may be something else
altogether. Districts go through ``services.resolve.geoids``, and one that is no seat of the House is refused.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import inf
from typing import Final

from services.resolve.geoids import read_geoid
from services.resolve.importers.table import Table

AS_TEXT: Final = (
    "Spreadsheets drop leading zeros: take the file as published, or make that column text before exporting it"
)
ZIP_COLUMNS: Final = (
    "zcta", "zip", "zip5", "zcta5", "zipcode", "zip_code", "zcta20", "zcta520", "geoid_zcta5_20", "zcta5ce20",
)  # fmt: skip

_SPELLINGS: Final = (
    "Districts are numbers within a state, 0, 00, 98, AL, at-large or the state's own code for its only one"
)
_UNDEFINED = re.compile(r"(\d\d)?(ZZ|\*\*)|")


def zip5(table: Table, line: int, column: int, text: str) -> str:
    """The ZIP in a cell: five digits. Raises ``ImportRefused`` for anything else."""
    value = text.strip()
    if len(value) == 5 and value.isascii() and value.isdecimal():
        return value
    if 0 < len(value) < 5 and value.isascii() and value.isdecimal():
        raise table.refuse(line, f"a ZIP has {len(value)} digits", AS_TEXT, column)
    raise table.refuse(line, "this is no ZIP of five digits", "Name the columns as they are meant", column)


def geoid(table: Table, line: int, column: int, state: str, district: str) -> str:
    """The GEOID of a district, empty for what is in none (``ZZ``, ``**`` or nothing).

    ``state`` is FIPS or USPS code, or empty where ``district`` has both. Raises ``ImportRefused`` where it is no seat.
    """
    if _UNDEFINED.fullmatch(district.strip()):
        return ""
    try:
        return _geoid(state.strip(), district.strip())
    except ValueError as error:
        lost = len(state.strip()) == 1 or (not state and len(district.strip()) == 3)
        raise table.refuse(line, str(error), AS_TEXT if lost else _SPELLINGS, column) from None


@lru_cache(maxsize=8192)
def _geoid(state: str, district: str) -> str:
    return read_geoid(state, district)


def amount(table: Table, line: int, column: int, text: str) -> float | None:
    """The number in a cell, None for an empty one. Raises ``ImportRefused`` unless it is finite and not negative."""
    value = text.strip()
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number < inf:
        raise table.refuse(line, "this is no number from 0 up", "Name the columns as they are meant", column)
    return number
