"""What resolve says of an address, and the rules that turn what the tables know of a place into that answer.

The rules are plain functions of a place and a state; nothing here looks anything up. A district follows only where one is
left and the evidence is as good as ``CERTAIN``, senators only where the state is certain: no rule may ever choose between
two, and a likely one is named as likely.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from schemas.resolved import Outcome, WeightKind
from services.resolve.seats import Seat

CERTAIN: Final = 0.95
"""A House seat is resolved only at this confidence or more: one rule for the whole ladder of evidence."""

# Measured against polygons, offices and a second table of ZIPs (specification: districts, 5.2).
UNIQUE: Final = 0.995  # 41 of some 26,500 ZIPs with one district disagreed with the polygons
ONE_IN_STATE: Final = 0.99  # a ZIP of several states with one district in the state given, or a state with one seat
LAND_AT_MOST: Final = 0.9  # people do not live evenly: a share of land is a poor share of people
LOCATED_ZIP: Final = 0.8  # a ZIP without an area, by the point it is at: 83 % agreed with the second table
CONTRADICTED: Final = 0.5  # one of two is a mistake, and nothing says which

Basis = Literal[
    "asserted",  # somebody looked the district up before, on this very map
    "zip9",  # a range of ZIP+4
    "point",  # a place on the map
    "zip_unique",  # the ZIP's area lies in one district
    "zip_dominant",  # ... in several, and one has 95 % of its people
    "zip_split",  # ... in several
    "po_box_point",  # the ZIP has no area; this is where its post office is
    "state_atlarge",  # the state has a single seat
    "state_field",  # the state that was given
    "zip3",  # the ZIP's first three digits
    "none",
]

Conflict = Literal[
    "state_vs_zip",
    "state_vs_point",
    "state_vs_plus4",
    "state_vs_asserted",
    "zip_vs_point",
    "zip_vs_plus4",
    "zip_vs_asserted",
    "point_vs_plus4",
    "point_vs_asserted",
    "plus4_vs_asserted",
    "geocoder_vs_state",  # a geocoder that was asked (``services.resolve.geocoding``) and is not followed
    "geocoder_vs_zip",
    "geocoder_vs_point",
]
"""Two that disagree, the weaker evidence first."""

Reason = Literal[
    "asserted_unknown",  # the district asserted does not exist
    "centroid_ignored",  # the middle of a ZIP or a city is no place where somebody lives
    "evidence_in_another_state",  # the point, ZIP+4 or district is in a state that the ZIP does not reach
    "foreign_postcode",  # written as Canada or the United Kingdom write theirs
    "freely_associated",  # served by the U.S. mail, not represented in Congress
    "geocoded",  # a geocoder that was asked says where the street is: the reference alone would not say as much
    "leading_zero_lost",  # too short by the zeros that spreadsheets drop: see ``suggestion``
    "military_mail",  # represented where the person votes, which a military address does not tell
    "near_border",  # the point is nearer to a border than it and the border are exact
    "no_senators",  # the District of Columbia and the territories have none
    "other_congress",  # the district asserted is one of another Congress's map
    "plus4_not_covered",  # a ZIP+4 was given, but this reference has no range for it
    "po_box",  # a ZIP of post office boxes or of one receiver: nobody lives there
    "point_not_covered",  # a point was given, but this map has no district there
    "state_contradicts_evidence",
    "state_contradicts_zip",
    "state_narrowed",  # the ZIP has several districts, the state given has one of them
    "state_needed",  # it may lie in several states, and none was given
    "street_ambiguous",  # a geocoder found it in several places
    "street_not_found",  # ... or nowhere
    "zip_malformed",
    "zip_missing",
    "zip_not_listed",  # only the ZIP's prefix is known
    "zip_split",  # the ZIP touches several districts of this state
    "zip_unassigned",  # no such prefix
]


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who may represent an address, who does, and why no more can be said.

    ``states`` are those the address may lie in; ``candidates`` the House seats it may belong to, the likeliest first, empty
    where they are too many to be told from a prefix. ``weights`` are as many shares that sum to one, or none, of what
    ``weight_kind`` says. ``confidence`` is how likely it is that the first candidate is right, 0.0 without one;
    ``margin_m`` the metres from a point to the nearest border, 1,000 meaning that or more. ``house_seats`` has one seat
    exactly where ``outcome`` is resolved, and ``senate_seats`` two or none. ``suggestion`` is a ZIP to ask about, never one
    to use unasked, and the only value that repeats what a person typed: it belongs in no log. ``kept`` says that the same
    question gets this very object again and that such objects are bounded in number: what is made of it may be kept by
    its identity.
    """

    outcome: Outcome
    basis: Basis = "none"
    states: tuple[str, ...] = ()
    candidates: tuple[Seat, ...] = ()
    weights: tuple[float, ...] = ()
    weight_kind: WeightKind = "none"
    confidence: float = 0.0
    margin_m: int | None = None
    house_seats: tuple[Seat, ...] = ()
    senate_seats: tuple[Seat, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    reasons: tuple[Reason, ...] = ()
    suggestion: str | None = None
    kept: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Place:
    """What the tables know of a ZIP, a prefix or a state: its states and, for a listed ZIP, all its districts.

    ``districts`` have the largest of ``weights`` first; ``basis`` is ``zip_split`` where they are several.
    """

    states: tuple[str, ...]
    basis: Basis
    districts: tuple[Seat, ...] = ()
    weights: tuple[float, ...] = ()
    weight_kind: WeightKind = "none"


@dataclass(frozen=True, slots=True)
class StateSeats:
    """A state's seats: its House seats by number, and its two senators or none."""

    house: tuple[Seat, ...]
    senate: tuple[Seat, ...]


UNSEATED: Final[Mapping[str, tuple[Outcome, Reason]]] = {
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
        return Resolution(outcome, place.basis, states, reasons=(reason,), kept=True)
    if any(seat.state in states for seat in place.districts) and not _one_seat(states, seats, place):
        return _from_districts(place, states, seats)
    return _from_states(place, states, seats)


def contradicted(place: Place, seats: Mapping[str, StateSeats]) -> Resolution:
    """The answer where the state given is none of the place's: no seat, because either of the two may be the mistake.

    Military mail stays what it is: the other state may well be the voting residence, but that is the person's to say.
    """
    answer = decide(place, None, seats)
    if answer.outcome == "needs_voting_residence":
        return replace(answer, conflicts=("state_vs_zip",))
    return replace(unseated(answer, ("state_vs_zip",), "state_contradicts_zip"), kept=True)


def unseated(answer: Resolution, conflicts: tuple[Conflict, ...], reason: Reason) -> Resolution:
    """An answer that other evidence contradicts so that not even the state is certain: its candidates, and no seat."""
    return replace(
        answer,
        outcome="ambiguous",
        confidence=min(answer.confidence, CONTRADICTED),
        house_seats=(),
        senate_seats=(),
        conflicts=conflicts,
        reasons=(reason,),
        kept=False,
    )


def seated(
    answer: Resolution, seats: Mapping[str, StateSeats], *, least: float = CERTAIN, kept: bool = False
) -> Resolution:
    """``answer`` with its outcome and seats: a House seat where one candidate is left at ``least`` or more, senators where
    one state is. The rest of it is as given.
    """
    certain = len(answer.states) == 1
    senate = seats[answer.states[0]].senate if certain else ()
    missing: tuple[Reason, ...] = () if senate else ("no_senators",) if certain else ("state_needed",)
    reasons = (*answer.reasons, *missing)
    house = answer.candidates if len(answer.candidates) == 1 and certain and answer.confidence >= least else ()
    outcome: Outcome = "resolved" if house else "ambiguous" if answer.candidates or not certain else "state_only"
    return replace(answer, outcome=outcome, house_seats=house, senate_seats=senate, reasons=reasons, kept=kept)


def _one_seat(states: tuple[str, ...], seats: Mapping[str, StateSeats], place: Place) -> bool:
    """Whether the state says more than the point of a post office does."""
    return place.basis == "po_box_point" and len(states) == 1 and len(seats[states[0]].house) == 1


def _from_districts(place: Place, states: tuple[str, ...], seats: Mapping[str, StateSeats]) -> Resolution:
    inside = [index for index, seat in enumerate(place.districts) if seat.state in states]
    candidates = tuple(place.districts[index] for index in inside)
    total = sum(place.weights[index] for index in inside) if place.weights else 0.0
    weights = tuple(place.weights[index] / total for index in inside) if total > 0 else ()
    kind: WeightKind = place.weight_kind if weights else "none"
    answer = Resolution("ambiguous", place.basis, states, candidates, weights, kind)
    if place.basis == "po_box_point":
        answer = replace(answer, confidence=LOCATED_ZIP, reasons=("zip_not_listed", "po_box"))
    elif len(candidates) == 1:
        if len(place.districts) == 1:
            answer = replace(answer, confidence=UNIQUE)
        else:
            answer = replace(answer, confidence=ONE_IN_STATE, reasons=("state_narrowed",))
    else:
        answer = replace(answer, confidence=_share_of_first(weights, kind, len(inside)), reasons=("zip_split",))
        if kind == "population" and answer.confidence >= CERTAIN:
            answer = replace(answer, basis="zip_dominant")
    return seated(answer, seats, kept=True)


def _share_of_first(weights: tuple[float, ...], kind: WeightKind, count: int) -> float:
    if not weights:
        return 1 / count
    return min(weights[0], LAND_AT_MOST) if kind == "land" else weights[0]


def _from_states(place: Place, states: tuple[str, ...], seats: Mapping[str, StateSeats]) -> Resolution:
    reasons: tuple[Reason, ...] = ("zip_missing",) if place.basis == "state_field" else ("zip_not_listed",)
    own = seats[states[0]].house if len(states) == 1 else ()
    if len(own) == 1:
        answer = Resolution("resolved", "state_atlarge", states, own, confidence=ONE_IN_STATE, reasons=reasons)
    else:
        narrowed = place.basis == "state_field" or len(place.states) > len(states)
        answer = Resolution("state_only", "state_field" if narrowed else "zip3", states, reasons=reasons)
    return seated(answer, seats, kept=True)
