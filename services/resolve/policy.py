"""From an answer to the offices that get a letter, by the campaign's word on doubtful districts and seats without a holder.

Each target of the campaign gives offices, holds the submission, or is left out; one that must wait holds the whole
submission, and where all are left out it is held as well. A plain function of its arguments. No rule here may name an office
that is neither a seat of the answer, nor one of its candidates, nor one that the campaign names itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from schemas.campaign import Campaign, SeatPolicy
from schemas.resolved import Seat as HeldSeat
from services.resolve.recipients import LIST, select
from services.resolve.resolution import Resolution
from services.resolve.seats import Seat

_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "ambiguous": ("street_address_or_plus4",),
    "state_only": ("street_address_or_plus4",),
    "needs_voting_residence": ("voting_residence",),
    "invalid": ("zip",),
    "unknown_zip": ("zip",),
}
"""What a frontend can ask the person for, by outcome; the outcomes left out cannot be helped by asking."""

_NARROWER_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "state_contradicts_zip": ("state", "zip"),
    "state_contradicts_evidence": ("state", "street_address"),
    "evidence_in_another_state": ("zip", "street_address"),
    "state_needed": ("state",),
    "plus4_not_covered": ("street_address",),
    "po_box": ("street_address",),
}
"""By reason, where that says more exactly what to ask for than the outcome does."""

_IN_DOUBT: Final = ("ambiguous", "state_only")
"""The outcomes of which a campaign's ``ambiguity`` decides. All others but ``resolved`` hold, whatever it says."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The offices to write to; or, with ``hold``, the reason to wait and ``needs``, what to ask the person for.

    Exactly one of ``offices`` and ``hold`` is empty.
    """

    offices: tuple[str, ...]
    hold: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Without:
    """A target that gives no letter. ``wait``: the whole submission waits for it; otherwise the others go without it."""

    reason: str
    needs: tuple[str, ...] = ()
    wait: bool = True


def choose(answer: Resolution, campaign: Campaign, seat: Callable[[str], HeldSeat]) -> Choice:
    """The offices of the campaign's targets, each once, in the order of the targets; or why to wait.

    ``seat`` gives a seat's status as of the submission. Where several targets must wait, the first that the person can do
    something about is told; so it is where all were left out.
    """
    offices: dict[str, None] = {}
    without: list[_Without] = []
    for target in campaign.targets:
        for found in _target(target, answer, campaign, seat):
            if isinstance(found, str):
                offices[found] = None
            else:
                without.append(found)
    if waiting := [one for one in without if one.wait]:
        return _hold(waiting)
    return Choice(tuple(offices)) if offices else _hold(without)


def needs(answer: Resolution) -> tuple[str, ...]:
    """What to ask a person for whose place is in doubt."""
    narrower = (_NARROWER_NEEDS[reason] for reason in answer.reasons if reason in _NARROWER_NEEDS)
    return next(narrower, _NEEDS.get(answer.outcome, ()))


def _hold(without: list[_Without]) -> Choice:
    told = next((one for one in without if one.needs), without[0])
    return Choice((), told.reason, told.needs)


def _target(
    target: str, answer: Resolution, campaign: Campaign, seat: Callable[[str], HeldSeat]
) -> Iterator[str | _Without]:
    """What one target gives, office by office."""
    if target.startswith(LIST):
        yield from _listed(target.removeprefix(LIST), answer, campaign)
    elif target == "your_representative":
        house = _house(answer, campaign)
        yield _open(seat(house.office), campaign) if house else _doubt(answer, campaign)
    elif target == "your_senators":
        for senator in answer.senate_seats:
            yield _open(seat(senator.office), campaign)
        if not answer.senate_seats:
            yield _no_senators(answer)
    else:  # an office by name
        yield _open(seat(target), campaign)


def _house(answer: Resolution, campaign: Campaign) -> Seat | None:
    """The person's House seat: the one that is certain, or the likeliest where the campaign takes it and it is likely enough.

    A state that contradicts the rest is no doubt between districts but somebody's mistake: it is never guessed away.
    """
    if answer.house_seats:
        return answer.house_seats[0]
    guessed = (
        campaign.ambiguity == "best_guess"
        and answer.outcome in _IN_DOUBT
        and answer.candidates
        and answer.confidence >= campaign.best_guess_above
        and not _contradicted(answer)
    )
    return answer.candidates[0] if guessed else None


def _contradicted(answer: Resolution) -> bool:
    states = any(conflict.startswith("state_vs_") for conflict in answer.conflicts)
    return states or "evidence_in_another_state" in answer.reasons


def _doubt(answer: Resolution, campaign: Campaign) -> _Without:
    """No House seat: the others go without it only where the campaign says so and the state, at least, is certain."""
    senators_only = campaign.ambiguity == "senators_only" and answer.outcome in _IN_DOUBT and bool(answer.senate_seats)
    return _Without(answer.outcome, needs(answer), wait=not senators_only)


def _no_senators(answer: Resolution) -> _Without:
    """Where there are none (the District of Columbia, the territories) nobody need wait for them."""
    if answer.outcome == "resolved" or "no_senators" in answer.reasons:
        return _Without("no_such_seat", wait=False)
    return _Without(answer.outcome, needs(answer))


def _open(seat: HeldSeat, campaign: Campaign) -> str | _Without:
    """The seat's office, unless nobody holds the seat and the campaign will not write to it."""
    policy: SeatPolicy = "chamber_office"
    reason = ""
    if seat.status == "vacant":
        policy, reason = campaign.vacant_seat, "seat_vacant"
    elif seat.status == "term_ended_unconfirmed":
        policy, reason = campaign.unconfirmed_seat, "seat_unconfirmed"
    # Rule II, clause 2(i), of the House: a vacant seat's office goes on working, under the Clerk, and takes its mail.
    return seat.office if policy == "chamber_office" else _Without(reason, wait=policy == "hold")


def _listed(name: str, answer: Resolution, campaign: Campaign) -> Iterator[str | _Without]:
    """The recipients of a list. One who may serve the person, for all that is known, is doubt like any other."""
    chosen = select(name, answer, _house(answer, campaign), campaign)
    yield from chosen.offices
    if chosen.in_doubt:
        wait = campaign.ambiguity != "senators_only" or answer.outcome not in _IN_DOUBT
        yield _Without(answer.outcome, needs(answer), wait=wait)
    elif not chosen.offices:
        yield _Without("no_such_recipient", wait=False)
