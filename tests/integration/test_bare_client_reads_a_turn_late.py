"""What comes in while a batch is handled is in the next one; the bare client is given it a turn later.

Its half of this notices when the library changes its ways; then a part of ``services.pipeline.kafka_mended`` can go.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from kafka import KafkaConsumer, TopicPartition

from schemas.topics import LETTERS
from services.pipeline.kafka_client import KafkaClient
from services.pipeline.publisher import Publisher
from services.pipeline.settings import WorkerSettings, load
from tests.integration.harness.corner import Corner

pytestmark = [pytest.mark.integration]

TURNS: Final = 6
A_WHILE_S: Final = 0.05
"""So long that a request which is under way is answered meanwhile, and short of the time after which it would be anyway."""

Poll = Callable[[float], Any]


@contextmanager
def bare(corner: Corner) -> Iterator[Poll]:
    consumer = KafkaConsumer(bootstrap_servers=corner.settings.kafka_bootstrap_servers, group_id=None)
    try:
        consumer.assign([TopicPartition(corner.name(LETTERS), number) for number in range(2)])
        consumer.seek_to_beginning()
        yield lambda seconds: consumer.poll(timeout_ms=round(seconds * 1000))
    finally:
        consumer.close(autocommit=False)


@contextmanager
def ours(corner: Corner, monkeypatch: pytest.MonkeyPatch) -> Iterator[Poll]:
    for name, value in corner.environment().items():
        monkeypatch.setenv(name, value)
    client = KafkaClient(load(WorkerSettings), "deliver", (LETTERS,))
    try:
        yield client.poll
    finally:
        client.close()


def behind(corner: Corner, poll: Poll) -> list[int]:
    """For each of a few turns: how many records that were there when it began it did not get."""
    publisher = Publisher(corner.settings)

    def post() -> None:
        publisher.publish(LETTERS, b"key", b"letter")
        time.sleep(A_WHILE_S)

    post()
    until = time.monotonic() + 30
    while not poll(0.2):
        assert time.monotonic() < until
    poll(0.0)  # a request is under way
    posted = got = 0
    found = []
    for _ in range(TURNS):
        post()
        post()
        posted += 2
        got += sum(map(len, poll(5.0).values()))
        found.append(posted - got)
    publisher.close()
    return found


@pytest.mark.slow
def test_the_bare_client_stays_a_turn_behind(corner: Corner) -> None:
    with bare(corner) as poll:
        assert behind(corner, poll) == [1] + [2] * (TURNS - 1), "mended: a part of kafka_mended can go"


def test_ours_is_level_after_one_turn(corner: Corner, monkeypatch: pytest.MonkeyPatch) -> None:
    with ours(corner, monkeypatch) as poll:
        assert behind(corner, poll) == [1] + [0] * (TURNS - 1)
