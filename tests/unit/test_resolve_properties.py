"""What holds for every question, however odd: an answer, within the ZIP's states, that never picks one of two."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.resolve.lookup import resolve, resolve_zip
from services.resolve.question import Asserted, Point, Question
from services.resolve.reference.plans import Plan
from services.resolve.reference.reference import open_reference
from services.resolve.resolution import CERTAIN, UNSEATED, Resolution
from tests.unit import reference_made as made

(SAMPLE,) = open_reference(None).plans
MADE = made.only_plan(
    made.plan(
        119,
        {
            "10001": {"3612": 1.0}, "10002": {"3612": 0.97, "3613": 0.03}, "10003": {"3612": 0.5, "3613": 0.5},
            "06390": {"3612": 0.2, "3613": 0.1, "0904": 0.7}, "06391": {"3612": 0.0, "0904": 1.0}, "82001": {"5600": 1.0},
        },
        weight_kind="population",
        plus4=[("10002", 0, 499, "3612"), ("10002", 500, 999, "3613"), ("10001", 0, 9, "0904"), ("10108", 0, 9, "3613")],
        zip_points=[("10108", 41.0, -73.5), ("10109", 41.0, -72.5)],
        shapes=[
            made.box("3612", 40.0, -75.0, 42.0, -74.0),
            made.box("3613", 40.0, -74.0, 42.0, -73.0, 2_000.0),
            made.box("0904", 40.0, -73.0, 42.0, -72.0, 500.0),
        ],
    )
)  # fmt: skip
LAND = made.only_plan(
    made.plan(119, {"10001": {"3612": 0.999, "3613": 0.001}, "10002": {"3612": 1.0}, "06390": {"3612": 0.3, "0904": 0.7}},
              weight_kind="land")
)  # fmt: skip
CODES = sorted({*SAMPLE.ground.by_state, *UNSEATED})

any_text = st.text(max_size=12) | st.text(alphabet="0123456789 -", max_size=10) | st.characters()
five_digits = st.from_regex(r"[0-9]{5}", fullmatch=True)
listed = st.sampled_from([*SAMPLE.zips, *MADE.zips, "10108", "10109", "09001", "96960"])
zips = listed | five_digits | any_text
states = st.none() | st.sampled_from(["", "NY", "CT", "GA", *CODES]) | any_text
plus4s = st.none() | st.from_regex(r"[0-9]{4}", fullmatch=True) | st.sampled_from(["0005", "0500"]) | any_text
plans = st.sampled_from([SAMPLE, MADE, LAND])
accuracies = st.sampled_from(["rooftop", "parcel", "interpolated", "centroid"])
near = st.floats(-75.1, -71.9) | st.floats(-0.003, 0.003).map(lambda off: -74 + off) | st.floats()
points = st.none() | st.builds(Point, st.floats(39.9, 42.1) | st.floats(), near, accuracies)
geoids = st.sampled_from(["3612", "3613", "0904", "5600", "1198", "3627"]) | any_text
proofs = st.sampled_from(["person_confirmed", "geocoder"])
asserted = st.none() | st.builds(Asserted, geoids, st.sampled_from([118, 119, 120]), proofs)
questions = st.builds(Question, zips, plus4s, states, points, asserted)
many = settings(max_examples=1_000, deadline=None)


def check(answer: Resolution) -> None:
    """What is true of every answer by itself."""
    assert (answer.outcome == "resolved") == (len(answer.house_seats) == 1)
    assert answer.house_seats in ((), answer.candidates)
    assert len(answer.senate_seats) in (0, 2)
    assert answer.outcome == "resolved" or answer.reasons, "what is not resolved says why"
    assert len(set(answer.candidates)) == len(answer.candidates)
    assert bool(answer.candidates) == (answer.confidence > 0) or answer.weights[0] == 0
    assert 0 <= answer.confidence <= 1
    if answer.outcome == "resolved":
        assert answer.confidence >= CERTAIN
    elif answer.confidence >= CERTAIN:
        assert answer.basis == "zip_dominant"
        assert len(answer.candidates) > 1
    assert len(answer.weights) in (0, len(answer.candidates))
    assert not answer.weights or math.isclose(sum(answer.weights), 1, abs_tol=1e-9)
    assert list(answer.weights) == sorted(answer.weights, reverse=True)
    assert (answer.weight_kind == "none") == (not answer.weights)
    assert answer.margin_m is None or 0 <= answer.margin_m <= 1_000
    if answer.house_seats or answer.senate_seats:
        assert answer.outcome in ("resolved", "ambiguous", "state_only")
        assert len(answer.states) == 1
    assert {seat.state for seat in (*answer.candidates, *answer.senate_seats)} <= set(answer.states)


@many
@given(plans, questions)
@example(SAMPLE, Question("²³⁴⁵⁶"))
@example(SAMPLE, Question("\uff11\uff10\uff10\uff12\uff17", None, "NY"))
@example(MADE, Question("\ud800", "\ud800", "\ud800", None, Asserted("\ud800", 119, "geocoder")))
@example(MADE, Question("\x00" * 5, "\n", "NY\x00"))
@example(MADE, Question("10002", "５００".ljust(4), "NY"))  # noqa: RUF001 - digits of another script
@example(MADE, Question("7" * 100_000, "7" * 100_000, "N" * 100_000))
@example(MADE, Question("10003", None, "NY", Point(math.nan, math.inf, "rooftop")))
def test_any_question_gets_an_answer(plan: Plan, question: Question) -> None:
    answer = resolve(plan, question)
    check(answer)
    if answer.kept:
        assert resolve(plan, question) is answer
    assert answer == resolve(plan, question)


@many
@given(plans, listed | five_digits, plus4s, states, points, asserted)
def test_no_answer_leaves_the_states_of_the_zip(
    plan: Plan, zip5: str, plus4: str | None, state: str | None, point: Point | None, known: Asserted | None
) -> None:
    answer = resolve(plan, Question(zip5, plus4, state, point, known))
    place = plan.answers[zip5].place
    if place is None:
        assert answer.outcome == "unknown_zip"
    elif place.states[0] in UNSEATED:
        allowed = ("needs_voting_residence", "no_representation", "ambiguous")
        assert answer.outcome in allowed or answer.basis == "asserted"
    elif set(answer.states) <= set(place.states):
        assert state in (None, "", *place.states) or answer.conflicts
    else:
        pytest.fail(f"{answer.states} is not within {place.states}")


@many
@given(plans, listed | five_digits)
def test_a_state_only_ever_narrows_what_the_zip_says(plan: Plan, zip5: str) -> None:
    without = resolve_zip(plan, zip5, None, None)
    for state in without.states:
        narrowed = resolve_zip(plan, zip5, None, state)
        assert not narrowed.conflicts
        if without.candidates and without.basis != "po_box_point":
            assert narrowed.candidates == tuple(seat for seat in without.candidates if seat.state == state)


@many
@given(plans, zips, plus4s, states)
def test_a_contradiction_never_has_a_seat_unless_better_evidence_gave_it(
    plan: Plan, zip5: str, plus4: str | None, state: str | None
) -> None:
    answer = resolve_zip(plan, zip5, plus4, state)
    if answer.conflicts and answer.basis != "zip9":
        assert answer.house_seats == answer.senate_seats == ()
    place = plan.answers[zip5].place
    if place and state and state not in place.states:
        assert "state_vs_zip" in answer.conflicts
        assert answer.house_seats == answer.senate_seats == ()


@many
@given(zips, st.from_regex(r"[0-9]{4}", fullmatch=True), states)
def test_a_plus4_without_a_range_never_changes_a_seat(zip5: str, plus4: str, state: str | None) -> None:
    with_it, without = resolve_zip(SAMPLE, zip5, plus4, state), resolve_zip(SAMPLE, zip5, None, state)
    assert (with_it.outcome, with_it.candidates, with_it.house_seats, with_it.senate_seats) == (
        without.outcome, without.candidates, without.house_seats, without.senate_seats,
    )  # fmt: skip


@many
@given(questions)
def test_a_point_in_the_middle_of_nowhere_or_of_a_zip_changes_no_seat(question: Question) -> None:
    for point in (Point(41.0, -74.5, "centroid"), Point(0.0, 0.0, "rooftop")):
        with_it = resolve(MADE, Question(question.zip5, question.plus4, question.state, point))
        without = resolve(MADE, Question(question.zip5, question.plus4, question.state))
        assert (with_it.outcome, with_it.house_seats, with_it.margin_m) == (without.outcome, without.house_seats, None)


def test_every_prefix_and_every_state_code_has_an_answer() -> None:
    for number in range(1_000):
        for state in (None, *CODES):
            answer = resolve_zip(SAMPLE, f"{number:03}77", None, state)
            assert answer.outcome in (
                "resolved", "ambiguous", "state_only", "no_representation", "needs_voting_residence", "unknown_zip",
            )  # fmt: skip
