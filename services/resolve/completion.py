"""A completion joined with the submission that is held: resolved again, released or held on, or rejected.

Plain functions of the completion and of what is held under its id. What the person gave takes the place of what there was;
what spoke of another place (ZIP+4, point, district) goes when the place changes, so that no old evidence can outweigh the
new. A completion never touches anything but the address.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

from schemas.accepted import Accepted, Address, Fault, Rejected, SubmissionAccepted, SubmissionRejected
from schemas.completion import Amendment
from schemas.resolved import Released, SubmissionReleased
from schemas.topics import HELD, REJECTED, RESOLVED
from services.pipeline.outcomes import Emit, Outcome, emit
from services.resolve.incoming import Incoming, from_event
from services.resolve.verdicts import SOURCE

if TYPE_CHECKING:
    from schemas.completion import Completed, CompletionAccepted

Code = Literal["campaign_mismatch", "not_held"]

CODES: Final[dict[Code, str]] = {
    "campaign_mismatch": "The submission that is held was for another campaign.",
    "not_held": "Nothing of this frontend's is held under the id: it never was, it was released, or 30 days have passed.",
}
"""Why resolve rejects a completion, each with its meaning."""

_PLACE: Final = ("line1", "city", "state", "zip5")
"""What an address is told by."""
_OF_THE_PLACE: Final = ("plus4", "location", "district")
"""What follows from it, or was found by it."""


def refuse(event: CompletionAccepted, held: Accepted | None) -> Sequence[Outcome]:
    """The rejection of a completion that does not go with what is ``held`` under its id; empty where it does."""
    if held is None or held.frontend != event.data.frontend:
        return _reject(event, None, "$", "not_held")
    if held.campaign != event.data.campaign:
        return _reject(event, held, "campaign", "campaign_mismatch")
    return ()


def take_up(event: CompletionAccepted, held: Accepted) -> Incoming:
    """The submission that is ``held``, with what the person added, to be resolved like any other."""
    data = join(held, event.data)
    return from_event(
        SubmissionAccepted(id=event.id, source=SOURCE, time=_now(), traceparent=event.traceparent, data=data)
    )


def close(event: CompletionAccepted, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    """The ``outcomes`` of resolving it again, and the end of the hold if it is resolved."""
    if any(type(one) is Emit and one.topic is RESOLVED for one in outcomes):
        return (*outcomes, _release(event))
    return outcomes


def join(held: Accepted, completion: Completed) -> Accepted:
    """The submission with what the person added to it."""
    person = held.constituent
    address = amend(person.address, completion.address)
    flags = (*held.flags, *(flag for flag in completion.flags if flag not in held.flags))
    return held.model_copy(update={"constituent": person.model_copy(update={"address": address}), "flags": flags})


def amend(old: Address, given: Amendment) -> Address:
    """The address with what is ``given`` in place of what there was."""
    new = {name: value for name in Amendment.model_fields if (value := getattr(given, name)) is not None}
    changes = dict(new)
    if "line1" in new:
        changes.setdefault("line2", "")  # the flat was in the other house
    if any(name in new and new[name] != getattr(old, name) for name in _PLACE):
        for name in _OF_THE_PLACE:
            changes.setdefault(name, None)
    return old.model_copy(update=changes)


def _release(event: CompletionAccepted) -> Outcome:
    data = Released(submission_id=event.data.submission_id, reason="completed")
    released = SubmissionReleased(id=event.id, source=SOURCE, time=_now(), traceparent=event.traceparent, data=data)
    return emit(HELD, event.data.submission_id.encode(), released)


def _reject(event: CompletionAccepted, held: Accepted | None, field: str, code: Code) -> Sequence[Outcome]:
    """The campaign is named where there is one: the slug of a completion could be anything that a person typed."""
    data = Rejected(
        submission_id=event.data.submission_id,
        frontend=event.data.frontend,
        campaign=held.campaign if held else None,
        faults=(Fault(field=field, code=code),),
        completion=True,
    )
    rejected = SubmissionRejected(id=event.id, source=SOURCE, time=_now(), traceparent=event.traceparent, data=data)
    return (emit(REJECTED, event.data.submission_id.encode(), rejected),)


def _now() -> datetime:
    return datetime.now(UTC)
