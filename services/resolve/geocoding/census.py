"""The Census geocoder's questions and answers: which parameters it takes, and what its JSON says.

It names a layer of districts by Congress ("119th Congressional Districts") and changes which one it serves without notice,
so a layer counts only for the Congress it names, fields of its records may be missing, and nothing else in the answer is
relied upon. Several places, or a place in another state than the person's, are not chosen between.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from schemas.states import STATES_BY_FIPS
from services.resolve.geocoding.wanted import Located, Reply, Wanted

_LAYER: Final = re.compile(r"(\d{2,3})(?:st|nd|rd|th) Congressional Districts", re.ASCII)
_GEOID: Final = re.compile(r"(?:\d+US)?(\d{4})", re.ASCII)  # also the fully qualified one: 5001900US3612
_CODE: Final = re.compile(r"\d{2}", re.ASCII)
_SAME_PLACE_METRES: Final = 50.0
_METRES_PER_DEGREE: Final = 111_320.0


class NotAnAnswer(Exception):
    """The body is no answer of a geocoder, whatever its status was. Says nothing of what was asked."""


@dataclass(frozen=True, slots=True, repr=False)
class _Match:
    lat: float
    lon: float
    state: str
    zip5: str
    geoid: str | None


def parameters(wanted: Wanted, benchmark: str, vintage: str) -> dict[str, str]:
    """The query that asks about an address (endpoint ``geographies/address``)."""
    asked = {"street": wanted.street, "city": wanted.city, "state": wanted.state or "", "zip": wanted.zip5}
    given = {name: value for name, value in asked.items() if value}
    return {**given, "benchmark": benchmark, "vintage": vintage, "format": "json"}


def read(body: bytes, wanted: Wanted) -> Reply:
    """What the answer says of ``wanted``. Raises ``NotAnAnswer``."""
    try:
        said = json.loads(body)["result"]["addressMatches"]
        if not isinstance(said, list):
            raise NotAnAnswer
        matches = [_match(raw, wanted.congress) for raw in said]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        # An error envelope, a page, or half an answer: a body quotes the address, so nothing of it is passed on.
        raise NotAnAnswer from None
    if not matches:
        return Reply("none")
    if wanted.state:
        matches = [match for match in matches if match.state in (wanted.state, "")]
        if not matches:
            return Reply("elsewhere")
    nearer = [match for match in matches if match.zip5 == wanted.zip5]
    return _agreed(nearer or matches, same_zip=bool(nearer) or not any(match.zip5 for match in matches))


def _agreed(matches: list[_Match], *, same_zip: bool) -> Reply:
    """One place, where all matches are in one or at least in one district by the geocoder's own account."""
    first = matches[0]
    geoids = {match.geoid for match in matches}
    geoid = first.geoid if len(geoids) == 1 else None
    if geoid is None and any(_metres(first, match) > _SAME_PLACE_METRES for match in matches[1:]):
        return Reply("ambiguous")
    return Reply("found", Located(round(first.lat, 4), round(first.lon, 4), geoid, same_zip))


def _match(raw: Mapping[str, Any], congress: int) -> _Match:
    place, parts = raw["coordinates"], raw.get("addressComponents") or {}
    return _Match(
        lat=_degrees(place["y"], 90),
        lon=_degrees(place["x"], 180),
        state=str(parts.get("state") or "").strip().upper(),
        zip5=str(parts.get("zip") or "").strip()[:5],
        geoid=_district(raw.get("geographies") or {}, congress),
    )


def _degrees(value: object, most: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= most:  # NaN fails this too
        raise NotAnAnswer
    return float(value)


def _district(layers: Mapping[str, Any], congress: int) -> str | None:
    found = {_geoid(record, congress) for record in _records(layers, congress)}
    return found.pop() if len(found) == 1 else None


def _records(layers: Mapping[str, Any], congress: int) -> Iterator[Mapping[str, Any]]:
    for name, records in layers.items():
        layer = _LAYER.fullmatch(name)
        if layer and int(layer[1]) == congress:
            yield from records


def _geoid(record: Mapping[str, Any], congress: int) -> str | None:
    """A record's GEOID, from itself or from its state and district; None where its fields contradict one another."""
    session = str(record.get("CDSESSN") or congress)
    whole = _GEOID.fullmatch(str(record.get("GEOID") or ""))
    state = str(record.get("STATE") or (whole[1][:2] if whole else ""))
    code = record.get(f"CD{congress}") or record.get(f"CD{congress}FP")
    code = str(code) if code else whole[1][2:] if whole else _code(str(record.get("BASENAME") or ""))
    made = state + code
    agrees = session == str(congress) and _CODE.fullmatch(code) and state in STATES_BY_FIPS
    return made if agrees and (whole is None or whole[1] == made) else None


def _code(name: str) -> str:
    """Two digits from a district's base name: a number, or words for a state's or a territory's only seat."""
    if name.isascii() and name.isdigit():
        return name.zfill(2)
    words = name.casefold()
    if "delegate" in words or "resident commissioner" in words:
        return "98"
    return "00" if "at large" in words else ""


def _metres(one: _Match, other: _Match) -> float:
    east = (one.lon - other.lon) * math.cos(math.radians(one.lat))
    return math.hypot(one.lat - other.lat, east) * _METRES_PER_DEGREE
