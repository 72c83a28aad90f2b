"""How far the borders are: the part of the grid that measures.

Distances are metres on a plane that touches the earth at the point, true to centimetres in a kilometre. Only cells within
reach are looked into: a point deep inside a district is done after one look. It must never answer from some of the cells in
reach: a border not seen would be a wrong certainty.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, inf, radians, sqrt
from struct import Struct
from typing import Final

from services.resolve.reference.lattice import LEVEL, NO_BORDER, PER_DEGREE, TOP_COLUMNS, TOP_SHIFT, WORLD

FARTHEST_M: Final = 1000
"""Nothing further off is measured: no accuracy of a point that is worth having reaches so far."""

_edges: Final = Struct("=5I").iter_unpack
_LAST: Final = (1 << LEVEL) - 1
_TO_NODE: Final = 2 * LEVEL - 1

Cell = tuple[int, int, int, int]
"""Its value in the table above it, its shift, and its south-western corner."""

Scale = tuple[float, float]
"""Metres of a unit, eastwards and northwards."""

Window = tuple[int, int, int, int]
"""West, south, east and north in units, all of them included."""


def scale_at(lat: float) -> Scale:
    """The scale at a latitude, to a hundred-thousandth (source: the usual series for WGS 84, cut after its second term)."""
    c = cos(radians(lat))
    double = 2 * c * c - 1
    return c * (111506.39 - 187.0 * double) / PER_DEGREE, (111132.954 - 559.822 * double) / PER_DEGREE


class Borders:
    """The lines in the grid's arrays: ``lattice`` has their layout."""

    __slots__ = ("_cells", "_nodes", "_palettes", "_top")

    def __init__(
        self, top: memoryview[int], nodes: memoryview[int], cells: memoryview[int], palettes: memoryview[int]
    ) -> None:
        self._top = top
        self._nodes = nodes
        self._cells = cells
        self._palettes = palettes

    def nearest(self, x: int, y: int, lat: float) -> float:
        """Metres from a point to the nearest line of any district, at most ``FARTHEST_M``."""
        scale = scale_at(lat)
        best = float(FARTHEST_M * FARTHEST_M)
        for px in _places(x, scale):
            window = _window(px, y, scale, FARTHEST_M)
            starts = self._starts(window)
            if not starts:
                continue
            # The point's own cell first: what it holds is near, and leaves little else within reach.
            own = self._leaf_at(px, y) if px == x else -1
            if own >= 0:
                best = self._nearest_in(own, px, y, scale, window, best)
                window = _window(px, y, scale, sqrt(best))
            for leaf in self._leaves(starts, window):
                if leaf != own:
                    best = self._nearest_in(leaf, px, y, scale, window, best)
        return sqrt(best)

    def districts(self, x: int, y: int, lat: float, radius_m: float) -> dict[int, float]:
        """The districts with a line within ``radius_m`` of a point, and how many metres off it is."""
        scale = scale_at(lat)
        found: dict[int, float] = {}
        for px in _places(x, scale):
            window = _window(px, y, scale, radius_m)
            for leaf in self._leaves(self._starts(window), window):
                self._near_in(leaf, px, y, scale, radius_m * radius_m, found)
        return {district: sqrt(off) for district, off in found.items()}

    def _starts(self, window: Window) -> list[Cell]:
        """The smallest cell that holds a whole window, or those of the first table; without those that have no borders."""
        west, south, east, north = window
        shift = TOP_SHIFT
        if west >> shift != east >> shift or south >> shift != north >> shift:
            return [
                (value, shift, i << shift, j << shift)
                for j in range(south >> shift, (north >> shift) + 1)
                for i in range(west >> shift, (east >> shift) + 1)
                if (value := self._top[j * TOP_COLUMNS + i]) >= 0
            ]
        value = self._top[(south >> shift) * TOP_COLUMNS + (west >> shift)]
        while value >= 0 and not value & 1:
            below = shift - LEVEL
            if west >> below != east >> below or south >> below != north >> below:
                break
            shift = below
            value = self._nodes[(value << _TO_NODE) + ((south >> shift & _LAST) << LEVEL | west >> shift & _LAST)]
        return [(value, shift, west >> shift << shift, south >> shift << shift)] if value >= 0 else []

    def _leaf_at(self, x: int, y: int) -> int:
        """Where the point's own cell is written, or -1 if it has no borders."""
        value = self._top[(y >> TOP_SHIFT) * TOP_COLUMNS + (x >> TOP_SHIFT)]
        shift = TOP_SHIFT
        while value >= 0 and not value & 1:
            shift -= LEVEL
            value = self._nodes[(value << _TO_NODE) + ((y >> shift & _LAST) << LEVEL | x >> shift & _LAST)]
        return value >> 1

    def _leaves(self, cells: list[Cell], window: Window) -> Iterator[int]:
        """Where the cells with borders under ``cells`` (used up) that the window touches are written."""
        west, south, east, north = window
        nodes = self._nodes
        while cells:
            value, shift, x0, y0 = cells.pop()
            if value & 1:
                yield value >> 1
                continue
            below = shift - LEVEL
            start = value << _TO_NODE
            columns = _touched(west - x0 >> below, east - x0 >> below)
            for j in _touched(south - y0 >> below, north - y0 >> below):
                for i in columns:
                    child = nodes[start + (j << LEVEL | i)]
                    if child >= 0:
                        cells.append((child, below, x0 + (i << below), y0 + (j << below)))

    def _lines(self, leaf: int) -> Iterator[tuple[int, ...]]:
        """x1, y1, x2, y2 and the mask of each line of a cell."""
        cells = self._cells
        return _edges(cells[leaf + 2 : leaf + 2 + 5 * cells[leaf]])

    def _nearest_in(self, leaf: int, x: int, y: int, scale: Scale, window: Window, best: float) -> float:
        """The square of the metres to the nearest line in a cell, at most ``best``. Lines beside the window are left out."""
        kx, ky = scale
        west, south, east, north = window
        for x1, y1, x2, y2, mask in self._lines(leaf):
            if mask >= NO_BORDER or y1 > north or y2 < south or (x1 < west and x2 < west) or (x1 > east and x2 > east):
                continue
            best = min(best, _squared((x1 - x) * kx, (y1 - y) * ky, (x2 - x1) * kx, (y2 - y1) * ky))
        return best

    def _near_in(self, leaf: int, x: int, y: int, scale: Scale, limit: float, found: dict[int, float]) -> None:
        """Notes in ``found`` the square of the metres to each district with a line within ``limit``."""
        kx, ky = scale
        for x1, y1, x2, y2, mask in self._lines(leaf):
            if mask >= NO_BORDER:
                continue
            off = _squared((x1 - x) * kx, (y1 - y) * ky, (x2 - x1) * kx, (y2 - y1) * ky)
            if off > limit:
                continue
            palette = self._cells[leaf + 1]
            for bit in range(mask.bit_length()):
                if mask >> bit & 1:
                    district = self._palettes[palette + bit]
                    found[district] = min(off, found.get(district, inf))


def _touched(first: int, last: int) -> range:
    """Those of a node's columns, or rows, that lie from ``first`` to ``last``."""
    return range(first if first > 0 else 0, (last if last < _LAST else _LAST) + 1)  # noqa: FURB136 - max and min cost twice this


def _places(x: int, scale: Scale) -> tuple[int, ...]:
    """The point, and, within reach of 180 degrees, where it would be if the map went on beyond its edge."""
    reach = min(int(FARTHEST_M / scale[0]) + 1, WORLD // 2) if scale[0] > 0 else WORLD // 2
    if x < reach:
        return x, x + WORLD
    return (x, x - WORLD) if x >= WORLD - reach else (x,)


def _window(x: int, y: int, scale: Scale, radius_m: float) -> Window:
    """What of the map lies within ``radius_m`` of a point, and at most a few units more."""
    dy = int(radius_m / scale[1]) + 1
    dx = min(int(radius_m / scale[0]) + 1, WORLD // 2) if scale[0] > 0 else WORLD // 2
    return max(x - dx, 0), max(y - dy, 0), min(x + dx, WORLD), min(y + dy, WORLD // 2)


def _squared(ax: float, ay: float, bx: float, by: float) -> float:
    """The square of the distance from the origin to the line that starts at a and goes on by b."""
    along = -(ax * bx + ay * by)
    if along <= 0.0:
        return ax * ax + ay * ay
    length = bx * bx + by * by
    if along >= length:
        ax += bx
        ay += by
        return ax * ax + ay * ay
    across = ax * by - ay * bx
    return across * across / length
