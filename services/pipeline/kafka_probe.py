"""Finds where the client library cannot go on: its error names no partition, and leaves the consumer unusable there.

After a record batch that it cannot parse (a damaged disk, say) the library's ``poll`` does not return while the position of
that partition stays (measured with kafka-python 3.0.12). So the places are tried with a consumer of its own, made when it
is first needed. It must never move the worker's own consumer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kafka import KafkaConsumer, TopicPartition
from kafka import errors as kafka_errors

from services.pipeline.broker import Partition
from services.pipeline.errors import BrokerFailed, CannotRead
from services.pipeline.kafka_options import reader_options

if TYPE_CHECKING:
    from services.pipeline.settings import KafkaSettings

_PATIENCE_MS = 5_000
"""Longest wait for records that are known to be there."""


class Probe:
    """Tries places one by one."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._consumer: KafkaConsumer | None = None
        self._last: Partition | None = None

    def find(self, positions: Mapping[Partition, int]) -> CannotRead:
        """The first of ``positions`` that cannot be parsed; the one that was found last is tried first.

        Raises ``BrokerFailed`` where all of them can.
        """
        if self._consumer is None:
            self._consumer = KafkaConsumer(**reader_options(self._settings))
        for place in sorted(positions, key=lambda place: (place != self._last, place)):
            if not self._can_read(self._consumer, TopicPartition(*place), positions[place]):
                self._last = place
                return CannotRead(place, positions[place])
        raise BrokerFailed("the client reported a broken record and then read every partition: restarting")

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._consumer:
            self._consumer.close(autocommit=False)

    @staticmethod
    def _can_read(consumer: KafkaConsumer, place: TopicPartition, position: int) -> bool:
        consumer.assign([place])
        if consumer.end_offsets([place])[place] <= position:
            return True
        consumer.seek(place, position)
        try:
            consumer.poll(timeout_ms=_PATIENCE_MS, max_records=1)
        except kafka_errors.CorruptRecordError:
            return False
        return True
