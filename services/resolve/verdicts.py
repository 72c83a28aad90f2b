"""What becomes of everybody who gets the same answer in the same campaign: written once, then carried to each of them.

An event of resolve is the submission, which is each person's own, between a head and an end that thousands share. The shared
parts are cut from events that ``schemas.wire`` wrote, never put together by hand. A desk and what it keeps must not outlive
the reference that it answers from, and nothing that it keeps may hold anything of a person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from schemas.accepted import Accepted, Address, Constituent
from schemas.envelope import Envelope
from schemas.resolved import Held, Outcome, Resolution, Resolved, SubmissionHeld, SubmissionResolved
from schemas.topics import HELD, RESOLVED, Topic
from schemas.wire import Wire, write
from services.resolve.policy import Choice, choose

if TYPE_CHECKING:
    from schemas.campaign import Campaign
    from schemas.resolved import Seat
    from services.resolve.reference.plans import Plan
    from services.resolve.reference.reference import Era, Reference
    from services.resolve.resolution import Resolution as Answer

SOURCE: Final = "/postbag/resolve"
_DECIMALS: Final = 4
"""Of weights and confidences in events: a thousandth of a percent is more than any source knows."""


class Mark(NamedTuple):
    """What the metrics count of a verdict: closed sets and one share, nothing of a person."""

    outcome: Outcome
    basis: str
    plan: str
    confidence: float | None
    conflicts: tuple[str, ...]
    zip_unknown: str


class Verdict(NamedTuple):
    """``kind`` and ``end`` are the text before and after the submission; ``answer`` lives on in it."""

    topic: Topic
    kind: str
    end: str
    mark: Mark
    answer: Answer | None


@dataclass(slots=True)
class Desk:
    """Decides for one campaign (None: it was withdrawn) as of one era; ``kept`` has verdicts by their answer's identity."""

    reference: Reference
    era: Era
    campaign: Campaign | None
    plan: Plan | None
    kept: dict[int, Verdict] = field(default_factory=dict)

    def decide(self, answer: Answer | None) -> Verdict:
        """The verdict on an answer; None where no map is in force at that time, so that there is nothing to ask."""
        campaign = self.campaign
        if campaign is None:
            choice = Choice((), "campaign_withdrawn")
        elif answer is None:
            choice = Choice((), "no_plan_in_force")
        else:
            choice = choose(answer, campaign, self.era.seat)
        evidence = self._evidence(answer, choice)
        mark = _mark(evidence)
        if choice.hold:
            held = Held(submission=_SPECIMEN, reason=choice.hold, needs=choice.needs, resolution=evidence)
            return Verdict(HELD, _HELD, _end(held), mark, answer)
        resolved = Resolved(submission=_SPECIMEN, offices=choice.offices, resolution=evidence)
        return Verdict(RESOLVED, _RESOLVED, _end(resolved), mark, answer)

    def _evidence(self, answer: Answer | None, choice: Choice) -> Resolution:
        """The answer as it travels. What it suggests stays here: that repeats what the person typed."""
        about: dict[str, Any] = {
            "reference": self.reference.version,
            "purpose": self.campaign.purpose if self.campaign else "represented_by",
        }
        if answer is None or self.plan is None:
            return Resolution(outcome="ambiguous", basis="none", reasons=("no_plan_in_force",), **about)
        return Resolution(
            outcome=answer.outcome,
            basis=answer.basis,
            candidates=tuple(seat.office for seat in answer.candidates),
            conflicts=answer.conflicts,
            reasons=answer.reasons,
            plan=self.plan.id,
            weights=tuple(round(weight, _DECIMALS) for weight in answer.weights),
            weight_kind=answer.weight_kind,
            confidence=round(answer.confidence, _DECIMALS),
            margin_m=answer.margin_m,
            seats=self._seats(answer, choice),
            **about,
        )

    def _seats(self, answer: Answer, choice: Choice) -> tuple[Seat, ...]:
        """The seats that it is about: those written to, or, of a submission that waits, those that are certain."""
        certain = (seat.office for seat in (*answer.house_seats, *answer.senate_seats))
        offices = choice.offices or tuple(certain)
        # A recipient of a campaign's own list is no seat.
        return tuple(self.era.seat(office) for office in offices if not office.startswith("x-"))


def event(verdict: Verdict, identity: str, traceparent: str | None, submission: str, time: str) -> bytes:
    """The event of one submission: ``identity`` and ``submission`` as JSON text, ``time`` as ``stamp`` gives it."""
    if traceparent is None:
        return f"{_OPENING}{identity}{_TO_TIME}{time}{verdict.kind}{submission}{verdict.end}".encode()
    head = f"{_OPENING}{identity}{_TO_TIME}{time}{_TO_TRACE}{traceparent}"
    return f"{head}{verdict.kind}{submission}{verdict.end}".encode()


def stamp() -> str:
    """The time now, as ``schemas.wire`` writes it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def _mark(evidence: Resolution) -> Mark:
    unknown = (
        "prefix" if "zip_unassigned" in evidence.reasons else "zip" if "zip_not_listed" in evidence.reasons else ""
    )
    return Mark(
        evidence.outcome,
        evidence.basis,
        evidence.plan or "none",
        evidence.confidence if evidence.candidates else None,
        evidence.conflicts,
        unknown,
    )


_NOBODY: Final = str(UUID(int=0))
_THEN: Final = datetime(2000, 1, 1, tzinfo=UTC)
_TRACE: Final = f"00-{'0' * 32}-{'0' * 16}-00"
_SPECIMEN: Final = Accepted(
    submission_id=_NOBODY,
    frontend="none",
    campaign="none",
    constituent=Constituent(first_name="-", email="n@o.ne", address=Address(line1="-", city="-", zip5="00000")),
    fingerprint="0" * 32,
    received_at=_THEN,
)
_IN_PLACE: Final = write(_SPECIMEN).decode()


def _cut(made: Wire, *at: str) -> list[str]:
    """The text of an event between the places where what is each person's own stands."""
    text, pieces = write(made).decode(), []
    for own in at:
        before, found, text = text.partition(own)
        if not found:
            raise ValueError(f"{type(made).__name__} does not hold what was put into it")
        pieces.append(before)
    return [*pieces, text]


def _end(data: Resolved | Held) -> str:
    """What follows the submission, to the end of the event that ``data`` is the last field of."""
    return _cut(data, _IN_PLACE)[1] + "}"


def _frame(of: type[Envelope], data: Wire) -> list[str]:
    made = of(id=_NOBODY, source=SOURCE, time=_THEN, traceparent=_TRACE, data=data)  # type: ignore[call-arg]
    return _cut(made, _NOBODY, "2000-01-01T00:00:00Z", _TRACE, _IN_PLACE)[:4]


_NOTHING: Final = Resolution(outcome="ambiguous", basis="none", reference="")
_OPENING, _TO_TIME, _TO_TRACE, _RESOLVED = _frame(
    SubmissionResolved, Resolved(submission=_SPECIMEN, offices=(), resolution=_NOTHING)
)
_HELD: Final = _frame(SubmissionHeld, Held(submission=_SPECIMEN, reason="none", resolution=_NOTHING))[3]
