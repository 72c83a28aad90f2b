"""How often letters for an office that is out are read while they wait, and how soon they go once it is well.

A letter that is read is one that a worker has no time for others meanwhile, so that those who wait must not come by at every
turn, whichever way their office fails.
"""

from __future__ import annotations

import pytest

from services.deliver.answers import Answer
from tests.unit.simulated_offices import (
    ACCEPTED,
    START,
    UNAVAILABLE,
    UNKNOWN,
    Behaviour,
    Simulation,
    offices,
    throttled,
)

WELL_S = 2.0
OUT_S = 40.0
LETTERS_A_SECOND = 8


def out(answer: Answer, takes: float) -> Behaviour:
    """Well for a moment, then out for a while."""
    return lambda at: (answer, takes) if WELL_S <= at - START < WELL_S + OUT_S else (ACCEPTED, 0.005)


WAYS = {
    "it hangs": out(UNKNOWN, 10.0),
    "it asks for patience": out(throttled(3.0), 0.01),
    "it is out": out(UNAVAILABLE, 0.01),
}


def through_it(behave: Behaviour, step: float) -> Simulation:
    """Letters come in steadily, and the office is out soon; until it is well again."""
    simulation = Simulation(offices(), {"HNY13": behave}, step=step, latest=step)
    while simulation.now < START + WELL_S + OUT_S:
        simulation.add("HNY13", "a", round(LETTERS_A_SECOND * step))
        simulation.turn()
    return simulation


@pytest.mark.parametrize("behave", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("step", [0.125, 0.25])
def test_letters_that_wait_are_read_a_few_times(behave: Behaviour, step: float) -> None:
    simulation = through_it(behave, step)
    came = OUT_S * LETTERS_A_SECOND
    assert len(simulation.begun) < WELL_S * LETTERS_A_SECOND + 50, "nearly all wait"
    assert simulation.read < 8 * came
    before = simulation.read
    simulation.run(200)
    assert simulation.read - before < 4 * came, "and two or three times when they go"
    assert max(simulation.done["a"]) - START - WELL_S - OUT_S < 30 + 40, "its breaker, and then at once"


def test_whoever_waits_for_a_probe_comes_by_when_it_is_over() -> None:
    simulation = Simulation(offices(), {"HNY13": lambda _: (UNKNOWN, 10.0)}, step=0.1, latest=0.1)
    simulation.add("HNY13", "a", 100)
    while len(simulation.begun) < 9:
        simulation.turn()
    before, began = simulation.read, simulation.now
    simulation.run(9)
    assert simulation.now - began > 9 - 0.2, "the probe is under way"
    assert simulation.read - before < 2 * 100
