"""Puts dead letters back to where they came from, or discards them: each once, however often the command is run or killed.

A transaction holds some records put back and the settlements that say so; what has a settlement is passed over. The settler
is opened before the settlements are read, so whatever another operator's command committed is known, and whatever it had not
is undone. What is done is what was counted and asked about: nothing that died since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from schemas.settlement import Action, DeadSettled, Settlement
from schemas.topics import DEAD_SETTLED
from schemas.wire import write
from services.cli.dead import reading
from services.pipeline.errors import SettingsRefused
from services.pipeline.parked import SOURCES
from services.pipeline.settler import Sending

if TYPE_CHECKING:
    from schemas.topics import Topic
    from services.cli.dead.choosing import Choice
    from services.cli.pace import Pace
    from services.pipeline.broker import Reader
    from services.pipeline.parked import Parked, Place
    from services.pipeline.settler import Settles

_BYTES: Final = 4 << 20
"""Of one transaction: the client's buffer has no bound of its own."""
SAMPLES: Final = 5


@dataclass(slots=True)
class Found:
    """What a choice comes to. ``settled`` and ``cannot`` were chosen and are left alone; ``until`` is how far it looked."""

    until: Mapping[int, int]
    before: Mapping[Place, Settlement]
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    settled: Counter[str] = field(default_factory=Counter)
    cannot: Counter[str] = field(default_factory=Counter)
    samples: list[Parked] = field(default_factory=list)
    missing: set[Place] = field(default_factory=set)

    @property
    def total(self) -> int:
        """How many are to be settled."""
        return self.counts.total()


class Graveyard:
    """What is chosen of the dead letters, to be settled by ``action``; ``prefix`` is the installation's."""

    def __init__(self, reader: Reader, prefix: str, chosen: Choice, action: Action) -> None:
        self._reader, self._prefix, self._chosen, self._action = reader, prefix, chosen, action
        self._counts = {prefix + topic.name: _partitions(reader, topic) for topic in SOURCES}

    def survey(self) -> Found:
        """Look at all of it, and change nothing."""
        found = Found(reading.ends(self._reader), reading.settled(self._reader))
        found.missing = set(self._chosen.places)
        for one in reading.letters(self._reader, found.until):
            found.missing.discard(one.place)
            enough = found.total == (self._chosen.limit or None)
            if enough and not found.missing:
                break
            if enough:
                continue
            if not self._chosen.fits(one):
                if one.place in self._chosen.places:
                    found.cannot["the filters leave it out"] += 1
            elif one.place in found.before:
                found.settled[found.before[one.place].action] += 1
            elif why := self._obstacle(one):
                found.cannot[why] += 1
            else:
                found.counts[one.stage, one.reason, one.topic.removeprefix(self._prefix)] += 1
                if len(found.samples) < SAMPLES:
                    found.samples.append(one)
        return found

    def settle(
        self, found: Found, settler: Settles, note: str | None, pace: Pace, tell: Callable[[int], None]
    ) -> Counter[str]:
        """Settle what was ``found``; how many were, and how many somebody else settled meanwhile (``settled``).

        ``tell`` hears after each transaction how many are done. Raises ``Fenced``, ``BrokerFailed``: then what was told is
        done, of the rest some may be, and the next run knows.
        """
        since, now = reading.settled(self._reader), datetime.now(UTC)
        done: Counter[str] = Counter()
        for some in _portions(self._again(found), pace.portion):
            todo = [one for one in some if one.place not in since]
            records = [sending for one in todo for sending in self._sendings(one, now, note)]
            if records:
                settler.settle(records)
            done["done"] += len(todo)
            done["settled"] += len(some) - len(todo)
            tell(done.total())
            pace.keep(len(todo))
        return done

    def _again(self, found: Found) -> Iterator[Parked]:
        """The very ones that ``survey`` counted."""
        left = found.total
        for one in reading.letters(self._reader, found.until):
            if left and self._chosen.fits(one) and one.place not in found.before and not self._obstacle(one):
                left -= 1
                yield one

    def _obstacle(self, one: Parked) -> str:
        """Why it cannot be settled so; empty where it can."""
        if self._action == "discarded":
            return "" if one.reason else "not written by Postbag"
        if not one.whole:
            return "its bytes are not in dead"
        if one.partition >= self._counts.get(one.topic, 0):
            return "its topic or partition is none of this installation's"
        return ""

    def _sendings(self, one: Parked, now: datetime, note: str | None) -> Iterator[Sending]:
        if self._action == "replayed":
            yield Sending(one.topic, one.partition, one.key, one.value, one.headers)
        data = Settlement(
            partition=one.place.partition, offset=one.place.offset, action=self._action, reason=one.reason, at=now,
            note=note,
        )  # fmt: skip
        event = DeadSettled(id=str(one.place), source="/postbag/cli", time=datetime.now(UTC), data=data)
        topic = self._prefix + DEAD_SETTLED.name
        yield Sending(topic, one.place.partition, str(one.place).encode(), write(event))


def _portions(letters: Iterator[Parked], most: int) -> Iterator[list[Parked]]:
    some: list[Parked] = []
    size = 0
    for one in letters:
        weight = len(one.key or b"") + len(one.value or b"")
        if some and (len(some) >= most or size + weight > _BYTES):
            yield some
            some, size = [], 0
        some.append(one)
        size += weight
    if some:
        yield some


def _partitions(reader: Reader, topic: Topic) -> int:
    try:
        return reader.partitions(topic)
    except SettingsRefused:
        return 0
