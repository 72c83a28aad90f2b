"""What holds for every address, however odd: an answer, within the ZIP's states, that never picks one of two."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.resolve.lookup import resolve
from services.resolve.reference import load_reference
from services.resolve.resolution import Resolution

REFERENCE = load_reference()
LISTED = sorted(REFERENCE.plain.zips)
CODES = sorted(REFERENCE.states)

any_text = st.text(max_size=12) | st.text(alphabet="0123456789 -", max_size=10) | st.characters()
five_digits = st.from_regex(r"[0-9]{5}", fullmatch=True)
zips = st.sampled_from(LISTED) | five_digits | any_text
states = st.none() | st.sampled_from(CODES) | any_text
plus4s = st.none() | st.from_regex(r"[0-9]{4}", fullmatch=True) | any_text
many = settings(max_examples=1_000, deadline=None)


def known_states(zip5: str) -> set[str]:
    """The states of a ZIP as the tables have them: of its own row, else of its prefix."""
    answers = REFERENCE.plain.zips.get(zip5) or REFERENCE.plain.prefixes[zip5[:3]]
    return {state for state in answers.by_state if state}


@many
@given(zips, plus4s, states)
@example("²³⁴⁵⁶", None, None)
@example("\uff11\uff10\uff10\uff12\uff17", None, "NY")
@example("\ud800", "\ud800", "\ud800")
@example("\x00" * 5, "\n", "NY\x00")
@example("1002\n", None, "NY")
@example("7" * 100_000, "7" * 100_000, "N" * 100_000)
def test_any_text_gets_an_answer(zip5: str, plus4: str | None, state: str | None) -> None:
    answer = resolve(REFERENCE, zip5, plus4, state)
    assert isinstance(answer, Resolution)
    assert (answer.outcome == "resolved") == (len(answer.house_seats) == 1)
    assert answer.house_seats in ((), answer.candidates)
    assert len(answer.senate_seats) in (0, 2)
    assert answer.outcome == "resolved" or answer.reasons, "what is not resolved says why"
    if answer.house_seats or answer.senate_seats:
        assert answer.outcome in ("resolved", "ambiguous", "state_only")
        assert not answer.conflicts
        assert len(answer.states) == 1
        assert {seat.state for seat in (*answer.house_seats, *answer.senate_seats)} == set(answer.states)


@many
@given(st.sampled_from(LISTED) | five_digits, states)
def test_no_answer_leaves_the_states_of_the_zip(zip5: str, state: str | None) -> None:
    answer = resolve(REFERENCE, zip5, None, state)
    if answer.outcome == "unknown_zip":
        assert zip5[:3] not in REFERENCE.plain.prefixes
        return
    assert set(answer.states) <= known_states(zip5)
    assert {seat.state for seat in (*answer.candidates, *answer.senate_seats)} <= set(answer.states)
    assert bool(answer.conflicts) == bool(state and state not in known_states(zip5))


@many
@given(st.sampled_from(LISTED) | five_digits)
def test_a_state_only_ever_narrows_what_the_zip_says(zip5: str) -> None:
    without = resolve(REFERENCE, zip5, None, None)
    for state in without.states:
        narrowed = resolve(REFERENCE, zip5, None, state)
        assert not narrowed.conflicts
        if without.candidates:
            assert narrowed.candidates == tuple(seat for seat in without.candidates if seat.state == state)


@many
@given(zips, st.from_regex(r"[0-9]{4}", fullmatch=True), states)
def test_a_plus4_never_changes_a_seat(zip5: str, plus4: str, state: str | None) -> None:
    with_it, without = resolve(REFERENCE, zip5, plus4, state), resolve(REFERENCE, zip5, None, state)
    assert (with_it.outcome, with_it.candidates, with_it.house_seats, with_it.senate_seats) == (
        without.outcome, without.candidates, without.house_seats, without.senate_seats,
    )  # fmt: skip


def test_every_prefix_and_every_state_code_has_an_answer() -> None:
    for number in range(1_000):
        for state in (None, *CODES):
            answer = resolve(REFERENCE, f"{number:03}77", None, state)
            assert answer.outcome in (
                "resolved", "ambiguous", "state_only", "no_representation", "needs_voting_residence", "unknown_zip",
            )  # fmt: skip
