"""Remembers, across crashes, which records a worker was handling: a record that kills the process is found and parked.

What is handed to a stage is noted in a small local file, and struck out when the stage is done with it. One death in between
can have any cause, and slows nothing: the next process takes the records up as ever. Over what two have died, the third goes
in small pieces, each in a turn of its own; a piece over which it dies is cut again, so that the killer stands alone after few
deaths, its neighbours committed. A record that was alone at three deaths is quarantined. The file is written without fsync,
since it must survive the process and not the machine, and it holds offsets only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from services.pipeline.broker import Partition

if TYPE_CHECKING:
    from services.pipeline.broker import Batch

_DEATHS: Final = 3
_PIECES: Final = 16
"""Into how many pieces a suspect range is cut: four deaths single out one record of 2,000, and a stage that is quick with
many at once stays quick."""


class Range(NamedTuple):
    """Records of one partition that were in hand together; both offsets included."""

    topic: str
    partition: int
    first: int
    last: int

    @property
    def place(self) -> Partition:
        """Whose offsets these are."""
        return Partition(self.topic, self.partition)

    @property
    def span(self) -> int:
        """How many offsets."""
        return self.last - self.first + 1

    def meets(self, other: Range) -> bool:
        """Whether they have an offset in common."""
        return self.place == other.place and self.first <= other.last and other.first <= self.last


class _Kept(BaseModel):
    """The file, whose every part is checked: what is wrong in it must not end the worker that reads it."""

    model_config = ConfigDict(strict=True)

    open: tuple[Range, ...]
    died: tuple[tuple[Range, int], ...]
    once: tuple[Range, ...] = ()


class CrashJournal:
    """One worker slot's journal, at ``path``. Never raises for a damaged file: it starts afresh."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = _load(path)
        self._died: dict[Range, int] = dict(kept.died)  # suspect, with how often a process died over this range alone
        self._once = kept.once  # a process died over each of these as well, and suspects nothing yet
        before = (*self._once, *self._died)
        alone = len(kept.open) == 1
        for handled in kept.open:
            if any(handled.meets(other) for other in before) or (alone and handled.span == 1):
                self._died[handled] = self._died.get(handled, 0) + alone
            else:
                self._once += (handled,)
        self._file = path.open("wb")
        self._note(())

    def admit(self, batch: Batch, put_back: Callable[[Partition, int], None]) -> tuple[Batch, bool]:
        """The part of ``batch`` to hand to the stage now, noted; True says that it is a proven killer, and must not be.

        It is all of it, unless earlier processes died over some of it: then what comes before that, or its next piece.
        The rest is to come again: ``put_back`` is told from which offset on.
        """
        admitted = self._next_piece(batch) or self._before_suspicion(batch)
        for place, records in batch.items() if admitted is not batch else ():
            if rest := records[len(admitted.get(place, ())) :]:
                put_back(place, rest[0].offset)
        ranges = [Range(*place, records[0].offset, records[-1].offset) for place, records in admitted.items()]
        self._note(ranges)
        return admitted, ranges[0].span == 1 and self._died.get(ranges[0], 0) >= _DEATHS

    def handled(self) -> None:
        """The stage is done with what was admitted: what ends the process from here on is no record's fault."""
        self._note(())

    def committed(self, batch: Batch) -> None:
        """The batch is past: nothing of it is suspect any more."""
        past = {place: records[-1].offset for place, records in batch.items()}
        left = {died: deaths for died, deaths in self._died.items() if died.last > past.get(died.place, -1)}
        once = tuple(died for died in self._once if died.last > past.get(died.place, -1))
        if (len(left), len(once)) != (len(self._died), len(self._once)):
            self._died, self._once = left, once
            self._note(())

    def close(self) -> None:
        """A known end leaves nothing open."""
        if not self._file.closed:
            self._note(())
            self._file.close()

    def _suspicion(self, place: Partition, offset: int) -> Range | None:
        """The smallest suspect range with this record in it."""
        around = [died for died in self._died if died.place == place and died.first <= offset <= died.last]
        return min(around, key=lambda died: died.span, default=None)

    def _next_piece(self, batch: Batch) -> Batch | None:
        """If a partition's next record is suspect: a sixteenth of the range that it is in, or up to a narrower one."""
        for place, records in batch.items() if self._died else ():
            suspicion = self._suspicion(place, records[0].offset)
            if suspicion:
                some = records[: max(1, suspicion.span // _PIECES)]
                return {place: list(takewhile(lambda r: self._suspicion(place, r.offset) == suspicion, some))}  # noqa: B023 - used at once
        return None

    def _before_suspicion(self, batch: Batch) -> Batch:
        """Everything up to the first suspect record of each partition; the next one of each is known to be none."""
        if not self._died:
            return batch
        return {
            place: list(takewhile(lambda record: not self._suspicion(place, record.offset), records))  # noqa: B023 - ditto
            for place, records in batch.items()
        }

    def _note(self, handling: Sequence[Range]) -> None:
        text = _Kept(open=tuple(handling), died=tuple(self._died.items()), once=self._once).model_dump_json()
        self._file.seek(0)
        self._file.write(text.encode())
        self._file.truncate()
        self._file.flush()


def _load(path: Path) -> _Kept:
    try:
        return _Kept.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return _Kept(open=(), died=())
