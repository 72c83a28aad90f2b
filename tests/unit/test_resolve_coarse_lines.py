"""A point is no more exact than the lines around it: lines that may be off by two kilometres settle little in a city."""

from __future__ import annotations

from math import cos, pi, sin

from services.resolve.geoids import geoid
from services.resolve.lookup import resolve
from services.resolve.question import Point, Question
from services.resolve.reference.contents import Shape
from tests.unit import reference_made as made


def test_lines_of_two_kilometres_decide_only_well_inside_of_a_district() -> None:
    boxes = (("3612", -75.0, -74.0), ("3613", -74.0, -73.0))
    plan = made.only_plan(
        made.plan(shapes=[made.box(name, 40.0, west, 42.0, east, 2_000.0) for name, west, east in boxes])
    )
    for metres, outcome in ((500, "ambiguous"), (1_500, "ambiguous"), (1_900, "ambiguous"), (2_200, "resolved")):
        answer = resolve(plan, Question(point=Point(41.0, -74.0 + metres / 84_000, "rooftop")))
        assert (answer.outcome, geoid(answer.candidates[0])) == (outcome, "3613"), metres
    narrowed = resolve(plan, Question("10027", point=Point(41.0, -74.0 + 1_500 / 84_000, "rooftop")))
    assert (narrowed.outcome, narrowed.reasons) == ("resolved", ("near_border",))


def test_a_coarse_border_is_seen_in_whatever_direction_it_lies() -> None:
    north, east = cos(pi / 8) / 111_320, sin(pi / 8) / 84_000  # a metre towards it, in degrees
    along = (-sin(pi / 8) / 111_320, cos(pi / 8) / 84_000)

    def half(geoid: str, *metres: float) -> Shape:
        corners = [(metres[0], -1), (metres[1], -1), (metres[1], 1), (metres[0], 1)]
        ring = [(-73.5 + m * east + s * 5e4 * along[1], 41 + m * north + s * 5e4 * along[0]) for m, s in corners]
        return Shape(geoid, [ring], 2_000.0)

    for metres, outcome in ((1_950, "ambiguous"), (2_250, "resolved")):
        plan = made.only_plan(made.plan(shapes=[half("3612", metres, 50_000), half("3613", -50_000, metres)]))
        assert resolve(plan, Question(point=Point(41.0, -73.5, "rooftop"))).outcome == outcome


def test_points_leave_nothing_behind_that_grows_with_their_number() -> None:
    boxes = (("3612", -75.0, -74.0), ("3613", -74.0, -73.0))
    plan = made.only_plan(made.plan(shapes=[made.box(name, 40.0, west, 42.0, east) for name, west, east in boxes]))
    far = resolve(plan, Question(point=Point(41.0, -73.5, "rooftop")))
    assert far.kept
    assert far is resolve(plan, Question(point=Point(41.1, -73.4, "rooftop")))
    for number in range(1, 800):
        near = resolve(plan, Question(point=Point(41.0, -74.0 + number / 84_000, "rooftop")))
        assert not near.kept
    assert (len(plan.plain), len(plan.answers)) == (1, 1)
