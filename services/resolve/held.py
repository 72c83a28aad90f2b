"""What is held, by submission id: where its record lies, and what is not yet seen there.

The topic ``held`` is the truth, and has the only copy of what people wrote; here is an index of it by offset, so that no
personal data is at rest outside Kafka. A worker's own latest records have offsets that it does not know before it
reads them, and a broker shows a transaction a moment after it has confirmed it: so what the batch in hand and the one
before it held or released is kept in memory, and goes before the index. Nothing else may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from schemas.completion import CompletionAccepted
from schemas.envelope import bears, mark
from schemas.resolved import SubmissionHeld, SubmissionReleased
from schemas.topics import HELD
from schemas.wire import Unreadable, read
from services.pipeline.outcomes import DeadLetter, Emit, Outcome
from services.pipeline.store import Store
from services.resolve.completion import close, refuse, take_up

if TYPE_CHECKING:
    from pathlib import Path

    from schemas.accepted import Accepted
    from services.pipeline.broker import Partition, Reader, Record
    from services.resolve.incoming import Incoming

_HELD: Final = mark(SubmissionHeld)
_RELEASED: Final = mark(SubmissionReleased)
_GONE: Final = b""
"""In the index: held once, and released."""
_NEAR: Final = 200
"""Records that are quicker read past than sought over: a seek costs a round trip, and a fetch brings as many anyway."""

Answers = Sequence[Sequence[Outcome]]


def index(record: Record) -> tuple[bytes, bytes] | None:
    """A record of ``held`` as a store entry: the submission id, and its offset (8 bytes), or nothing if it is released."""
    if record.key and bears(record.value, _HELD):
        return record.key, record.offset.to_bytes(8)
    return (record.key, _GONE) if record.key and bears(record.value, _RELEASED) else None


class Waiting:
    """The submissions that wait, in the partitions that this worker owns. ``path`` is the index's file."""

    def __init__(self, path: Path, reader: Callable[[], Reader]) -> None:
        self._store, self._make_reader = Store(path, HELD, index, reader), reader
        self._reader: Reader | None = None
        self._before: list[Answers] = []
        self._in_hand: list[Answers] = []

    def complete(
        self,
        records: Sequence[Record],
        completions: Sequence[int],
        answers: list[Sequence[Outcome]],
        resolve_again: Callable[[Sequence[Incoming]], Answers],
    ) -> None:
        """Fill in the outcomes of those ``records`` that are ``completions`` (ascending).

        ``answers`` has the outcomes of all others, which may have held what is completed further on. What is taken up is
        resolved together; a second completion of one submission waits for what becomes of the first.
        """
        events = {at: event for at in completions if (event := _read(records[at], answers, at))}
        waiting = self._find({_key(event): records[at].partition for at, event in events.items()})
        while events:
            first = {_key(event): at for at, event in reversed(events.items())}
            these = {at: events.pop(at) for at in sorted(first.values())}
            taken_up: dict[int, Incoming] = {}
            done = 0
            for at, event in these.items():
                _note(answers[done:at], waiting)
                done = at
                try:
                    held = _submission(waiting[_key(event)])
                except Unreadable as error:
                    answers[at] = (DeadLetter(error.reason),)
                    continue
                answers[at] = refuse(event, held)
                if held and not answers[at]:
                    taken_up[at] = take_up(event, held)
            for at, outcomes in zip(taken_up, resolve_again([*taken_up.values()]), strict=True):
                answers[at] = close(these[at], outcomes)

    def remember(self, answers: Answers) -> None:
        """Some of the batch in hand is settled: ``answers`` is what will be written for it."""
        self._in_hand.append(answers)

    def assigned(self, partitions: frozenset[Partition], beat: Callable[[], None]) -> None:
        """Catch up with ``held``; what others have written meanwhile is newer than what is in memory."""
        self._before, self._in_hand = [], []
        self._store.assigned(partitions, beat)

    def committed(self) -> None:
        """What was in hand is written, though perhaps not to be seen yet; what was before it is."""
        self._before, self._in_hand = self._in_hand, []

    def aborted(self) -> None:
        """What was in hand never happened."""
        self._in_hand = []

    def close(self) -> None:
        """Close the index and the connections."""
        self._store.close()
        if self._reader:
            self._reader.close()

    def _find(self, wanted: Mapping[bytes, int]) -> dict[bytes, bytes]:
        """The newest event on ``held`` of those of ``wanted`` (ids, with their partition) that have one."""
        found: dict[bytes, bytes] = dict.fromkeys(wanted, _GONE)
        for answers in (*self._before, *self._in_hand):
            _note(answers, found)
        unknown = [key for key in wanted if not found[key]]
        for partition in {wanted[key] for key in unknown}:
            self._store.follow(partition)
        places: dict[int, set[int]] = {}
        for key, offset in self._store.get(unknown).items():
            if offset:
                places.setdefault(wanted[key], set()).add(int.from_bytes(offset))
        for partition, offsets in places.items():
            for record in self._fetch(partition, sorted(offsets)):
                if record.key in found and record.value is not None:
                    found[record.key] = record.value
        return found

    def _fetch(self, partition: int, offsets: Sequence[int]) -> Iterator[Record]:
        """The records at ``offsets`` (ascending) that retention has left, in as few passes as they are near."""
        if self._reader is None:
            self._reader = self._make_reader()
        for pass_ in _passes(offsets):
            wanted = set(pass_)
            for record in self._reader.read(HELD, partition, pass_[0]):
                if record.offset in wanted:
                    yield record
                if record.offset >= pass_[-1]:
                    break


def _passes(offsets: Sequence[int]) -> Iterator[list[int]]:
    """``offsets`` (ascending) in runs without a gap that is worth a seek."""
    run: list[int] = []
    for offset in offsets:
        if run and offset - run[-1] > _NEAR:
            yield run
            run = []
        run.append(offset)
    if run:
        yield run


def _note(answers: Iterable[Sequence[Outcome]], waiting: dict[bytes, bytes]) -> None:
    """Bring ``waiting`` up to date, for the ids in it."""
    for outcomes in answers:
        for one in outcomes:
            if type(one) is Emit and one.topic is HELD and one.key in waiting:
                waiting[one.key] = one.value


def _read(record: Record, answers: list[Sequence[Outcome]], at: int) -> CompletionAccepted | None:
    """The completion; where it cannot be read, None, and the record's outcome says so."""
    try:
        return read(CompletionAccepted, record.value)
    except Unreadable as error:
        answers[at] = (DeadLetter(error.reason),)
        return None


def _key(event: CompletionAccepted) -> bytes:
    return event.data.submission_id.encode()


def _submission(value: bytes) -> Accepted | None:
    """The submission that an event on ``held`` holds, if it holds one."""
    return read(SubmissionHeld, value).data.submission if bears(value, _HELD) else None
