"""What is asked of a geocoder, and what came of it.

Both hold where a person lives: neither can be shown by ``repr``, so that no log line, error or failing test can repeat an
address by accident. ``Result`` is the closed set that the metric counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

Result = Literal[
    "found",
    "none",  # no such address
    "ambiguous",  # several places
    "elsewhere",  # only in other states than the one that the person gave
    "refused",  # the question was answered with 400 or 422: nothing that can be looked up
    "cached",
    "failed",
    "timed_out",
    "breaker_open",  # not asked, because it has just failed too often
    "over_budget",  # not asked, because the batch's time was up
]
RESULTS: Final[tuple[Result, ...]] = get_args(Result)


@dataclass(frozen=True, slots=True, repr=False)
class Wanted:
    """A street address, and the Congress whose districts are wanted. ``state`` is a USPS code or None."""

    street: str
    city: str
    state: str | None
    zip5: str
    congress: int


@dataclass(frozen=True, slots=True, repr=False)
class Located:
    """A place in degrees to four decimals (8 metres), always interpolated between house numbers.

    ``geoid`` is the district that the geocoder itself names for the Congress asked about, if it does; ``same_zip`` is False
    where it moved the address to another ZIP than the person's.
    """

    lat: float
    lon: float
    geoid: str | None
    same_zip: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one address; ``located`` is there exactly where ``result`` is ``found``."""

    result: Result
    located: Located | None = None
