"""What is known of the place where a person lives: the question that resolve answers.

A question holds a person's address, so it is personal data: it is never logged, and its text never becomes part of an
error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Accuracy = Literal["rooftop", "parcel", "interpolated", "centroid"]


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the map in degrees (west negative), and how it was found. A centroid is no place: see ``lookup``."""

    lat: float
    lon: float
    accuracy: Accuracy


@dataclass(frozen=True, slots=True)
class Asserted:
    """A district that somebody looked up before: its GEOID, the Congress of the map, and whose word it is."""

    geoid: str
    congress: int
    proof: Literal["person_confirmed", "geocoder"]


@dataclass(frozen=True, slots=True)
class Question:
    """``zip5`` as given (five digits, or anything); the rest is None where nothing is known."""

    zip5: str = ""
    plus4: str | None = None
    state: str | None = None
    point: Point | None = None
    asserted: Asserted | None = None
