"""Finds in each district a point that no doubt about lines can put into another: what golden cases of points are made of.

Plain arithmetic on a flat map around the point, exact enough over a kilometre, and on purpose not the code that answers for
points: a case that shared its faults would prove nothing. Never in a worker.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Final

from services.resolve.reference.contents import Ring, Shape

_METRES_PER_DEGREE: Final = 111_320.0
_ROOFTOP_M: Final = 15.0
_SLACK_M: Final = 150.0
"""What a point is farther from every other district than its own doubt, a rooftop's and that of the lines."""

_HEIGHTS: Final = (0.5, 0.35, 0.65)
"""Where a district's box is cut to look for its widest part, as shares of its height."""


@dataclass(frozen=True, slots=True)
class _Area:
    """A district with its box: least and greatest longitude, least and greatest latitude."""

    geoid: str
    rings: Sequence[Ring]
    west: float
    east: float
    south: float
    north: float


def clear_points(shapes: Sequence[Shape]) -> Iterator[tuple[str, float, float]]:
    """GEOID, latitude and longitude of a point inside each district and clear of every other one.

    A district that is too narrow for how coarse its lines are has none.
    """
    parts: dict[str, list[Ring]] = {}
    for shape in shapes:
        parts.setdefault(shape.geoid, []).extend(shape.rings)
    areas = [_area(geoid, rings) for geoid, rings in sorted(parts.items())]
    doubt = {shape.geoid: shape.resolution_m for shape in sorted(shapes, key=lambda shape: shape.resolution_m)}
    for area in areas:
        clear = _ROOFTOP_M + doubt[area.geoid] + _SLACK_M
        for lat, lon in _middles(area):
            if not any(_near(other, lat, lon, clear) for other in areas if other is not area):
                yield area.geoid, round(lat, 6), round(lon, 6)
                break


def _area(geoid: str, rings: Sequence[Ring]) -> _Area:
    lons = [lon for ring in rings for lon, _ in ring]
    lats = [lat for ring in rings for _, lat in ring]
    return _Area(geoid, rings, min(lons), max(lons), min(lats), max(lats))


def _middles(area: _Area) -> list[tuple[float, float]]:
    """The middle of the widest part inside the district at a few heights, the widest first."""
    heights = [area.south + (area.north - area.south) * share for share in _HEIGHTS]
    crossings: list[list[float]] = [[] for _ in heights]
    for ring in area.rings:
        lon, lat = ring[-1]
        for next_lon, next_lat in ring:
            for number, height in enumerate(heights):
                if (lat > height) != (next_lat > height):
                    crossings[number].append(lon + (height - lat) / (next_lat - lat) * (next_lon - lon))
            lon, lat = next_lon, next_lat
    found = []
    for height, lons in zip(heights, crossings, strict=True):
        lons.sort()
        spans = [(east - west, (west + east) / 2) for west, east in zip(lons[::2], lons[1::2], strict=True)]
        if spans:
            width, middle = max(spans)
            found.append((width, height, middle))
    return [(height, middle) for _, height, middle in sorted(found, reverse=True)]


def _near(area: _Area, lat: float, lon: float, radius_m: float) -> bool:
    """Whether a point lies in the district or within ``radius_m`` of its border."""
    across = _METRES_PER_DEGREE * max(cos(radians(lat)), 0.01)
    tall, wide = radius_m / _METRES_PER_DEGREE, radius_m / across
    if not (area.west - wide <= lon <= area.east + wide and area.south - tall <= lat <= area.north + tall):
        return False
    inside = False
    for ring in area.rings:
        last_x, last_y = (ring[-1][0] - lon) * across, (ring[-1][1] - lat) * _METRES_PER_DEGREE
        for corner_lon, corner_lat in ring:
            x, y = (corner_lon - lon) * across, (corner_lat - lat) * _METRES_PER_DEGREE
            if (y > 0) != (last_y > 0) and x - y * (last_x - x) / (last_y - y) > 0:
                inside = not inside
            # Most edges are far away: only those whose box comes near are measured.
            comes_near = min(y, last_y) < radius_m > -max(y, last_y) and min(x, last_x) < radius_m > -max(x, last_x)
            if comes_near and _distance(last_x, last_y, x, y) <= radius_m:
                return True
            last_x, last_y = x, y
    return inside


def _distance(x1: float, y1: float, x2: float, y2: float) -> float:
    """How far the origin is from the line between two points, in their unit."""
    dx, dy = x2 - x1, y2 - y1
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else max(0.0, min(1.0, -(x1 * dx + y1 * dy) / length))
    return float(((x1 + along * dx) ** 2 + (y1 + along * dy) ** 2) ** 0.5)
