"""What a frontend adds to a submission that is held, and what ingest makes of it: a better address, under the same id.

It comes in the three forms that submissions come in (see ``schemas.submission``). A bare one has ``completes`` beside its
data, which no submission has. It never stands for the whole submission: what it does not name stays as it was.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import ConfigDict

from schemas.accepted import AssertedDistrict, Location
from schemas.envelope import Envelope, bears, mark
from schemas.fields import (
    Code,
    Frontend,
    Line,
    OptionalLine,
    Plus4,
    Slug,
    StateCode,
    SubmissionId,
    Time,
    Traceparent,
    Zip5,
)
from schemas.submission import SentDistrict, SentLocation
from schemas.wire import Wire


class SentAmendment(Wire):
    """What is new about the address, as typed; what is empty is not given, and something must be."""

    model_config = ConfigDict(extra="forbid")

    line1: OptionalLine = ""
    line2: OptionalLine = ""
    city: OptionalLine = ""
    state: OptionalLine = ""
    zip: OptionalLine = ""
    location: SentLocation | None = None
    district: SentDistrict | None = None


class Completion(Wire):
    """A person's answer to what a held submission needs. ``campaign`` is the submission's own."""

    model_config = ConfigDict(extra="forbid")

    campaign: Slug
    address: SentAmendment


class BareCompletion(Completion):
    """A completion without an envelope; ``completes`` tells it from a submission, ``id`` is that of the one held."""

    id: SubmissionId
    source: Frontend
    traceparent: Traceparent | None = None
    completes: Literal[True]


class CompletionSent(Wire):
    """A completion in CloudEvents structured mode: ``id`` is that of the submission that is held."""

    specversion: Literal["1.0"] = "1.0"
    id: SubmissionId
    source: Frontend
    time: Time | None = None
    traceparent: Traceparent | None = None
    type: Literal["org.postbag.submission.completed.v1"] = "org.postbag.submission.completed.v1"
    datacontenttype: Literal["application/json"] = "application/json"
    data: Completion


class Amendment(Wire):
    """What is new about the address, normalised; at least one of it is there."""

    line1: Line | None = None
    line2: Line | None = None
    city: Line | None = None
    state: StateCode | None = None
    zip5: Zip5 | None = None
    plus4: Plus4 | None = None
    location: Location | None = None
    district: AssertedDistrict | None = None


class Completed(Wire):
    """A completion that ingest let through; whether anything is held under its id is for resolve to say."""

    submission_id: SubmissionId
    frontend: Frontend
    campaign: Slug
    address: Amendment
    flags: tuple[Code, ...] = ()
    received_at: Time


class CompletionAccepted(Envelope):
    """Topic ``accepted``, keyed by submission id, on the partition of the submission that it completes."""

    type: Literal["org.postbag.completion.accepted.v1"] = "org.postbag.completion.accepted.v1"
    data: Completed


_MARK: Final = mark(CompletionAccepted)


def is_completion(raw: bytes | None) -> bool:
    """Whether a record of ``accepted`` is a completion, told by its mark."""
    return bears(raw, _MARK)
