"""A search of a broker in memory, with the duties of ``kafka_search.Search``, that notes where it looked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from zlib import crc32

from schemas.topics import Topic
from services.pipeline.kafka_search import Found, Settles, nothing_settles
from services.pipeline.memory import MemoryBroker, MemoryRecord


class MemorySearch:
    """See ``Search``. ``looked`` are the topics and partitions that were looked through, in their order."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        self.looked: list[tuple[str, int]] = []

    def find(
        self,
        topics: Sequence[Topic],
        needle: bytes,
        partitions: Collection[int] | None = None,
        since: int = 0,
        settles: Settles = nothing_settles,
    ) -> list[Found]:
        found: list[Found] = []
        for topic in topics:
            for number in range(self.partitions(topic)):
                places = {one.record.partition for one in found if settles(one)} or partitions
                if places is None or number in places:
                    self.looked.append((topic.name, number))
                    records = self._broker.log(topic.name, number)
                    found += [Found(topic, one) for one in records if one.timestamp >= since and _holds(one, needle)]
        return sorted(found, key=lambda one: (one.record.timestamp, one.record.offset))

    def partitions(self, topic: Topic) -> int:
        return self._broker.count(topic.name)

    def home(self, key: bytes, topic: Topic) -> int:
        return crc32(key) % self.partitions(topic)

    def close(self) -> None:
        """Nothing is open."""


def _holds(record: MemoryRecord, needle: bytes) -> bool:
    return any(needle in (text or b"") for text in (record.key, record.value, *dict(record.headers).values()))
