"""What a frontend sends when a person has filled in a campaign's form.

Three forms carry the same data: bare JSON (``BareSubmission``), CloudEvents structured (``SubmissionSent``) and
CloudEvents binary (``Submission`` as the value, ``ce_id`` and ``ce_source`` as headers). Unknown fields are refused
here, unlike in Postbag's own events: a field that nobody reads is a person's word lost without notice.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict

from schemas.accepted import AssertedDistrict, Location
from schemas.fields import (
    Body,
    Email,
    Frontend,
    Line,
    Longitude,
    OptionalLine,
    Slug,
    SubmissionId,
    Time,
    Traceparent,
)
from schemas.wire import Wire


class SentLocation(Location):
    """A point as a frontend's own geocoder found it.

    Both numbers may be as large as a longitude, so that a swapped pair is taken for what it is and left out, rather than
    turn a person away for a mistake of the frontend's.
    """

    model_config = ConfigDict(extra="forbid")

    lat: Longitude
    lon: Longitude


class SentDistrict(AssertedDistrict):
    """A district that the frontend looked up, or that the person confirmed."""

    model_config = ConfigDict(extra="forbid")


class SentAddress(Wire):
    """A postal address as typed. ``zip`` keeps its leading zeros: it is text."""

    model_config = ConfigDict(extra="forbid")

    line1: Line
    line2: OptionalLine = ""
    city: Line
    state: OptionalLine = ""
    zip: Line
    location: SentLocation | None = None
    district: SentDistrict | None = None


class SentConstituent(Wire):
    """The person, as typed. Some people have one name: ``last_name`` may be empty."""

    model_config = ConfigDict(extra="forbid")

    prefix: OptionalLine = ""
    first_name: Line
    last_name: OptionalLine = ""
    email: Email
    phone: OptionalLine = ""
    address: SentAddress


class Submission(Wire):
    """One person's answer to one campaign.

    ``message`` is the person's own words, beside the campaign's letter; ``edited_letter`` the letter as the person changed
    it, without greeting and signature.
    """

    model_config = ConfigDict(extra="forbid")

    campaign: Slug
    constituent: SentConstituent
    message: Body | None = None
    edited_letter: Body | None = None
    consented_at: Time | None = None


class BareSubmission(Submission):
    """A submission without an envelope; the id and the frontend's name stand beside the data."""

    id: SubmissionId
    source: Frontend
    traceparent: Traceparent | None = None


class SubmissionSent(Wire):
    """A submission in CloudEvents structured mode: ``id`` is the submission's id, ``source`` the frontend's name.

    Extension attributes of the envelope are allowed and ``time`` may be missing, as CloudEvents has it; unknown fields of
    ``data`` are not.
    """

    specversion: Literal["1.0"] = "1.0"
    id: SubmissionId
    source: Frontend
    time: Time | None = None
    traceparent: Traceparent | None = None
    type: Literal["org.postbag.submission.sent.v1"] = "org.postbag.submission.sent.v1"
    datacontenttype: Literal["application/json"] = "application/json"
    data: Submission
