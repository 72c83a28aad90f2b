"""What resolve says of an address, and the rules that turn what the tables know of a place into that answer.

The rules are plain functions of a place and a state, run once for every place when the reference is loaded; nothing
here looks anything up. A district follows only where one is left, senators only where the state is certain: no rule may
ever choose between two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from schemas.resolved import Outcome
from services.resolve.seats import Seat

Basis = Literal["zip_unique", "zip_split", "state_atlarge", "state_field", "zip3", "none"]
"""What the answer rests on: the ZIP's own row, a state with a single seat, the state given, the ZIP's prefix."""

Conflict = Literal["state_vs_zip"]

Reason = Literal[
    "foreign_postcode",  # written as Canada or the United Kingdom write theirs
    "freely_associated",  # served by the U.S. mail, not represented in Congress
    "leading_zero_lost",  # too short by the zeros that spreadsheets drop: see ``suggestion``
    "military_mail",  # represented where the person votes, which a military address does not tell
    "no_senators",  # the District of Columbia and the territories have none
    "plus4_not_covered",  # a ZIP+4 was given, but this reference has none to compare
    "state_contradicts_zip",
    "state_narrowed",  # the ZIP has several districts, the state given has one of them
    "state_needed",  # the ZIP lies in several states, and none was given
    "zip_malformed",
    "zip_missing",
    "zip_not_listed",  # only the ZIP's prefix is known
    "zip_split",  # the ZIP touches several districts of this state
    "zip_unassigned",  # no such prefix
]


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who may represent an address, who does, and why no more can be said.

    ``states`` are those the address may lie in; ``candidates`` the House seats it may belong to, empty where they are
    too many to be told from a prefix. ``house_seats`` has one seat exactly where ``outcome`` is resolved, and
    ``senate_seats`` two or none. ``suggestion`` is a ZIP to ask about, never one to use unasked, and the only value
    that repeats what a person typed: it belongs in no log.
    """

    outcome: Outcome
    basis: Basis = "none"
    states: tuple[str, ...] = ()
    candidates: tuple[Seat, ...] = ()
    house_seats: tuple[Seat, ...] = ()
    senate_seats: tuple[Seat, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    reasons: tuple[Reason, ...] = ()
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """What the tables know of a ZIP, a prefix or a state: its states and, for a listed ZIP, all its districts."""

    states: tuple[str, ...]
    basis: Basis
    districts: tuple[Seat, ...] = ()


@dataclass(frozen=True, slots=True)
class StateSeats:
    """A state's seats: its House seats by number, and its two senators or none."""

    house: tuple[Seat, ...]
    senate: tuple[Seat, ...]


UNSEATED: Mapping[str, tuple[Outcome, Reason]] = {
    # Publication 28, appendix B: military mail, wherever in the world it goes.
    "AA": ("needs_voting_residence", "military_mail"),
    "AE": ("needs_voting_residence", "military_mail"),
    "AP": ("needs_voting_residence", "military_mail"),
    # Sovereign states under the Compacts of Free Association (48 U.S.C. 1901, 1921, 1931).
    "FM": ("no_representation", "freely_associated"),
    "MH": ("no_representation", "freely_associated"),
    "PW": ("no_representation", "freely_associated"),
}
"""USPS codes that are no constituency."""


def decide(place: Place, state: str | None, seats: Mapping[str, StateSeats]) -> Resolution:
    """The answer for a place, with one of its own states given or none."""
    states = place.states if state is None else (state,)
    if states[0] in UNSEATED:
        outcome, reason = UNSEATED[states[0]]
        return Resolution(outcome, place.basis, states, reasons=(reason,))
    if place.districts:
        return _from_districts(place, states, seats)
    return _from_states(place, states, seats)


def contradicted(place: Place, seats: Mapping[str, StateSeats]) -> Resolution:
    """The answer where the state given is none of the place's: no seat, because either of the two may be the mistake.

    Military mail stays what it is: the other state may well be the voting residence, but that is the person's to say.
    """
    answer = decide(place, None, seats)
    if answer.outcome == "needs_voting_residence":
        return replace(answer, conflicts=("state_vs_zip",))
    return Resolution(
        "ambiguous",
        answer.basis,
        answer.states,
        answer.candidates,
        conflicts=("state_vs_zip",),
        reasons=("state_contradicts_zip",),
    )


def with_plus4(answer: Resolution) -> Resolution:
    """The same answer for an address that has a ZIP+4: where it did not help, say that it need not be asked for."""
    if answer.outcome not in ("ambiguous", "state_only"):
        return answer
    return replace(answer, reasons=(*answer.reasons, "plus4_not_covered"))


def _from_districts(place: Place, states: tuple[str, ...], seats: Mapping[str, StateSeats]) -> Resolution:
    candidates = tuple(seat for seat in place.districts if seat.state in states)
    reasons: list[Reason] = []
    if len(candidates) > 1:
        reasons.append("zip_split")
    elif len(place.districts) > 1:
        reasons.append("state_narrowed")
    return _with_senators(place.basis, states, candidates, reasons, seats)


def _from_states(place: Place, states: tuple[str, ...], seats: Mapping[str, StateSeats]) -> Resolution:
    reasons: list[Reason] = ["zip_missing" if place.basis == "state_field" else "zip_not_listed"]
    own = seats[states[0]].house if len(states) == 1 else ()
    if len(own) == 1:
        return _with_senators("state_atlarge", states, own, reasons, seats)
    basis: Basis = "state_field" if len(place.states) > len(states) else place.basis
    return _with_senators(basis, states, (), reasons, seats)


def _with_senators(
    basis: Basis,
    states: tuple[str, ...],
    candidates: tuple[Seat, ...],
    reasons: list[Reason],
    seats: Mapping[str, StateSeats],
) -> Resolution:
    certain = len(states) == 1
    senate = seats[states[0]].senate if certain else ()
    if not certain:
        reasons.append("state_needed")
    elif not senate:
        reasons.append("no_senators")
    house = candidates if len(candidates) == 1 else ()
    outcome: Outcome = "resolved" if house else "ambiguous" if candidates or not certain else "state_only"
    return Resolution(outcome, basis, states, candidates, house, senate, reasons=tuple(reasons))
