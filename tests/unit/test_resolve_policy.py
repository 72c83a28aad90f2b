"""Which offices get a letter: every rule of a campaign's policy, and that none writes to an office nobody asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, get_args

import pytest

from schemas.campaign import Ambiguity, SeatPolicy
from schemas.resolved import Outcome, SeatStatus
from schemas.resolved import Seat as HeldSeat
from services.resolve.policy import Choice, choose
from services.resolve.resolution import Resolution
from services.resolve.seats import Seat, load_seats
from tests.unit import made

SEATS: Final = {seat.office: seat for seat in load_seats()}
HOUSE, SENATE = "your_representative", "your_senators"
BOTH: Final = (HOUSE, SENATE)
NY: Final = ("SNY01", "SNY03")
ASK_STREET: Final = ("street_address_or_plus4",)


def seats(*offices: str) -> tuple[Seat, ...]:
    return tuple(SEATS[office] for office in offices)


def certain(house: str = "HNY13", *senate: str) -> Resolution:
    """The whole answer; New York's senators unless others are given."""
    found = seats(*(senate or NY))
    own = seats(house)
    return Resolution("resolved", "zip_unique", (own[0].state,), own, (), "none", 0.995, None, own, found)


def split(confidence: float = 0.5, **changes: Any) -> Resolution:
    """Harlem or beyond: two districts of one state, whose senators are known."""
    answer: dict[str, Any] = {
        "outcome": "ambiguous",
        "basis": "zip_split",
        "states": ("NY",),
        "candidates": seats("HNY13", "HNY12"),
        "confidence": confidence,
        "senate_seats": seats(*NY),
        "reasons": ("zip_split",),
    }
    return Resolution(**(answer | changes))


DC: Final = Resolution(
    "resolved", "state_atlarge", ("DC",), seats("HDC00"), confidence=0.99, house_seats=seats("HDC00"),
    reasons=("no_senators",),
)  # fmt: skip
STATE_ONLY: Final = Resolution("state_only", "zip3", ("NY",), senate_seats=seats(*NY), reasons=("zip_not_listed",))
CROSS_STATE: Final = Resolution(
    "ambiguous", "zip_split", ("GA", "AL"), seats("HGA14", "HAL03"), (0.99, 0.01), "population", 0.99,
    reasons=("zip_split", "state_needed"),
)  # fmt: skip
CONTRADICTED: Final = Resolution(
    "ambiguous", "zip_unique", ("NY",), seats("HNY13"), confidence=0.5, conflicts=("state_vs_zip",),
    reasons=("state_contradicts_zip",),
)  # fmt: skip
MILITARY: Final = Resolution("needs_voting_residence", "zip3", ("AE",), reasons=("military_mail",))


def everywhere(status: SeatStatus, *only: str) -> Callable[[str], HeldSeat]:
    """Every seat with that status, or just the seats named, with the others held."""
    return lambda office: HeldSeat(office=office, status=status if not only or office in only else "held")


def choice(answer: Resolution, status: SeatStatus = "held", *only: str, **campaign: Any) -> Choice:
    return choose(answer, made.campaign("open", **campaign), everywhere(status, *only))


@pytest.mark.parametrize(
    ("answer", "targets", "expected"),
    [
        (certain(), (HOUSE,), Choice(("HNY13",))),
        (certain(), (SENATE,), Choice(NY)),
        (certain(), BOTH, Choice(("HNY13", *NY))),
        (certain(), (SENATE, HOUSE), Choice((*NY, "HNY13"))),
        (split(), (SENATE,), Choice(NY)),
        (split(), (HOUSE,), Choice((), "ambiguous", ASK_STREET)),
        (split(), BOTH, Choice((), "ambiguous", ASK_STREET)),
        (split(0.96, basis="zip_dominant"), (HOUSE,), Choice((), "ambiguous", ASK_STREET)),
        (split(reasons=("zip_split", "plus4_not_covered")), (HOUSE,), Choice((), "ambiguous", ("street_address",))),
        (split(reasons=("zip_not_listed", "po_box")), (HOUSE,), Choice((), "ambiguous", ("street_address",))),
        (STATE_ONLY, (SENATE,), Choice(NY)),
        (STATE_ONLY, BOTH, Choice((), "state_only", ASK_STREET)),
        (CROSS_STATE, (SENATE,), Choice((), "ambiguous", ("state",))),
        (CONTRADICTED, BOTH, Choice((), "ambiguous", ("state", "zip"))),
        # A seat that does not exist holds up nobody but itself.
        (DC, (HOUSE,), Choice(("HDC00",))),
        (DC, BOTH, Choice(("HDC00",))),
        (DC, (SENATE,), Choice((), "no_such_seat")),
        # A named office needs to know nothing of the person, and is written to once however it is reached.
        (MILITARY, ("SNY01",), Choice(("SNY01",))),
        (certain(), ("SNY03", SENATE), Choice(("SNY03", "SNY01"))),
        (DC, (SENATE, "SNY01"), Choice(("SNY01",))),
        (split(senate_seats=(), reasons=("no_senators",)), (SENATE, "SNY01"), Choice(("SNY01",))),
        (split(), (HOUSE, "SNY01"), Choice((), "ambiguous", ASK_STREET)),
    ],
)
def test_targets_give_their_offices_and_doubt_is_asked_about(
    answer: Resolution, targets: tuple[str, ...], expected: Choice
) -> None:
    assert choice(answer, targets=targets) == expected


@pytest.mark.parametrize("ambiguity", get_args(Ambiguity))
@pytest.mark.parametrize(
    ("outcome", "needs"),
    [
        ("needs_voting_residence", ("voting_residence",)),
        ("no_representation", ()),
        ("not_us", ()),
        ("invalid", ("zip",)),
        ("unknown_zip", ("zip",)),
    ],
)
def test_what_is_no_doubt_between_districts_holds_whatever_the_campaign_says_of_doubt(
    outcome: Outcome, needs: tuple[str, ...], ambiguity: Ambiguity
) -> None:
    for targets in ((HOUSE,), (SENATE,), BOTH):
        held = choice(Resolution(outcome), targets=targets, ambiguity=ambiguity, best_guess_above=0.5)
        assert held == Choice((), outcome, needs)


@pytest.mark.parametrize(
    ("answer", "targets", "expected"),
    [
        (split(), BOTH, Choice(NY)),
        (STATE_ONLY, BOTH, Choice(NY)),
        (certain(), BOTH, Choice(("HNY13", *NY))),
        (split(), (HOUSE,), Choice((), "ambiguous", ASK_STREET)),  # senators who are no target are not written to
        (split(), (HOUSE, "SME01"), Choice(("SME01",))),
        (CROSS_STATE, (HOUSE, "SME01"), Choice((), "ambiguous", ("state",))),
        (CROSS_STATE, BOTH, Choice((), "ambiguous", ("state",))),
        (CONTRADICTED, BOTH, Choice((), "ambiguous", ("state", "zip"))),
        (split(senate_seats=(), states=("DC",)), BOTH, Choice((), "ambiguous", ASK_STREET)),
    ],
)
def test_senators_only_leaves_the_representative_out_where_the_state_is_certain(
    answer: Resolution, targets: tuple[str, ...], expected: Choice
) -> None:
    assert choice(answer, targets=targets, ambiguity="senators_only") == expected


@pytest.mark.parametrize(
    ("answer", "above", "expected"),
    [
        (split(0.95), 0.95, Choice(("HNY13",))),
        (split(0.949), 0.95, Choice((), "ambiguous", ASK_STREET)),
        (split(0.6), 0.5, Choice(("HNY13",))),
        (CROSS_STATE, 0.95, Choice(("HGA14",))),
        (STATE_ONLY, 0.5, Choice((), "state_only", ASK_STREET)),
        (CONTRADICTED, 0.5, Choice((), "ambiguous", ("state", "zip"))),
        (split(0.99, conflicts=("state_vs_point",)), 0.5, Choice((), "ambiguous", ASK_STREET)),
        (split(0.99, reasons=("evidence_in_another_state",)), 0.5, Choice((), "ambiguous", ("zip", "street_address"))),
        (certain(), 1.0, Choice(("HNY13",))),
    ],
)
def test_best_guess_takes_the_likeliest_district_only_where_it_is_likely_enough(
    answer: Resolution, above: float, expected: Choice
) -> None:
    assert choice(answer, targets=(HOUSE,), ambiguity="best_guess", best_guess_above=above) == expected


def test_a_guessed_district_is_no_word_on_the_senators() -> None:
    assert choice(CROSS_STATE, targets=BOTH, ambiguity="best_guess") == Choice((), "ambiguous", ("state",))


@pytest.mark.parametrize(
    ("policy", "status", "alone", "beside_senators"),
    [
        ("hold", "vacant", Choice((), "seat_vacant"), Choice((), "seat_vacant")),
        ("skip", "vacant", Choice((), "seat_vacant"), Choice(NY)),
        ("chamber_office", "vacant", Choice(("HNY13",)), Choice(("HNY13", *NY))),
        ("hold", "term_ended_unconfirmed", Choice((), "seat_unconfirmed"), Choice((), "seat_unconfirmed")),
        ("skip", "term_ended_unconfirmed", Choice((), "seat_unconfirmed"), Choice(NY)),
        ("chamber_office", "term_ended_unconfirmed", Choice(("HNY13",)), Choice(("HNY13", *NY))),
    ],
)
def test_a_seat_that_nobody_is_known_to_hold_is_as_the_campaign_has_it(
    policy: SeatPolicy, status: SeatStatus, alone: Choice, beside_senators: Choice
) -> None:
    mine, other = "vacant_seat", "unconfirmed_seat"
    if status != "vacant":
        mine, other = other, mine
    for others in get_args(SeatPolicy):  # the policy on the other status has no say
        campaign = {mine: policy, other: others}
        assert choice(certain(), status, "HNY13", targets=(HOUSE,), **campaign) == alone
        assert choice(certain(), status, "HNY13", targets=BOTH, **campaign) == beside_senators
        assert choice(MILITARY, status, "HNY13", targets=("HNY13",), **campaign) == alone


@pytest.mark.parametrize("status", ["held", "unknown"])
def test_a_held_seat_and_one_of_which_nothing_is_known_are_written_to(status: SeatStatus) -> None:
    for policy in get_args(SeatPolicy):
        found = choice(certain(), status, targets=BOTH, vacant_seat=policy, unconfirmed_seat=policy)
        assert found == Choice(("HNY13", *NY))


def test_by_default_a_vacant_seat_waits_and_an_ended_term_does_not() -> None:
    assert choice(certain(), "vacant", "SNY03", targets=BOTH) == Choice((), "seat_vacant")
    assert choice(certain(), "term_ended_unconfirmed", targets=BOTH) == Choice(("HNY13", *NY))


def test_a_guessed_seat_is_held_to_the_policy_on_seats_as_well() -> None:
    campaign = {"targets": (HOUSE,), "ambiguity": "best_guess"}
    assert choice(split(0.97), "vacant", **campaign) == Choice((), "seat_vacant")


def test_of_several_reasons_to_wait_the_one_that_a_person_can_help_is_told() -> None:
    assert choice(split(), "vacant", targets=(SENATE, HOUSE)) == Choice((), "ambiguous", ASK_STREET)
    skipped = {"targets": (SENATE, HOUSE), "vacant_seat": "skip", "ambiguity": "senators_only"}
    assert choice(split(), "vacant", **skipped) == Choice((), "ambiguous", ASK_STREET)
