"""Exactly once between topics: twenty thousand submissions, and every stage killed five times while they flow."""

import random
import threading
import time

import pytest

from deploy.local.crowd import ALL_GOOD, Sent, crowd
from deploy.local.supervise import Supervisor
from schemas.topics import ACCEPTED, DEAD, HELD, LETTERS, REJECTED, RESOLVED, SUBMISSIONS, Topic
from services.pipeline.publisher import Publisher
from tests.integration.harness.corner import Corner, seed
from tests.integration.harness.people import submission_id
from tests.integration.harness.processes import eventually
from tests.integration.harness.watch import Watch

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(300)]

PEOPLE = 20_000
KILLS = 5
STAGES = {"ingest": ACCEPTED, "resolve": RESOLVED, "render": LETTERS}
A_SECOND = 800
"""Fed in for half a minute, so that every kill meets work under way."""
TRICKLE = 60
LAST = 2_000
"""Held back, and trickled in, until the last kill: the pipeline must never run dry before."""
LONGEST_GAP_S = 15.0
"""Generous: a restart takes a second or two. A session's or a transaction's time-out alone would be longer than this."""


class Killer(threading.Thread):
    """Kills one stage ``KILLS`` times, each time at a random moment after it has shown that it works again."""

    def __init__(self, supervisor: Supervisor, stage: str, watch: Watch[str], dice: random.Random) -> None:
        super().__init__(name=f"kill-{stage}", daemon=True)
        self._supervisor, self._stage, self._watch, self._dice = supervisor, stage, watch, dice
        self.killed: set[int] = set()

    def run(self) -> None:
        output: Topic = STAGES[self._stage]
        while len(self.killed) < KILLS:
            before = self._watch.count(output)
            if not eventually(lambda: self._watch.count(output) > before, 60):  # noqa: B023 - used within its turn
                return
            time.sleep(self._dice.uniform(0, 2.5))
            pid = self._supervisor.kill(self._stage)
            if pid is not None:
                self.killed.add(pid)
                eventually(lambda: self._supervisor.pids().get(self._stage, pid) != pid, 10)  # noqa: B023 - ditto


def feed(corner: Corner, people: list[Sent], killers: list[Killer]) -> None:
    """Submit everybody at a pace, the last of them only when the killing is over."""
    publisher = Publisher(corner.settings)
    started = time.monotonic()
    for number, sent in enumerate(people):
        assert sent.value is not None
        publisher.publish(SUBMISSIONS, sent.key, sent.value, list(sent.headers))
        if number < PEOPLE - LAST:
            time.sleep(max(0.0, started + number / A_SECOND - time.monotonic()))
        elif any(killer.is_alive() for killer in killers):
            time.sleep(1 / TRICKLE)
    publisher.close()


def test_every_submission_is_in_every_stages_output_exactly_once(corner: Corner) -> None:
    chosen = seed()
    campaign = corner.publish_campaign()
    people = list(crowd(chosen, PEOPLE, campaign.slug, ALL_GOOD))
    expected = sorted(sent.submission_id for sent in people)
    workers = [corner.worker(stage, session_timeout_seconds=20, transaction_timeout_seconds=20) for stage in STAGES]
    with (
        Watch(corner, (*STAGES.values(), HELD, REJECTED, DEAD), submission_id) as watch,
        Supervisor(workers, corner.folder / "logs") as supervisor,
    ):
        killers = [Killer(supervisor, stage, watch, random.Random(f"{chosen} {stage}")) for stage in STAGES]
        for killer in killers:
            killer.start()
        feed(corner, people, killers)
        for killer in killers:
            killer.join()
        watch.await_count(LETTERS, PEOPLE, 90)
        assert set(supervisor.stop().values()) == {0}
        assert {stage: len(killer.killed) for stage, killer in zip(STAGES, killers, strict=True)} == dict.fromkeys(
            STAGES, KILLS
        )
        assert supervisor.restarts == dict.fromkeys(STAGES, KILLS), "nothing ended but what was killed"
        for topic in STAGES.values():
            assert sorted(watch.kept(topic)) == expected, f"{topic.name}: lost or doubled"
        assert [watch.count(topic) for topic in (HELD, REJECTED, DEAD)] == [0, 0, 0]
        gaps = {topic.name: round(watch.longest_gap(topic), 1) for topic in STAGES.values()}
    print(f"longest gaps in committed output, in seconds: {gaps}")
    assert max(gaps.values()) < LONGEST_GAP_S
