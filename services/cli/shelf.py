"""The topics as they lie, read for the books: every record of a topic, or the data of its events.

What cannot be read is counted and passed over. Nothing is kept here; what the books keep of a record is theirs to choose.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from schemas.ledger import Entry, LedgerWritten
from schemas.topics import LEDGER, Topic
from schemas.wire import Unreadable, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.pipeline.broker import Reader, Record


class Shelf:
    """The topics as they lie. ``unreadable`` counts, by topic, what is no event of Postbag's: a fault, but not the end."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._seen: dict[tuple[str, int], tuple[int, int]] = {}
        self.unreadable: Counter[str] = Counter()

    def records(self, topic: Topic) -> Iterator[Record]:
        """Every record, partition by partition."""
        for partition in range(self._reader.partitions(topic)):
            yield from self._read(topic, partition, 0)

    def news(self, topic: Topic) -> Iterator[Record]:
        """Every record that this shelf has not read before."""
        for partition in range(self._reader.partitions(topic)):
            _, last = self._seen.get((topic.name, partition), (0, -1))
            yield from self._read(topic, partition, last + 1)

    def saw(self, topic: str, partition: int, offset: int) -> bool:
        """Whether the record at this place was among those that were read: not yet deleted, and there already."""
        first, last = self._seen.get((topic, partition), (0, -1))
        return first <= offset <= last

    def data(self, topic: Topic, *models: type[Any]) -> Iterator[Any]:
        """The data of every event; of a topic that holds several kinds, as the first of ``models`` that it is."""
        for record in self.records(topic):
            for model in models:
                try:
                    data = read(model, record.value).data
                except Unreadable:
                    continue
                yield data
                break
            else:
                self.unreadable[topic.name] += 1

    def _read(self, topic: Topic, partition: int, start: int) -> Iterator[Record]:
        for record in self._reader.read(topic, partition, start):
            first, _ = self._seen.get((topic.name, partition), (record.offset, 0))
            self._seen[topic.name, partition] = first, record.offset
            yield record

    def ledger(self) -> dict[str, Entry]:
        """The newest entry of each key, as compaction leaves it."""
        entries: dict[str, Entry] = {}
        for record in self.records(LEDGER):
            key = str(record.key or b"", "utf-8", "replace")
            if record.value is None:
                entries.pop(key, None)
                continue
            try:
                entries[key] = read(LedgerWritten, record.value).data
            except Unreadable:
                self.unreadable[LEDGER.name] += 1
        return entries
