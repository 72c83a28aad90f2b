"""The small interface between the loop and a broker, with the duties of whoever implements it.

Two clients do: ``kafka_client.KafkaClient`` (the real one) and ``memory.MemoryClient`` (for unit tests). Both pass
``tests/conformance``, which is the definition of these duties.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from schemas.topics import Topic


class Partition(NamedTuple):
    """A partition of a topic, by its full name (with the installation's prefix)."""

    topic: str
    partition: int


class Record(Protocol):
    """A record as it came: raw bytes, nothing decoded. ``timestamp`` is milliseconds since the epoch, the broker's."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


Batch = Mapping[Partition, Sequence[Record]]


class Member(Protocol):
    """A snapshot of the group membership. A negative generation means: not a member now."""

    @property
    def generation_id(self) -> int: ...


class Client(Protocol):
    """One worker's access to the broker: one consumer in a group and one transactional producer.

    Duties: ``poll`` returns committed records only and never commits. Whatever is sent between ``begin`` and ``commit``
    becomes visible together with the offsets, or not at all. ``commit`` refuses a ``member`` that the group has moved on
    from (``Evicted``), after which ``abort`` works. A worker that took over this one's identity makes every further call
    raise ``Fenced``. Any other failure of the client is ``BrokerFailed``. Nothing blocks for ever.
    """

    def poll(self, timeout: float, most: int = 0) -> Batch:
        """Wait up to ``timeout`` seconds for records, ``most`` of them or (0) as many as the settings allow.

        Raises ``CannotRead``, ``Fenced``, ``BrokerFailed``.
        """
        ...

    def member(self) -> Member:
        """The membership as of now; take it directly after ``poll``, before any work."""
        ...

    def begin(self) -> None: ...

    def send(
        self,
        topic: str,
        partition: int,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes]] | None = None,
    ) -> None: ...

    def commit(self, offsets: Mapping[Partition, int], member: Member) -> None:
        """Commit the transaction with ``offsets`` (the next offset to read, a partition); none move nothing, and ``member``
        is asked for nevertheless.
        """
        ...

    def abort(self) -> None: ...

    def assignment(self) -> frozenset[Partition]: ...

    def seek(self, partition: Partition, offset: int) -> None:
        """Read from ``offset`` next; a partition that is no longer assigned is left alone."""
        ...

    def pause(self, partition: Partition) -> None: ...

    def resume(self, partition: Partition) -> None: ...

    def on_assigned(self, callback: Callable[[frozenset[Partition]], None]) -> None:
        """Call ``callback`` with the whole assignment whenever it changes, before records of it are returned."""
        ...

    def partitions(self, topic: Topic) -> int:
        """How many partitions a topic has; raises ``SettingsRefused`` where it does not exist."""
        ...

    def name(self, topic: Topic) -> str:
        """The topic's full name in this installation."""
        ...

    def lag(self) -> Mapping[Partition, int]:
        """Records between the position and the end, for each assigned partition where it is known."""
        ...

    def close(self) -> None: ...


class Reader(Protocol):
    """Reads partitions outside any group: campaigns, a store's changelog, the books."""

    def end(self, topic: Topic, partition: int) -> int:
        """The offset after the last record that is committed and that no open transaction comes before."""
        ...

    def written(self, topic: Topic, partitions: Iterable[int]) -> dict[int, int]:
        """The offset after each partition's last record, those of transactions that are still open included."""
        ...

    def read(self, topic: Topic, partition: int, start: int) -> Iterator[Record]:
        """Committed records from ``start`` (or the earliest there is) to the end as of the call."""
        ...

    def partitions(self, topic: Topic) -> int: ...

    def close(self) -> None: ...
