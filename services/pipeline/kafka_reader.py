"""Reads partitions outside any group, from an offset to the end: campaigns, changelogs, the books.

A reader commits nothing and belongs to nobody; it sees committed records only. "The end" is the end as of the call, so
that reading a topic that grows always ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, cast

from kafka import KafkaConsumer, TopicPartition
from kafka import errors as kafka_errors

from services.pipeline.errors import BrokerFailed, SettingsRefused
from services.pipeline.kafka_options import check_consumer, reader_options
from services.pipeline.kafka_records import read_any_header
from services.pipeline.logs import quiet_client

if TYPE_CHECKING:
    from schemas.topics import Topic
    from services.pipeline.broker import Record
    from services.pipeline.settings import KafkaSettings

_PATIENCE_SECONDS = 30.0
"""How long reading may stand still before it is given up."""


class KafkaReader:
    """See ``broker.Reader`` for the duties."""

    def __init__(self, settings: KafkaSettings) -> None:
        quiet_client()
        read_any_header()
        self._settings, self._prefix = settings, settings.topic_prefix
        try:
            self._consumer = KafkaConsumer(**reader_options(settings))
        except kafka_errors.KafkaError as error:
            raise _unreachable(settings, error) from None
        check_consumer(self._consumer.config)

    def partitions(self, topic: Topic) -> int:
        """How many partitions ``topic`` has; raises ``SettingsRefused`` where it does not exist."""
        with _translated():
            found = self._consumer.partitions_for_topic(self._prefix + topic.name)
        if not found:
            raise SettingsRefused(f"topic {self._prefix}{topic.name} does not exist: run `postbag topics apply`")
        return len(found)

    def end(self, topic: Topic, partition: int) -> int:
        """The offset after the last record that is committed and that no open transaction comes before."""
        place = TopicPartition(self._prefix + topic.name, partition)
        with _translated():
            return cast("int", self._consumer.end_offsets([place])[place])

    def written(self, topic: Topic, partitions: Iterable[int]) -> dict[int, int]:
        """The offset after each partition's last record, committed or not: asked over a connection of its own."""
        places = [TopicPartition(self._prefix + topic.name, partition) for partition in partitions]
        options = reader_options(self._settings) | {"isolation_level": "read_uncommitted"}
        with _translated(), KafkaConsumer(**options) as consumer:
            return {place.partition: end for place, end in consumer.end_offsets(places).items()}

    def read(self, topic: Topic, partition: int, start: int) -> Iterator[Record]:
        """Committed records from ``start`` (or the earliest there is) to the end as of now."""
        with _translated():
            yield from self._read(TopicPartition(self._prefix + topic.name, partition), start)

    def _read(self, place: TopicPartition, start: int) -> Iterator[Record]:
        self._consumer.assign([place])
        start = max(start, self._consumer.beginning_offsets([place])[place])
        end = self._consumer.end_offsets([place])[place]
        if start >= end:
            return
        self._consumer.seek(place, start)
        moved = monotonic()
        while (position := self._consumer.position(place)) < end:
            records = self._consumer.poll(timeout_ms=200).get(place, ())
            yield from records
            if self._consumer.position(place) != position:
                moved = monotonic()
            elif monotonic() - moved > _PATIENCE_SECONDS:
                raise BrokerFailed(f"{place.topic}[{place.partition}] stands still at offset {position} of {end}")

    def close(self) -> None:
        """Close the connection."""
        self._consumer.close(autocommit=False)


@contextmanager
def _translated() -> Iterator[None]:
    """A stage reads while it handles records: an outage must end the worker, and not park the record in its hand."""
    try:
        yield
    except kafka_errors.KafkaError as error:
        raise BrokerFailed(f"reading failed with {type(error).__name__}; a restart clears it") from None


def _unreachable(settings: KafkaSettings, error: Exception) -> BrokerFailed:
    return BrokerFailed(
        f"no Kafka broker answered at {settings.kafka_bootstrap_servers} ({type(error).__name__}): check"
        " POSTBAG_KAFKA_BOOTSTRAP_SERVERS, the credentials, and that it runs (`postbag up` starts one here)"
    )
