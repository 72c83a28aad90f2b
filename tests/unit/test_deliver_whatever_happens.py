"""Whatever happens to deliver and its far sides, in whatever order: see ``worst_days`` for what, and for what is promised."""

from __future__ import annotations

from contextlib import closing
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.unit.worst_days import WorstDays

# A seed has no shorter example, and to look for one takes minutes.
DAYS = settings(max_examples=12, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))
STEPS = 40


@given(seed=st.integers(0, 2**32))
@DAYS
def test_nothing_is_given_away_twice_or_lost_or_left_open(seed: int) -> None:
    with closing(WorstDays(Random(seed))) as days:
        for _ in range(STEPS):
            days.step()
            days.check()
        days.end_well()


@given(seed=st.integers(0, 2**32))
@DAYS
def test_nor_is_it_if_everything_is_read_again_now_and_then(seed: int) -> None:
    with closing(WorstDays(Random(seed))) as days:
        days.steps[days.replay] = 1
        for _ in range(STEPS):
            days.step()
            days.check()
        days.end_well()
