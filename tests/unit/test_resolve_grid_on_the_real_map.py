"""The whole country's map: what the grid answers is what shapely answers, for points, distances and neighbours."""

from __future__ import annotations

import csv
import math
from collections import Counter

import numpy as np
import pytest
import shapely  # type: ignore[import-untyped]

from tests.unit.real_data import data, needs_data
from tests.unit.real_maps import Map, borders_of, composite

pytestmark = needs_data

POINTS = 100_000
MEASURED = 400


@pytest.fixture(scope="module")
def country() -> Map:
    return composite()


def everywhere(count: int) -> np.ndarray:
    """Longitudes and latitudes: half of them all over the lower 48 states and the sea around, half near offices."""
    pick = np.random.default_rng(118)
    offices = np.array([(float(row["lon"]), float(row["lat"])) for row in rows() if row["kind"] != "no_polygon"])
    spread = pick.uniform((-125, 24), (-66, 50), (count // 2, 2))
    near = offices[pick.integers(0, len(offices), count - count // 2)] + pick.normal(0, 0.02, (count - count // 2, 2))
    return np.round(np.concatenate([spread, near]), 7)


def rows() -> list[dict[str, str]]:
    with data("golden_points.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_hundred_thousand_points_are_where_shapely_puts_them(country: Map) -> None:
    points = everywhere(POINTS)
    found = [country.grid.find(lat, lon) for lon, lat in points.tolist()]
    which, inside = shapely.STRtree(country.polygons).query(shapely.points(points), predicate="intersects")
    # Where two sources overlap, the finer one counts, and among equals the first district.
    order = sorted(range(len(country.geoids)), key=lambda n: (country.grid.resolution_m(n), n))
    best = np.full(POINTS, len(order))
    np.minimum.at(best, which, np.argsort(order)[inside])
    expected = np.array([*order, -1])[best]
    assert np.count_nonzero(expected == -1) > 5000
    assert len(set(expected.tolist())) > 400
    assert found == expected.tolist()


def test_a_point_well_inside_a_district_is_in_it(country: Map) -> None:
    for index, polygon in enumerate(country.polygons):
        point = polygon.representative_point()
        assert country.grid.find(point.y, point.x) == index, country.geoids[index]


def test_every_golden_point_is_in_its_members_district(country: Map) -> None:
    right: Counter[str] = Counter()
    for row in rows():
        index = country.grid.find(float(row["lat"]), float(row["lon"]))
        found = country.geoids[index] if index >= 0 else ""
        assert found == row["pip_geoid"], row["office_id"]  # empty for one whose latitude is not of this world
        right[row["kind"]] += found == row["member_geoid"]
    assert right == {"golden": 215, "golden_approx_geom": 114, "office_outside_own_district": 0, "no_polygon": 0}


def test_margins_are_the_distances_that_shapely_measures(country: Map) -> None:
    """Within a metre and a thousandth, against radii of curvature of the GRS 80 ellipsoid where the grid has a series."""
    lines = borders_of(country.polygons)
    tree = shapely.STRtree(lines)
    near = 0
    for lon, lat in everywhere(MEASURED * 20)[-MEASURED:].tolist():
        across, along = metres_per_degree(lat)
        reach = shapely.box(lon - 1100 / across, lat - 1100 / along, lon + 1100 / across, lat + 1100 / along)
        around = shapely.transform(lines[tree.query(reach)], lambda c: (c - (lon, lat)) * (across, along))  # noqa: B023
        distance = min(1000.0, shapely.distance(around, shapely.Point(0, 0)).min(initial=1000.0))
        near += distance < 1000
        assert country.grid.margin(lat, lon) == pytest.approx(distance - 0.5, abs=1 + distance / 1000)
    assert near > 40


def test_the_districts_around_a_point_are_those_that_shapely_finds(country: Map) -> None:
    tree = shapely.STRtree(country.polygons)
    several = 0
    for lon, lat in everywhere(MEASURED * 20)[-MEASURED:].tolist():
        across, along = metres_per_degree(lat)
        for radius in (65.0, 400.0, 1000.0):
            found = set(country.grid.around(lat, lon, radius))
            several += len(found) > 1
            assert discs(tree, lon, lat, (radius - 2) / across, (radius - 2) / along) <= found
            assert found <= discs(tree, lon, lat, (radius + 2) / across, (radius + 2) / along)
    assert several > 40


def discs(tree: shapely.STRtree, lon: float, lat: float, wide: float, tall: float) -> set[int]:
    """The districts that a disc of these half-axes in degrees touches."""
    turns = np.linspace(0, math.tau, 720)
    ring = np.column_stack([lon + wide * np.cos(turns), lat + tall * np.sin(turns)])
    return set(tree.query(shapely.Polygon(ring), predicate="intersects").tolist())


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Eastwards and northwards (GRS 80: a = 6,378,137 m, f = 1/298.257222101)."""
    flat = 1 / 298.257222101
    square = flat * (2 - flat)
    bent = 1 - square * math.sin(math.radians(lat)) ** 2
    normal = 6_378_137 / math.sqrt(bent)
    return math.radians(normal) * math.cos(math.radians(lat)), math.radians(normal * (1 - square) / bent)


def test_the_map_is_small(country: Map) -> None:
    """Bytes for each of its 557,153 corners: a country in full detail, five times as many, is to stay below 60 MB."""
    size = sum(getattr(country.grid, name).nbytes for name in ("_top", "_nodes", "_cells", "_palettes", "_resolution"))
    assert size < 12_000_000
