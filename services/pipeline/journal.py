"""Remembers, across crashes, which records a worker was handling: a record that kills the process is found and parked.

Before a batch is handled its offsets are written to a small local file. If the process dies, the next one handles the
same records one by one, noting each; a record over which three processes died is quarantined. The file is written
without fsync, since it must survive the process and not the machine, and it holds offsets only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict

from services.pipeline.broker import Partition

if TYPE_CHECKING:
    from services.pipeline.broker import Batch, Record

_DEATHS: Final = 3
Range = tuple[int, int]
"""First and last offset, both included."""


class _Kept(BaseModel):
    """The file, whose every part is checked: what is wrong in it must not end the worker that reads it."""

    model_config = ConfigDict(strict=True)

    open: tuple[tuple[str, int, int, int], ...]
    suspects: tuple[tuple[str, int, int, int], ...]
    deaths: tuple[tuple[str, int, int, int], ...]


class CrashJournal:
    """One worker slot's journal, at ``path``. Never raises for a damaged file: it starts afresh."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        open_at_death, self._suspects, self._deaths = _load(path)
        for place, (first, last) in open_at_death.items():
            if first == last:
                self._deaths[place, first] = self._deaths.get((place, first), 0) + 1
            elif place not in self._suspects:
                self._suspects[place] = (first, last)
        self._file = path.open("w", encoding="ascii")
        self._note({})

    def portions(self, batch: Batch) -> Iterator[tuple[Sequence[Record], bool]]:
        """The batch in pieces to handle together, each noted before it is handed out; True marks a proven killer."""
        calm: list[Record] = []
        ranges: dict[Partition, Range] = {}
        suspect: list[Record] = []
        for place, records in batch.items():
            if place in self._suspects or any(died == place for died, _ in self._deaths):
                suspect.extend(records)
            else:
                calm.extend(records)
                ranges[place] = (records[0].offset, records[-1].offset)
        if calm:
            self._note(ranges)
            yield calm, False
        for record in suspect:
            place = Partition(record.topic, record.partition)
            if self._deaths_over(place, record.offset) >= _DEATHS:
                yield [record], True
            else:
                self._note({place: (record.offset, record.offset)})
                yield [record], False

    def committed(self, batch: Batch) -> None:
        """The batch is past: nothing of it is suspect any more."""
        if not self._suspects and not self._deaths:
            return
        for place, records in batch.items():
            last = records[-1].offset
            if place in self._suspects and self._suspects[place][1] <= last:
                del self._suspects[place]
            self._deaths = {at: n for at, n in self._deaths.items() if at[0] != place or at[1] > last}
        self._note({})

    def close(self) -> None:
        """A clean end leaves nothing open."""
        self._note({})
        self._file.close()

    def _deaths_over(self, place: Partition, offset: int) -> int:
        first, last = self._suspects.get(place, (1, 0))
        return self._deaths.get((place, offset), 0) + (first <= offset <= last)

    def _note(self, handling: dict[Partition, Range]) -> None:
        text = json.dumps(
            {
                "open": [[*place, *span] for place, span in handling.items()],
                "suspects": [[*place, *span] for place, span in self._suspects.items()],
                "deaths": [[*place, offset, count] for (place, offset), count in self._deaths.items()],
            }
        )
        self._file.seek(0)
        self._file.write(text)
        self._file.truncate()
        self._file.flush()


def _load(path: Path) -> tuple[dict[Partition, Range], dict[Partition, Range], dict[tuple[Partition, int], int]]:
    try:
        kept = _Kept.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        return {}, {}, {}
    return (
        {Partition(topic, part): (first, last) for topic, part, first, last in kept.open},
        {Partition(topic, part): (first, last) for topic, part, first, last in kept.suspects},
        {(Partition(topic, part), offset): count for topic, part, offset, count in kept.deaths},
    )
