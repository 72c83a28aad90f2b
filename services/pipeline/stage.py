"""What a service gives to the loop: a stage, which turns records into outcomes.

Most stages look at one record at a time and are made of two plain functions (``EachRecord``). A stage that must see a
whole batch, because it works on many at once, implements ``settle`` itself. Local state (what a store has staged) follows
the transaction: it is kept at ``committed`` and dropped at ``aborted``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from schemas.wire import Unreadable
from services.pipeline.outcomes import DeadLetter, Emit, Outcome

if TYPE_CHECKING:
    from schemas.topics import Topic
    from services.pipeline.broker import Partition, Record

Event = TypeVar("Event")
Deps = TypeVar("Deps")


class Stage:
    """One step of the pipeline. ``reads`` are the topics it consumes, all with the same partition count."""

    def __init__(self, name: str, reads: tuple[Topic, ...]) -> None:
        self.name = name
        self.reads = reads
        self.most = 0
        """Records of the next batch at most, where they take long; 0 leaves it to the settings."""
        self.stopping: Callable[[], bool] = lambda: False
        """Whether the worker was told to stop; a stage that waits looks at it and cuts the wait short."""
        self.beat: Callable[[], None] = lambda: None
        """Tells the watchdog that long local work goes on; nothing remote may beat."""
        self.write_ahead: Callable[[Sequence[tuple[int, Emit]]], None] = _not_in_a_loop
        """Commits entries at once, each to the given partition, before something that cannot be undone
        (``services.pipeline.ahead``); for use inside ``settle``, ``idle`` and ``drain``."""

    def settle(self, records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        """One or more outcomes for each record, in order.

        It may raise: the loop then hands the records in one by one. It must leave no local state behind if it raises,
        and must be done within the poll interval (two minutes).
        """
        raise NotImplementedError(f"{type(self).__name__} must implement settle")

    def assigned(self, partitions: frozenset[Partition]) -> None:
        """The worker now owns ``partitions`` and nothing else; no record of them has been handed in yet."""

    def committed(self) -> None:
        """What ``settle`` returned since the last call is committed."""

    def aborted(self) -> None:
        """What ``settle`` returned since the last call never happened."""

    def idle(self) -> None:
        """There was nothing to read just now: time for small upkeep. Must not block for more than a moment."""

    def drain(self) -> None:
        """No batch will follow, and ``write_ahead`` still works: the last chance to enter what is under way."""

    def close(self) -> None:
        """The worker ends."""


def _not_in_a_loop(_: Sequence[tuple[int, Emit]]) -> None:
    raise RuntimeError("write_ahead needs a loop")


class EachRecord(Stage, Generic[Event, Deps]):
    """A stage that handles each record for itself: ``decode`` bytes, then ``handle`` the event."""

    def __init__(
        self,
        name: str,
        reads: tuple[Topic, ...],
        decode: Callable[[Record], Event],
        handle: Callable[[Event, Deps], Sequence[Outcome]],
        deps: Deps,
    ) -> None:
        super().__init__(name, reads)
        self._decode, self._handle, self.deps = decode, handle, deps

    def settle(self, records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        decode, handle, deps = self._decode, self._handle, self.deps
        answers: list[Sequence[Outcome]] = []
        for record in records:
            try:
                event = decode(record)
            except Unreadable as error:
                answers.append((DeadLetter(error.reason),))
                continue
            answers.append(handle(event, deps))
        return answers
