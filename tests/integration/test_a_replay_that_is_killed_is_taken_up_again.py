"""The command that puts dead letters back is killed at random moments and run again: each record comes back exactly once.

The oracle is a bare consumer on the topic that they go back to. Nothing else runs: whatever it sees the command wrote.
"""

from __future__ import annotations

import random
import signal
import time
from collections import Counter

import pytest

from schemas.topics import DEAD_SETTLED, RESOLVED
from tests.integration.harness.corner import Corner, seed
from tests.integration.harness.operators import begin, died_in_render, postbag
from tests.integration.harness.people import submission_id
from tests.integration.harness.watch import Watch

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(240)]

PEOPLE = 800
KILLS = 4
REPLAY = ("dead", "replay", "--all", "--yes", "--rate", "150")


def await_more(watch: Watch[str], before: int) -> None:
    """Wait for a record that came back, and no moment longer: a settlement that came after it would be too late."""
    deadline = time.monotonic() + 60
    while watch.count(RESOLVED) <= before:
        assert time.monotonic() < deadline, "nothing is put back"
        time.sleep(0.001)


def test_killed_again_and_again_it_puts_each_record_back_exactly_once(corner: Corner) -> None:
    chosen = seed()
    dice = random.Random(chosen)
    people = died_in_render(corner, PEOPLE, chosen)
    with Watch(corner, (RESOLVED, DEAD_SETTLED), submission_id) as watch:
        watch.await_count(RESOLVED, PEOPLE, 30)
        for kill in range(KILLS):
            before = watch.count(RESOLVED)
            with begin(corner, f"replay-{kill}", *REPLAY) as replay:
                await_more(watch, before)
                if kill % 2:
                    time.sleep(dice.uniform(0, 0.4))
                assert replay.exit_code is None, replay.tail()
                replay.signal(signal.SIGKILL)
                replay.wait(10)
        left = postbag(corner, "dead", "replay", "--all", "--yes")
        done = left["settled_before"]["replayed"] + left["done"] + left["settled_by_others"]
        assert done == PEOPLE
        assert left["done"] > 0, "the kills must have left something to do"
        watch.await_count(RESOLVED, 2 * PEOPLE, 30)
        assert Counter(watch.kept(RESOLVED)) == dict.fromkeys(people, 2), "lost or doubled"
        assert len(set(watch.kept(DEAD_SETTLED))) == watch.count(DEAD_SETTLED) == PEOPLE
    assert postbag(corner, "dead", "list")["total"] == 0
