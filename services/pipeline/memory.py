"""A broker in memory, for unit tests: partitions, groups, transactions and fencing, without a network or a clock.

It passes the same conformance tests as the real client (``tests/conformance``) and does nothing that they do not ask
for. One consumer per group is enough for it: a second client of the same slot takes over, and the first is fenced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from time import time
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from services.pipeline.broker import Batch, Member, Partition, Record
from services.pipeline.errors import BrokerFailed, Evicted, Fenced, SettingsRefused

if TYPE_CHECKING:
    from schemas.topics import Topic


class MemoryRecord(NamedTuple):
    """A record in memory; see ``broker.Record``."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


class MemoryMember(NamedTuple):
    """A membership snapshot."""

    generation_id: int


@dataclass
class _Group:
    offsets: dict[Partition, int] = field(default_factory=dict)
    generation: int = 0
    owner: MemoryClient | None = None


class MemoryBroker:
    """The logs, groups and producers of one cluster."""

    def __init__(self, topics: tuple[Topic, ...], partitions: int = 4) -> None:
        self._logs: dict[str, list[list[MemoryRecord]]] = {
            topic.name: [[] for _ in range(topic.partitions or partitions)] for topic in topics
        }
        self.groups: dict[str, _Group] = {}
        self.slots: dict[str, MemoryClient] = {}

    def append(
        self,
        topic: str,
        partition: int,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes | None]] | None = None,
    ) -> None:
        """Write a committed record, as a producer outside the loop would."""
        log = self.log(topic, partition)
        log.append(MemoryRecord(topic, partition, len(log), round(time() * 1000), key, value, list(headers or [])))

    def publish(self, topic: Topic, key: bytes, value: bytes | None) -> None:
        """Write a record to the partition of its key."""
        self.append(topic.name, crc32(key) % self.count(topic.name), key, value)

    def log(self, topic: str, partition: int) -> list[MemoryRecord]:
        """The committed records of a partition."""
        return self._logs[topic][partition]

    def records(self, topic: Topic) -> list[MemoryRecord]:
        """The committed records of a topic, partition by partition."""
        return [record for log in self._logs[topic.name] for record in log]

    def count(self, topic: str) -> int:
        """Partitions of a topic; raises ``SettingsRefused`` where it does not exist."""
        if topic not in self._logs:
            raise SettingsRefused(f"topic {topic} does not exist: run `postbag topics apply`")
        return len(self._logs[topic])

    def evict(self, group: str) -> None:
        """Move the group on without its worker: what it holds now must not commit."""
        self.groups[group].generation += 1


class MemoryClient:
    """A ``broker.Client`` over a ``MemoryBroker``."""

    def __init__(
        self, broker: MemoryBroker, service: str, slot: str, reads: tuple[Topic, ...], batch_records: int = 2000
    ) -> None:
        self._broker, self._reads, self._limit = broker, reads, batch_records
        self._slot = f"{service}-{slot}"
        self._group = broker.groups.setdefault(service, _Group())
        self._group.owner = self
        self._group.generation += 1
        broker.slots[self._slot] = self
        self._open: list[tuple[str, int, bytes | None, bytes | None, list[tuple[str, bytes]]]] | None = None
        self._positions: dict[Partition, int] = {}
        self._paused: set[Partition] = set()
        self._callback: Callable[[frozenset[Partition]], None] = lambda _: None
        self._generation = -1
        for topic in reads:
            broker.count(topic.name)

    def poll(self, timeout: float, most: int = 0) -> Batch:
        """What is there now; it never waits, since nothing happens in memory while one waits."""
        self._check()
        if self._generation != self._group.generation:
            self._generation = self._group.generation
            self._paused.clear()
            self._positions = {place: self._group.offsets.get(place, 0) for place in self.assignment()}
            self._callback(self.assignment())
        batch: dict[Partition, list[Record]] = {}
        left = min(self._limit, most or self._limit)
        for place in sorted(self._positions.keys() - self._paused):
            position = self._positions[place]
            records = self._broker.log(*place)[position : position + left]
            if records:
                batch[place] = list(records)
                self._positions[place] = position + len(records)
                left -= len(records)
            if not left:
                break
        return batch

    def member(self) -> Member:
        """The membership as of the last poll, or of nobody where the group has moved on since."""
        return MemoryMember(self._generation if self._generation == self._group.generation else -1)

    def begin(self) -> None:
        """Open a transaction; one left open by this slot's predecessor is already gone with it."""
        self._check()
        self._open = []

    def send(
        self,
        topic: str,
        partition: int,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes]] | None = None,
    ) -> None:
        """Add a record to the open transaction."""
        if self._open is None:
            raise BrokerFailed("send outside a transaction")
        if partition >= self._broker.count(topic):
            raise BrokerFailed(f"{topic} has no partition {partition}")
        self._open.append((topic, partition, key, value, list(headers or [])))

    def commit(self, offsets: Mapping[Partition, int], member: Member) -> None:
        """Make records and offsets visible together."""
        self._check()
        if self._open is None:
            raise BrokerFailed("commit outside a transaction")
        if member.generation_id != self._group.generation:
            raise Evicted("generation")
        for topic, partition, key, value, headers in self._open:
            self._broker.append(topic, partition, key, value, [*headers])
        self._group.offsets.update(offsets)
        self._open = None

    def abort(self) -> None:
        """Drop the open transaction."""
        self._check()
        self._open = None

    def assignment(self) -> frozenset[Partition]:
        """Every partition of every topic read: there is one member."""
        return frozenset(
            Partition(topic.name, number) for topic in self._reads for number in range(self._broker.count(topic.name))
        )

    def seek(self, partition: Partition, offset: int) -> None:
        """Read from ``offset`` next."""
        if partition in self._positions:
            self._positions[partition] = offset

    def pause(self, partition: Partition) -> None:
        """Return no records of ``partition`` until it is resumed."""
        self._paused.add(partition)

    def resume(self, partition: Partition) -> None:
        """Undo ``pause``."""
        self._paused.discard(partition)

    def on_assigned(self, callback: Callable[[frozenset[Partition]], None]) -> None:
        """Register who is told of a new assignment."""
        self._callback = callback

    def partitions(self, topic: Topic) -> int:
        """How many partitions ``topic`` has."""
        return self._broker.count(topic.name)

    def name(self, topic: Topic) -> str:
        """Topics have no prefix here."""
        return topic.name

    def lag(self) -> Mapping[Partition, int]:
        """Records between the committed offset and the end."""
        return {place: len(self._broker.log(*place)) - self._group.offsets.get(place, 0) for place in self.assignment()}

    def close(self) -> None:
        """Drop what is open."""
        self._open = None

    def _check(self) -> None:
        if self._broker.slots[self._slot] is not self:
            raise Fenced(f"another worker runs as {self._slot}: give each replica its own POSTBAG_SLOT")


class MemoryReader:
    """A ``broker.Reader`` over a ``MemoryBroker``."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker

    def partitions(self, topic: Topic) -> int:
        """How many partitions ``topic`` has."""
        return self._broker.count(topic.name)

    def end(self, topic: Topic, partition: int) -> int:
        """The offset after the last record."""
        return len(self._broker.log(topic.name, partition))

    def written(self, topic: Topic, partitions: Iterable[int]) -> dict[int, int]:
        """The same ends: what is open here has not reached the log."""
        return {partition: self.end(topic, partition) for partition in partitions}

    def read(self, topic: Topic, partition: int, start: int) -> Iterator[Record]:
        """Records from ``start`` to the end as of now."""
        yield from self._broker.log(topic.name, partition)[start:]

    def close(self) -> None:
        """Nothing is open."""
