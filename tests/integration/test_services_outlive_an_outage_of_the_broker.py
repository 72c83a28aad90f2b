"""The broker freezes for longer than every time-out, or dies and comes back: the services go on by themselves.

Time-outs are scaled down to a few seconds, so that an outage longer than all of them fits into a test. A frozen broker is
the worse of the two: its sockets stay open and nothing answers, which is what the clients' time-outs are for.
"""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from deploy.local.broker import LocalBroker
from deploy.local.crowd import ALL_GOOD, Sent, crowd
from deploy.local.supervise import Supervisor
from schemas.ledger import TERMINAL
from schemas.topics import ACCEPTED, DEAD, LEDGER, LETTERS, REJECTED, RESOLVED, SUBMISSIONS
from services.pipeline.publisher import Publisher
from tests.integration.harness.corner import Corner, seed
from tests.integration.harness.people import submission_id
from tests.integration.harness.processes import eventually
from tests.integration.harness.watch import Watch

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(240)]

STAGES = {"ingest": ACCEPTED, "resolve": RESOLVED, "render": LETTERS, "deliver": LEDGER}
SHORT: dict[str, Any] = {
    "request_timeout_seconds": 2,
    "session_timeout_seconds": 6,
    "transaction_timeout_seconds": 5,
    "stuck_seconds": 10,
    "channel": "discard",
}
PAUSE_S = 17.0
"""Longer than any of these, and than the publisher's own (10 s)."""
RECOVERY_S = 30.0
PEOPLE = 12_000


def settled(record: Any) -> str:
    """Whose record this is; nobody's where it is the ledger's and says that a letter waits."""
    waits = record.topic.endswith(LEDGER.name) and json.loads(record.value)["data"]["state"] not in TERMINAL
    return "" if waits else submission_id(record)


def freeze(broker: LocalBroker) -> None:
    broker.pause()
    time.sleep(PAUSE_S)
    broker.resume()


def crash(broker: LocalBroker) -> None:
    broker.kill()
    time.sleep(2)
    broker.start()


class Frontend(threading.Thread):
    """Submits everybody, at a pace that lets the outage fall into the middle, and never gives up."""

    def __init__(self, corner: Corner, people: list[Sent], a_second: float) -> None:
        super().__init__(name="frontend", daemon=True)
        self._corner, self._people, self._pause = corner, people, 1 / a_second
        self.done = False

    def run(self) -> None:
        publisher = Publisher(self._corner.settings)
        for sent in self._people:
            assert sent.value is not None
            publisher.publish(SUBMISSIONS, sent.key, sent.value, list(sent.headers))
            time.sleep(self._pause)
        publisher.close()
        self.done = True


@pytest.mark.parametrize("outage", [pytest.param(freeze, marks=pytest.mark.slow), crash])
def test_all_services_go_on_by_themselves_and_nothing_is_lost_or_doubled(
    own_broker: LocalBroker, own_corner: Corner, outage: Callable[[LocalBroker], None]
) -> None:
    corner = own_corner
    campaign = corner.publish_campaign()
    people = list(crowd(seed(), PEOPLE, campaign.slug, ALL_GOOD))
    expected = sorted(sent.submission_id for sent in people)
    workers = [corner.worker(stage, **SHORT) for stage in STAGES]
    with (
        Watch(corner, (ACCEPTED, RESOLVED, LETTERS, LEDGER, REJECTED, DEAD), settled) as watch,
        Supervisor(workers, corner.folder / "logs") as supervisor,
    ):
        frontend = Frontend(corner, people, a_second=1_000)
        frontend.start()
        watch.await_count(LEDGER, 1_000, 60)
        before = {stage: watch.count(topic) for stage, topic in STAGES.items()}
        outage(own_broker)
        back = time.monotonic()
        for stage, topic in STAGES.items():
            moves = eventually(lambda: watch.count(topic) > before[stage] + 500, RECOVERY_S)  # noqa: B023 - in its turn
            assert moves, f"{stage} did not go on within {RECOVERY_S:g} s"
            print(f"{stage} went on {time.monotonic() - back:.1f} s after the broker")
        ended = eventually(lambda: sum(one != "" for one in watch.kept(LEDGER)) >= PEOPLE, 120)
        assert ended, f"{sum(one != '' for one in watch.kept(LEDGER))} of {PEOPLE} letters ended"
        time.sleep(0.5)  # one too many is seen as well
        frontend.join(60)
        assert frontend.done, "the frontend's last records were never acknowledged"
        for topic in (ACCEPTED, RESOLVED, LETTERS, LEDGER):
            assert sorted(filter(None, watch.kept(topic))) == expected, f"{topic.name}: lost or doubled"
        assert [watch.count(topic) for topic in (REJECTED, DEAD)] == [0, 0]
        print(f"restarts: {supervisor.restarts}")
        assert set(supervisor.stop().values()) == {0}
