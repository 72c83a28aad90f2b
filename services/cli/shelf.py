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
        self.unreadable: Counter[str] = Counter()

    def records(self, topic: Topic) -> Iterator[Record]:
        """Every record, partition by partition."""
        for partition in range(self._reader.partitions(topic)):
            yield from self._reader.read(topic, partition, 0)

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
