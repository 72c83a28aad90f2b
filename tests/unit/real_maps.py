"""The real maps that tests ask, each read and compiled once for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely  # type: ignore[import-untyped]

from services.resolve.importers.geojson import read_geojson
from services.resolve.reference.contents import Ring, Shape
from services.resolve.reference.grid import Grid
from services.resolve.reference.gridding import grid_sections
from tests.unit.real_data import data

COMPOSITE = "cd119_composite_simplified.geojson.gz"


@dataclass(frozen=True, slots=True)
class Map:
    """Districts by index, and two opinions on where a point lies: Postbag's grid, and shapely's polygons."""

    geoids: Sequence[str]
    shapes: Mapping[str, Shape]
    grid: Grid
    polygons: Sequence[shapely.MultiPolygon | shapely.Polygon]


def map_of(shapes: Sequence[Shape]) -> Map:
    """The map of a few shapes, compiled."""
    by_geoid = {shape.geoid: shape for shape in shapes}
    geoids = sorted(by_geoid)
    polygons = [polygon_of(by_geoid[geoid].rings) for geoid in geoids]
    return Map(geoids, by_geoid, grid_of(shapes, geoids), polygons)


def grid_of(shapes: Sequence[Shape], geoids: Sequence[str]) -> Grid:
    """A grid over read-only views, as one over a mapped file is."""
    sections = grid_sections(shapes, geoids)
    return Grid({name: memoryview(array).toreadonly() for name, array in sections.items()})


def polygon_of(rings: Sequence[Ring]) -> shapely.MultiPolygon | shapely.Polygon:
    """Rings as an area of shapely's, counted even-odd; holes and parts need not be told apart."""
    area = shapely.Polygon()
    for ring in sorted((shapely.Polygon(ring) for ring in rings), key=lambda polygon: -polygon.area):
        area = shapely.symmetric_difference(area, ring)
    return area


@cache
def composite() -> Map:
    """The whole country on the lines of the 119th Congress."""
    shapes, _ = read_geojson(data(COMPOSITE), congress=119, resolution_m=30.0)
    return map_of(shapes)


def borders_of(polygons: Sequence[shapely.Geometry]) -> np.ndarray:
    """Every border line of the polygons by itself, for a tree of them."""
    return np.concatenate([_segments(part) for polygon in polygons for part in shapely.get_parts(polygon.boundary)])


def _segments(line: shapely.LineString) -> np.ndarray:
    corners = shapely.get_coordinates(line)
    return np.asarray(shapely.linestrings(np.stack([corners[:-1], corners[1:]], axis=1)))
