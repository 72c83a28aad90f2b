"""A loop over the in-memory broker, with a stage that does what a test tells it to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from schemas.topics import ACCEPTED, ALL, DEAD, LETTERS, RESOLVED, RETRY, Topic
from services.pipeline.broker import Partition, Record
from services.pipeline.journal import CrashJournal
from services.pipeline.loop import Loop
from services.pipeline.memory import MemoryBroker, MemoryClient, MemoryRecord
from services.pipeline.metrics import WorkerMetrics
from services.pipeline.outcomes import DeadLetter, Done, Emit, Outcome, RetryAt
from services.pipeline.stage import Stage
from services.pipeline.tiers import Tiers

Settle = Callable[[Sequence[Record]], Sequence[Sequence[Outcome]]]
Answer = Callable[[Record], Sequence[Outcome]]


def copy(record: Record) -> Sequence[Outcome]:
    """Hand the value on to RESOLVED."""
    return (Emit(RESOLVED, record.key or b"", record.value or b""),)


def each(answer: Answer) -> Settle:
    """A stage that looks at one record at a time."""
    return lambda records: [answer(record) for record in records]


KINDS = ("emit", "two", "retry", "dead", "done")


def as_told(record: Record) -> Sequence[Outcome]:
    """What the first word of the value says, marked with the whole value."""
    value = record.value or b""
    emit = Emit(RESOLVED, value, value)
    answers: dict[bytes, Sequence[Outcome]] = {
        b"emit": (emit,),
        b"two": (emit, Emit(LETTERS, b"HAK00", value, place_by=b"HAK00")),
        b"retry": (RetryAt(RETRY, 2000.0, 1, 900.0, "busy"),),
        b"dead": (DeadLetter("wrong_shape", own=False),),
        b"done": (Done("repeat"),),
    }
    return answers[value.split()[0]]


class Told(Stage):
    """Does what it is told, and remembers what was asked of it."""

    def __init__(self, settle: Settle, reads: tuple[Topic, ...]) -> None:
        super().__init__("told", reads)
        self._settle = settle
        self.calls: list[str] = []
        self.handed: list[list[bytes | None]] = []

    def settle(self, records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        self.handed.append([record.value for record in records])
        return self._settle(records)

    def assigned(self, partitions: frozenset[Partition]) -> None:
        self.calls.append(f"assigned {len(partitions)}")

    def committed(self) -> None:
        self.calls.append("committed")

    def aborted(self) -> None:
        self.calls.append("aborted")

    def idle(self) -> None:
        self.calls.append("idle")


class Bench:
    """One installation of two partitions a topic, and a worker in it."""

    def __init__(
        self,
        folder: Path,
        settle: Settle = each(copy),  # noqa: B008 - a plain function
        *,
        reads: tuple[Topic, ...] = (ACCEPTED,),
        client: type[MemoryClient] = MemoryClient,
        batch_records: int = 2000,
        now: Callable[[], float] = lambda: 1000.0,
        broker: MemoryBroker | None = None,
    ) -> None:
        self.broker = broker or MemoryBroker(ALL, 2)
        self.stage = Told(settle, reads)
        self.client = client(self.broker, "told", "0", reads, batch_records)
        self.journal = CrashJournal(folder / "told-0.journal")
        self.tiers = Tiers(self.client, frozenset({RETRY.name}), now)
        self.metrics = WorkerMetrics("told")
        self.loop = Loop(self.stage, self.client, self.journal, self.tiers, self.metrics)

    def put(self, *values: bytes | None, topic: Topic = ACCEPTED, partition: int = 0, **given: Any) -> None:
        """Records from outside, under their own value as key."""
        for value in values:
            self.broker.append(topic.name, partition, given.get("key", value), value, given.get("headers"))

    def drain(self, turns: int = 100) -> None:
        """Turn until there is nothing to read."""
        for _ in range(turns):
            if not self.loop.turn(0) and self.stage.calls[-1:] == ["idle"]:
                return
        raise AssertionError(f"not done after {turns} turns")

    def committed_offset(self, topic: Topic = ACCEPTED, partition: int = 0) -> int:
        return self.broker.groups["told"].offsets.get(Partition(topic.name, partition), 0)

    def values(self, topic: Topic = RESOLVED) -> list[bytes | None]:
        return [record.value for record in self.broker.records(topic)]

    def dead(self) -> list[MemoryRecord]:
        return self.broker.records(DEAD)

    def sample(self, name: str, **labels: str) -> float:
        """A metric's value; 0 where there is none yet."""
        return self.metrics.registry.get_sample_value(name, {"stage": "told", **labels}) or 0.0


MakeBench = Callable[..., Bench]


def header(record: Record, name: str) -> str:
    """The last value under a header's name, as text."""
    (*_, value) = [value for key, value in record.headers if key == name]
    return (value or b"").decode()
