"""Makes the grid of a plan: districts' shapes in, the arrays that ``grid.Grid`` reads out. Pure Python, at build time only.

The lines of all districts are sorted into the large cells of one table, and each cell is then divided by itself (``tiling``),
so that memory holds little more than each line once. Two districts' common border becomes one line. It must never change a
shape: what the sources leave open stays open, and where they overlap the district with the finer lines counts.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

from services.resolve.reference.contents import Shape
from services.resolve.reference.lattice import LAYOUT, LEVEL, LOCAL_DISTRICTS, TOP_COLUMNS, TOP_ROWS, TOP_SHIFT, WORLD
from services.resolve.reference.outlines import Line, outline
from services.resolve.reference.tiling import SEAM, Edge, Tree, crossing_column

Progress = Callable[[int, int], None]
"""Called now and then with how much is done, and of how much."""


def _silent(done: int, of: int) -> None:
    """Nobody is watching."""


def grid_sections(
    shapes: Sequence[Shape], geoids: Sequence[str], progress: Progress = _silent
) -> dict[str, array[int] | array[float]]:
    """The arrays of a plan's grid by their names, for a container to keep. 2.6 million corners take 15 s and 50 MB.

    ``geoids``: the plan's districts in the file's order, by whose index the grid answers. Raises ``ValueError`` for shapes of
    no district among them, for coordinates that are not degrees, and where more than 31 districts meet in one spot.
    """
    index = {geoid: number for number, geoid in enumerate(geoids)}
    corners = sum(len(ring) for shape in shapes for ring in shape.rings)
    resolutions = [0.0] * len(geoids)
    for shape in shapes:
        if shape.geoid not in index:
            raise ValueError(f"there is a shape of {shape.geoid}, which is no district of this plan")
        district = index[shape.geoid]
        resolutions[district] = max(resolutions[district], shape.resolution_m)
    order = sorted(index.values(), key=lambda district: (resolutions[district], district))
    bits = {geoids[district]: bit for bit, district in enumerate(order)}
    world = _World()
    done = 0
    for shape in shapes:
        for ring in shape.rings:
            world.add(bits[shape.geoid], list(outline(ring)))
            done += len(ring)
        progress(done, 2 * corners)
    top, tree = world.divided(
        order, lambda part, whole: progress(corners + corners * part // max(whole, 1), 2 * corners)
    )
    meta = array("Q", [LAYOUT, TOP_SHIFT, LEVEL, LOCAL_DISTRICTS, len(geoids)])
    return {
        "meta": meta,
        "top": top,
        "nodes": tree.nodes,
        "cells": tree.cells,
        "palettes": tree.palettes,
        "resolution": array("d", resolutions),
    }


class _World:
    """All districts' lines by the cells of the first table."""

    def __init__(self) -> None:
        self._lines: dict[tuple[int, int], array[int]] = {}
        self._crossed: dict[int, dict[int, int]] = {}

    def add(self, bit: int, lines: Sequence[Line]) -> None:
        """Takes a whole ring of the district with this bit: the counting relies on all of it."""
        for line in lines:
            x1, y1, x2, y2 = line
            west, east = (x1, x2) if x1 <= x2 else (x2, x1)
            cells = [
                (i, j)
                for j in range(y1 >> TOP_SHIFT, (y2 >> TOP_SHIFT) + 1)
                for i in range(west >> TOP_SHIFT, (east >> TOP_SHIFT) + 1)
            ]
            for cell in cells:
                self._lines.setdefault(cell, array("I")).extend((x1, y1, x2, y2, bit))
            if len(cells) > 1:
                self._note_crossings((x1, y1, x2, y2, 1 << bit))

    def _note_crossings(self, edge: Edge) -> None:
        """Where the edge crosses the lines between rows, all that lies east of it is inside, or no more."""
        _, y1, _, y2, mask = edge
        for j in range(-(-y1 >> TOP_SHIFT), -(-y2 >> TOP_SHIFT)):
            i = crossing_column(edge, j << TOP_SHIFT, 0, TOP_SHIFT)
            row = self._crossed.setdefault(j, {})
            row[i] = row.get(i, 0) ^ mask

    def divided(self, order: Sequence[int], progress: Progress) -> tuple[array[int], Tree]:
        """The first table, and the tree under it. Gives up the lines on the way."""
        tree = Tree(order)
        top = array("i")
        of = len(self._lines)
        for j in range(TOP_ROWS):
            crossed = self._crossed.get(j, {})
            inside = 0
            for i in range(TOP_COLUMNS):
                inside ^= crossed.get(i, 0)
                lines = self._lines.pop((i, j), None)
                if lines is None:
                    top.append(tree.uniform(inside))
                    continue
                top.append(tree.value(i << TOP_SHIFT, j << TOP_SHIFT, TOP_SHIFT, _merged(lines), inside))
                progress(of - len(self._lines), of)
        return top, tree


def _merged(lines: array[int]) -> list[Edge]:
    """Each line once, with the districts that it bounds; one that the same district has on both sides is none."""
    masks: dict[Line, int] = {}
    words = iter(lines)
    for x1, y1, x2, y2, bit in zip(words, words, words, words, words, strict=True):
        line = (x1, y1, x2, y2)
        masks[line] = masks.get(line, 0) ^ 1 << bit
    seams = (0, WORLD)
    return [
        (*line, mask | SEAM if line[0] == line[2] and line[0] in seams else mask)
        for line, mask in masks.items()
        if mask
    ]
