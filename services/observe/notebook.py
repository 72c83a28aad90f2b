"""What the observer has counted so far, in one SQLite file, with the offsets up to which it has read.

Every count is written in the transaction that moves the offsets, so a restart goes on where it stood and counts nothing
twice. The topics are the truth: a lost, damaged or foreign file is thrown away and made again from them. It holds ids,
codes and states, nothing of a person; about 120 bytes a letter, so that memory stays flat whatever the campaign's size.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from services.pipeline.errors import SettingsRefused

log = logging.getLogger(__name__)

_VERSION: Final = 1
"""Raised where what is written here changes its meaning: a file of another version is made again."""

Key = tuple[str, int, int]
"""What is counted: a word, and up to two ids of names or numbers that tell it apart."""

_SCHEMA: Final = """
CREATE TABLE about (what TEXT PRIMARY KEY, said TEXT);
CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
CREATE TABLE places (topic TEXT, partition INTEGER, next INTEGER, PRIMARY KEY (topic, partition)) WITHOUT ROWID;
CREATE TABLE counts (what TEXT, one INTEGER, other INTEGER, n INTEGER, PRIMARY KEY (what, one, other)) WITHOUT ROWID;
CREATE TABLE letters (
    letter BLOB, submission BLOB, campaign INTEGER, made INTEGER, suppressed INTEGER, parked INTEGER, state INTEGER,
    reason INTEGER, attempts INTEGER, accepted INTEGER, ended INTEGER, open INTEGER, PRIMARY KEY (letter, submission)
) WITHOUT ROWID;
CREATE INDEX waiting ON letters (campaign, accepted) WHERE open = 1;
CREATE TABLE held (submission BLOB PRIMARY KEY, reason INTEGER, at INTEGER) WITHOUT ROWID;
CREATE TABLE parked (
    partition INTEGER, offset INTEGER, at INTEGER, stage INTEGER, reason INTEGER, source INTEGER, letter BLOB,
    submission BLOB, settled INTEGER, PRIMARY KEY (partition, offset)
) WITHOUT ROWID;
"""
_REFUSALS: Final = {
    "SQLITE_BUSY": "is in use by another observer; give each a folder of its own",
    "SQLITE_CANTOPEN": "cannot be written",
    "SQLITE_READONLY": "cannot be written",
}
"""What is wrong with the place and not with the file in it."""


class Anew(Exception):
    """What is in the notebook is of another life of the topics: all is to be read again."""


class Notebook:
    """The counts and the file at ``path``; None keeps a file that nobody sees and that goes with the process."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self.db = _open(path)
        except OSError as error:
            raise SettingsRefused(f"POSTBAG_STATE_DIR: {path} cannot be made ({error.strerror})") from None
        except sqlite3.DatabaseError as error:
            if why := _REFUSALS.get(getattr(error, "sqlite_errorname", "")):
                raise SettingsRefused(f"POSTBAG_STATE_DIR: {path} {why}") from None
            log.warning("notebook_rebuilt", extra={"cause": "damaged"})
            self._remove()
            self.db = _open(path)
        self._load()

    def begin_anew(self, cause: str) -> None:
        """Forget everything, for ``cause`` (a word for the log)."""
        log.warning("notebook_rebuilt", extra={"cause": cause})
        self.db.close()
        self._remove()
        self.db = _open(self._path)
        self._load()

    @contextmanager
    def page(self) -> Iterator[None]:
        """What is noted inside is kept together, or not at all."""
        self.db.execute("BEGIN")
        try:
            yield
            rows = [(*key, self.counts[key]) for key in self._changed]
            self.db.executemany("INSERT OR REPLACE INTO counts VALUES (?, ?, ?, ?)", rows)
            self._changed.clear()
            self.db.execute("COMMIT")
        except BaseException:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            self._load()
            raise

    def add(self, key: Key, count: int) -> None:
        """Count; inside of a ``page``."""
        self.counts[key] += count
        self._changed.add(key)

    def put(self, key: Key, value: int) -> None:
        """Note a number that is no sum; inside of a ``page``."""
        self.counts[key] = value
        self._changed.add(key)

    def forget(self, key: Key) -> None:
        """Count it no longer; inside of a ``page``."""
        self.counts.pop(key, None)
        self._changed.discard(key)
        self.db.execute("DELETE FROM counts WHERE what = ? AND one = ? AND other = ?", key)

    def sums(self, what: str) -> Counter[tuple[int, int]]:
        """Everything counted under a word that is not zero, by what tells it apart."""
        return Counter({(one, other): n for (word, one, other), n in self.counts.items() if word == what and n})

    def number(self, name: str) -> int:
        """The id of a name; a new one is noted, inside of a ``page``."""
        found = self._numbers.get(name)
        if found is None:
            found = self._numbers[name] = len(self._numbers) + 1
            self._names[found] = name
            self.db.execute("INSERT INTO names VALUES (?, ?)", (found, name))
        return found

    def name(self, number: int) -> str:
        """The name that has this id."""
        return self._names[number]

    def next(self, topic: str, partition: int) -> int:
        """The offset to read on from."""
        return self._places.get((topic, partition), 0)

    def mark(self, topic: str, partition: int, following: int) -> None:
        """All before ``following`` is counted; inside of a ``page``."""
        self._places[topic, partition] = following
        self.db.execute("INSERT OR REPLACE INTO places VALUES (?, ?, ?)", (topic, partition, following))

    def of_cluster(self, cluster: str) -> None:
        """Begin anew if these notes are about another cluster."""
        row = self.db.execute("SELECT said FROM about WHERE what = 'cluster'").fetchone()
        if row is not None and row[0] != cluster:
            self.begin_anew("another_cluster")
        with self.page():
            self.db.execute("INSERT OR REPLACE INTO about VALUES ('cluster', ?)", (cluster,))

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def _load(self) -> None:
        self._changed: set[Key] = set()
        rows = self.db.execute("SELECT what, one, other, n FROM counts")
        self.counts: Counter[Key] = Counter({(what, one, other): n for what, one, other, n in rows})
        self._names: dict[int, str] = dict(self.db.execute("SELECT id, name FROM names"))
        self._numbers = {name: number for number, name in self._names.items()}
        places = self.db.execute("SELECT topic, partition, next FROM places")
        self._places: dict[tuple[str, int], int] = {(topic, part): following for topic, part, following in places}

    def _remove(self) -> None:
        if self._path is not None:
            for suffix in ("", "-wal", "-shm", "-journal"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)


def _open(path: Path | None) -> sqlite3.Connection:
    db = sqlite3.connect(
        path or "", timeout=0, isolation_level=None
    )  # no name: a file of its own, gone when it is closed
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")  # two observers on one file would each count what the other has
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("BEGIN EXCLUSIVE")
        db.execute("COMMIT")
        _prepare(db)
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == 0:
        db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT")
    elif version != _VERSION or db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("damaged, or of another version")
