"""Golden cases that are drawn: the same every time, from every state, and points only where no line can be in doubt."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Final

import pytest
import shapely  # type: ignore[import-untyped]

from services.resolve.importers.cases import drawn_cases
from services.resolve.importers.clear_points import clear_points
from services.resolve.importers.geojson import read_geojson
from services.resolve.importers.recipe import Automatic
from services.resolve.reference.contents import PlanContents, Ring, Shape, ZipTable
from tests.unit.real_data import data, needs_data

METRES: Final = 1 / 111_320
"""Degrees of latitude in a metre."""


def plan(zips: dict[str, dict[str, float | None]], *shapes: Shape) -> PlanContents:
    begins = datetime(2025, 1, 3, 17, tzinfo=UTC)
    return PlanContents("us-cd-119", 119, begins, begins.replace(year=2027), ZipTable(zips), shapes=shapes)


def box(west: float, south: float, east: float, north: float) -> Ring:
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def test_every_state_is_among_the_cases_however_few_are_wished_for() -> None:
    zips: dict[str, dict[str, float | None]] = {f"{number:05}": {"3612": None} for number in range(10000, 11000)}
    zips |= {"82001": {"5600": None}, "02139": {"2505": None, "2507": None}, "30165": {"0103": 0.1, "1314": 0.9}}
    cases = drawn_cases(plan(zips), Automatic(unique=5, split=5))
    asked = {str(case.question["zip5"]): case for case in cases}
    assert len(asked) == len(cases) <= 5 + 2 + 2
    assert asked["82001"].outcome == "resolved"
    assert asked["02139"].outcome == "ambiguous"
    assert asked["30165"].geoids == ("1314", "0103"), "the likeliest first"
    assert cases == drawn_cases(plan(dict(reversed(zips.items()))), Automatic(unique=5, split=5))


def test_a_split_with_a_part_of_water_only_is_no_golden_case() -> None:
    zips: dict[str, dict[str, float | None]] = {"02139": {"2505": 0.0, "2507": 1.0}}
    assert drawn_cases(plan(zips), Automatic()) == []


def test_nothing_is_drawn_where_nothing_is_wished_for() -> None:
    shape = Shape("5600", [box(-111, 41, -104, 45)], 10)
    zips: dict[str, dict[str, float | None]] = {"82001": {"5600": None}}
    assert drawn_cases(plan(zips, shape), Automatic(unique=0, split=0, points=False)) == []
    points = drawn_cases(plan(zips, shape), Automatic(unique=0, split=0))
    assert [(case.outcome, case.geoids) for case in points] == [("resolved", ("5600",))]


@pytest.mark.parametrize(
    ("width_m", "resolution_m", "found"), [(1000, 100, True), (1000, 500, False), (200, 10, False)]
)
def test_a_district_too_narrow_for_its_lines_has_no_point(width_m: float, resolution_m: float, found: bool) -> None:
    half = width_m / 2 * METRES
    strip = Shape("2501", [box(-half, -0.3, half, 0.3)], resolution_m)
    around = [Shape("2502", [box(-1, -1, -half, 1)], resolution_m), Shape("2503", [box(half, -1, 1, 1)], resolution_m)]
    assert ("2501" in {geoid for geoid, _, _ in clear_points([strip, *around])}) == found


def test_a_point_avoids_holes() -> None:
    ring = Shape("2501", [box(-1, -1, 1, 1), box(-0.5, -0.9, 0.5, 0.9)], 10)
    hole = Shape("2502", [box(-0.5, -0.9, 0.5, 0.9)], 10)
    points = {geoid: (lat, lon) for geoid, lat, lon in clear_points([ring, hole])}
    assert abs(points["2501"][1]) > 0.5
    assert abs(points["2502"][1]) < 0.5


def test_a_point_in_two_districts_is_not_clear() -> None:
    within = Shape("2501", [box(-0.1, -0.1, 0.1, 0.1)], 10)
    over = Shape("2502", [box(-1, -1, 1, 1)], 10)
    points = {geoid: (lat, lon) for geoid, lat, lon in clear_points([within, over])}
    assert points.keys() == {"2502"}
    assert max(map(abs, points["2502"])) > 0.1, "outside of the other one"


@needs_data
def test_points_of_the_real_map_lie_where_a_second_opinion_says() -> None:
    shapes, _ = read_geojson(data("cd119_composite_simplified.geojson.gz"))
    points = list(clear_points(shapes))
    assert len(points) > 425
    areas = {shape.geoid: shapely.make_valid(shapely.MultiPolygon(_polygons(shape))) for shape in shapes}
    resolution = {shape.geoid: shape.resolution_m for shape in shapes}
    tree = shapely.STRtree(list(areas.values()))
    names = list(areas)
    for geoid, lat, lon in random.Random(4).sample(points, 100):
        near = shapely.Point(lon, lat).buffer((15 + resolution[geoid]) * METRES)
        assert {names[index] for index in tree.query(near, predicate="intersects")} == {geoid}


def _polygons(shape: Shape) -> list[tuple[Ring, list[Ring]]]:
    """Outer rings with the holes in them, by where a corner of each lies."""
    rings = [shapely.Polygon(ring) for ring in shape.rings]
    holes = {
        inner
        for inner, one in enumerate(rings)
        for outer, other in enumerate(rings)
        if inner != outer and other.area > one.area and other.contains(shapely.Point(one.exterior.coords[0]))
    }
    return [
        (shape.rings[outer], [shape.rings[hole] for hole in holes if rings[outer].contains(rings[hole])])
        for outer in range(len(rings))
        if outer not in holes
    ]
