"""Where a point lies: the districts' map as a tree of cells in flat arrays, read where they are mapped, without any library.

A cell without borders names its district. Any other holds its few border lines, each with the districts on either side as
bits; those that a ray to the west meets an odd number of times are the districts that the point is in. Lines are tested in
whole numbers with half-open ends, so a point on a shared border is in exactly one district. It must never raise, whatever the
floats: points come from strangers. ``gridding`` builds the arrays, ``borders`` measures.
"""

from __future__ import annotations

from collections.abc import Mapping
from struct import Struct
from typing import Any, Final

from services.resolve.reference.borders import FARTHEST_M, Borders
from services.resolve.reference.lattice import (
    LAT_ORIGIN,
    LAYOUT,
    LEVEL,
    LOCAL_DISTRICTS,
    LON_ORIGIN,
    NO_BORDER,
    PER_DEGREE,
    TOP_COLUMNS,
    TOP_SHIFT,
    WORLD,
    column,
    row,
)

NOWHERE: Final = -1
"""The answer for a point in no district."""

_edges: Final = Struct("=5I").iter_unpack
_FIRST_LEVEL: Final = TOP_SHIFT - LEVEL
_IN_LEVEL: Final = (1 << LEVEL) - 1
_TO_NODE: Final = 2 * LEVEL - 1
_DISTRICTS: Final = NO_BORDER - 1


class Grid:
    """The map of one plan over its sections, which are typed memoryviews and are never copied."""

    __slots__ = ("_borders", "_cells", "_nodes", "_palettes", "_resolution", "_top")

    def __init__(self, sections: Mapping[str, memoryview[Any]]) -> None:
        """Raises ``ValueError`` if the sections are of another layout, ``KeyError`` if one is missing."""
        if list(sections["meta"][:4]) != [LAYOUT, TOP_SHIFT, LEVEL, LOCAL_DISTRICTS]:
            raise ValueError("the map is laid out for another version of Postbag: build the reference file again")
        self._top = sections["top"]
        self._nodes = sections["nodes"]
        self._cells = sections["cells"]
        self._palettes = sections["palettes"]
        self._resolution = sections["resolution"]
        self._borders = Borders(self._top, self._nodes, self._cells, self._palettes)

    def find(self, lat: float, lon: float) -> int:
        """The index of the district that the point is in, the finest drawn of several; -1 if in none or off the earth."""
        if not (-90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0):
            return NOWHERE
        # ``column`` and ``row``, written out: the calls would cost a fifth of the time.
        x = int(lon * PER_DEGREE + LON_ORIGIN)
        y = int(lat * PER_DEGREE + LAT_ORIGIN)
        if x >= WORLD:
            x -= WORLD
        value: int = self._top[(y >> TOP_SHIFT) * TOP_COLUMNS + (x >> TOP_SHIFT)]
        shift = _FIRST_LEVEL
        while value >= 0:
            if value & 1:
                return self._find_between(value >> 1, x, y)
            value = self._nodes[(value << _TO_NODE) + ((y >> shift & _IN_LEVEL) << LEVEL | (x >> shift & _IN_LEVEL))]
            shift -= LEVEL
        return -2 - value

    def around(self, lat: float, lon: float, radius_m: float) -> tuple[int, ...]:
        """The districts within ``radius_m`` metres (at most 1000) of the point: the one that it is in, then nearest first."""
        inside = self.find(lat, lon)
        if not (-90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0 and radius_m >= 0.0):
            return ()
        near = self._borders.districts(column(lon) % WORLD, row(lat), lat, min(radius_m, float(FARTHEST_M)))
        near.pop(inside, None)
        others = sorted(near, key=lambda district: (near[district], district))
        return tuple(others) if inside == NOWHERE else (inside, *others)

    def margin(self, lat: float, lon: float) -> int:
        """Whole metres from the point to the nearest border, rounded down and at most 1000; 0 for what is no point."""
        if not (-90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0):
            return 0
        return int(self._borders.nearest(column(lon) % WORLD, row(lat), lat))

    def resolution_m(self, index: int) -> float:
        """How far, in metres, the lines of a district may be off. Raises ``IndexError`` for none."""
        resolution: float = self._resolution[index]
        return resolution

    def _find_between(self, cell: int, x: int, y: int) -> int:
        """The district in a cell through which borders run."""
        cells = self._cells
        start = cell + 2
        inside = 0
        for x1, y1, x2, y2, mask in _edges(cells[start : start + 5 * cells[cell]]):
            if y1 <= y < y2 and (x - x1) * (y2 - y1) >= (x2 - x1) * (y - y1):
                inside ^= mask
        inside &= _DISTRICTS
        if not inside:
            return NOWHERE
        district: int = self._palettes[cells[cell + 1] + (inside & -inside).bit_length() - 1]
        return district
