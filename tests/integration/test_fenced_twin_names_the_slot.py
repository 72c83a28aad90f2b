"""Two workers in one slot: exactly one of them goes on, and the other says which setting is wrong."""

import signal

import pytest

from schemas.topics import ACCEPTED, RESOLVED
from tests.integration.harness.corner import Corner
from tests.integration.harness.people import submission_id
from tests.integration.harness.processes import eventually
from tests.integration.harness.stages import task
from tests.integration.harness.watch import Watch

pytestmark = [pytest.mark.integration, pytest.mark.fault]


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "in mid-batch"])
def test_exactly_one_of_two_workers_in_a_slot_survives(corner: Corner, busy: bool) -> None:
    with (
        Watch(corner, (RESOLVED,), submission_id) as watch,
        corner.start("stages:copy", log_name="first", session_timeout_seconds=5) as first,
    ):
        corner.publish(ACCEPTED, [task("before")])
        watch.await_count(RESOLVED, 1, 30)
        if busy:
            corner.publish(ACCEPTED, [task("during", "sleep", 4)])
            first.await_event("sleeping")
        with corner.start("stages:copy", log_name="second", longest_sleep=0) as second:
            assert eventually(lambda: first.exit_code is not None or second.exit_code is not None, 40)
            loser, winner = (first, second) if first.exit_code is not None else (second, first)
            assert loser.wait(1) == 3
            assert "copy slot 0" in loser.said()
            assert "POSTBAG_SLOT" in loser.said()

            corner.publish(ACCEPTED, [task("after")])
            names = ["after", "before", *(["during"] if busy else [])]
            watch.await_count(RESOLVED, len(names), 30)
            assert sorted(watch.kept(RESOLVED)) == names
            assert winner.exit_code is None
            winner.signal(signal.SIGTERM)
            assert winner.wait(20) == 0
