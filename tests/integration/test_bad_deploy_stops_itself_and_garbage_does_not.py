"""A stage that fails on everything stops before it has parked the topic; a frontend that sends garbage stops nothing."""

import signal

import pytest

from deploy.local.crowd import ALL_GOOD, crowd
from schemas.topics import ACCEPTED, DEAD, REJECTED, RESOLVED, SUBMISSIONS
from tests.integration.harness.corner import Corner, Headers
from tests.integration.harness.people import submission_id
from tests.integration.harness.stages import task
from tests.integration.harness.watch import Watch

pytestmark = [pytest.mark.integration, pytest.mark.fault]

BACKLOG = 1_000
GARBAGE = 5_000


@pytest.mark.parametrize(("batch", "most_dead"), [(2_000, 0), (30, 99)], ids=["one large batch", "small batches"])
def test_a_stage_that_fails_on_everything_stops_and_its_successor_does_the_work(
    corner: Corner, batch: int, most_dead: int
) -> None:
    names = [f"n{number}" for number in range(BACKLOG)]
    corner.publish(ACCEPTED, map(task, names))
    with Watch(corner, (RESOLVED, DEAD), submission_id) as watch:
        with corner.start("stages:copy", log_name="bad", batch_records=batch, raise_on_all=True) as bad:
            assert bad.wait(30) == 6
            assert "a fault of the stage, not of its input" in bad.said()
        with corner.start("stages:copy", log_name="again", batch_records=batch, raise_on_all=True) as again:
            assert again.wait(30) == 6
        assert sum(corner.committed("copy").values()) <= 2 * most_dead
        with corner.start("stages:copy", log_name="mended") as mended:
            watch.await_count(RESOLVED, BACKLOG - 2 * most_dead, 30)
            mended.signal(signal.SIGTERM)
            assert mended.wait(20) == 0
        assert watch.count(DEAD) <= 2 * most_dead
        assert sorted(watch.kept(RESOLVED) + watch.kept(DEAD)) == sorted(names)


def test_garbage_from_frontends_does_not_stop_ingest(corner: Corner) -> None:
    people = list(crowd(7, 200, corner.publish_campaign().slug, ALL_GOOD))
    good = [(sent.key, sent.value, list(sent.headers)) for sent in people]
    garbage: list[tuple[bytes, bytes, Headers]] = [
        (b"key %d" % number, b"\x00garbage %d" % number, []) for number in range(GARBAGE)
    ]
    corner.produce(SUBMISSIONS, [*good[:100], *garbage, *good[100:]])
    with corner.start("ingest") as ingest, Watch(corner, (ACCEPTED, DEAD, REJECTED), submission_id) as watch:
        watch.await_count(ACCEPTED, len(people), 60)
        watch.await_count(DEAD, GARBAGE, 10)
        assert sorted(watch.kept(ACCEPTED)) == sorted(sent.submission_id for sent in people)
        assert sorted(watch.kept(DEAD)) == sorted(key.decode() for key, _, _ in garbage)
        assert ingest.exit_code is None
        ingest.signal(signal.SIGTERM)
        assert ingest.wait(20) == 0
