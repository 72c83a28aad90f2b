"""Divides one cell of the map, level by level, until few border lines are left in each, and writes it into flat arrays.

Every step is exact: what lies at a cell's south-western corner is counted from its parent's lines, never sampled, and lines
are kept whole, never cut, so that no rounding can open a gap at a seam between cells. It must never keep more than the cells
that it is working on: whole countries go through it. Build time only; ``lattice`` has the layout.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Final

from services.resolve.reference.lattice import LEVEL, LOCAL_DISTRICTS, NO_BORDER, NOWHERE

Edge = tuple[int, int, int, int, int]
"""x1, y1, x2, y2 in units with y1 <= y2, and as bits the districts that begin or end there."""

SEAM: Final = 1 << 1023
"""The bit of an edge that is no border: the line where the map is cut, 180 degrees east and west."""

_SIDE: Final = 1 << LEVEL
_ENOUGH: Final = 16
"""Lines in a cell that are not worth another level: measured, fewer makes files larger and lookups no faster."""

_SMALLEST: Final = 11
"""Cells of 2**11 units, about 20 m, are divided no more."""


class Tree:
    """The arrays in the making. ``order``: the district of each bit; of several in one place the lowest bit counts."""

    def __init__(self, order: Sequence[int]) -> None:
        self._order = order
        self.nodes = array("i")
        self.cells = array("I")
        self.palettes = array("H")
        self._palettes: dict[int, tuple[int, dict[int, int]]] = {}

    def value(self, x0: int, y0: int, shift: int, edges: Sequence[Edge], inside: int) -> int:
        """What the table above is to hold for the cell at ``x0``, ``y0`` of side ``2**shift``.

        ``edges``: at least those that touch the cell. ``inside``: the districts at its corner (x0, y0), as bits. Raises
        ``ValueError`` where more than 31 districts meet within 20 metres.
        """
        if not edges:
            return self.uniform(inside)
        if len(edges) <= _ENOUGH or shift <= _SMALLEST:
            return self._leaf(x0, y0, shift, edges, inside) << 1 | 1
        node = len(self.nodes) // (_SIDE * _SIDE)
        self.nodes.extend([NOWHERE] * (_SIDE * _SIDE))
        below = shift - LEVEL
        shares = _shared_out(x0, y0, below, edges)
        corners = _corners(x0, y0, below, edges, inside)
        for index, (share, corner) in enumerate(zip(shares, corners, strict=True)):
            x = x0 + ((index & (_SIDE - 1)) << below)
            y = y0 + ((index >> LEVEL) << below)
            self.nodes[node * _SIDE * _SIDE + index] = self.value(x, y, below, share, corner)
        return node << 1

    def uniform(self, inside: int) -> int:
        """The value of a cell that lies in the districts ``inside``, as bits, throughout."""
        return -2 - self._order[(inside & -inside).bit_length() - 1] if inside else NOWHERE

    def _leaf(self, x0: int, y0: int, shift: int, edges: Sequence[Edge], inside: int) -> int:
        """Writes a cell with borders: how many edges, where its palette is, then five words an edge. Returns its offset."""
        west = _western_pieces(x0, y0, 1 << shift, edges, inside)
        districts = 0
        for *_, mask in edges:
            districts |= mask
        for *_, mask in west:
            districts |= mask
        palette, local = self._palette(districts & ~SEAM)
        offset = len(self.cells)
        self.cells.extend((len(edges) + len(west), palette))
        for x1, y1, x2, y2, mask in edges:
            self.cells.extend((x1, y1, x2, y2, _localised(mask, local)))
        for x1, y1, x2, y2, mask in west:
            self.cells.extend((x1, y1, x2, y2, _localised(mask, local) | NO_BORDER))
        return offset

    def _palette(self, districts: int) -> tuple[int, dict[int, int]]:
        """Where the cell's districts are listed, in their order, and which bit each gets there."""
        known = self._palettes.get(districts)
        if known is None:
            members = list(_bits(districts))
            if len(members) > LOCAL_DISTRICTS:
                raise ValueError(
                    f"{len(members)} districts meet in one spot: more than {LOCAL_DISTRICTS} cannot be told apart"
                )
            known = len(self.palettes), {1 << member: 1 << bit for bit, member in enumerate(members)}
            self.palettes.extend(self._order[member] for member in members)
            self._palettes[districts] = known
        return known


def crossing_column(edge: Edge, y: int, x0: int, shift: int) -> int:
    """The first column line (at x0 + i * 2**shift) at or east of where the edge meets ``y``: needs y1 <= y < y2."""
    x1, y1, x2, y2, _ = edge
    height = y2 - y1
    return -(-((x2 - x1) * (y - y1) + (x1 - x0) * height) // (height << shift))


def _corners(x0: int, y0: int, below: int, edges: Iterable[Edge], inside: int) -> list[int]:
    """The districts at the south-western corners of the cells below, row by row from the south.

    A ray to the west counts the edges given one by one. All others pass the whole cell by on one side, so what they add
    depends on the row alone, and can change only where an edge given ends west of the cell: there an edge not given goes on.
    """
    steps = [0] * (_SIDE + 1)
    rows = [[0] * _SIDE for _ in range(_SIDE)]
    round_up = (1 << below) - 1
    top = y0 + (_SIDE << below)
    for edge in edges:
        x1, y1, x2, y2, mask = edge
        first = (y1 - y0 + round_up) >> below
        last = (y2 - y0 + round_up) >> below
        for j in range(max(first, 0), min(last, _SIDE)):
            i = crossing_column(edge, y0 + (j << below), x0, below)
            if i < _SIDE:
                rows[j][max(i, 0)] ^= mask
        if x1 < x0 and y0 < y1 < top:
            steps[first] ^= mask
        if x2 < x0 and y0 < y2 < top:
            steps[last] ^= mask
    others = inside ^ rows[0][0]
    corners = []
    for step, crossings in zip(steps, rows, strict=False):
        others ^= step
        here = others
        for crossed in crossings:
            here ^= crossed
            corners.append(here)
    return [corner & ~SEAM for corner in corners]


def _shared_out(x0: int, y0: int, below: int, edges: Iterable[Edge]) -> list[list[Edge]]:
    """Which of the edges touch each of the cells below; a few may be named that only come close."""
    shares: list[list[Edge]] = [[] for _ in range(_SIDE * _SIDE)]
    for edge in edges:
        x1, y1, x2, y2, _ = edge
        west, east = (x1, x2) if x1 <= x2 else (x2, x1)
        west, east = (west - x0) >> below, (east - x0) >> below
        south, north = (y1 - y0) >> below, (y2 - y0) >> below
        if west == east and south == north:
            if 0 <= west < _SIDE and 0 <= south < _SIDE:
                shares[south << LEVEL | west].append(edge)
            continue
        for j in range(max(south, 0), min(north, _SIDE - 1) + 1):
            first, last = (west, east) if south == north else _columns_in_row(edge, y0 + (j << below), x0, below)
            for i in range(max(first, 0), min(last, _SIDE - 1) + 1):
                shares[j << LEVEL | i].append(edge)
    return shares


def _columns_in_row(edge: Edge, y: int, x0: int, below: int) -> tuple[int, int]:
    """The westernmost and easternmost column that a rising edge touches between ``y`` and one cell further north."""
    x1, y1, x2, y2, _ = edge
    height = y2 - y1
    low = x1 - x0 + (x2 - x1) * (max(y, y1) - y1) // height
    high = x1 - x0 + (x2 - x1) * (min(y + (1 << below), y2) - y1) // height
    if low > high:
        low, high = high, low
    return low >> below, (high + 1) >> below


def _western_pieces(x0: int, y0: int, side: int, edges: Iterable[Edge], inside: int) -> list[Edge]:
    """Upright edges on the cell's western side that stand for everything beyond the edges given: see ``_corners``."""
    others = inside
    steps: dict[int, int] = {}
    for edge in edges:
        x1, y1, x2, y2, mask = edge
        if y1 <= y0 < y2 and (x0 - x1) * (y2 - y1) >= (x2 - x1) * (y0 - y1):
            others ^= mask
        for x, y in ((x1, y1), (x2, y2)):
            if x < x0 and y0 < y < y0 + side:
                steps[y] = steps.get(y, 0) ^ mask
    pieces = []
    south = y0
    for y in sorted(steps):
        if not steps[y]:
            continue
        if others & ~SEAM:
            pieces.append((x0, south, x0, y, others & ~SEAM))
        others ^= steps[y]
        south = y
    if others & ~SEAM:
        pieces.append((x0, south, x0, y0 + side, others & ~SEAM))
    return pieces


def _localised(mask: int, local: dict[int, int]) -> int:
    """The same districts in the cell's own bits."""
    short = NO_BORDER if mask & SEAM else 0
    for member in _single_bits(mask & ~SEAM):
        short |= local[member]
    return short


def _single_bits(mask: int) -> Iterable[int]:
    while mask:
        lowest = mask & -mask
        yield lowest
        mask ^= lowest


def _bits(mask: int) -> Iterable[int]:
    return (bit.bit_length() - 1 for bit in _single_bits(mask))
