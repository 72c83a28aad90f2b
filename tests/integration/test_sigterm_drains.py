"""SIGTERM ends a worker in order: the batch in hand is committed, the exit code is 0, and nothing is done twice."""

import signal

import pytest

from schemas.topics import ACCEPTED, DEAD, RESOLVED
from tests.integration.harness.corner import Corner
from tests.integration.harness.people import submission_id
from tests.integration.harness.processes import eventually
from tests.integration.harness.stages import task
from tests.integration.harness.watch import Watch

pytestmark = [pytest.mark.integration, pytest.mark.fault]

BACKLOG = 30_000
GRACE_S = 10


def test_under_load_it_ends_within_its_grace_and_nothing_is_done_twice(corner: Corner) -> None:
    """Again and again, with small batches, so that it is told at every moment of its turn."""
    names = [f"n{number}" for number in range(BACKLOG)]
    corner.publish(ACCEPTED, map(task, names), max_in_flight=10_000)
    interrupted = 0
    with Watch(corner, (RESOLVED, DEAD), submission_id) as watch:
        while watch.count(RESOLVED) < BACKLOG:
            before = watch.count(RESOLVED)
            with corner.start("stages:copy", batch_records=500, grace_seconds=GRACE_S) as worker:
                worker.await_event("running")
                eventually(lambda: watch.count(RESOLVED) > before + 2_000 or watch.count(RESOLVED) >= BACKLOG, 30)  # noqa: B023 - in its turn
                worker.signal(signal.SIGTERM)
                assert worker.wait(GRACE_S) == 0
                assert [entry["signal"] for entry in worker.events("draining")] == ["SIGTERM"]
                interrupted += 1
        watch.await_count(RESOLVED, BACKLOG, 10)
        assert interrupted > 1, "it must have been interrupted at work"
        assert sorted(watch.kept(RESOLVED)) == sorted(names)
        assert watch.count(DEAD) == 0


def test_idle_it_ends_at_once(corner: Corner) -> None:
    with corner.start("stages:copy", grace_seconds=GRACE_S) as worker:
        worker.await_event("assigned")
        worker.signal(signal.SIGTERM)
        assert worker.wait(GRACE_S / 2) == 0


def test_the_batch_in_hand_is_committed(corner: Corner) -> None:
    corner.publish(ACCEPTED, [task("slow", "sleep", 3)])
    with corner.start("stages:copy", grace_seconds=GRACE_S) as worker:
        worker.await_event("sleeping")
        worker.signal(signal.SIGTERM)
        assert worker.wait(GRACE_S) == 0
        assert worker.events("slept")
    assert [record.key for record in corner.read(RESOLVED)] == [b"slow"]


@pytest.mark.parametrize("impatience", ["a second signal", "the grace is over"])
def test_a_batch_that_takes_too_long_is_given_up_and_done_by_the_next_worker(corner: Corner, impatience: str) -> None:
    names = [f"n{number}" for number in range(50)]
    corner.publish(ACCEPTED, [*map(task, names), task("slow", "sleep", 20)])
    with corner.start("stages:copy", log_name="first", grace_seconds=1.5 if "grace" in impatience else 60) as first:
        first.await_event("sleeping")
        first.signal(signal.SIGTERM)
        if "second" in impatience:
            first.await_event("draining")
            assert first.exit_code is None, "one signal lets the batch end"
            first.signal(signal.SIGTERM)
        assert first.wait(10) == 4
        assert ("second signal" if "second" in impatience else "longer than 1.5 s") in first.said()
    with (
        corner.start("stages:copy", log_name="second", longest_sleep=0) as second,
        Watch(corner, (RESOLVED, DEAD), submission_id) as watch,
    ):
        watch.await_count(RESOLVED, len(names) + 1, 30)
        assert sorted(watch.kept(RESOLVED)) == sorted([*names, "slow"])
        assert watch.count(DEAD) == 0
        second.signal(signal.SIGTERM)
        assert second.wait(10) == 0
