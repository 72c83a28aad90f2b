"""What a reference file is compiled from: plain values that importers make and the compiler takes, whatever the source.

Everything is in one form here: GEOIDs of four digits, ZIPs of five, degrees (west negative), times with a zone. An importer
that is done has nothing format-specific left. Nothing here is used while letters are resolved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from schemas.resolved import WeightKind

Share = float
"""Between 0 and 1."""

Ring = Sequence[tuple[float, float]]
"""A closed line of (longitude, latitude) in degrees; the last point may repeat the first."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a dataset is from. ``sha256`` is that of the file as published, ``counts`` what was found in it."""

    name: str
    kind: str
    sha256: str
    rows: int
    url: str = ""
    published_on: date | None = None
    licence: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ZipTable:
    """Which districts each ZIP touches: ZIP to GEOID to its share of the ZIP, None where no share is known.

    Shares of one ZIP, where known, are of one ``weight_kind`` and sum to one (within 1e-6).
    """

    zips: Mapping[str, Mapping[str, Share | None]]
    weight_kind: WeightKind = "none"


@dataclass(frozen=True, slots=True)
class Plus4Range:
    """ZIP+4 from ``low`` to ``high`` (0 to 9999, both included) lies in ``geoid``."""

    zip5: str
    low: int
    high: int
    geoid: str


@dataclass(frozen=True, slots=True)
class ZipPoint:
    """Where a ZIP without an area (post office boxes, one big receiver) is: a point inside it."""

    zip5: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Shape:
    """A district's area: rings, outer ones and holes alike, counted even-odd. ``resolution_m``: how far lines may be off."""

    geoid: str
    rings: Sequence[Ring]
    resolution_m: float


@dataclass(frozen=True, slots=True)
class Term:
    """That somebody holds a seat from ``since`` until noon of ``until``, as far as the source says. ``office``: ``HNY12``."""

    office: str
    bioguide: str
    name: str
    last_name: str
    party: str
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Roster:
    """Who holds what. Terms that ended before ``complete_since`` may be missing from it."""

    terms: Sequence[Term]
    published_on: date
    complete_since: date


@dataclass(frozen=True, slots=True)
class Golden:
    """A case that the compiled file must answer, by its own lookup: the question, and the GEOIDs that it must name.

    The first of ``geoids`` is to come first where there are weights; otherwise they are a set. ``question`` has the fields of
    ``services.resolve.question.Question`` that are not empty, as JSON has them.
    """

    plan: str
    question: Mapping[str, object]
    outcome: str
    geoids: Sequence[str]


@dataclass(frozen=True, slots=True)
class PlanContents:
    """One map of districts: when it holds, and what is known by it.

    ``valid_from`` and ``valid_to`` bound, half-open, the time in which its members sit (noon Eastern of 3 January of an odd
    year). ``overlays`` is empty; a map that courts change is a plan of its own.
    """

    plan: str
    congress: int
    valid_from: datetime
    valid_to: datetime
    zips: ZipTable
    plus4: Sequence[Plus4Range] = ()
    zip_points: Sequence[ZipPoint] = ()
    shapes: Sequence[Shape] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything that goes into a reference file. ``published_on`` is the newest of its sources."""

    plans: Sequence[PlanContents]
    roster: Roster | None = None
    golden: Sequence[Golden] = ()
    sources: Sequence[Source] = ()
