"""The lines around a district in whole units: rings of degrees in, edges out.

What two districts share must come out as one and the same edge, whichever way round each of them is drawn: that is what makes
every point between them belong to exactly one. A ring that runs across 180 degrees east is cut there, in whatever way its
source writes that. Nothing may be smoothed or simplified here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from services.resolve.reference.contents import Ring
from services.resolve.reference.lattice import LON_ORIGIN, PER_DEGREE, WORLD, column, row

Line = tuple[int, int, int, int]
"""x1, y1, x2, y2 in units; y1 < y2, or y1 == y2 and x1 < x2."""

_FARTHEST = 540.0
"""Degrees: a ring written without a break may run once around the world from either end."""


def outline(ring: Ring) -> Iterator[Line]:
    """The edges of a ring, closed if it is not. Raises ``ValueError`` for coordinates that are not degrees."""
    if not all(-_FARTHEST <= lon <= _FARTHEST and -90 <= lat <= 90 for lon, lat in ring):
        raise ValueError("a ring has coordinates that are not degrees of longitude and latitude")
    lons = [lon for lon, _ in ring]
    ys = [row(lat) for _, lat in ring]
    if not lons:
        return
    if min(lons) >= -180 and max(lons) <= 180 and max(lons) - min(lons) <= 180:
        yield from _lines([column(lon) for lon in lons], ys)
        return
    xs = _unbroken(lons)
    for turn in range(min(xs) // WORLD, max(xs) // WORLD + 1):
        yield from _lines(*_clipped(xs, ys, turn * WORLD))


def _lines(xs: Sequence[int], ys: Sequence[int]) -> Iterator[Line]:
    """Edges between neighbours, and from the last to the first; points that repeat make none."""
    xa, ya = xs[-1], ys[-1]
    for xb, yb in zip(xs, ys, strict=True):
        if ya < yb or (ya == yb and xa < xb):
            yield xa, ya, xb, yb
        elif xa != xb or ya != yb:
            yield xb, yb, xa, ya
        xa, ya = xb, yb


def _unbroken(lons: Sequence[float]) -> list[int]:
    """Units east of 180 W, going on beyond the world's end instead of jumping back: no edge is wider than half the world."""
    xs = [int((lon + 720) * PER_DEGREE + LON_ORIGIN) - 2 * WORLD for lon in lons]
    turns = 0
    for index, (a, b) in enumerate(pairwise(list(xs)), start=1):
        turns += (b - a < -WORLD // 2) - (b - a > WORLD // 2)
        xs[index] += turns * WORLD
    if abs(xs[-1] - xs[0]) > WORLD // 2:
        raise ValueError("a ring runs once around the world and does not close")
    return xs


def _clipped(xs: Sequence[int], ys: Sequence[int], west: int) -> tuple[list[int], list[int]]:
    """The part of the ring in the world's width from ``west`` on; what lies beyond is pressed onto the cutting line."""
    east = west + WORLD
    cut_xs, cut_ys = [], []
    xa, ya = xs[-1], ys[-1]
    for xb, yb in zip(xs, ys, strict=True):
        for line in (west, east) if xa < xb else (east, west):
            if min(xa, xb) < line < max(xa, xb):
                cut_xs.append(line - west)
                cut_ys.append(_height_at(xa, ya, xb, yb, line))
        cut_xs.append(min(max(xb, west), east) - west)
        cut_ys.append(yb)
        xa, ya = xb, yb
    return cut_xs, cut_ys


def _height_at(xa: int, ya: int, xb: int, yb: int, x: int) -> int:
    """Where an edge meets an upright line; the same, whichever end comes first."""
    if xa > xb:
        xa, ya, xb, yb = xb, yb, xa, ya
    return ya + (yb - ya) * (x - xa) // (xb - xa)
