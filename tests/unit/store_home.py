"""One worker slot's store in the tests: opened as often as they like, over a changelog in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from schemas.topics import ALL, LEDGER, LETTERS, Topic
from services.pipeline.broker import Partition, Reader, Record
from services.pipeline.memory import MemoryBroker, MemoryReader
from services.pipeline.store import Store

ZERO, ONE = Partition(LETTERS.name, 0), Partition(LETTERS.name, 1)


def index(record: Record) -> tuple[bytes, bytes] | None:
    return (record.key, record.value) if record.key and record.value else None


class CountingReader(MemoryReader):
    """Remembers from where it was asked to read."""

    starts: list[tuple[int, int]]

    def read(self, topic: Topic, partition: int, start: int) -> Iterator[Record]:
        self.starts.append((partition, start))
        return super().read(topic, partition, start)


class Home:
    """One worker slot's store over a changelog of two partitions, opened as often as a test likes."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "state" / "store.sqlite"
        self.broker = MemoryBroker(ALL, 2)
        self.starts: list[tuple[int, int]] = []
        self.open_stores: list[Store] = []

    def reader(self) -> Reader:
        made = CountingReader(self.broker)
        made.starts = self.starts
        return made

    def open(self, *owned: Partition) -> Store:
        self.starts.clear()
        store = Store(self.path, LEDGER, index, self.reader)
        self.open_stores.append(store)
        if owned:
            store.assigned(owned)
        return store

    def crash(self, store: Store) -> None:
        """The process ends without closing; what SQLite committed stays."""
        store._db.close()
        self.open_stores.remove(store)

    def write(self, key: bytes, value: bytes, partition: int = 0) -> None:
        """What a committed transaction left in the changelog."""
        self.broker.append(LEDGER.name, partition, key, value)

    def batch(self, store: Store, entries: dict[str, str], partition: int = 0) -> None:
        """A batch that is committed: to the changelog first, then here."""
        packed = {key.encode(): value.encode() for key, value in entries.items()}
        store.stage(partition, packed)
        for key, value in packed.items():
            self.write(key, value, partition)
        store.commit()
