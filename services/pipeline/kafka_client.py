"""The real client: one kafka-python consumer in a group and one transactional producer, as a ``broker.Client``.

It translates the library's many errors into the few that the loop knows, and adds what the library lacks: a check of
effective options, and a way past record batches that it cannot parse. It never retries by itself: after anything but an
eviction the worker ends, and its successor, with the same ids, goes on within a second or two.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from kafka import KafkaConsumer, TopicPartition
from kafka import errors as kafka_errors
from kafka.structs import OffsetAndMetadata

from services.pipeline.broker import Batch, Member, Partition
from services.pipeline.errors import BrokerFailed, CannotRead, Evicted, Fenced, SettingsRefused
from services.pipeline.kafka_listener import Listener
from services.pipeline.kafka_mended import before_poll, read_up_to_now
from services.pipeline.kafka_options import check_consumer, check_producer, consumer_options, producer_options
from services.pipeline.kafka_probe import Probe
from services.pipeline.kafka_records import read_any_header
from services.pipeline.logs import quiet_client
from services.pipeline.producer import Producer, is_fenced

if TYPE_CHECKING:
    from schemas.topics import Topic
    from services.pipeline.settings import WorkerSettings

log = logging.getLogger(__name__)

_EVICTED = (
    kafka_errors.CommitFailedError,
    kafka_errors.UnknownMemberIdError,
    kafka_errors.IllegalGenerationError,
    kafka_errors.RebalanceInProgressError,
)


class KafkaClient:
    """See ``broker.Client`` for the duties. Construct it in the process that uses it: it does not survive a fork."""

    def __init__(self, settings: WorkerSettings, service: str, reads: tuple[Topic, ...]) -> None:
        quiet_client()
        read_any_header()
        self._prefix = settings.topic_prefix
        self._identity = f"{service} slot {settings.slot}"
        self._group = f"{settings.topic_prefix}postbag-{service}"
        self._timeout_ms = round(settings.request_timeout_seconds * 1000)
        self._callback: Callable[[frozenset[Partition]], None] = lambda _: None
        self._committed: dict[Partition, int] = {}
        self._unconfirmed: list[Any] = []
        self._reassigned = threading.Event()
        self._probe = Probe(settings)
        self._session = settings.session_timeout_seconds
        self._confirmed = monotonic()
        with self._translated(), ExitStack() as refused:
            self._consumer = KafkaConsumer(**consumer_options(settings, service))
            refused.callback(self._consumer.close, autocommit=False, timeout_ms=1_000)
            check_consumer(self._consumer.config)
            read_up_to_now(self._consumer)
            self._producer = Producer(**producer_options(settings, service))
            refused.callback(self._producer.close, timeout=1)
            check_producer(self._producer.config)
            for topic in reads:
                self.partitions(topic)
            self._producer.init_transactions()
            self._consumer.subscribe([self.name(topic) for topic in reads], listener=Listener(self._reassigned))
            refused.pop_all()

    def poll(self, timeout: float, most: int = 0) -> Batch:
        """Wait for records; see ``broker.Client.poll``."""
        if monotonic() - self._confirmed > self._session:
            self._confirm_slot()
            self._confirmed = monotonic()
        before_poll(self._consumer)
        with self._translated():
            try:
                batch = self._consumer.poll(timeout_ms=max(0, round(timeout * 1000)), max_records=most or None)
            except kafka_errors.CorruptRecordError:
                raise self._find_unreadable() from None
        if self._reassigned.is_set():
            # The library calls its listener on a thread of its own; the stage is told here, on the loop's.
            self._reassigned.clear()
            self._callback(self.assignment())
        if batch:
            self._confirmed = monotonic()  # a commit follows, and it tells whether the slot is still ours
        return cast("Batch", batch)

    def member(self) -> Member:
        """The membership now; see ``broker.Client.member``."""
        return cast("Member", self._consumer.group_metadata())

    def begin(self) -> None:
        """Open the transaction of a batch."""
        self._unconfirmed.clear()
        with self._translated():
            self._producer.begin_transaction()

    def send(
        self,
        topic: str,
        partition: int,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes]] | None = None,
    ) -> None:
        """Add a record to the open transaction; ``commit`` makes sure that it arrived."""
        try:
            self._unconfirmed.append(self._producer.send(topic, value, key, headers, partition))
        except (kafka_errors.KafkaError, ValueError) as error:
            if is_fenced(error):
                raise self._fenced(error) from None
            raise BrokerFailed(
                f"the Kafka client does not send to {topic}[{partition}] ({type(error).__name__})"
            ) from None

    def commit(self, offsets: Mapping[Partition, int], member: Member) -> None:
        """Commit the transaction, with the offsets in it, once every record of it is acknowledged."""
        with self._translated():
            self._producer.confirm(self._unconfirmed)
            places = {TopicPartition(*place): offset for place, offset in offsets.items()} or self._standstill()
            if places:
                told = {place: OffsetAndMetadata(offset, "", -1) for place, offset in places.items()}
                self._producer.send_offsets_to_transaction(told, member)
            self._producer.commit_transaction()
        self._unconfirmed.clear()
        self._committed.update(offsets)

    def abort(self) -> None:
        """Drop the open transaction."""
        with self._translated():
            self._producer.abort_transaction()

    def assignment(self) -> frozenset[Partition]:
        return frozenset(Partition(*place) for place in self._consumer.assignment())

    def seek(self, partition: Partition, offset: int) -> None:
        """Read from ``offset`` next."""
        self._if_assigned(partition, lambda place: self._consumer.seek(place, offset))

    def pause(self, partition: Partition) -> None:
        """Return no records of ``partition`` until it is resumed."""
        self._if_assigned(partition, self._consumer.pause)

    def resume(self, partition: Partition) -> None:
        """Undo ``pause``."""
        self._if_assigned(partition, self._consumer.resume)

    def on_assigned(self, callback: Callable[[frozenset[Partition]], None]) -> None:
        """Register who is told of a new assignment."""
        self._callback = callback

    def partitions(self, topic: Topic) -> int:
        with self._translated():
            found = self._consumer.partitions_for_topic(self.name(topic))
        if not found:
            raise SettingsRefused(
                f"topic {self.name(topic)} does not exist on this cluster: run `postbag topics apply`"
                " (and check POSTBAG_TOPIC_PREFIX)"
            )
        return len(found)

    def name(self, topic: Topic) -> str:
        """The topic's full name in this installation."""
        return self._prefix + topic.name

    def lag(self) -> Mapping[Partition, int]:
        """Records between the committed offset and the end, where both are known. Costs no request."""
        owned = self._consumer.assignment()
        ends = {place: self._consumer.highwater(TopicPartition(*place)) for place in self._committed if place in owned}
        return {place: max(0, end - self._committed[place]) for place, end in ends.items() if end is not None}

    def close(self) -> None:
        """Leave in an orderly way; a static member keeps its partitions for its successor."""
        try:
            self._consumer.close(autocommit=False, timeout_ms=self._timeout_ms)
            self._producer.leave()
        except kafka_errors.KafkaError as error:
            log.warning("close_failed", extra={"error_type": type(error).__name__})

    def _if_assigned(self, partition: Partition, act: Callable[[Any], None]) -> None:
        place = TopicPartition(*partition)
        if place in self._consumer.assignment():
            act(place)

    def _confirm_slot(self) -> None:
        """When idle or evicted, commit one position again: the answer tells whether another worker took this slot.

        The library swallows that answer where its heartbeat gets it: it stops beating, polls in a busy loop, and says
        nothing (measured with 3.0.12). It does not see an eviction either before that, up to three seconds in which the
        batch would be handled again and again; this makes it join anew. The position is settled whenever the loop polls.
        """
        for place in sorted(self._consumer.assignment())[:1]:
            with self._translated(), suppress(kafka_errors.RetriableError, *_EVICTED):
                position = self._consumer.position(place, timeout_ms=1_000)
                if position is not None:
                    self._consumer.commit({place: OffsetAndMetadata(position, "", -1)}, timeout_ms=1_000)

    def _standstill(self) -> dict[Any, int]:
        """A position that the group has already: without one, nobody would ask whether this member is still one."""
        places = sorted(self._consumer.assignment())[:1]
        return {place: self._consumer.committed(place, timeout_ms=self._timeout_ms) or 0 for place in places}

    def _find_unreadable(self) -> CannotRead:
        """Which of the partitions being read cannot be parsed, and where."""
        awake, position = self._consumer.assignment() - self._consumer.paused(), self._consumer.position
        return self._probe.find({Partition(*place): position(place, timeout_ms=self._timeout_ms) for place in awake})

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """The library's errors as the few that the loop knows. Their texts stay behind: they can quote records."""
        try:
            yield
        except _EVICTED as error:
            self._confirmed = float("-inf")  # only the producer knows: the next poll tells the consumer
            raise Evicted(type(error).__name__) from None
        except kafka_errors.KafkaConfigurationError as error:
            raise SettingsRefused(f"POSTBAG_KAFKA_OPTIONS: the Kafka client refuses its options: {error}") from None
        except kafka_errors.KafkaError as error:
            if is_fenced(error) or isinstance(error, kafka_errors.FencedInstanceIdError):
                raise self._fenced(error) from None
            raise BrokerFailed(f"the Kafka client reported {type(error).__name__}; a restart clears it") from None

    def _fenced(self, error: BaseException) -> Fenced:
        return Fenced(
            f"another worker runs as {self._identity} (group {self._group}; {type(error).__name__}): give each"
            " replica its own POSTBAG_SLOT"
        )
