"""Writes to Kafka from outside the loop (frontends, the command line): acknowledged or said not to be, never in between.

The client's plain producer has no bound on what it buffers, and after an outage longer than its delivery time-out it
wedges for ever: every later send fails, and it cannot even be closed (measured with kafka-python 3.0.12;
``tests/integration/test_bare_client_wedges.py`` notices when that is mended). So this one bounds what is in flight, and on
any failure drops the producer, builds a new one and sends everything unacknowledged again, in order. A record can then be
in the topic twice: what is published must carry an id, and its readers tell a repeat by it.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zlib import crc32

from kafka import errors as kafka_errors

from services.pipeline.errors import BrokerFailed
from services.pipeline.kafka_options import check_producer, publisher_options
from services.pipeline.logs import quiet_client
from services.pipeline.producer import Producer

if TYPE_CHECKING:
    from schemas.topics import Topic
    from services.pipeline.settings import KafkaSettings

log = logging.getLogger(__name__)

_NO_PROGRESS_SECONDS: Final = 20.0
"""Without an acknowledgement for this long the producer is taken for wedged; above its delivery time-out of 10 s."""


class _Pending(NamedTuple):
    topic: str
    key: bytes
    value: bytes | None
    partition: int | None
    headers: list[tuple[str, bytes]] | None


class Publisher:
    """Publishes records with at most ``max_in_flight`` unacknowledged ones. Not for use by several threads."""

    def __init__(self, settings: KafkaSettings, max_in_flight: int = 2_000) -> None:
        quiet_client()
        self._settings, self._bound = settings, max_in_flight
        self._in_flight: deque[tuple[_Pending, Any]] = deque()
        self._producer: Producer | None = None
        self._progress = monotonic()
        self.acknowledged = 0
        self.rebuilt = 0

    def publish(
        self,
        topic: Topic,
        key: bytes,
        value: bytes | None,
        headers: list[tuple[str, bytes]] | None = None,
        deadline: float = 120.0,
        place_by: bytes | None = None,
    ) -> None:
        """Hand in one record; waits while too many are unacknowledged. Raises ``BrokerFailed`` after ``deadline`` s.

        It goes to the partition of its key, or of ``place_by`` where that is given: see ``outcomes.Emit``.
        """
        self._wait(self._bound - 1, deadline)
        name = self._settings.topic_prefix + topic.name
        partition = None if place_by is None else crc32(place_by) % self._count(name)
        self._send(_Pending(name, key, value, partition, headers))

    def flush(self, deadline: float = 120.0) -> None:
        """Wait until everything handed in is acknowledged. Raises ``BrokerFailed`` after ``deadline`` seconds."""
        if self._producer:
            self._nudge()
        self._wait(0, deadline)

    def close(self, deadline: float = 30.0) -> None:
        """Flush, and let go of the connection."""
        self.flush(deadline)
        self._drop()

    def _wait(self, most: int, deadline: float) -> None:
        until = monotonic() + deadline
        while True:
            self._reap()
            if len(self._in_flight) <= most:
                return
            if monotonic() - self._progress > _NO_PROGRESS_SECONDS:
                self._rebuild("no_progress")
            if monotonic() > until:
                raise BrokerFailed(
                    f"{len(self._in_flight)} records were not acknowledged within {deadline:g} s; they may or may not be"
                    " in the topic: send them again under the same ids"
                )
            sleep(0.002)

    def _reap(self) -> None:
        """Take what was acknowledged off the front; a failure there means a new producer, a record unsent a new try."""
        while self._in_flight:
            future = self._in_flight[0][1]
            if future is None:
                self._rebuild("unsent")
                return
            if not future.is_done:
                return
            if future.failed():
                self._rebuild(type(future.exception).__name__)
                return
            self._in_flight.popleft()
            self.acknowledged += 1
            self._progress = monotonic()

    def _send(self, pending: _Pending) -> None:
        if not self._in_flight:
            self._progress = monotonic()
        future = None
        try:
            future = self._open().send(pending.topic, pending.value, pending.key, pending.headers, pending.partition)
        except kafka_errors.KafkaError as error:
            self._in_flight.append((pending, None))
            self._rebuild(type(error).__name__)
            return
        self._in_flight.append((pending, future))

    def _rebuild(self, reason: str) -> None:
        """A new producer, and everything unacknowledged sent again in its order."""
        self.rebuilt += 1
        log.warning("producer_rebuilt", extra={"reason": reason, "again": len(self._in_flight)})
        self._drop()
        again = [pending for pending, _ in self._in_flight]
        self._in_flight.clear()
        self._progress = monotonic()
        for pending in again:
            try:
                future = self._open().send(
                    pending.topic, pending.value, pending.key, pending.headers, pending.partition
                )
            except kafka_errors.KafkaError:
                future = None  # still away: the next look at it tries again
            self._in_flight.append((pending, future))
            if future is None:
                self._drop()
                self._in_flight.extend((rest, None) for rest in again[len(self._in_flight) :])
                sleep(0.5)
                break

    def _open(self) -> Producer:
        if self._producer is None:
            self._producer = Producer(**publisher_options(self._settings))
            check_producer(self._producer.config)
        return self._producer

    def _count(self, topic: str) -> int:
        try:
            return len(self._open().partitions_for(topic))
        except kafka_errors.KafkaError as error:
            raise BrokerFailed(
                f"no broker told how many partitions {topic} has ({type(error).__name__}): check that it runs and that"
                " `postbag topics apply` was"
            ) from None

    def _nudge(self) -> None:
        """Start sending what lingers, without waiting for it: the wait has a deadline of its own."""
        producer = self._producer
        if producer is not None:
            threading.Thread(target=_flush_quietly, args=(producer,), daemon=True).start()

    def _drop(self) -> None:
        """Let go of the producer, without waiting for it."""
        producer, self._producer = self._producer, None
        if producer is not None:
            threading.Thread(target=producer.leave, daemon=True).start()


def _flush_quietly(producer: Producer) -> None:
    try:
        producer.flush(timeout=1)
    except (kafka_errors.KafkaError, AssertionError):
        log.debug("flush_gave_up")
