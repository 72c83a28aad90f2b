"""The grid on maps small enough to check by hand: borders, corners, holes, gaps, overlaps, the world's end, and strangers."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest

from services.resolve.reference.contents import Ring, Shape
from services.resolve.reference.grid import Grid
from services.resolve.reference.gridding import grid_sections
from services.resolve.reference.lattice import TOP_SHIFT
from tests.unit.real_maps import grid_of

UNIT = 1e-7
"""Degrees: the least step of the lattice."""

SEAM = (1 << TOP_SHIFT) * 12 * UNIT - 90
"""A latitude, or with another start a longitude, on which two cells of the first table meet."""


def box(west: float, south: float, east: float, north: float) -> Ring:
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def shape(geoid: str, *rings: Ring, resolution_m: float = 10.0) -> Shape:
    return Shape(geoid, rings, resolution_m)


def grid(*shapes: Shape) -> Grid:
    return grid_of(shapes, sorted({one.geoid for one in shapes}))


def test_of_two_neighbours_exactly_one_has_the_line_between_them() -> None:
    two = grid(shape("0101", box(-90, 30, -89, 31)), shape("0102", list(reversed(box(-89, 30, -88, 31)))))
    assert two.find(30.5, -89.5) == 0
    assert two.find(30.5, -88.5) == 1
    assert two.find(30.5, -89.0 - UNIT) == 0
    assert two.find(30.5, -89.0) == 1  # the line itself belongs to its east, as its south belongs to its north
    assert two.margin(30.5, -89.0) == 0
    assert two.around(30.5, -89.0, 0.0) == (1, 0)


def test_a_corner_of_four_belongs_to_exactly_one_also_on_a_seam_of_the_cells() -> None:
    lat, lon = SEAM, SEAM - 100
    four = grid(
        shape("0101", box(lon - 1, lat - 1, lon, lat)),
        shape("0102", box(lon, lat - 1, lon + 1, lat)),
        shape("0103", box(lon - 1, lat, lon, lat + 1)),
        shape("0104", box(lon, lat, lon + 1, lat + 1)),
    )
    assert four.find(lat, lon) == 3
    assert [four.find(lat + dy * UNIT, lon + dx * UNIT) for dy in (-1, 1) for dx in (-1, 1)] == [0, 1, 2, 3]
    assert set(four.around(lat, lon, 1.0)) == {0, 1, 2, 3}


def test_a_hole_is_another_districts_or_nobodys() -> None:
    ring, hole = box(-90, 30, -80, 40), box(-86, 34, -84, 36)
    assert grid(shape("0101", ring, hole)).find(35, -85) == -1
    filled = grid(shape("0101", ring, hole), shape("0102", hole))
    assert (filled.find(35, -85), filled.find(35, -87)) == (1, 0)


def test_parts_of_one_district_that_touch_have_no_border_between_them() -> None:
    whole = grid(shape("0101", box(-90, 30, -89, 31), box(-89, 30, -88, 31)))
    assert whole.find(30.5, -89.0) == 0
    assert whole.margin(30.5, -89.0) == 1000


def test_where_a_coarse_source_overlaps_a_finer_one_the_finer_counts() -> None:
    coarse = shape("0101", box(-90, 30, -88.9, 31), resolution_m=2000.0)
    fine = shape("0102", box(-89, 30, -88, 31), resolution_m=10.0)
    assert [grid(coarse, fine).find(30.5, lon) for lon in (-89.001, -88.95, -88.5)] == [0, 1, 1]
    wide = shape("0103", box(-120, 20, -60, 50), resolution_m=500.0)
    assert [grid(coarse, fine, wide).find(30.5, lon) for lon in (-89.5, -88.5, -70)] == [2, 1, 2]


def test_where_sources_overlap_the_first_district_counts_and_a_gap_is_nobodys() -> None:
    one, other = shape("0101", box(-90, 30, -88.9, 31)), shape("0102", box(-89, 30, -88, 31))
    far = shape("0103", box(-87.9, 30, -87, 31))
    for order in ((one, other, far), (far, other, one)):
        assert [grid(*order).find(30.5, lon) for lon in (-89.5, -88.95, -88.5, -87.95, -87.5)] == [0, 0, 1, -1, 2]


@pytest.mark.parametrize(
    "ring",
    [
        pytest.param([(179, 51), (-179, 51), (-179, 53), (179, 53)], id="jumping back at 180"),
        pytest.param([(179, 51), (181, 51), (181, 53), (179, 53)], id="going on beyond 180"),
        pytest.param([(-181, 51), (-179, 51), (-179, 53), (-181, 53)], id="beginning before -180"),
    ],
)
def test_an_area_across_180_degrees_is_one_however_it_is_written(ring: Ring) -> None:
    across = grid(shape("0200", ring))
    for lon in (179.5, 180.0, -180.0, -179.5, 180 - UNIT, UNIT - 180):
        assert across.find(52, lon) == 0
        assert across.margin(52, lon) == 1000  # where the map is cut there is no border
    assert (across.find(52, 178.9), across.find(52, -178.9), across.find(52, 0)) == (-1, -1, -1)


def test_what_is_cut_at_180_degrees_by_its_source_sees_its_neighbours_beyond() -> None:
    east, west = shape("0200", box(179, 51, 180, 53)), shape("0101", box(-180, 51, -179.995, 53))
    both = grid(east, west)
    assert both.find(52, 180.0) == both.find(52, -180.0) == 0
    assert both.find(52, 180 - UNIT) == 1
    # 0.005 degrees of longitude at 52 north are 343 metres: the far side of the western one is the nearest true border.
    assert both.margin(52, 179.9999) == pytest.approx(0.0051 * 111_320 * math.cos(math.radians(52)), rel=0.01)
    assert 0 in both.around(52, 179.9999, 500.0)
    # And from the other side: the eastern one begins 0.001 degrees beyond the line.
    other = grid(shape("0200", box(179, 51, 179.999, 53)), west)
    assert other.around(52, -179.9999, 500.0) == (0, 1)
    assert other.margin(52, -179.9999) == pytest.approx(0.0011 * 111_320 * math.cos(math.radians(52)), rel=0.01)


def test_a_slanting_line_is_cut_at_180_degrees_where_it_meets_it() -> None:
    slanting = grid(shape("0200", [(179, 51), (-179, 52), (179, 53)]))
    assert [slanting.find(lat, 180.0) for lat in (51.49, 51.51, 52.49, 52.51)] == [-1, 0, 0, -1]
    assert [slanting.find(lat, -179.5) for lat in (51.74, 51.76, 52.24, 52.26)] == [-1, 0, 0, -1]
    assert [slanting.find(lat, 179.5) for lat in (51.24, 51.26, 52.74, 52.76)] == [-1, 0, 0, -1]


def test_no_float_is_too_strange() -> None:
    one = grid(shape("0101", box(-90, 30, -89, 31)))
    strange = [math.nan, math.inf, -math.inf, 1e308, -1e308, 180.0000001, -180.0000001, 5e-324]
    for lat in [*strange, 30.5]:
        for lon in [*strange, -89.5]:
            expected = 0 if (lat, lon) == (30.5, -89.5) else -1
            assert one.find(lat, lon) == expected
            assert one.around(lat, lon, 100.0) == ((0,) if expected == 0 else ())
            assert 0 <= one.margin(lat, lon) <= 1000
    assert [one.find(lat, lon) for lat in (-90, 90) for lon in (-180, 180)] == [-1] * 4
    assert [one.margin(lat, 0.0) for lat in (-90.0, 90.0)] == [1000, 1000]
    assert one.around(30.5, -89.5, math.nan) == ()


def test_a_radius_is_never_more_than_a_kilometre() -> None:
    two = grid(shape("0101", box(-90, 30, -89, 31)), shape("0102", box(-89, 30, -88, 31)))
    near, far = -89 - 900 / 96_000, -89 - 1200 / 96_000
    assert (two.around(30.5, near, 1e9), two.around(30.5, far, 1e9)) == ((0, 1), (0,))
    assert two.around(30.5, near, 800.0) == (0,)
    assert two.margin(30.5, near) == pytest.approx(900, abs=10)
    assert two.margin(30.5, far) == 1000


def test_districts_around_stand_nearest_first() -> None:
    three = grid(
        shape("0101", box(-88.999, 30, -88, 31)),
        shape("0102", box(-91, 30, -89, 31)),
        shape("0103", box(-88.9995, 29, -88, 29.9999)),
    )
    # 144 metres to the first in the east; to the third 67 south and 96 east.
    assert three.around(30.0005, -89.0005, 400.0) == (1, 2, 0)
    assert three.around(30.0005, -89.0005, 130.0) == (1, 2)


def test_thirty_one_districts_may_meet_in_a_point_and_no_more() -> None:
    assert len(fan(31).around(40, -100, 1.0)) == 31
    with pytest.raises(ValueError, match="40 districts meet in one spot"):
        fan(40)


def fan(slices: int) -> Grid:
    """Slices of a cake around 100 W, 40 N."""
    rim = [(math.cos(math.tau * n / slices) - 100, math.sin(math.tau * n / slices) + 40) for n in range(slices)]
    return grid(*(shape(f"{n:04}", [(-100, 40), rim[n], rim[(n + 1) % slices]]) for n in range(slices)))


def test_a_shape_of_no_district_and_rings_that_are_no_degrees_are_refused() -> None:
    with pytest.raises(ValueError, match="0103"):
        grid_sections([shape("0103", box(-90, 30, -89, 31))], ["0101"])
    for corner in ((-90.0, 91.0), (math.nan, 30.0), (-90.0, math.inf), (2_000_000.0, 30.0)):
        with pytest.raises(ValueError, match="degrees"):
            grid([shape("0101", [corner, (-89, 30), (-89, 31)])][0])


def test_another_layout_is_refused_and_nothing_is_copied() -> None:
    arrays = grid_sections([shape("0101", box(-90, 30, -89, 31), resolution_m=500.0)], ["0101", "0102"])
    sections = {name: memoryview(one) for name, one in arrays.items()}
    made = Grid(sections)
    assert (made.resolution_m(0), made.resolution_m(1)) == (500.0, 0.0)
    # What the array says counts at once: the grid reads it where it is.
    for cell in range(len(arrays["top"])):
        sections["top"][cell] = -3
    assert made.find(0, 0) == 1
    sections["meta"][0] = 99
    with pytest.raises(ValueError, match="build the reference file again"):
        Grid(sections)


def test_progress_only_grows_and_comes_to_its_end() -> None:
    told: list[tuple[int, int]] = []
    many = [shape(f"{n:04}", box(-120 + n, 30, -119 + n, 31)) for n in range(40)]
    grid_sections(many, [one.geoid for one in many], lambda done, of: told.append((done, of)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1] > 0


def test_the_order_of_the_shapes_does_not_matter() -> None:
    def found(shapes: Sequence[Shape]) -> Sequence[int]:
        made = grid_of(shapes, names)
        return [made.find(lat, lon) for lat, lon in points]

    pick = random.Random(4)
    names = [f"{n:04}" for n in range(9)]
    points = [(pick.uniform(29, 35), pick.uniform(-101, -95)) for _ in range(500)]
    boxes = [shape(name, box(-100 + n % 3, 30 + n // 3, -98.9 + n % 3, 31.1 + n // 3)) for n, name in enumerate(names)]
    assert found(boxes) == found(boxes[::-1])
