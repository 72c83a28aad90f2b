"""Finds the records that hold given bytes, in many partitions at once, without taking the others apart.

An operator asks where one submission is, among a million. Taking a record apart in Python costs a hundred times what a look
at its bytes does, so a batch of records is decompressed as a whole, and only one that holds the bytes is read on. Like a
reader it belongs to no group, commits nothing and sees committed records only. It must not run beside another consumer of
the same process: the client library has one class of batch for all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, Protocol

from kafka import KafkaConsumer, TopicPartition
from kafka import errors as kafka_errors
from kafka.partitioner.default import murmur2
from kafka.record import memory_records

from services.pipeline.errors import BrokerFailed
from services.pipeline.kafka_options import check_consumer, reader_options
from services.pipeline.kafka_records import ReadableBatch
from services.pipeline.logs import quiet_client

if TYPE_CHECKING:
    from schemas.topics import Topic
    from services.pipeline.broker import Record
    from services.pipeline.settings import KafkaSettings

_PATIENCE_SECONDS: Final = 30.0
"""How long searching may stand still before it is given up."""
_LOOK_MS: Final = 20
"""Between two looks at how far it is. The client's poll comes back early for records alone, and most searches find none: it
would lie out its whole time after the last byte."""
_TO_SEARCH: Final = {
    "fetch_max_bytes": 48 << 20,
    "max_partition_fetch_bytes": 8 << 20,
    # Only what is there is looked for: a fetch that finds nothing more must not hold up the next search.
    "fetch_max_wait_ms": 5,
}


class Found(NamedTuple):
    """A record that holds what was looked for, in its key, its value or a header."""

    topic: Topic
    record: Record


Settles = Callable[[Found], bool]


def nothing_settles(_: Found) -> bool:
    """Read all of it."""
    return False


class Search(Protocol):
    """Looks for bytes in topics."""

    def find(
        self,
        topics: Sequence[Topic],
        needle: bytes,
        partitions: Collection[int] | None = None,
        since: int = 0,
        settles: Settles = nothing_settles,
    ) -> list[Found]:
        """The records of ``topics`` that hold ``needle``, oldest first, as of the call.

        ``partitions`` are those to look in (None: all), ``since`` the broker's timestamp to begin at, in milliseconds since
        the epoch. A record for which ``settles`` says so tells that all others are in its partition: the rest is not read on.
        A topic that does not exist holds nothing. Raises ``BrokerFailed``.
        """
        ...

    def partitions(self, topic: Topic) -> int:
        """How many partitions ``topic`` has; 0 where it does not exist."""
        ...

    def home(self, key: bytes, topic: Topic) -> int:
        """The partition in which a record of this key lies, if its writer placed it as Kafka's own clients do."""
        ...

    def close(self) -> None: ...


class _Sieve(ReadableBatch):
    """A batch that is empty unless its bytes hold the ``needle``. Its offsets count as read all the same."""

    __slots__ = ()
    needle: ClassVar[bytes] = b""

    def __iter__(self) -> Iterator[Any]:
        self._maybe_uncompress()
        return super().__iter__() if self._buffer.find(self.needle, self._pos) >= 0 else iter(())


@contextmanager
def _sieved(needle: bytes) -> Iterator[None]:
    before = memory_records.DefaultRecordBatch
    memory_records.DefaultRecordBatch = type("_Sieve", (_Sieve,), {"__slots__": (), "needle": needle})
    try:
        yield
    except kafka_errors.KafkaError as error:
        raise BrokerFailed(f"searching failed with {type(error).__name__}; try again") from None
    finally:
        memory_records.DefaultRecordBatch = before


class KafkaSearch:
    """A ``Search`` of a cluster. Raises ``BrokerFailed`` where none answers.

    ``progress`` is told again and again, while a search reads, how many records are left to it.
    """

    def __init__(self, settings: KafkaSettings, progress: Callable[[int], None] = lambda _left: None) -> None:
        quiet_client()
        self._prefix, self._progress = settings.topic_prefix, progress
        self._counts: dict[str, int] = {}
        try:
            self._consumer = KafkaConsumer(**(reader_options(settings) | _TO_SEARCH))
        except kafka_errors.KafkaError as error:
            raise BrokerFailed(
                f"no Kafka broker answered at {settings.kafka_bootstrap_servers} ({type(error).__name__}): check"
                " POSTBAG_KAFKA_BOOTSTRAP_SERVERS, the credentials, and that it runs (`postbag doctor` says more)"
            ) from None
        check_consumer(self._consumer.config)

    def find(
        self,
        topics: Sequence[Topic],
        needle: bytes,
        partitions: Collection[int] | None = None,
        since: int = 0,
        settles: Settles = nothing_settles,
    ) -> list[Found]:
        """See ``Search.find``."""
        by_name = {self._prefix + topic.name: topic for topic in topics}
        with _sieved(needle):
            places = [
                TopicPartition(name, number)
                for name, topic in by_name.items()
                for number in range(self.partitions(topic))
                if partitions is None or number in partitions
            ]
            self._open(places)
            left = self._seek(places, since)
            found = []
            for record in self._read(left):
                if _holds(record, needle):
                    found.append(Found(by_name[record.topic], record))
                    if settles(found[-1]):
                        self._leave(left, record.partition)
        return sorted(found, key=lambda one: (one.record.timestamp, one.record.offset))

    def partitions(self, topic: Topic) -> int:
        """See ``Search.partitions``."""
        if not self._counts:
            # Of all at once, before the first search: from then on the client keeps in mind the topics that it reads just
            # now, asks anew for every other, and can lose the answer to a refresh that comes between.
            names = [name for name in self._consumer.topics() if name.startswith(self._prefix)]
            self._counts = {name: len(self._consumer.partitions_for_topic(name)) for name in names}
        return self._counts.get(self._prefix + topic.name, 0)

    def home(self, key: bytes, topic: Topic) -> int:
        """See ``Search.home``."""
        count = self.partitions(topic)
        return int((murmur2(key) & 0x7FFFFFFF) % count) if count else 0

    def close(self) -> None:
        """Close the connection."""
        self._consumer.close(autocommit=False)

    def _open(self, places: Sequence[TopicPartition]) -> None:
        self._consumer.assign(places)
        self._consumer.resume(*places)  # a place that was paused by the last search would stay so

    def _leave(self, left: dict[TopicPartition, tuple[int, int]], partition: int) -> None:
        """Read on in this partition alone."""
        for place in [place for place in left if place.partition != partition]:
            del left[place]
            self._consumer.pause(place)

    def _read(self, left: dict[TopicPartition, tuple[int, int]]) -> Iterator[Record]:
        """The records of all batches that hold the needle, in the places that are ``left``, each up to its end."""
        moved = monotonic()
        while left:
            for records in self._consumer.poll(timeout_ms=_LOOK_MS).values():
                yield from records
            for place, (position, end) in tuple(left.items()):
                now = self._consumer.position(place)
                if now >= end:
                    del left[place]
                    self._consumer.pause(place)
                elif now != position:
                    left[place] = now, end
                    moved = monotonic()
            self._progress(sum(end - position for position, end in left.values()))
            if monotonic() - moved > _PATIENCE_SECONDS:
                raise BrokerFailed(f"searching stands still in {len(left)} partitions; try again")

    def _seek(self, places: Sequence[TopicPartition], since: int) -> dict[TopicPartition, tuple[int, int]]:
        """Go to where the search begins; returns where it stands and where it ends, by partition that has anything."""
        if not places:
            return {}
        starts = _by_topic(self._consumer.beginning_offsets, places)
        ends = _by_topic(self._consumer.end_offsets, places)
        at = (
            _by_topic(lambda some: self._consumer.offsets_for_times(dict.fromkeys(some, since)), places)
            if since
            else {}
        )
        left = {}
        for place in places:
            later = at.get(place)
            start = starts[place] if not since else later.offset if later else ends[place]
            if start < ends[place]:
                left[place] = start, ends[place]
                self._consumer.seek(place, start)
            else:
                self._consumer.pause(place)
        return left


def _by_topic(
    ask: Callable[[list[TopicPartition]], Mapping[TopicPartition, Any]], places: Sequence[TopicPartition]
) -> dict[TopicPartition, Any]:
    """What the client says of each place. It is asked a topic at a time: of several, it leaves out without a word those whose
    leaders it does not know yet, and for one it finds them out.
    """
    said: dict[TopicPartition, Any] = {}
    for topic, some in groupby(places, key=lambda place: place.topic):
        try:
            said |= ask(list(some))
        except KeyError:
            raise BrokerFailed(f"a partition of {topic} has no leader just now; try again") from None
    return said


def _holds(record: Record, needle: bytes) -> bool:
    """Whether this one of its batch does."""
    return (
        needle in (record.value or b"")
        or needle in (record.key or b"")
        or any(needle in (value or b"") for _, value in record.headers)
    )
