"""Watches topics as any reader downstream would: committed records only, and when each of them came.

It is the oracle of the exactly-once scenarios, so it holds to the bare client and to none of the code under test: a
consumer outside any group, reading from the beginning.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import pairwise
from time import monotonic
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from kafka import KafkaConsumer, TopicPartition
from kafka import errors as kafka_errors

from schemas.topics import Topic
from tests.integration.harness.corner import Corner
from tests.integration.harness.processes import eventually

Kept = TypeVar("Kept")


class Watch(Generic[Kept]):
    """Collects from ``topics`` what ``keep`` makes of each record."""

    def __init__(self, corner: Corner, topics: Sequence[Topic], keep: Callable[[Any], Kept]) -> None:
        self._corner, self._topics, self._keep = corner, topics, keep
        self._found: dict[Topic, list[tuple[float, Kept]]] = {topic: [] for topic in topics}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watch", daemon=True)
        self._failure: Exception | None = None

    def kept(self, topic: Topic) -> list[Kept]:
        """What was kept of a topic so far, in the order of its coming."""
        if self._failure:
            raise self._failure
        return [kept for _, kept in list(self._found[topic])]

    def count(self, topic: Topic) -> int:
        """How many records of a topic have come."""
        if self._failure:
            raise self._failure
        return len(self._found[topic])

    def await_count(self, topic: Topic, count: int, timeout: float) -> None:
        """Wait for that many, then a moment longer, so that one too many is seen as well."""
        enough = eventually(lambda: self.count(topic) >= count, timeout)
        assert enough, f"{self.count(topic)} of {count} records on {topic.name} after {timeout:g} s"
        self._stop.wait(0.5)

    def longest_gap(self, topic: Topic) -> float:
        """The longest time without a record, between the first one and the last (seconds)."""
        times = [when for when, _ in list(self._found[topic])]
        return max((later - earlier for earlier, later in pairwise(times)), default=0.0)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        try:
            self._collect()
        except Exception as error:  # noqa: BLE001 - raised again where the test looks
            self._failure = error

    def _collect(self) -> None:
        settings = self._corner.settings
        consumer = KafkaConsumer(
            bootstrap_servers=settings.kafka_bootstrap_servers,
            group_id=None,
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            max_poll_records=5_000,
            fetch_max_wait_ms=100,
            request_timeout_ms=5_000,
        )
        by_name = {self._corner.name(topic): topic for topic in self._topics}
        places = [
            TopicPartition(name, part) for name in by_name for part in sorted(consumer.partitions_for_topic(name) or ())
        ]
        consumer.assign(places)
        consumer.seek_to_beginning()
        while not self._stop.is_set():
            try:
                batch = consumer.poll(timeout_ms=200)
            except kafka_errors.KafkaConnectionError:
                continue  # the broker is away: that is what some tests are about
            now = monotonic()
            for place, records in batch.items():
                self._found[by_name[place.topic]].extend((now, self._keep(record)) for record in records)
        consumer.close(autocommit=False)
