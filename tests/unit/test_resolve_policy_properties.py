"""Whatever the answer and the campaign: no letter goes to an office that neither of them names, and none is lost unsaid."""

from __future__ import annotations

from itertools import chain, combinations
from typing import Final, get_args

from hypothesis import given
from hypothesis import strategies as st

from schemas.campaign import Ambiguity, SeatPolicy
from schemas.resolved import Outcome, SeatStatus
from schemas.resolved import Seat as HeldSeat
from services.resolve.policy import choose
from services.resolve.resolution import Conflict, Reason, Resolution
from tests.unit import made
from tests.unit.test_docs_tell_all import rows
from tests.unit.test_resolve_policy import HOUSE, NY, SEATS, SENATE, seats

REASONS: Final = rows("campaigns.md", "Districts in doubt and empty seats")
TARGETS: Final = (HOUSE, SENATE, "SNY01", "HAK00", "SWY02")
ANSWERS: Final = st.builds(
    Resolution,
    outcome=st.sampled_from(get_args(Outcome)),
    states=st.sampled_from([(), ("NY",), ("GA", "AL"), ("DC",), ("AE",)]),
    candidates=st.sampled_from([(), seats("HNY13"), seats("HGA14", "HAL03"), seats("HDC00")]),
    confidence=st.floats(0, 1),
    house_seats=st.sampled_from([(), seats("HNY13")]),
    senate_seats=st.sampled_from([(), seats(*NY)]),
    conflicts=st.lists(st.sampled_from(get_args(Conflict)), max_size=2).map(tuple),
    reasons=st.lists(st.sampled_from(get_args(Reason)), max_size=3).map(tuple),
).filter(lambda answer: bool(answer.house_seats) is (answer.outcome == "resolved"))


@given(
    ANSWERS,
    st.sampled_from(list(chain.from_iterable(combinations(TARGETS, count) for count in (1, 2, 3)))),
    st.sampled_from(get_args(Ambiguity)),
    st.floats(0.5, 1),
    st.sampled_from(get_args(SeatPolicy)),
    st.sampled_from(get_args(SeatPolicy)),
    st.dictionaries(st.sampled_from(sorted(SEATS)), st.sampled_from(get_args(SeatStatus))),
    st.sampled_from(get_args(SeatStatus)),
)
def test_no_office_is_chosen_that_is_neither_in_the_answer_nor_named(
    answer: Resolution, targets: tuple[str, ...], ambiguity: Ambiguity, above: float, vacant: SeatPolicy,
    unconfirmed: SeatPolicy, statuses: dict[str, SeatStatus], status: SeatStatus,
) -> None:  # fmt: skip
    campaign = made.campaign(
        "open",
        targets=targets,
        ambiguity=ambiguity,
        best_guess_above=above,
        vacant_seat=vacant,
        unconfirmed_seat=unconfirmed,
    )
    found = choose(answer, campaign, lambda office: HeldSeat(office=office, status=statuses.get(office, status)))
    house = answer.house_seats or (answer.candidates[:1] if ambiguity == "best_guess" else ())
    allowed = {*(target for target in targets if target in SEATS)}
    allowed |= {seat.office for seat in house} if HOUSE in targets else set()
    allowed |= {seat.office for seat in answer.senate_seats} if SENATE in targets else set()
    assert set(found.offices) <= allowed
    assert len(set(found.offices)) == len(found.offices)
    assert bool(found.offices) is not bool(found.hold), "there is a letter, or a reason why there is none"
    assert not (found.needs and found.offices)
    assert not found.hold or f"`{found.hold}`" in REASONS, "campaigners can read up why"
    for office in found.offices:
        policy = {"vacant": vacant, "term_ended_unconfirmed": unconfirmed}.get(statuses.get(office, status))
        assert policy in (None, "chamber_office")
