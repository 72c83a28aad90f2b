"""One accepted submission to its offices, or to ``held`` with what is missing: never to a guess.

A plain function of the event, the reference data and the campaign's targets. What cannot be resolved for one of the
campaign's targets holds the whole submission, with codes that a frontend can turn into a question to the person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from schemas.accepted import SubmissionAccepted
from schemas.resolved import Held, Resolution, Resolved, SubmissionHeld, SubmissionResolved
from schemas.topics import HELD, RESOLVED
from schemas.wire import read
from services.pipeline.outcomes import Outcome, emit
from services.resolve.lookup import resolve

if TYPE_CHECKING:
    from schemas.campaign import Campaign
    from services.pipeline.broker import Record
    from services.resolve.reference import Reference
    from services.resolve.resolution import Resolution as Answer

SOURCE: Final = "/postbag/resolve"

_NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "ambiguous": ("street_address_or_plus4",),
    "state_only": ("street_address_or_plus4",),
    "needs_voting_residence": ("voting_residence",),
    "invalid": ("zip",),
    "unknown_zip": ("zip",),
}
"""What a frontend can ask the person for, by outcome; the outcomes left out cannot be helped by asking."""

_NARROWER_NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "state_contradicts_zip": ("state", "zip"),
    "state_needed": ("state",),
    "plus4_not_covered": ("street_address",),
}
"""By reason, where that says more exactly what to ask for than the outcome does."""

_made: Final[dict[int, tuple[Answer, Resolution]]] = {}
"""Evidence by the identity of its answer, which it keeps alive: at most a few for each ZIP of the reference."""


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handler looks things up in. ``campaign`` gives a published campaign by slug."""

    reference: Reference
    campaign: Callable[[str], Campaign | None]


def decode(record: Record) -> SubmissionAccepted:
    """The event of a record of ``accepted``."""
    return read(SubmissionAccepted, record.value)


def handle(event: SubmissionAccepted, deps: Deps) -> Sequence[Outcome]:
    """The submission with its offices, or held."""
    submission = event.data
    address = submission.constituent.address
    answer = resolve(deps.reference, address.zip5, address.plus4, address.state)
    campaign = deps.campaign(submission.campaign)
    key = submission.submission_id.encode()
    if campaign is None:
        held = Held(submission=submission, reason="campaign_withdrawn", resolution=_evidence(answer, deps.reference))
        return (emit(HELD, key, _held(event, held)),)
    offices, missing = _offices(answer, campaign)
    if missing:
        held = Held(
            submission=submission,
            reason=missing,
            needs=_needs(answer),
            resolution=_evidence(answer, deps.reference),
        )
        return (emit(HELD, key, _held(event, held)),)
    resolved = Resolved(submission=submission, offices=offices, resolution=_evidence(answer, deps.reference))
    return (
        emit(
            RESOLVED,
            key,
            SubmissionResolved(id=event.id, source=SOURCE, time=_now(), traceparent=event.traceparent, data=resolved),
        ),
    )


def _offices(answer: Answer, campaign: Campaign) -> tuple[tuple[str, ...], str]:
    """The offices of all targets, and, where one of them cannot be told, the reason to hold."""
    offices: list[str] = []
    for target in campaign.targets:
        seats = answer.house_seats if target == "your_representative" else answer.senate_seats
        if not seats:
            return (), answer.outcome if answer.outcome != "resolved" else "no_such_seat"
        offices.extend(seat.office for seat in seats)
    return tuple(offices), ""


def _needs(answer: Answer) -> tuple[str, ...]:
    narrower = (_NARROWER_NEEDS[reason] for reason in answer.reasons if reason in _NARROWER_NEEDS)
    return next(narrower, _NEEDS.get(answer.outcome, ()))


def _evidence(answer: Answer, reference: Reference) -> Resolution:
    """The answer as it travels. Answers are made once, so their evidence is too; a suggestion's is not kept."""
    kept = _made.get(id(answer))
    # Some answers, such as that of a ZIP which nobody has, belong to every version of the reference.
    if kept is not None and kept[0] is answer and kept[1].reference == reference.version:
        return kept[1]
    made = Resolution(
        outcome=answer.outcome,
        basis=answer.basis,
        candidates=tuple(seat.office for seat in answer.candidates),
        conflicts=answer.conflicts,
        reasons=answer.reasons,
        reference=reference.version,
    )
    if answer.suggestion is None:
        _made[id(answer)] = (answer, made)
    return made


def _held(event: SubmissionAccepted, held: Held) -> SubmissionHeld:
    return SubmissionHeld(id=event.id, source=SOURCE, time=_now(), traceparent=event.traceparent, data=held)


def _now() -> datetime:
    return datetime.now(UTC)
