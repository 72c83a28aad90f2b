"""Follows a topic that is compacted, small and of one partition: all of it at start, and then what is new.

What stands in such a topic (campaigns, orders of operators) every worker knows in memory. Looking costs one question to the
broker where there is nothing new. What a record means is for whoever follows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.topics import Topic
    from services.pipeline.broker import Reader, Record


class Follower:
    """Hands each record of ``topic`` to ``take``, in order and once; ``clock`` (seconds) says how old the last look is."""

    def __init__(
        self, reader: Reader, topic: Topic, take: Callable[[Record], None], clock: Callable[[], float]
    ) -> None:
        self._reader, self._topic, self._take, self._clock = reader, topic, take, clock
        self._next = 0
        self._looked = 0.0
        reader.partitions(topic)  # refuses by name where the topics were never created

    def look(self) -> None:
        """Read what is new."""
        end = self._reader.end(self._topic, 0)
        if end > self._next:
            for record in self._reader.read(self._topic, 0, self._next):
                self._take(record)
            self._next = end
        self._looked = self._clock()

    def is_older_than(self, seconds: float) -> bool:
        """Whether the last look was longer ago."""
        return self._clock() - self._looked > seconds

    def close(self) -> None:
        """Close the connection."""
        self._reader.close()
