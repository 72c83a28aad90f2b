"""Workers of one slot that die one after the other, over the journal that they hand on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.pipeline.broker import Batch, Partition, Record
from services.pipeline.journal import CrashJournal
from services.pipeline.memory import MemoryRecord

Offset = tuple[Partition, int]
ONE, TWO = Partition("accepted", 0), Partition("accepted", 1)


def records(place: Partition, first: int, last: int) -> list[Record]:
    return [MemoryRecord(*place, offset, 0, None, b"", []) for offset in range(first, last + 1)]


def at(record: Record) -> Offset:
    return Partition(record.topic, record.partition), record.offset


def unwanted(place: Partition, offset: int) -> None:
    raise AssertionError(f"nothing of {place} was to be put back")


class Life:
    """Workers of one slot, one after the other, over two partitions; counts for each record how often it died alone."""

    def __init__(self, path: Path, sizes: tuple[int, int], killers: frozenset[Offset], most: int) -> None:
        self.path, self.sizes, self.killers, self.most = path, sizes, killers, most
        self.next = {ONE: 0, TWO: 0}
        self.deaths: Counter[Offset] = Counter()
        self.parked: list[Offset] = []
        self.handled: list[Offset] = []

    def batch(self) -> Batch:
        sizes = dict(zip((ONE, TWO), self.sizes, strict=True))
        ends = {place: min(start + self.most, sizes[place]) for place, start in self.next.items()}
        return {
            place: records(place, start, ends[place] - 1) for place, start in self.next.items() if start < ends[place]
        }

    def live(self, until: int | None = None) -> bool:
        """One process; ``until`` is how many records it handles before something else kills it. False if it died."""
        with journal(self.path) as kept:
            done = 0
            while batch := self.batch():
                put_back: dict[Partition, int] = {}
                admitted, killer = kept.admit(batch, put_back.__setitem__)
                portion = [record for some in admitted.values() for record in some]
                for record in () if killer else portion:
                    if at(record) in self.killers or done == until:
                        self.deaths.update(map(at, portion) if len(portion) == 1 else ())
                        return False
                    done += 1
                kept.handled()
                kept.committed(admitted)
                (self.parked if killer else self.handled).extend(map(at, portion))
                self.next |= {place: some[-1].offset + 1 for place, some in batch.items()} | put_back
        return True


@contextmanager
def journal(path: Path) -> Iterator[CrashJournal]:
    """A journal that is not closed in an orderly way, as when the process dies."""
    kept = CrashJournal(path)
    try:
        yield kept
    finally:
        kept._file.close()
