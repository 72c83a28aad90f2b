"""What follows from an attempt: a table of cases, and what must hold for every answer there is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ledger import TERMINAL
from services.deliver.answers import ROWS, Answer, of_cwc
from services.deliver.claims import UNDER_WAY, Claim
from services.deliver.verdicts import Next, Verdicts
from tests.unit import made

NOW: Final = made.NOW.timestamp()
AFTER: Final = {1: 15.0, 2: 120.0, 3: 900.0}
MAX_AGE: Final = 10_000.0

answers = st.one_of(
    st.sampled_from([row.answer() for row in ROWS]),
    st.builds(
        Answer,
        st.sampled_from(["accepted", "refused", "retry", "throttle", "unknown"]),
        st.just("said"),
        retry_after=st.none() | st.floats(0, 90_000),
        pauses=st.booleans(),
        if_unsure=st.sampled_from([None, "accepted", "refused", "retry"]),
    ),
)
letters = st.builds(
    lambda deadline, drip: made.letter(
        deliver_before=deadline and made.NOW + timedelta(seconds=deadline), drip_hours=drip
    ),
    st.none() | st.floats(1, 20_000),
    st.none() | st.floats(0.5, 100),
)
cases = st.fixed_dictionaries({"attempts": st.integers(1, 50), "unsure": st.booleans(), "idempotent": st.booleans()})
moments = st.floats(0, 30_000).map(lambda seconds: NOW + seconds)


def verdicts(share: float = 0.0) -> Verdicts:
    """With jitter of ``share`` of the most there can be."""
    return Verdicts(lambda attempts: AFTER.get(attempts, 7200.0), MAX_AGE, lambda low, high: low + share * (high - low))


def after(verdict: Any, share: float = 0.0, seconds: float = 0.0, **given_: Any) -> tuple[Any, ...]:
    """State, reason, seconds until it is tried again, ``unsure`` and ``another``."""
    case = {"attempts": 1, "unsure": False, "idempotent": True} | given_
    answer = verdict if isinstance(verdict, Answer) else Answer(verdict, "said")
    one = case.pop("letter", made.letter())
    found = verdicts(share).of_answer(answer, one, NOW + seconds, **case)
    due = found.due and found.due - NOW - seconds
    return found.state, found.reason, round(due, 3), found.unsure, found.another


@pytest.mark.parametrize(
    ("case", "follows"),
    [
        (("accepted", {}), ("accepted", "said", 0, False, False)),
        (("accepted", {"unsure": True}), ("accepted", "said", 0, False, False)),
        (("accepted", {"unsure": True, "idempotent": False}), ("accepted", "said", 0, False, False)),
        (("refused", {}), ("refused", "said", 0, False, True)),
        (("refused", {"idempotent": False}), ("refused", "said", 0, False, True)),
        (("refused", {"unsure": True}), ("in_doubt", "refused_after_unknown", 0, True, False)),
        (("unknown", {}), ("unknown", "said", 15, True, False)),
        (("unknown", {"attempts": 2}), ("unknown", "said", 120, True, False)),
        (("unknown", {"idempotent": False}), ("in_doubt", "said", 0, True, False)),
        (("retry", {}), ("retrying", "said", 15, False, False)),
        (("retry", {"idempotent": False}), ("retrying", "said", 15, False, False)),
        (("retry", {"unsure": True}), ("retrying", "said", 15, True, False)),
        (("retry", {"attempts": 3}), ("retrying", "said", 900, False, False)),
        (("retry", {"share": 1.0}), ("retrying", "said", 22.5, False, False)),
        (("throttle", {}), ("retrying", "said", 15, False, False)),
        ((Answer("throttle", "said", retry_after=100.0), {}), ("retrying", "said", 100, False, False)),
        ((Answer("throttle", "said", retry_after=100.0), {"share": 1.0}), ("retrying", "said", 107.5, False, False)),
        ((Answer("throttle", "said", retry_after=3.0), {}), ("retrying", "said", 15, False, False)),
        ((Answer("throttle", "said", retry_after=MAX_AGE), {}), ("expired", "said", 0, False, False)),
        (("retry", {"attempts": 9, "seconds": 1000}), ("retrying", "said", 4500, False, False)),
        (("unknown", {"attempts": 3, "seconds": MAX_AGE - 400}), ("unknown", "said", 200, True, False)),
        (("retry", {"attempts": 3, "seconds": MAX_AGE - 24, "share": 1.0}), ("retrying", "said", 22.5, False, False)),
        (("retry", {"seconds": MAX_AGE - 15.001}), ("retrying", "said", 15, False, False)),
        (("retry", {"seconds": MAX_AGE - 15}), ("expired", "said", 0, False, False)),
        (("retry", {"seconds": MAX_AGE - 15, "unsure": True}), ("in_doubt", "said", 0, True, False)),
        (("unknown", {"seconds": MAX_AGE - 15}), ("in_doubt", "said", 0, True, False)),
        (("retry", {"letter": made.letter(deliver_before=made.NOW + timedelta(seconds=15))}),
         ("expired", "said", 0, False, False)),
        (("retry", {"letter": made.letter(drip_hours=1.0), "seconds": MAX_AGE + 3000}),
         ("retrying", "said", 15, False, False)),
        ((of_cwc(409), {"unsure": True}), ("accepted", of_cwc(409).reason, 0, False, False)),
    ],
)  # fmt: skip
def test_what_follows_from_an_attempt(case: tuple[Any, dict[str, Any]], follows: tuple[Any, ...]) -> None:
    verdict, given_ = case
    assert after(verdict, **given_) == follows


@pytest.mark.parametrize(
    ("idempotent", "seconds", "follows"),
    [
        (True, 5.0, Next("unknown", "worker_lost", NOW + 5, unsure=True)),
        (True, MAX_AGE, Next("in_doubt", "worker_lost", unsure=True)),
        (False, 5.0, Next("in_doubt", "worker_lost", unsure=True)),
    ],
)
def test_what_follows_from_an_attempt_of_which_nobody_will_tell(
    idempotent: bool, seconds: float, follows: Next
) -> None:
    claim = Claim("unknown", made.identity(1), 1, "outbox", begun=UNDER_WAY)
    assert verdicts().of_lost(claim, made.letter(), NOW + seconds, idempotent=idempotent) == follows


@pytest.mark.parametrize(
    ("seconds", "unsure", "follows"),
    [
        (MAX_AGE - 0.001, False, None),
        (MAX_AGE - 0.001, True, None),
        (MAX_AGE, False, Next("expired", "too_late")),
        (MAX_AGE, True, Next("in_doubt", "expired_after_unknown", unsure=True)),
    ],
)
def test_when_a_letter_s_time_is_over(seconds: float, unsure: bool, follows: Next | None) -> None:
    assert verdicts().of_end(made.letter(), NOW + seconds, unsure=unsure) == follows


@given(answers, letters, moments, cases, st.floats(0, 1))
def test_what_holds_for_every_answer(
    answer: Answer, letter: Any, now: float, case: dict[str, Any], share: float
) -> None:
    rules = verdicts(share)
    found = rules.of_answer(answer, letter, now, **case)
    said = answer.if_unsure if case["unsure"] and answer.if_unsure else answer.verdict
    assert (found.state == "accepted") == (said == "accepted"), "nothing else is an acceptance, and each one is"
    assert found.state != "cancelled"
    if case["unsure"] or said == "unknown":
        assert not found.another, "what may have arrived is tried by no other channel"
        assert found.state not in ("refused", "expired")
        assert found.unsure or found.state == "accepted", "and it is never forgotten"
    if said == "unknown" and not case["idempotent"]:
        assert found.state == "in_doubt"
    assert found.another == (found.state == "refused")
    assert bool(found.due) == (found.state not in TERMINAL)
    if found.due:
        usual = min(AFTER.get(case["attempts"], 7200.0), max(AFTER[1], (rules.ends(letter) - now) / 2))
        assert now + max(usual, answer.retry_after or 0) <= found.due < rules.ends(letter)
        assert found.due <= now + max(usual, answer.retry_after or 0) + usual / 2 + 1e-6


@given(letters)
def test_a_letter_ends_at_its_deadline_at_the_latest_and_the_hours_of_a_drip_do_not_age_it(letter: Any) -> None:
    oldest = NOW + MAX_AGE + (letter.drip_hours or 0) * 3600
    expected = oldest if letter.deliver_before is None else min(oldest, letter.deliver_before.timestamp())
    assert verdicts().ends(letter) == pytest.approx(expected)
