"""What can be seen from a point on a map: the district it lies in, and every other one that it may really lie in.

How far a point may be off is how it was found and how coarse the lines are, together. The middle of a ZIP or a city is no
place where somebody lives, however exact its coordinates look. Points are personal data: nothing here keeps one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, radians, sin
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.resolve.question import Accuracy, Point
    from services.resolve.reference.grid import Grid
    from services.resolve.reference.plans import Plan
    from services.resolve.resolution import Reason
    from services.resolve.seats import Seat

RADIUS_M: Final[dict[Accuracy, float]] = {"rooftop": 15.0, "parcel": 50.0, "interpolated": 150.0}
CONFIDENCE: Final[dict[Accuracy, float]] = {"rooftop": 0.99, "parcel": 0.99, "interpolated": 0.97}

FARTHEST_M: Final = 1_000.0
"""As far as the grid looks."""

_METRES_PER_DEGREE: Final = 111_320.0
_COMPASS: Final = [(cos(pi * step / 4), sin(pi * step / 4)) for step in range(8)]


@dataclass(slots=True)  # not frozen: one is made for every point, and only read
class Sight:
    """``seats``: the district that the point lies in, then the others within its radius."""

    seats: Sequence[Seat]
    margin_m: int
    confidence: float


def look(plan: Plan, point: Point) -> Sight | Reason:
    """What a point says, or why it says nothing."""
    if point.accuracy == "centroid":
        return "centroid_ignored"
    grid = plan.grid
    if grid is None:
        return "point_not_covered"
    inside = grid.find(point.lat, point.lon)
    if inside < 0:
        return "point_not_covered"
    radius = RADIUS_M[point.accuracy] + grid.resolution_m(inside)
    margin = grid.margin(point.lat, point.lon)
    confidence = CONFIDENCE[point.accuracy]
    if margin >= radius:
        return Sight((plan.districts[inside],), margin, confidence)
    near = {inside: None}
    if margin < FARTHEST_M:
        near |= dict.fromkeys(grid.around(point.lat, point.lon, min(radius, FARTHEST_M)))
    if radius > FARTHEST_M:
        near |= dict.fromkeys(_farther(grid, point, radius))
    return Sight(tuple([plan.districts[index] for index in near]), margin, confidence)


def _farther(grid: Grid, point: Point, radius: float) -> list[int]:
    """Districts farther away than the grid looks, by eight samples: lines that are so coarse have no finer detail.

    The samples are so far that no straight border within ``radius`` passes between them unseen.
    """
    distance = radius / cos(pi / 8)
    north = distance / _METRES_PER_DEGREE
    east = north / max(0.01, cos(radians(point.lat)))
    found = [grid.find(point.lat + north * y, point.lon + east * x) for y, x in _COMPASS]
    return [index for index in found if index >= 0]
