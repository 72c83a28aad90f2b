"""The handler of resolve with one campaign and the sample, or what a test gives it: an event in, the event out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from schemas.accepted import SubmissionAccepted
from schemas.resolved import Held, Resolved, SubmissionHeld, SubmissionResolved
from schemas.topics import HELD, RESOLVED
from schemas.wire import read, write
from services.pipeline.outcomes import Emit
from services.resolve.handler import Deps, handle
from services.resolve.incoming import take_in
from services.resolve.reference.reference import Reference, open_reference
from services.resolve.verdicts import SOURCE
from tests.unit import made

REFERENCE: Final = open_reference(None)
HOUSE: Final = ("your_representative",)
SENATE: Final = ("your_senators",)
BOTH: Final = ("your_representative", "your_senators")


def deps(targets: Sequence[str] = HOUSE, reference: Reference = REFERENCE, **policy: Any) -> Deps:
    """What the handler is given, with one campaign, ``open``."""
    return Deps(reference, {"open": made.campaign("open", targets=tuple(targets), **policy)}.get)


def answer(
    event: SubmissionAccepted, targets: Sequence[str] = HOUSE, given: Deps | None = None
) -> SubmissionResolved | SubmissionHeld:
    """The one event that a submission becomes, read again from its bytes, on the topic and key that are its own."""
    (outcome,) = handle(take_in(write(event)), given or deps(targets))
    assert isinstance(outcome, Emit)
    assert outcome.key == event.data.submission_id.encode()
    assert outcome.place_by is None, "a record keeps its partition from submissions to resolved"
    found: SubmissionResolved | SubmissionHeld
    if outcome.topic is RESOLVED:
        found = read(SubmissionResolved, outcome.value)
    else:
        assert outcome.topic is HELD
        found = read(SubmissionHeld, outcome.value)
    assert (found.id, found.source, found.traceparent) == (event.id, SOURCE, event.traceparent)
    return found


def at(zip5: str, state: str | None = None, plus4: str | None = None) -> SubmissionAccepted:
    return made.accepted(made.constituent(zip5=zip5, state=state, plus4=plus4))


def resolved(event: SubmissionAccepted, targets: Sequence[str] = HOUSE) -> Resolved:
    found = answer(event, targets).data
    assert isinstance(found, Resolved)
    return found


def held(event: SubmissionAccepted, targets: Sequence[str] = HOUSE) -> Held:
    found = answer(event, targets).data
    assert isinstance(found, Held)
    return found
