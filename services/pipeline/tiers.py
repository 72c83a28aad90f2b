"""Retry topics with a not-before time: a partition sleeps until its head is due, and everything else flows on.

A worker reads its retry topics with the same consumer as its fresh records. When the next record of a retry partition
is not due, the partition is rewound to it and paused; the others are read as usual. From a backlog of retries, fetched long
before, and fresh records it takes turns, so that the one does not hold up the other. The set of sleeping partitions is
made anew after every assignment, so that no partition stays paused for want of somebody who remembers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import time
from typing import TYPE_CHECKING

from services.pipeline.dead import NOT_BEFORE, number

if TYPE_CHECKING:
    from services.pipeline.broker import Batch, Client, Partition, Record


class Tiers:
    """Holds back the records of ``topics`` (full names) until they are due. ``now`` gives seconds since the epoch."""

    def __init__(self, client: Client, topics: frozenset[str], now: Callable[[], float] = time) -> None:
        self._client, self._topics, self._now = client, topics, now
        self._asleep: dict[Partition, float] = {}
        self._fresh_next = False

    def poll(self, timeout: float, most: int = 0) -> Batch:
        """What may be handled now; see ``broker.Client.poll``.

        After as many records as were asked for, retries among them, it is the turn of what is fresh, if any is: more of the
        same may lie fetched. After fewer, nothing does, and fresh records and retries may share a turn.
        """
        wait = self.wait(timeout)
        batch = self._poll_fresh(most) if self._fresh_next else {}
        self._fresh_next = False
        if batch:
            return batch
        batch = self._client.poll(wait, most)
        is_full = sum(map(len, batch.values())) >= most
        self._fresh_next = is_full and any(place.topic in self._topics for place in batch)
        return self.admit(batch)

    def wait(self, timeout: float) -> float:
        """Wake what is due, and say how long a poll may last so that the next one is not late (seconds)."""
        if not self._asleep:
            return timeout
        now = self._now()
        for place in [place for place, due in self._asleep.items() if due <= now]:
            del self._asleep[place]
            self._client.resume(place)
        return min([timeout, *(due - now for due in self._asleep.values())])

    def admit(self, batch: Batch) -> Batch:
        """The part of ``batch`` that may be handled now."""
        if not self._topics or not any(place.topic in self._topics for place in batch):
            return batch
        admitted: dict[Partition, Sequence[Record]] = {}
        for place, records in batch.items():
            due = records if place.topic not in self._topics else self._due(place, records)
            if due:
                admitted[place] = due
        return admitted

    def forget(self) -> None:
        """The assignment changed: a fresh assignment has nothing paused."""
        self._asleep.clear()
        for place in self._awake():
            self._client.resume(place)

    @property
    def asleep(self) -> int:
        """Partitions that wait for their head."""
        return len(self._asleep)

    def _poll_fresh(self, most: int) -> Batch:
        """What there is already of fresh records, without waiting for any."""
        for place in self._awake():
            self._client.pause(place)
        try:
            return self._client.poll(0.0, most)
        finally:
            for place in self._awake():  # as it is now: the assignment may have changed in between
                self._client.resume(place)

    def _awake(self) -> list[Partition]:
        """The partitions that come back and do not sleep."""
        return [
            place for place in self._client.assignment() if place.topic in self._topics and place not in self._asleep
        ]

    def _due(self, place: Partition, records: Sequence[Record]) -> Sequence[Record]:
        now = self._now()
        for index, record in enumerate(records):
            due = (number(record, NOT_BEFORE) or 0) / 1000
            if due > now:
                self._client.seek(place, record.offset)
                self._client.pause(place)
                self._asleep[place] = due
                return records[:index]
        return records
