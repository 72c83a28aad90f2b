"""A partition that is paused half-read and resumed is never read again by the bare client, and read on by ours.

The first half notices when the library mends it; then half of ``services.pipeline.kafka_mended`` can go. It is what tiers
live by: each of their partitions is rewound and paused as soon as its head is not due.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import pytest
from kafka import KafkaConsumer, TopicPartition

from schemas.topics import RETRY
from services.pipeline.broker import Partition
from services.pipeline.kafka_client import KafkaClient
from services.pipeline.settings import WorkerSettings, load
from tests.integration.harness.corner import Corner

pytestmark = [pytest.mark.integration]

RECORDS: Final = 20
PATIENCE_S: Final = 5.0


@pytest.fixture
def filled(corner: Corner) -> Corner:
    corner.produce(RETRY, [(b"key", b"%d" % number, []) for number in range(RECORDS)])
    return corner


def read(poll: Callable[[], Any], seconds: float) -> int:
    """How many records come within so many seconds."""
    until, count = time.monotonic() + seconds, 0
    while count < RECORDS and time.monotonic() < until:
        count += sum(map(len, poll().values()))
    return count


@pytest.mark.slow
def test_the_bare_client_never_reads_it_again(filled: Corner) -> None:
    consumer = KafkaConsumer(bootstrap_servers=filled.settings.kafka_bootstrap_servers, group_id=None)
    place = TopicPartition(filled.name(RETRY), 0)
    other = TopicPartition(filled.name(RETRY), 1)
    try:
        consumer.assign([place, other])
        consumer.seek_to_beginning()
        while not consumer.poll(timeout_ms=200, max_records=5):
            pass  # a part of what was fetched: the rest stays in the library's hands
        consumer.seek(place, 0)
        consumer.pause(place)
        consumer.poll(timeout_ms=200)
        filled.produce(RETRY, [(b"key", b"another", [])], partition=1)
        assert read(lambda: consumer.poll(timeout_ms=200), 2.0) == 1
        consumer.resume(place)
        assert read(lambda: consumer.poll(timeout_ms=200), PATIENCE_S) == 0, "mended: half of kafka_mended can go"
    finally:
        consumer.close(autocommit=False)


def test_ours_reads_on(filled: Corner, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in filled.environment().items():
        monkeypatch.setenv(name, value)
    client = KafkaClient(load(WorkerSettings), "deliver", (RETRY,))
    place = Partition(filled.name(RETRY), 0)
    try:
        until = time.monotonic() + 30
        while not client.poll(0.2, 5):
            assert time.monotonic() < until
        client.seek(place, 0)
        client.pause(place)
        client.poll(0.2)
        filled.produce(RETRY, [(b"key", b"another", [])], partition=1)
        assert read(lambda: client.poll(0.2), 2.0) == 1
        client.resume(place)
        assert read(lambda: client.poll(0.2), PATIENCE_S) == RECORDS
    finally:
        client.close()
