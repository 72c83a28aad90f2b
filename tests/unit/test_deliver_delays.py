"""Where a letter waits: it comes by when it was asked to and never sooner, over few tiers, and long in none of them."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import LETTERS, TIERS
from services.deliver.delays import Delays, attempts_of
from services.pipeline.dead import HOLD_UNTIL, NOT_BEFORE, number, retry_headers
from services.pipeline.memory import MemoryRecord
from tests.unit import made

USUAL: Final = (1.0, 15.0, 120.0, 900.0, 7200.0, 43_200.0)
START: Final = made.NOW.timestamp()
FRESH: Final = made.letter_record(made.letter())
HOUR: Final = 3600.0
MOST_HOPS: Final = 45
LONGEST: Final = 75 * HOUR

scaled = st.floats(0.001, 10).map(lambda factor: tuple(factor * delay for delay in USUAL))
lateness = st.lists(st.floats(0, 30), max_size=10)


def waits(delays: tuple[float, ...], seconds: float, late: list[float] | None = None) -> list[tuple[str, float]]:
    """Tier after tier, and for how long in each, as a worker would read the record: ``late`` by so much each time."""
    rules, record, now = Delays(delays), FRESH, START
    lags, found = iter(late or []), []
    until = START + seconds
    while True:
        retry = rules.wait(record, now, until, 3, "asked") if record is FRESH else rules.hand_on(record, now, until)
        found.append((retry.topic.name, retry.due - now))
        record = MemoryRecord(retry.topic.name, 0, 0, 0, FRESH.key, FRESH.value, [*retry_headers(record, retry)])
        now = (number(record, NOT_BEFORE) or 0) / 1000 + next(lags, 0.0)
        hold = (number(record, HOLD_UNTIL) or 0) / 1000
        if hold <= now:
            assert now >= until, "never sooner"
            return found


def place(delays: tuple[float, ...], name: str) -> float:
    return delays[[topic.name for topic in TIERS].index(name)]


@pytest.mark.parametrize(
    ("seconds", "hops", "first"),
    [
        (0.2, 1, 0), (1, 1, 0), (1.5, 1, 0), (14, 14, 0), (15, 1, 1), (22.5, 1, 1), (60, 4, 1), (120, 1, 2),
        (180, 1, 2), (600, 5, 2), (900, 1, 3), (HOUR, 4, 3), (2 * HOUR, 1, 4), (3 * HOUR, 1, 4), (6 * HOUR, 3, 4),
        (12 * HOUR, 1, 5), (18 * HOUR, 1, 5), (24 * HOUR, 2, 5), (LONGEST, 6, 5),
    ],
)  # fmt: skip
def test_a_wait_goes_through_the_longest_tier_that_fits_it_first(seconds: float, hops: int, first: int) -> None:
    found = waits(USUAL, seconds)
    assert (len(found), found[0][0]) == (hops, TIERS[first].name)
    assert sum(wait for _, wait in found) == pytest.approx(seconds, abs=0.1)


@given(st.floats(0, LONGEST), lateness)
def test_no_wait_of_up_to_75_hours_takes_many_hops(seconds: float, late: list[float]) -> None:
    assert len(waits(USUAL, seconds, late)) <= MOST_HOPS


@given(scaled, st.floats(-100, 6 * USUAL[-1]), lateness)
def test_a_letter_is_never_due_too_soon_and_in_no_tier_for_longer_than_half_as_much_again(
    delays: tuple[float, ...], seconds: float, late: list[float]
) -> None:
    found = waits(delays, min(seconds, 60 * delays[-1]), late)
    assert all(0 <= wait <= place(delays, name) * 1.5 + 1e-6 for name, wait in found)


@given(st.floats(0, LONGEST), st.floats(0, LONGEST))
def test_a_letter_waits_in_no_tier_that_can_hold_it_up_past_its_end(seconds: float, more: float) -> None:
    """It may be read as late as those before it, which were put there with as much as one and a half delays to wait."""
    until, ends = START + seconds, START + seconds + more
    retry = Delays(USUAL).wait(FRESH, START, until, 3, "asked", ends)
    delay = place(USUAL, retry.topic.name)
    assert until >= ends or delay == USUAL[0] or START + 1.5 * delay <= ends


def test_what_a_record_says_of_its_attempts_is_carried_through_all_tiers() -> None:
    rules = Delays(USUAL)
    first = rules.wait(FRESH, START, START + 100_000, 7, "asked")
    record = FRESH._replace(headers=[*retry_headers(FRESH, first)])
    assert attempts_of(FRESH) is None
    assert attempts_of(record) == 7
    second = rules.hand_on(record, START + 43_200, START + 100_000)
    assert (second.attempts, second.first_attempt, second.reason) == (7, START, "held_back")


@pytest.mark.parametrize("fraction", [0.0001, 0.0004, 0.0005, 0.0009])
def test_a_header_in_milliseconds_is_rounded_up(fraction: float) -> None:
    retry = Delays(USUAL).wait(FRESH, START, START + 40 + fraction, 1, "asked")
    headers = MemoryRecord(LETTERS.name, 0, 0, 0, None, None, [*retry_headers(FRESH, retry)])
    assert (number(headers, HOLD_UNTIL) or 0) / 1000 >= START + 40 + fraction
    soon = Delays(USUAL).wait(FRESH, START, START + fraction, 1, "asked")
    headers = MemoryRecord(LETTERS.name, 0, 0, 0, None, None, [*retry_headers(FRESH, soon)])
    assert (number(headers, NOT_BEFORE) or 0) / 1000 >= START + fraction


@pytest.mark.parametrize(
    ("together", "waits_after"),
    [(1, [15, 15, 120, 900, 7200, 43_200, 43_200]), (3, [15, 15, 15, 15, 120, 120, 120])],
)
def test_each_round_of_attempts_waits_longer_than_the_one_before(together: int, waits_after: list[float]) -> None:
    """The shortest tier is for letters that wait for their turn; ``together`` tries in place are one round."""
    assert [Delays(USUAL, together).after(attempts) for attempts in range(7)] == waits_after


def test_the_delays_of_the_tiers_can_be_asked_for() -> None:
    assert tuple(Delays(USUAL).of(tier) for tier in range(6)) == USUAL
