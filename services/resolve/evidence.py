"""Weighs what is known of an address beside its ZIP: a district looked up before, a ZIP+4, a point on the map.

The better evidence wins and what disagrees with it is named, with two limits: no answer leaves the states that the ZIP
reaches, and a state that contradicts everything else leaves no seat, because then nobody knows what is the mistake. A point
says no more than it and the lines are exact (specification: districts, 5.2). Nothing here may log or keep a place.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, cast

from services.resolve.reference.zips import Answers
from services.resolve.resolution import (
    CONTRADICTED,
    UNSEATED,
    Basis,
    Conflict,
    Place,
    Reason,
    Resolution,
    seated,
    unseated,
)
from services.resolve.sight import FARTHEST_M, Sight, look

if TYPE_CHECKING:
    from services.resolve.question import Asserted, Question
    from services.resolve.reference.plans import Plan
    from services.resolve.seats import Seat

Tier = Literal["asserted", "plus4", "point"]
_BASIS: Final[dict[Tier, Basis]] = {"asserted": "asserted", "plus4": "zip9", "point": "point"}

RANGE: Final = 0.98  # the Postal Service's own file errs in 2 to 3 %
PROOF: Final = {"person_confirmed": 0.99, "geocoder": 0.97}
NEAR: Final = 0.97  # a point near a border, where the ZIP or the state leaves one of the districts around it


class Claim(NamedTuple):
    """That an address is in the district of one seat: by what, how surely, and what to say of it."""

    seat: Seat
    tier: Tier
    confidence: float
    margin_m: int | None = None
    reasons: tuple[Reason, ...] = ()


def with_plus4(plan: Plan, answers: Answers, zip5: str, plus4: str) -> Answers:
    """The answers for a ZIP once a ZIP+4 is known: its district's, or the same ones, saying that it did not help."""
    place = answers.place
    if place is None or answers.unseated:
        return answers
    index = plan.plus4.find(zip5, plus4) if plan.ranged else -1
    made = answers.others.get(index)
    if made is None:
        given = (None, *place.states)
        if index < 0:
            found = {state: _uncovered(answers[state]) for state in given}
            otherwise = _uncovered(answers.contradicted)
        else:
            claim = Claim(plan.districts[index], "plus4", RANGE)
            found = {state: _kept(_found(plan, place, answers[state], state, claim)) for state in given}
            # Any state that is not one of the place's own gets the same answer.
            otherwise = _kept(_found(plan, place, answers.contradicted, "other", claim))
        made = answers.others[index] = Answers(place, found, otherwise)
    return made


def weigh(plan: Plan, question: Question) -> Resolution:
    """The answer from all that a question holds."""
    answers = plan.answers[question.zip5]
    place, state = answers.place, question.state or None
    if place is None and answers is not plan.answers.only_state:
        return answers[state]  # no ZIP at all: what came with it is not to be trusted either
    seat, notes = _asserted(plan, question.asserted) if question.asserted else (None, ())
    if (place.states[0] if place else state) in UNSEATED:
        return _away(plan, answers[state], question, seat)
    seen = look(plan, question.point) if question.point is not None else None
    sight = seen if isinstance(seen, Sight) else None
    if isinstance(seen, str):
        notes += (seen,)
    known = with_plus4(plan, answers, question.zip5, question.plus4) if question.plus4 else answers
    ranged = _ranged(plan, place, question)
    if seat is not None and question.asserted is not None:
        found = _found(plan, place, answers[state], state, Claim(seat, "asserted", PROOF[question.asserted.proof]))
        if ranged not in (None, seat):
            found = replace(found, conflicts=(*found.conflicts, "plus4_vs_asserted"))
        found = _beside(found, seat, sight, "point_vs_asserted")
    elif ranged is not None:
        found = _beside(known[state], ranged, sight, "point_vs_plus4")
    elif sight is not None:
        found = _from_point(plan, place, answers[state], state, sight)
    else:
        found = known[state]
    return replace(found, reasons=(*found.reasons, *notes), kept=False) if notes else found


def _away(plan: Plan, answer: Resolution, question: Question, seat: Seat | None) -> Resolution:
    """The answer for mail to those who are elsewhere: the base is no residence, and neither is a point on it. Only the
    person can say where he or she votes.
    """
    confirmed = question.asserted is not None and question.asserted.proof == "person_confirmed"
    if answer.outcome != "needs_voting_residence" or seat is None or not confirmed:
        return answer
    state = None if question.state in UNSEATED else question.state or None
    return _found(plan, None, answer, state, Claim(seat, "asserted", PROOF["person_confirmed"]))


def _asserted(plan: Plan, asserted: Asserted) -> tuple[Seat | None, tuple[Reason, ...]]:
    """The seat asserted, or why it does not count."""
    if asserted.congress != plan.congress:
        return None, ("other_congress",)
    seat = plan.by_geoid.get(asserted.geoid)
    return (None, ("asserted_unknown",)) if seat is None else (seat, ())


def _ranged(plan: Plan, place: Place | None, question: Question) -> Seat | None:
    index = plan.plus4.find(question.zip5, question.plus4) if place and question.plus4 else -1
    return plan.districts[index] if index >= 0 else None


def _found(plan: Plan, place: Place | None, answer: Resolution, state: str | None, claim: Claim) -> Resolution:
    """What follows from evidence that names one seat. ``answer`` is what ZIP and state say without it."""
    seat, tier, confidence, margin, reasons = claim
    conflicts: tuple[Conflict, ...] = ()
    if place is not None and seat.state not in place.states:
        found = unseated(answer, (*answer.conflicts, _versus("zip", tier)), "evidence_in_another_state")
        return replace(found, margin_m=margin)
    if state is not None and state != seat.state:
        conflicts = (_versus("state", tier),)
        if place is None or state not in place.states:
            lone = Resolution("ambiguous", _BASIS[tier], (seat.state,), (seat,), (), "none", confidence, margin)
            if place is None:
                return unseated(lone, conflicts, "state_contradicts_evidence")
            return unseated(lone, ("state_vs_zip", *conflicts), "state_contradicts_zip")
    if place is not None and _lists(place) and seat not in place.districts:
        conflicts += (_versus("zip", tier),)
    plain = not conflicts and not reasons and (margin is None or margin >= FARTHEST_M)
    made = plan.plain.get((seat.office, tier, confidence, margin)) if plain else None
    if made is None:
        alone = plan.ground.alone[seat.office]
        made = Resolution(
            "resolved", _BASIS[tier], alone.states, alone.house, (), "none", confidence, margin, alone.house,
            alone.senate, conflicts, reasons + alone.reasons, kept=plain,
        )  # fmt: skip
        if plain:
            plan.plain[seat.office, tier, confidence, margin] = made
    return made


def _from_point(plan: Plan, place: Place | None, answer: Resolution, state: str | None, sight: Sight) -> Resolution:
    """The district that the point lies in, or, where others are within its radius, what ZIP and state leave of them."""
    first = sight.seats[0]
    if len(sight.seats) == 1:
        return _found(plan, place, answer, state, Claim(first, "point", sight.confidence, sight.margin_m))
    left = [seat for seat in sight.seats if place is None or seat.state in place.states]
    if not left:
        return _found(plan, place, answer, state, Claim(first, "point", sight.confidence, sight.margin_m))
    listed = place.districts if place is not None and _lists(place) else left
    narrower = [seat for seat in left if seat in listed and state in (None, seat.state)]
    if narrower == [first]:
        claim = Claim(first, "point", min(sight.confidence, NEAR), sight.margin_m, ("near_border",))
        return _found(plan, place, answer, state, claim)
    if first in narrower:
        left = narrower
    conflicts: list[Conflict] = [] if set(left) & set(listed) else ["zip_vs_point"]
    if state is not None and state != first.state:
        conflicts.append("state_vs_point")
    states = tuple(dict.fromkeys(seat.state for seat in left))
    found = Resolution(
        "ambiguous",
        "point",
        states,
        tuple(left),
        confidence=1 / len(left) if first in left else CONTRADICTED / len(left),
        margin_m=sight.margin_m,
        conflicts=tuple(conflicts),
        reasons=("near_border",),
    )
    if state is not None and state not in states and (place is None or state not in place.states):
        reason: Reason = "state_contradicts_zip" if place else "state_contradicts_evidence"
        return unseated(found, (*(("state_vs_zip",) if place else ()), *found.conflicts), reason)
    return seated(found, plan.ground.by_state)


def _beside(found: Resolution, seat: Seat, sight: Sight | None, conflict: Conflict) -> Resolution:
    """``found`` with what a point says that it did not need."""
    if sight is None:
        return found
    against = (conflict,) if seat not in sight.seats else ()
    return replace(found, margin_m=sight.margin_m, conflicts=(*found.conflicts, *against), kept=False)


def _lists(place: Place) -> bool:
    """Whether the tables claim to know all districts of the place."""
    return place.basis in ("zip_unique", "zip_split")


def _versus(weaker: str, tier: Tier) -> Conflict:
    return cast("Conflict", f"{weaker}_vs_{tier}")


def _uncovered(answer: Resolution) -> Resolution:
    if answer.outcome not in ("ambiguous", "state_only"):
        return answer
    return replace(answer, reasons=(*answer.reasons, "plus4_not_covered"))


def _kept(answer: Resolution) -> Resolution:
    return answer if answer.kept else replace(answer, kept=True)
