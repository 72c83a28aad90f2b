"""The whole numbers that geometry is kept in, and the layout of the grid's arrays: where its builder and its reader agree.

Degrees become multiples of 1e-7 degree (about a centimetre) counted from 180 W and 90 S, so that every test of a point
against a line is exact in integers and the published six decimals survive unchanged. Points and corners of shapes must go
through the same rounding. Nothing here may depend on a library outside the standard one: workers import it.
"""

from __future__ import annotations

from typing import Final

LAYOUT: Final = 1
"""Raised whenever the arrays change their meaning: a worker refuses a file of another layout."""

PER_DEGREE: Final = 10_000_000.0
WORLD: Final = 3_600_000_000
"""The width of the world in units; 180 E is the same line as 180 W."""

LON_ORIGIN: Final = 1_800_000_000.5
LAT_ORIGIN: Final = 900_000_000.5
"""The half makes cutting off the fraction a rounding."""

TOP_SHIFT: Final = 23
"""A cell of the first table is 2**23 units wide and high: 0.84 of a degree. Each level below divides a cell by 4 by 4."""

LEVEL: Final = 2
TOP_COLUMNS: Final = (WORLD >> TOP_SHIFT) + 1
TOP_ROWS: Final = (WORLD // 2 >> TOP_SHIFT) + 1

NO_BORDER: Final = 1 << 31
"""Set in the mask of an edge that serves the counting only and is no border of any district."""

LOCAL_DISTRICTS: Final = 31
"""A cell's edges name its districts by bits; bit 31 is taken."""

NOWHERE: Final = -1
"""The value of a table's cell without districts. The others: -2 - district where there is but one; twice the number of a node
of 16 cells; twice an offset into ``cells``, plus one, where borders run through it."""


def column(lon: float) -> int:
    """Units east of 180 W. For longitudes from -180 to 180 only."""
    return int(lon * PER_DEGREE + LON_ORIGIN)


def row(lat: float) -> int:
    """Units north of 90 S. For latitudes from -90 to 90 only."""
    return int(lat * PER_DEGREE + LAT_ORIGIN)
