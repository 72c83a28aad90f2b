"""What a person typed, made into a question: a ZIP, a ZIP+4, a point, a state, or an address line.

Of an address line only the ZIP and the state are taken, by their shape at its end; streets need a geocoder. Nothing is
repaired or guessed, and nothing of it is logged or becomes part of an error: it may be where somebody lives.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from schemas.fields import StateCode
from services.resolve.question import Accuracy, Point, Question

Kind = Literal["zip", "point", "state", "address"]

STATES: Final = frozenset(get_args(StateCode))

_ZIP: Final = re.compile(r"([0-9]{5})(?:-?([0-9]{4}))?", re.ASCII)
_POINT: Final = re.compile(r"([+-]?[0-9]{1,3}(?:\.[0-9]*)?)\s*[,;\s]\s*([+-]?[0-9]{1,3}(?:\.[0-9]*)?)", re.ASCII)
_END: Final = re.compile(
    r"(?:^|[\s,])([A-Z]{2})\.?(?:[\s,]+([0-9]{5})(?:-([0-9]{4}))?)?[\s,.]*$", re.ASCII | re.IGNORECASE
)
_ZIP_AT_END: Final = re.compile(r"(?:^|[\s,])([0-9]{5})(?:-([0-9]{4}))?[\s,.]*$", re.ASCII)


class NotUnderstood(ValueError):
    """What was typed has not the shape that was asked for. The text never repeats it."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A question, and as what the text was taken. ``street`` and ``city`` are of an address line, for a geocoder alone."""

    question: Question = field(repr=False)
    kind: Kind
    street: str = field(default="", repr=False)
    city: str = field(default="", repr=False)


def a_zip(text: str, state: str | None) -> Typed:
    """A ZIP or ZIP+4; anything else goes on as it is, for resolve to say what is wrong with it."""
    found = _ZIP.fullmatch(text.strip())
    if found:
        return Typed(Question(found[1], found[2], state), "zip")
    return Typed(Question(text.strip(), None, state), "zip")


def a_point(text: str, accuracy: Accuracy, state: str | None) -> Typed:
    """Latitude and longitude in degrees. Raises ``NotUnderstood`` for anything else."""
    found = _POINT.fullmatch(text.strip())
    if not found:
        raise NotUnderstood("A point is written LATITUDE,LONGITUDE in degrees, west negative: 42.3601,-71.0942")
    lat, lon = float(found[1]), float(found[2])
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise NotUnderstood("A latitude lies between -90 and 90 degrees and a longitude between -180 and 180")
    return Typed(Question(state=state, point=Point(lat, lon, accuracy)), "point")


def an_address(text: str, state: str | None) -> Typed:
    """What an address line ends with: a state, a ZIP, or both. Raises ``NotUnderstood`` where it ends with neither."""
    line = " ".join(text.split())
    end = _END.search(line)
    if end and end[1].upper() in STATES:
        return Typed(Question(end[2] or "", end[3], state or end[1].upper()), "address", *_street(line[: end.start()]))
    only_zip = _ZIP_AT_END.search(line)
    if only_zip:
        return Typed(Question(only_zip[1], only_zip[2], state), "address", *_street(line[: only_zip.start()]))
    raise NotUnderstood("An address line ends with a state, a ZIP or both: 1 Main St, Cambridge MA 02139")


def recognise(text: str, accuracy: Accuracy, state: str | None) -> Typed:
    """Whatever it looks like. Raises ``NotUnderstood`` for an address line without a ZIP or a state."""
    line = text.strip()
    if line.upper() in STATES:
        return Typed(Question(state=line.upper()), "state")
    if re.fullmatch(r"[0-9-]*", line, re.ASCII):
        return a_zip(line, state)
    if _POINT.fullmatch(line):
        return a_point(line, accuracy, state)
    try:
        return an_address(line, state)
    except NotUnderstood:
        if len(line) <= 10:  # a postcode of somewhere else, say: resolve knows better what it is
            return a_zip(line, state)
        raise


def _street(line: str) -> tuple[str, str]:
    """Street and city, where a comma parts them; else all of it as the street, which a ZIP helps to place."""
    street, comma, city = line.strip(" ,").rpartition(",")
    return (street.strip(), city.strip()) if comma else (city, "")
