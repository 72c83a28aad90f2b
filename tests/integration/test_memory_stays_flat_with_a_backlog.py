"""A worker's memory does not grow with what waits for it: one batch is in flight, whatever the backlog."""

import time

import psutil
import pytest

from schemas.topics import ACCEPTED, RESOLVED
from tests.integration.harness.corner import Corner
from tests.integration.harness.people import accepted
from tests.integration.harness.watch import Watch

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]

MOST_GROWTH = 1.2
MOST_BYTES = 150 << 20
WARM_UP = 0.15
"""Share of the backlog after which everything has been used once: caches, buffers, compiled patterns."""


@pytest.mark.parametrize("backlog", [40_000, pytest.param(200_000, marks=pytest.mark.slow)])
def test_resolve_works_off_a_backlog_in_flat_memory(corner: Corner, backlog: int) -> None:
    corner.publish_campaign()
    corner.publish(ACCEPTED, accepted(backlog), max_in_flight=20_000)
    samples: list[int] = []
    with corner.start("resolve") as resolve, Watch(corner, (RESOLVED,), lambda _: None) as watch:
        process = psutil.Process(resolve.pid)
        deadline = time.monotonic() + 300
        while (done := watch.count(RESOLVED)) < backlog:
            assert time.monotonic() < deadline, f"{done} of {backlog} after 300 s"
            assert resolve.exit_code is None, resolve.tail()
            if done > backlog * WARM_UP:
                samples.append(process.memory_info().rss)
            time.sleep(0.1)
    warm, most = samples[0], max(samples)
    print(f"{backlog} records: {warm >> 20} MiB after warming up, {most >> 20} MiB at most, {len(samples)} samples")
    assert len(samples) > 5, "too quick to have been seen"
    assert most < warm * MOST_GROWTH
    assert most < MOST_BYTES
