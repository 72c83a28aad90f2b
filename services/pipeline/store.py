"""A stage's local memory of what it has already done, rebuilt from the topic that it writes: never the only copy.

Ingest remembers the submissions it accepted, deliver the letters it has settled. Both write that to a topic anyway, in
the transaction that commits their offsets, so the topic is the truth and this SQLite file a quick index of it: written
after the commit, many entries at a time and without fsync, and caught up from the topic when a partition is assigned.
Memory stays flat, and a lost or damaged file costs a longer start.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final

from services.pipeline.errors import BrokerFailed

if TYPE_CHECKING:
    from schemas.topics import Topic
    from services.pipeline.broker import Partition, Reader, Record

log = logging.getLogger(__name__)

_CHECKPOINT_SECONDS: Final = 10.0
_LATEST: Final = 10_000
"""Committed entries that wait in memory to be written, in the order of their keys, which are random: batch by batch, nearly
each would dirty a page of its own (with 100,000 known, 11 µs an entry in batches of 1,000, and 4.5 so)."""
_LOOKUP: Final = 500
"""Keys a query: under SQLite's limit on parameters in its oldest supported versions (999)."""

_OPEN_SECONDS: Final = 75.0
"""A broker ends a transaction after the longest time-out that the settings allow (60 s), looking every ten seconds."""
_OPEN_POLL_SECONDS: Final = 0.1

Index = Callable[["Record"], tuple[bytes, bytes] | None]
"""What a changelog record says: key and value to remember, or None for nothing."""


class Store:
    """Keys and values (bytes) by partition, indexed from ``changelog`` by ``index``.

    ``stage`` notes what the batch in hand adds; ``commit`` keeps it and ``abort`` drops it, along with the transaction
    that writes the same to the changelog. Only the owner of a partition writes its changelog partition, so after a
    commit everything below the changelog's end is known here. What a crash takes from memory is above the last checkpoint,
    and so it is read again in any case.
    """

    def __init__(self, path: Path, changelog: Topic, index: Index, reader: Callable[[], Reader]) -> None:
        self._path, self._changelog, self._index, self._make_reader = path, changelog, index, reader
        self._reader: Reader | None = None
        self._staged: dict[bytes, tuple[int, bytes]] = {}
        self._latest: dict[bytes, tuple[int, bytes]] = {}
        self._owned: frozenset[int] = frozenset()
        self._saved = monotonic()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = _open(path)
        except sqlite3.DatabaseError:
            log.warning("store_rebuilt", extra={"changelog": changelog.name})
            for file in (path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))):
                file.unlink(missing_ok=True)
            self._db = _open(path)

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The values of those of ``keys`` that are known, committed or staged."""
        wanted = list(keys)
        found: dict[bytes, bytes] = {}
        for start in range(0, len(wanted), _LOOKUP):
            some = wanted[start : start + _LOOKUP]
            marks = ",".join("?" * len(some))
            found.update(self._db.execute(f"SELECT key, value FROM entries WHERE key IN ({marks})", some))  # noqa: S608 - only question marks
        for newer in (self._latest, self._staged):
            if newer:
                found.update((key, newer[key][1]) for key in wanted if key in newer)
        return found

    def stage(self, partition: int, entries: Mapping[bytes, bytes]) -> None:
        """Note what the batch in hand adds."""
        for key, value in entries.items():
            self._staged[key] = (partition, value)

    def keep(self, partition: int, entries: Mapping[bytes, bytes]) -> None:
        """Keep what was committed ahead of the batch in hand; what that batch stages is none the wiser."""
        self._remember({key: (partition, value) for key, value in entries.items()})

    def commit(self) -> None:
        """The transaction is committed: keep what was staged."""
        if not self._staged:
            return
        self._remember(self._staged)
        self._staged = {}
        if monotonic() - self._saved > _CHECKPOINT_SECONDS:
            self.checkpoint()

    def abort(self) -> None:
        """The transaction never happened: forget what was staged."""
        self._staged.clear()

    def assigned(self, partitions: Iterable[Partition], beat: Callable[[], None] = lambda: None) -> None:
        """Catch up with the changelog of every partition that is owned now, and drop the ones that are gone.

        Those that were owned before as well: somebody else may have had them in between, when this worker froze, and no
        call tells of that. ``beat`` is called now and then: a first start on a new machine may have a week of
        records to read. Raises ``BrokerFailed`` where a transaction stays open.
        """
        now = frozenset(place.partition for place in partitions)
        self._staged.clear()
        self._await_decided(now, beat)
        for partition in sorted(now):
            entries = self._catch_up(partition, beat)
            about = {"changelog": self._changelog.name, "partition": partition, "entries": entries}
            log.info("store_caught_up", extra=about)
        self._owned = now

    def follow(self, partition: int) -> None:
        """Read on to the changelog's end: for an index of what this worker writes and does not stage.

        Not everything that it has committed need be there yet: a broker makes a transaction visible a moment after it
        has confirmed it, and at the latest when the next one is committed.
        """
        self._catch_up(partition, lambda: None)

    def checkpoint(self) -> None:
        """Note how far the changelog is known here, so that the next start reads on from there."""
        self._write_latest()
        reader = self._open_reader()
        for partition in self._owned:
            self._mark(partition, reader.end(self._changelog, partition))
        self._db.commit()
        self._saved = monotonic()

    def close(self) -> None:
        """The worker ends. No checkpoint is made: only a commit proves that the partitions are still owned."""
        self._write_latest()
        self._db.close()
        if self._reader:
            self._reader.close()

    def _await_decided(self, partitions: frozenset[int], beat: Callable[[], None]) -> None:
        """Wait until nothing that is written already can be committed later, unseen (docs/adr/0021).

        Who owned a partition before may have frozen in the middle of a commit. What it begins from now on is refused.
        """
        reader, until = self._open_reader(), monotonic() + _OPEN_SECONDS
        for partition, written in reader.written(self._changelog, partitions).items():
            while reader.end(self._changelog, partition) < written:
                if monotonic() > until:
                    raise BrokerFailed(
                        f"a transaction has been open in {self._changelog.name}[{partition}] for more than"
                        f" {_OPEN_SECONDS:g} s, so what was done there cannot be known: `postbag doctor` tells whose it is"
                    )
                beat()
                sleep(_OPEN_POLL_SECONDS)

    def _catch_up(self, partition: int, beat: Callable[[], None]) -> int:
        """Read on to the changelog's end; returns how many entries were found."""
        self._write_latest()  # before what others may have written since
        reader = self._open_reader()
        row = self._db.execute("SELECT next FROM places WHERE partition = ?", (partition,)).fetchone()
        start: int = row[0] if row else 0
        end = reader.end(self._changelog, partition)
        if start > end:  # the topic was made anew: what is here is of another life
            self._db.execute("DELETE FROM entries WHERE partition = ?", (partition,))
            start = 0
        count = 0
        pending: list[tuple[int, bytes, bytes]] = []
        for record in reader.read(self._changelog, partition, start):
            entry = self._index(record)
            if entry:
                pending.append((partition, *entry))
                count += 1
            if len(pending) >= 10_000:
                self._put(pending)
                pending.clear()
                beat()
        self._put(pending)
        self._mark(partition, end)
        self._db.commit()
        return count

    def _remember(self, entries: Mapping[bytes, tuple[int, bytes]]) -> None:
        self._latest.update(entries)
        if len(self._latest) >= _LATEST:
            self._write_latest()

    def _write_latest(self) -> None:
        if self._latest:
            self._put((partition, key, value) for key, (partition, value) in sorted(self._latest.items()))
            self._latest = {}

    def _put(self, entries: Iterable[tuple[int, bytes, bytes]]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO entries (partition, key, value) VALUES (?, ?, ?)", entries)
        self._db.commit()

    def _mark(self, partition: int, following: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO places (partition, next) VALUES (?, ?)", (partition, following))

    def _open_reader(self) -> Reader:
        if self._reader is None:
            self._reader = self._make_reader()
        return self._reader


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path)
    try:
        _prepare(db)
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = OFF")
    # Found later, a damaged page would look like a fault of the record in hand (0.15 s a million entries, measured).
    if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("damaged")
    db.execute("CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, partition INTEGER, value BLOB) WITHOUT ROWID")
    db.execute("CREATE TABLE IF NOT EXISTS places (partition INTEGER PRIMARY KEY, next INTEGER)")
    db.commit()
