"""When a rejoin outlasts the poll that began it, the bare client may forget it and read nothing more; ours reads on.

The leader of a group rejoins when a topic got more partitions. The bare client is freed when its session ends, or never, if
it commits meanwhile. Its half of this notices when the library mends it; then half of ``services.pipeline.kafka_mended``
can go.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Final

import pytest
from kafka import KafkaConsumer
from kafka.admin import NewPartitions

from schemas.topics import RETRY
from services.pipeline.kafka_client import KafkaClient
from services.pipeline.kafka_listener import Listener
from services.pipeline.settings import WorkerSettings, load
from tests.integration.harness.corner import Corner

pytestmark = [pytest.mark.integration]

BEFORE: Final = 4
AFTER: Final = 6
PATIENCE_S: Final = 5.0


def poll_until(poll: Callable[[], Any], enough: Callable[[], bool]) -> bool:
    """Poll until it is enough; whether that was within patience."""
    until = time.monotonic() + 6 * PATIENCE_S
    while not enough() and time.monotonic() < until:
        poll()
    return enough()


def read(poll: Callable[[], Any]) -> int:
    """How many records come until one does, or patience ends."""
    until, count = time.monotonic() + PATIENCE_S, 0
    while not count and time.monotonic() < until:
        count = sum(map(len, poll().values()))
    return count


def glance(poll: Callable[[], Any]) -> None:
    """Poll without waiting, as is done for fresh records: the rejoin begins in one poll, and the group answers after it."""
    until = time.monotonic() + 3.0
    while time.monotonic() < until:
        poll()
        time.sleep(0.01)


def grow(corner: Corner, consumer: Any) -> None:
    """Give the topic more partitions, and tell ``consumer`` to look."""
    with corner.admin() as admin:
        admin.create_partitions({corner.name(RETRY): NewPartitions(total_count=AFTER)})
    time.sleep(1.0)
    consumer._manager.cluster.request_update()


@pytest.mark.slow
def test_the_bare_client_reads_nothing_more(corner: Corner) -> None:
    consumer = KafkaConsumer(
        bootstrap_servers=corner.settings.kafka_bootstrap_servers,
        group_id=corner.group("bare"),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=45_000,
        heartbeat_interval_ms=3_000,
    )
    try:
        consumer.subscribe([corner.name(RETRY)], listener=Listener(threading.Event()))
        assert poll_until(lambda: consumer.poll(timeout_ms=200), lambda: len(consumer.assignment()) == BEFORE)
        grow(corner, consumer)
        glance(lambda: consumer.poll(timeout_ms=0))
        corner.produce(RETRY, [(b"key", b"value", [])])
        assert read(lambda: consumer.poll(timeout_ms=200)) == 0, "mended: half of kafka_mended can go"
    finally:
        consumer.close(autocommit=False)


def test_ours_completes_it_and_reads_on(corner: Corner, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in corner.environment().items():
        monkeypatch.setenv(name, value)
    client = KafkaClient(load(WorkerSettings), "deliver", (RETRY,))
    try:
        assert poll_until(lambda: client.poll(0.2), lambda: len(client.assignment()) == BEFORE)
        grow(corner, client._consumer)
        glance(lambda: client.poll(0.0))
        corner.produce(RETRY, [(b"key", b"value", [])])
        assert read(lambda: client.poll(0.2)) == 1
        assert poll_until(lambda: client.poll(0.2), lambda: len(client.assignment()) == AFTER)
    finally:
        client.close()
