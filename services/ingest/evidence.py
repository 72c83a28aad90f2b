"""What a frontend knows of where an address lies, judged: a point on the map, or a district that somebody looked up.

Both only help to find the seat, so what cannot be true is left out with a flag, like a telephone number that is none, and
turns nobody away. Whether a point lies in the state that was given, or a district exists, is for resolve to say, which has
the maps. Coordinates are personal data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schemas.states import STATES_BY_FIPS

if TYPE_CHECKING:
    from schemas.submission import SentDistrict, SentLocation
    from services.ingest.codes import FlagCode

Evidence = dict[str, dict[str, Any]]
"""``location`` and ``district`` as ``schemas.accepted`` has them, as far as they are there."""

NOTHING: Final[Evidence] = {}
"""What most addresses come with. Never changed."""

_BOXES: Final = (
    (24.3, 49.5, -125.1, -66.8),  # the 48 states and DC
    (51.0, 71.6, -180.0, -129.9),  # Alaska
    (51.0, 53.5, 172.0, 180.0),  # the Aleutians beyond the antimeridian
    (18.8, 28.6, -178.5, -154.7),  # Hawaii
    (17.6, 18.6, -68.0, -64.5),  # Puerto Rico, the Virgin Islands
    (13.1, 20.7, 144.5, 146.2),  # Guam, the Northern Marianas
    (-14.7, -11.0, -171.2, -168.0),  # American Samoa
)
"""Least and greatest latitude, least and greatest longitude of every part of the country with a seat in Congress. No point
of any box is in one when its numbers are swapped, and neither is 0, 0, where geocoders put what they do not find."""


def judge(location: SentLocation | None, district: SentDistrict | None, state: str, flags: list[FlagCode]) -> Evidence:
    """What of it can be true, for an address in ``state`` (a postal code, or empty); the rest becomes a flag."""
    evidence: Evidence = {}
    if location is not None:
        if _is_in_the_country(location.lat, location.lon):
            evidence["location"] = location.model_dump()
        else:
            flags.append("location_implausible")
    if district is not None:
        of_state = STATES_BY_FIPS.get(district.geoid[:2])
        if of_state is not None and (not state or of_state == state):
            evidence["district"] = district.model_dump()
        else:
            flags.append("district_implausible")
    return evidence


def as_text(evidence: Evidence) -> str:
    """The evidence as one text, which differs wherever the evidence does."""
    return " ".join(f"{name} {tuple(part.values())}" for name, part in evidence.items())


def _is_in_the_country(lat: float, lon: float) -> bool:
    return any(south <= lat <= north and west <= lon <= east for south, north, west, east in _BOXES)
