"""A real resolve worker on a broker in memory: what the tests of held submissions stand on.

``Room`` puts accepted submissions and completions on ``accepted`` and turns the loop; what it sees are committed records.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

from schemas.accepted import Fault, SubmissionRejected
from schemas.completion import Amendment, Completed, CompletionAccepted
from schemas.resolved import SubmissionHeld, SubmissionReleased, SubmissionResolved
from schemas.topics import ACCEPTED, ALL, HELD, REJECTED, RESOLVED, Topic
from schemas.wire import Unreadable, Wire, read, write
from services.pipeline.broker import Record
from services.pipeline.journal import CrashJournal
from services.pipeline.loop import Loop
from services.pipeline.memory import MemoryBroker, MemoryClient, MemoryReader
from services.pipeline.metrics import WorkerMetrics
from services.pipeline.tiers import Tiers
from services.resolve.held import Waiting
from services.resolve.reload import References
from services.resolve.stage import ResolveStage
from services.resolve.tally import Tally
from tests.badinput import desk
from tests.unit import made

SPLIT = "02139"
"""A ZIP of two districts in the sample, 5 and 7 of Massachusetts."""
SEVENTH: Final[dict[str, Any]] = {"district": {"geoid": "2507", "congress": 119, "proof": "person_confirmed"}}
TAKEN_UP: Final = ["held", "released: completed", "HMA07"]
"""What is told of a submission of that ZIP when it was completed with that district."""


class Reads(MemoryReader):
    """A reader of ``held`` that sees what the room shows, and notes in ``passes`` where each pass began."""

    def __init__(self, room: Room) -> None:
        super().__init__(room)
        self._room = room

    def end(self, topic: Topic, partition: int) -> int:
        return min(super().end(topic, partition), self._room.shown)

    def read(self, topic: Topic, partition: int, start: int) -> Iterator[Record]:
        self._room.passes.append(start)
        return islice(super().read(topic, partition, start), max(0, self.end(topic, partition) - start))


class Room(MemoryBroker):
    """The topics, and one slot's worker on them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(ALL, partitions=2)
        self.folder, self.passes = folder, list[int]()
        self.shown = 10**9
        """As many records of ``held`` can be read: a broker shows a transaction a moment after it has confirmed it."""
        desk.publish(self, made.campaign("open"))

    def submit(self, number: int, zip5: str = SPLIT, partition: int = 0, **of_accepted: Any) -> None:
        person = made.constituent(zip5=zip5, state="MA")
        event = made.accepted(person, submission_id=made.identity(number), **of_accepted)
        self._append(event, number, partition)

    def complete(self, number: int, partition: int = 0, campaign: str = "open", **address: Any) -> None:
        data = Completed(
            submission_id=made.identity(number),
            frontend="forms.example",
            campaign=campaign,
            address=Amendment.model_validate_json(json.dumps(address)),
            received_at=made.NOW,
        )
        event = CompletionAccepted(id=data.submission_id, source="/postbag/ingest", time=made.NOW, data=data)
        self._append(event, number, partition)

    @contextmanager
    def worker(self, slot: str = "0", batch_records: int = 1000) -> Iterator[Loop]:
        """A worker; the next one of the slot takes its place."""
        metrics = WorkerMetrics("resolve")
        tally = Tally(metrics)
        index = self.folder / slot / "resolve.sqlite"
        waiting = Waiting(index, lambda: Reads(self))
        references = References("", 5.0, tally.reloaded)
        stage = ResolveStage(references, self.reader, tally, waiting, made.NOW.timestamp())
        client = MemoryClient(self, "resolve", slot, (ACCEPTED,), batch_records)
        journal = CrashJournal(self.folder / slot / "resolve.journal")
        try:
            yield Loop(stage, client, journal, Tiers(client, frozenset()), metrics)
        finally:
            stage.close()
            journal.close()

    def reader(self) -> MemoryReader:
        return MemoryReader(self)

    def run(self, **options: Any) -> None:
        """A worker until nothing is left to do."""
        with self.worker(**options) as loop:
            while loop.turn(0):
                pass

    def told(self, number: int) -> list[str]:
        """What became of a submission, in the order of the topics: held, released, offices, codes of rejections."""
        key = made.identity(number).encode()
        return [
            _word(record.value or b"")
            for topic in (HELD, RESOLVED, REJECTED)
            for record in self.records(topic)
            if record.key == key
        ]

    def _append(self, event: Wire, number: int, partition: int) -> None:
        self.append(ACCEPTED.name, partition, made.identity(number).encode(), write(event))


_WORDS: dict[type[Wire], Callable[[Any], str]] = {
    SubmissionHeld: lambda _: "held",
    SubmissionReleased: lambda data: f"released: {data.reason}",
    SubmissionResolved: lambda data: " ".join(data.offices),
    SubmissionRejected: lambda data: " ".join(_fault(fault) for fault in data.faults),
}


def _fault(fault: Fault) -> str:
    return f"{fault.field} {fault.code}"


def _word(value: bytes) -> str:
    for model, word in _WORDS.items():
        try:
            return word(read(model, value).data)  # type: ignore[attr-defined]
        except Unreadable:
            continue
    raise AssertionError("no event of resolve")
