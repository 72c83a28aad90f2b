"""Any way of dividing a piece of land: each point is in exactly one part, and in the one that an independent judge names."""

from __future__ import annotations

from itertools import pairwise

import shapely  # type: ignore[import-untyped]
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.resolve.reference.contents import Ring, Shape
from services.resolve.reference.lattice import LAT_ORIGIN, LON_ORIGIN, PER_DEGREE
from tests.unit.real_maps import grid_of

WEST, SOUTH = -1_005_000_000, 398_000_000
"""Units of 1e-7 degree, in which the maps are drawn so that corners and points are exact."""

STEPS = [1, 37, 2048, 8192, 131_072, 2_000_000, 20_000_000]
"""Widths of the maps: from smaller than the smallest cell to several of the largest."""

Point = tuple[int, int]


@st.composite
def divided(draw: st.DrawFn) -> tuple[list[list[list[Point]]], list[Point], int]:
    """A land of triangles between points of the lattice, dealt out to a few districts; the corners; and how wide it is."""
    width = draw(st.sampled_from(STEPS)) * 16
    near_seams = st.integers(0, 16).map(lambda n: n * width // 16)
    coordinate = st.one_of(st.integers(0, width), near_seams)
    inner = draw(st.lists(st.tuples(coordinate, coordinate), min_size=0, max_size=12))
    corners = sorted({(0, 0), (0, width), (width, 0), (width, width), *inner})
    triangles = shapely.get_parts(shapely.delaunay_triangles(shapely.multipoints(corners)))
    rings = [[(int(x), int(y)) for x, y in shapely.get_coordinates(triangle)] for triangle in triangles]
    owners = draw(st.lists(st.integers(0, 3), min_size=len(rings), max_size=len(rings)))
    return [[ring for ring, owner in zip(rings, owners, strict=True) if owner == n] for n in range(4)], corners, width


def degrees(point: Point) -> tuple[float, float]:
    """Longitude and latitude of a point of the map."""
    return (WEST + point[0]) / PER_DEGREE, (SOUTH + point[1]) / PER_DEGREE


def shape(geoid: str, rings: list[list[Point]]) -> Shape:
    drawn: list[Ring] = [[degrees(point) for point in ring] for ring in rings]
    return Shape(geoid, drawn, 10.0)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(land=divided(), data=st.data())
def test_every_point_of_a_divided_land_is_in_exactly_one_part(
    land: tuple[list[list[list[Point]]], list[Point], int], data: st.DataObject
) -> None:
    parts, corners, width = land
    names = [f"{n:04}" for n in range(len(parts))]
    shapes = [shape(name, rings) for name, rings in zip(names, parts, strict=True)]
    whole = grid_of(shapes, names)
    alone = [grid_of([one], names) for one in shapes]
    inside = st.integers(0, width - 1)
    drawn = data.draw(st.lists(st.tuples(inside, inside), max_size=30))
    beside = [(x + dx, y + dy) for x, y in corners for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
    middles = [((a[0] + b[0]) // 2, (a[1] + b[1]) // 2) for part in parts for ring in part for a, b in pairwise(ring)]
    for point in {*drawn, *beside, *middles, *on_cell_seams(drawn)}:
        lon, lat = degrees(point)
        found = [n for n, grid in enumerate(alone) if grid.find(lat, lon) == n]
        within = 0 <= point[0] < width and 0 <= point[1] < width
        # Half-open: what lies on the western and southern side is inside, on the eastern and northern it is not.
        assert len(found) == within
        assert [whole.find(lat, lon)] == (found or [-1])
        if within:
            judge = shapely.Point(point)
            assert any(shapely.intersects(shapely.Polygon(ring), judge) for ring in parts[found[0]])


def on_cell_seams(points: list[Point]) -> list[Point]:
    """The same points, moved onto the western or southern side of their cells of every level, and beside it."""
    moved = []
    for x, y in points:
        for shift in range(11, 24, 2):
            to_west = (int(LON_ORIGIN) + WEST + x) % (1 << shift)
            to_south = (int(LAT_ORIGIN) + SOUTH + y) % (1 << shift)
            moved += [(x - to_west, y), (x, y - to_south), (x - to_west - 1, y - to_south - 1)]
    return moved


@settings(max_examples=200, deadline=None)
@given(lat=st.floats(), lon=st.floats(), radius_m=st.floats())
def test_no_floats_make_it_raise(lat: float, lon: float, radius_m: float) -> None:
    assert LAND.find(lat, lon) in (-1, 0)
    assert LAND.around(lat, lon, radius_m) in ((), (0,))
    assert 0 <= LAND.margin(lat, lon) <= 1000


LAND = grid_of(
    [Shape("0000", [[(-180, -90), (0, -90), (0, 90), (-180, 90)], [(0, -90), (180, -90), (180, 90), (0, 90)]], 1)],
    ["0000"],
)
