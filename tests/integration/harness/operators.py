"""Commands as an operator runs them, and dead letters for them as an operator finds them: parked by the real stages."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from deploy.local.crowd import ALL_GOOD, crowd
from schemas.topics import CAMPAIGNS, DEAD, RESOLVED, SUBMISSIONS
from services.pipeline.publisher import Publisher
from tests.integration.harness.corner import PROJECT, Corner
from tests.integration.harness.people import CAMPAIGN
from tests.integration.harness.processes import Started, eventually

if TYPE_CHECKING:
    from deploy.local.crowd import Sent


def command(*arguments: str) -> tuple[str, ...]:
    """``postbag`` as a process."""
    return (sys.executable, "-m", "services.cli", *arguments)


def postbag(corner: Corner, *arguments: str, code: int = 0) -> dict[str, Any]:
    """Run a command to its end, which must be ``code``; what it printed as JSON."""
    environment = {**os.environ, **corner.environment()}
    done = subprocess.run(
        command(*arguments, "--json"),
        env=environment, cwd=PROJECT, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def begin(corner: Corner, name: str, *arguments: str) -> Started:
    """Run a command beside the test, ended at the end of its ``with`` block at the latest."""
    return Started(command(*arguments), corner.environment(), corner.folder / f"{name}.log")


def submit(corner: Corner, people: Iterable[Sent]) -> None:
    """Hand in submissions as a frontend does."""
    publisher = Publisher(corner.settings)
    for one in people:
        assert one.value is not None
        publisher.publish(SUBMISSIONS, one.key, one.value, list(one.headers))
    publisher.close()


def ids(corner: Corner, topic: Any) -> Counter[str]:
    """How often each submission id is the key of a record of ``topic``."""
    return Counter((record.key or b"").decode() for record in corner.read(topic))


def died_in_render(corner: Corner, people: int, seed: int) -> list[str]:
    """Let so many people's submissions die in render, as their campaign is withdrawn, and publish it again; their ids."""
    corner.publish_campaign()
    sent = list(crowd(seed, people, CAMPAIGN, ALL_GOOD))
    submit(corner, sent)
    run_until(corner, ("ingest", "resolve"), RESOLVED, people)
    corner.produce(CAMPAIGNS, [(CAMPAIGN.encode(), None, [])])
    run_until(corner, ("render",), DEAD, people)
    corner.publish_campaign()
    return [one.submission_id for one in sent]


def run_until(corner: Corner, services: Sequence[str], topic: Any, count: int) -> None:
    """Run workers until ``topic`` has as many records, and end them in order."""
    started = [corner.start(service, log_name=f"before-{service}") for service in services]
    try:
        assert eventually(lambda: len(corner.read(topic)) >= count, 60), started[-1].tail()
        for worker in started:
            worker.signal(signal.SIGTERM)
        assert [worker.wait(30) for worker in started] == [0] * len(started)
    finally:
        for worker in started:
            worker.__exit__(None, None, None)
