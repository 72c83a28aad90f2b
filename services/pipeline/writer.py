"""Outcomes to records: which topic, which partition, which bytes and headers.

The only place that turns an outcome into a ``send``; it runs inside the loop's transaction and does nothing slow. It
counts what it writes as it goes, so that the metrics cost one update a batch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from zlib import crc32

from schemas.topics import DEAD, Topic
from services.pipeline.dead import dead_letter, retry_headers, unreadable_headers
from services.pipeline.errors import MissingOutcome
from services.pipeline.outcomes import DeadLetter, Done, Emit, Outcome, RetryAt

if TYPE_CHECKING:
    from services.pipeline.broker import Client, Record
    from services.pipeline.errors import CannotRead

Tally = Counter[tuple[str, str]]
"""How many outcomes of each kind: ``("emit", topic)``, ``("retry", reason)``, ``("dead", reason)``, ``("done", reason)``."""


class OutcomeWriter:
    """Writes the outcomes of one stage through one client."""

    def __init__(self, client: Client, stage: str) -> None:
        self._client, self._stage = client, stage
        self._known: dict[Topic, tuple[str, int]] = {}

    def write(self, settled: Iterable[tuple[Record, Sequence[Outcome]]]) -> Tally:
        """Send everything; the caller holds the transaction."""
        tally: Tally = Counter()
        send, known = self._client.send, self._known
        for record, outcomes in settled:
            for outcome in outcomes:
                if type(outcome) is Emit:
                    topic, key, value, place_by = outcome
                    name, count = known.get(topic) or self._learn(topic)
                    send(name, record.partition if place_by is None else crc32(place_by) % count, key, value)
                    tally["emit", topic.name] += 1
                else:
                    tally[self._write_rare(record, outcome)] += 1
        return tally

    def put(self, emit: Emit, partition: int) -> None:
        """Send one entry, to the partition of the record that it is about."""
        name, count = self._known.get(emit.topic) or self._learn(emit.topic)
        place = partition if emit.place_by is None else crc32(emit.place_by) % count
        self._client.send(name, place, emit.key, emit.value)

    def note_unreadable(self, broken: CannotRead) -> Tally:
        """A dead letter for a place that the client could not parse: without bytes, since there are none to be had."""
        name, count = self._learn(DEAD)
        headers = unreadable_headers(broken, self._stage)
        self._client.send(name, broken.place.partition % count, None, b"", headers)
        return Counter({("dead", "unparseable"): 1})

    def _write_rare(self, record: Record, outcome: Outcome) -> tuple[str, str]:
        if isinstance(outcome, DeadLetter):
            name, count = self._known.get(DEAD) or self._learn(DEAD)
            self._client.send(name, record.partition % count, *dead_letter(record, outcome, self._stage))
            return "dead", outcome.reason
        if isinstance(outcome, RetryAt):
            name, _ = self._known.get(outcome.topic) or self._learn(outcome.topic)
            self._client.send(name, record.partition, record.key, record.value, retry_headers(record, outcome))
            return "retry", outcome.reason
        if isinstance(outcome, Done):
            return "done", outcome.reason
        raise MissingOutcome(f"{self._stage} returned something that is not an outcome; nothing was committed")

    def _learn(self, topic: Topic) -> tuple[str, int]:
        self._known[topic] = found = (self._client.name(topic), self._client.partitions(topic))
        return found
