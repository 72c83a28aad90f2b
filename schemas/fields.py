"""The kinds of value that events are made of: identifiers, codes and bounded text.

Closed sets are ``Literal`` (fast to validate, visible in the JSON Schema); identifiers are patterns, so that nothing
that goes into a key, a header, a file name or a metric label can carry free text. Lengths count code points.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ULID = r"[0-7][0-9A-HJKMNP-TV-Z]{25}"

SubmissionId = Annotated[str, StringConstraints(pattern=rf"^({_UUID}|{_ULID})$")]
"""A lower-case UUID or a ULID, chosen by the frontend and repeated when it sends the same submission again."""

LetterId = Annotated[str, StringConstraints(pattern=rf"^{_UUID}$")]
"""UUIDv5 of campaign, office and person: see ``services.render.letters``."""

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
"""A campaign's name in keys, URLs and metric labels."""

Frontend = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$", max_length=80)]
"""The name that a frontend was registered under."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
"""A machine-readable reason: a frontend shows its own words for it."""

FieldPath = Annotated[str, StringConstraints(pattern=r"^(\$|[a-z0-9_]+(\.[a-z0-9_]+)*)$", max_length=120)]
"""Where in a submission a fault lies, as dotted names; ``$`` is the whole."""

Zip5 = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]
Plus4 = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]

_SEAT = r"H[A-Z]{2}[0-9]{2}|S[A-Z]{2}0[123]"

SeatId = Annotated[str, StringConstraints(pattern=rf"^({_SEAT})$")]
"""A seat of Congress in the member-office form: ``HNY13``, at-large and delegates ``HAK00``, Senate ``SNY01`` (class)."""

OfficeId = Annotated[str, StringConstraints(pattern=rf"^({_SEAT}|x-[a-z0-9]{{1,20}}(-[a-z0-9]{{1,20}}){{0,7}})$")]
"""Who a letter goes to: a seat of Congress, or ``x-`` and a name, the id of a recipient of a campaign's own list."""

PlanId = Annotated[str, StringConstraints(pattern=r"^us-cd-[0-9]{3}$")]
"""A map of congressional districts, by the Congress it was first drawn for: ``us-cd-119``."""

Geoid = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
"""A congressional district as the Census Bureau numbers it: state FIPS code, district (``00`` at large, ``98`` delegate)."""

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
"""Degrees, west negative; WGS 84 and NAD 83 are within a metre of each other."""

Traceparent = Annotated[str, StringConstraints(pattern=r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")]
"""W3C Trace Context, version 00."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

Line = Annotated[str, StringConstraints(min_length=1, max_length=300)]
"""One line of text that a person typed."""

OptionalLine = Annotated[str, StringConstraints(max_length=300)]
Email = Annotated[str, StringConstraints(min_length=3, max_length=254)]
LetterBody = Annotated[str, StringConstraints(min_length=1, max_length=25_000)]
"""A whole letter: the campaign's text with the person's own words in it."""

Body = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
"""A letter or a personal message; 10,000 is the longest body that a congressional office's intake takes."""

Time = AwareDatetime

StateCode = Literal[
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA", "ME",
    "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR", "PA",
    "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY",
    "DC", "PR", "GU", "VI", "AS", "MP",
    "FM", "MH", "PW",
    "AA", "AE", "AP",
]  # fmt: skip
"""USPS codes: states, DC and territories with a seat, freely associated states without one, military mail."""
