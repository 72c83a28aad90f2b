"""What ingest writes: a submission it accepted, normalised, or the reasons why it rejected one.

``Constituent`` is the one form in which a person travels from here to the office. A rejection names fields and codes
and nothing that the person typed, so that frontends, logs and dashboards can show it freely.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.envelope import Envelope
from schemas.fields import (
    Body,
    Code,
    Email,
    FieldPath,
    Frontend,
    Geoid,
    Latitude,
    Line,
    Longitude,
    OptionalLine,
    Plus4,
    Slug,
    StateCode,
    SubmissionId,
    Time,
    Zip5,
)
from schemas.wire import Wire

Fingerprint = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


Accuracy = Literal["rooftop", "parcel", "interpolated", "centroid"]
"""How a point was found: on the building, on its lot, between house numbers, or as the middle of a ZIP or a city, which
says nothing of a district."""


class Location(Wire):
    """Where an address lies, as a geocoder found it."""

    lat: Latitude
    lon: Longitude
    accuracy: Accuracy


class AssertedDistrict(Wire):
    """A district that somebody has looked up already: which, on the map of which Congress, and who says so."""

    geoid: Geoid
    congress: Annotated[int, Field(ge=100, le=199)]
    proof: Literal["person_confirmed", "geocoder"]


class Address(Wire):
    """A US postal address, normalised. ``state`` is absent where the person gave none."""

    line1: Line
    line2: OptionalLine = ""
    city: Line
    state: StateCode | None = None
    zip5: Zip5
    plus4: Plus4 | None = None
    location: Location | None = None
    district: AssertedDistrict | None = None


class Constituent(Wire):
    """A person, normalised: NFC, trimmed, no control or invisible characters (specification: docs/input.md)."""

    prefix: OptionalLine = ""
    first_name: Line
    last_name: OptionalLine = ""
    email: Email
    phone: OptionalLine = ""
    address: Address


class Accepted(Wire):
    """``fingerprint`` tells a submission sent again from another one under the same id; ``flags`` are remarks of intake."""

    submission_id: SubmissionId
    frontend: Frontend
    campaign: Slug
    constituent: Constituent
    message: Body | None = None
    edited_letter: Body | None = None
    flags: tuple[Code, ...] = ()
    fingerprint: Fingerprint
    received_at: Time


class SubmissionAccepted(Envelope):
    """Topic ``accepted``, keyed by submission id."""

    type: Literal["org.postbag.submission.accepted.v1"] = "org.postbag.submission.accepted.v1"
    data: Accepted


class Fault(Wire):
    """One thing that is wrong with a submission: where and what, never the value."""

    field: FieldPath
    code: Code


class Rejected(Wire):
    """Why a submission was turned away. No personal data.

    With ``completion`` it was only what somebody sent to complete it: the submission itself stands as it was. ``opens`` and
    ``closes`` are the campaign's, where it was not open (``campaign_not_open``, ``campaign_closed``).
    """

    submission_id: SubmissionId
    frontend: Frontend | None = None
    campaign: Slug | None = None
    faults: tuple[Fault, ...]
    completion: Literal[True] | None = None
    opens: Time | None = None
    closes: Time | None = None


class SubmissionRejected(Envelope):
    """Topic ``rejected``, keyed by submission id."""

    type: Literal["org.postbag.submission.rejected.v1"] = "org.postbag.submission.rejected.v1"
    data: Rejected
