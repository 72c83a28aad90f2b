"""Dead letters are put back while the pipeline carries others and a stage is killed: every letter goes out once.

The books are read again and again meanwhile: they may say that much is under way, and never that something does not agree.
"""

from __future__ import annotations

import threading
import time

import pytest

from deploy.local.crowd import ALL_GOOD, crowd
from deploy.local.supervise import Supervisor
from schemas.topics import DEAD, LETTERS, SUBMISSIONS
from services.pipeline.publisher import Publisher
from tests.integration.harness.corner import Corner, seed
from tests.integration.harness.offices import delivery, office
from tests.integration.harness.operators import died_in_render, postbag
from tests.integration.harness.people import CAMPAIGN
from tests.integration.harness.processes import eventually

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(300)]

DEAD_PEOPLE, MOST_PEOPLE = 300, 8_000
A_SECOND = 80


class Frontends(threading.Thread):
    """Hands in people at a pace until told to stop; ``sent`` is how many so far."""

    def __init__(self, corner: Corner, chosen: int) -> None:
        super().__init__(name="frontends", daemon=True)
        self._corner, self._crowd = corner, crowd(chosen, MOST_PEOPLE, CAMPAIGN, ALL_GOOD)
        self.enough = threading.Event()
        self.sent = 0

    def run(self) -> None:
        publisher = Publisher(self._corner.settings)
        started = time.monotonic()
        for one in self._crowd:
            assert one.value is not None
            publisher.publish(SUBMISSIONS, one.key, one.value, list(one.headers))
            self.sent += 1
            if self.enough.wait(max(0.0, started + self.sent / A_SECOND - time.monotonic())):
                break
        publisher.close()


def test_a_replay_beside_the_days_work(corner: Corner) -> None:
    chosen = seed()
    died_in_render(corner, DEAD_PEOPLE, chosen)
    with office(corner.folder) as control:
        workers = [corner.worker(name) for name in ("ingest", "resolve", "render")]
        workers.append(corner.worker("deliver", **delivery(control)))
        with Supervisor(workers, corner.folder / "logs") as supervisor:
            frontends = Frontends(corner, chosen + 1)
            frontends.start()
            assert eventually(lambda: control.report()["accepted"] > 0, 60), "nothing flows"
            operator = threading.Thread(
                target=postbag, args=(corner, "dead", "replay", "--all", "--yes", "--rate", "60"), daemon=True
            )
            operator.start()
            looks = 0
            while operator.is_alive():
                found = corner.books()
                assert found.faults == [], found.as_json()
                assert found.submissions.total() <= DEAD_PEOPLE + frontends.sent
                looks += 1
                if found.dead["replayed"] > DEAD_PEOPLE // 3 and not supervisor.restarts["render"]:
                    assert supervisor.kill("render")
                    assert eventually(lambda: supervisor.restarts["render"] == 1, 20)
            assert looks > 1, "the books must have been read while it ran"
            assert frontends.is_alive(), "it must have been under load"
            frontends.enough.set()
            frontends.join()
            everybody = DEAD_PEOPLE + frontends.sent
            assert eventually(lambda: control.report()["accepted"] == everybody, 120), corner.books().as_json()
            assert eventually(lambda: corner.books().settled, 60), corner.books().as_json()
            assert supervisor.restarts["render"] == 1
        report = control.report()
        assert (report["accepted"], report["accepted_twice"], report["offers"]) == (everybody, 0, everybody)
    found = corner.books()
    assert (found.faults, found.records) == ([], everybody)
    assert found.submissions == {"letter": everybody}
    assert found.letters.total() == found.letters["accepted"] == everybody
    assert found.dead == {"replayed": DEAD_PEOPLE}
    assert (len(corner.read(LETTERS)), len(corner.read(DEAD))) == (everybody, DEAD_PEOPLE)
