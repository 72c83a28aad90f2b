"""The library's producer, made one that can be let go of.

kafka-python's own cannot be closed once it has records that it cannot send: closing flushes, flushing fails, and the
producer's threads stay. This one gives up what is unsent when it is told to leave, by way of public methods only. Nor does
the library see that a transaction is whole before it commits one: see ``confirm``. And one that is fenced stays so.
Of a transaction's records only the first of a partition takes the library's long way: see ``send``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from kafka import KafkaProducer, TopicPartition
from kafka import errors as kafka_errors

from services.pipeline.kafka_mended import stay_fenced

_FENCED: Final = (kafka_errors.ProducerFencedError, kafka_errors.InvalidProducerEpochError)


def is_fenced(error: BaseException) -> bool:
    """Whether it says that another producer has taken this one's transactional id.

    From the moment when the library knows, it wraps that into errors without a type, which name it only in their text.
    """
    return isinstance(error, _FENCED) or any(kind.__name__ in str(error) for kind in _FENCED)


class Producer(KafkaProducer):  # type: ignore[misc]
    """A ``KafkaProducer`` with ``confirm`` and ``leave``."""

    leaving = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._filling: dict[tuple[str, int | None], tuple[Any, Any]] = {}
        if options.get("transactional_id"):
            stay_fenced(self)

    def begin_transaction(self) -> None:
        """Begin one; see the base class."""
        self._filling.clear()
        super().begin_transaction()

    def send(
        self,
        topic: str,
        value: bytes | None = None,
        key: bytes | None = None,
        headers: list[tuple[str, bytes]] | None = None,
        partition: int | None = None,
        timestamp_ms: int | None = None,
    ) -> Any:
        """Add a record; see the base class, which may raise what it finds wrong with the producer only in ``confirm``.

        In a transaction, the first record of a partition opens its batch, and the following ones go straight into that: all
        that the library would do for each of them was done for the first, at twice the price of the rest (measured: 12 µs a
        record, 7 so).
        """
        place = (topic, partition)
        if place in self._filling and value is not None:
            lock, batch = self._filling[place]
            with lock:  # the sender's thread closes batches under it, and one that is closed or full takes nothing
                future = batch.try_append(timestamp_ms, key, value, headers or [])
            if future is not None:
                return future
        future = super().send(topic, value, key, headers, partition, timestamp_ms)
        if partition is not None and self.config["transactional_id"]:
            self._fill(TopicPartition(topic, partition))
        return future

    def _fill(self, place: TopicPartition) -> None:
        """Let the next records of this partition join the batch that its latest one is in, unless that was sent already."""
        accumulator = self._accumulator
        lock = accumulator._tp_lock(place)  # noqa: SLF001 - there is no public way, and the version is pinned
        with lock:
            if waiting := accumulator._batches[place]:  # noqa: SLF001 - ditto
                self._filling[place.topic, place.partition] = lock, waiting[-1]

    def flush(self, timeout: float | None = None) -> None:
        """Wait up to ``timeout`` seconds a batch until everything is acknowledged or failed; see the base class."""
        try:
            super().flush(timeout)
        except (kafka_errors.KafkaError, AssertionError):
            if not self.leaving:
                raise

    def confirm(self, sent: Sequence[Any]) -> None:
        """Wait until every record is acknowledged; ``sent`` are the futures that ``send`` returned.

        To be called before each commit. A record that the library gave up sending (the broker was away for longer than its
        delivery time-out) fails its future and nothing else, and the transaction, with the offsets in it, would be committed
        without that record (``tests/integration/test_no_commit_passes_over_an_unsent_record.py``).

        Raises:
            kafka.errors.KafkaError: why one was not written; that this producer is fenced, where one of them says so.
        """
        self.flush(timeout=self.config["delivery_timeout_ms"] / 1000 + 1)
        unsent = [future.exception or kafka_errors.KafkaTimeoutError() for future in sent if not future.succeeded()]
        if unsent:
            raise next(filter(is_fenced, unsent), unsent[0])

    def leave(self, timeout: float = 1.0) -> None:
        """Send what can be sent within ``timeout`` seconds, give up the rest, and end the threads."""
        self.leaving = True
        self.close(timeout=timeout)
