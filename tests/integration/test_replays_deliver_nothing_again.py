"""Everything is handed to deliver again, and again: its whole input from the beginning, or what was parked as dead."""

import shutil
import signal
from typing import Any

import pytest

from schemas.ledger import TERMINAL
from schemas.topics import DEAD, LETTERS, RETRY, TIERS
from services.pipeline.dead import ATTEMPTS, REASON, number
from tests.integration.harness.corner import Corner
from tests.integration.harness.offices import (
    OFFICES,
    assert_balanced,
    delivery,
    drain,
    final_states,
    ledger,
    letters,
    offers,
    office,
    post,
    states,
)
from tests.integration.harness.processes import eventually
from tests.integration.harness.replays import put_back, rewind

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(120)]

DEATHS = 3
"""So often a worker dies over a record before it is parked."""


def test_the_whole_input_read_again_twice(corner: Corner) -> None:
    """Letters that went through tiers, were refused, or in doubt when an answer had got lost: each stays where it is."""
    made = letters(300)
    with office(corner.folder) as control:
        control.refuse(OFFICES[0], 503, retry_after="1", times=6)
        control.refuse(OFFICES[1], 422)
        control.reset("*", "after_accepting", share=0.2, times=60)
        post(corner, made)
        with corner.start("deliver", log_name="first", **delivery(control)) as worker:
            assert eventually(lambda: ended(corner) == len(made), 60), states(corner)
            drain(worker)
        control.clear()
        books, entries = control.report(), len(ledger(corner))
        assert corner.read(RETRY), "some must have waited in a tier"
        for lost_index in (False, True):
            again = rewind(corner, "deliver", (LETTERS, *TIERS))
            assert again > len(made)
            if lost_index:
                shutil.rmtree(corner.folder / "state")
            with corner.start("deliver", log_name=f"again-{lost_index}", **delivery(control)) as worker:
                assert eventually(lambda: sum(corner.committed("deliver").values()) >= again, 40)  # noqa: B023 - in its turn
                drain(worker)
            assert control.report() == books, "offered again"
            assert len(ledger(corner)) == entries
    found = states(corner)
    assert found["refused"] + found["in_doubt"] == len(made) / len(OFFICES)
    assert corner.read(DEAD) == []


@pytest.mark.slow
def test_dead_letters_put_back_twice(corner: Corner) -> None:
    """The worst that can be parked: the office has the letter, and the workers died over it before they could tell."""
    fresh, waiting = made = letters(2)
    with office(corner.folder) as control:
        settings = delivery(control, patience_seconds=10, attempt_seconds=30, retry_delays="[0.5, 3, 6, 9, 12, 15]")
        control.hang(fresh.data.office, 600, accept=True)
        post(corner, [fresh])
        die_over_it(corner, settings)
        control.refuse(waiting.data.office, 503, times=1)
        post(corner, [waiting])
        with corner.start("deliver", log_name="parks-one", **settings) as worker:
            assert eventually(lambda: states(corner)["retrying"] == 1, 30)
            control.clear(waiting.data.office)
            control.hang(waiting.data.office, 600, accept=True)
            before = len(offers(corner))
            assert eventually(lambda: len(offers(corner)) > before, 30)
            worker.signal(signal.SIGKILL)
            worker.wait(10)
        die_over_it(corner, settings, DEATHS - 1)
        with corner.start("deliver", log_name="parks-both", **settings) as worker:
            assert eventually(lambda: len(corner.read(DEAD)) == len(made), 30)
            control.clear()
            drain(worker)
        dead = corner.read(DEAD)
        assert [dict(one.headers)[REASON] for one in dead] == [b"killed_worker"] * len(made)
        assert sorted(number(one, ATTEMPTS) or 0 for one in dead) == [0, 1], "one was fresh, and one came from a tier"
        assert control.report()["accepted"] == len(made), "the office has them"
        assert states(corner)["accepted"] == 0, "and nobody knows"

        with corner.start("deliver", log_name="replay", **settings) as worker:
            before = len(offers(corner))
            put_back(corner, dead)
            assert eventually(lambda: states(corner)["accepted"] == len(made), 30), final_states(corner)
            assert len(offers(corner)) == before + len(made), "each was asked about once more, under its id"
            books, entries, read = control.report(), len(ledger(corner)), sum(corner.committed("deliver").values())
            put_back(corner, dead)
            assert eventually(lambda: sum(corner.committed("deliver").values()) == read + len(made), 30)
            drain(worker)
        assert (control.report(), len(ledger(corner))) == (books, entries)
        assert_balanced(corner, control, made)
    assert len(corner.read(DEAD)) == len(made)


def die_over_it(corner: Corner, settings: dict[str, Any], deaths: int = DEATHS) -> None:
    """Kill one worker after another while it waits for the office's answer."""
    for _ in range(deaths):
        before = len(offers(corner))
        with corner.start("deliver", log_name="dies", **settings) as worker:
            assert eventually(lambda: len(offers(corner)) > before, 30)  # noqa: B023 - in its turn
            worker.signal(signal.SIGKILL)
            worker.wait(10)


def ended(corner: Corner) -> int:
    """How many letters are where they stay."""
    return sum(count for state, count in states(corner).items() if state in TERMINAL)
