"""The office's books: which letter was offered to which office, how often, and what became of each offer.

Everything is a line of one append-only journal first and a number in memory second, so that a killed office comes back
with the same books: restarting folds the journal with the very function that counts live offers. It is the judge of
"at most once", so it must never mend what it sees: a second acceptance is counted, not hidden. No personal data.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Self

Result = Literal["accepted", "duplicate", "not_accepted", "malformed"]

JOURNAL: Final = "offers.jsonl"


class BookError(RuntimeError):
    """The journal cannot be kept: another office has it, or a line in it is damaged."""


class LetterTo(NamedTuple):
    """A letter and the office that it was offered to."""

    letter_id: str
    office: str


@dataclass(slots=True)
class Record:
    """All offers of one letter to one office. ``sha256`` is the first offer's body, ``receipts`` one per acceptance."""

    sha256: str
    offers: int = 0
    duplicates: int = 0
    changed_body: bool = False
    receipts: list[str] = field(default_factory=list)


class Book:
    """The books of all offices, kept in ``folder``.

    Raises:
        BookError: another process keeps the same journal, or a line of it is damaged.
        OSError: the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / JOURNAL
        self._file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        self._letters: dict[str, dict[str, Record]] = {}  # by letter id and office
        self._malformed: Counter[str] = Counter()
        self._acceptances = 0
        try:
            self._reload()
        except BaseException:
            os.close(self._file)
            raise

    def offer(self, letter: LetterTo, sha256: str, *, accept: bool = True, forget: bool = False) -> tuple[str, Result]:
        """Enter one offer. Returns the receipt (empty if not accepted) and what became of it.

        An accepted letter offered again gets its first receipt, whatever its body now, unless the office is to
        ``forget``. The line (``at`` is in seconds since the epoch) has reached the operating system before this
        returns, so it survives the office, though not the machine.
        """
        record = self._letters.get(letter.letter_id, {}).get(letter.office)
        receipt = ""
        result: Result = "not_accepted"
        if accept and record and record.receipts and not forget:
            receipt, result = record.receipts[0], "duplicate"
        elif accept:
            receipt, result = f"{letter.office}-{self._acceptances + 1:07}", "accepted"
        line = {
            "letter_id": letter.letter_id,
            "office": letter.office,
            "sha256": sha256,
            "offer": record.offers + 1 if record else 1,
            "result": result,
            "at": round(time.time(), 3),
        }
        self._enter(line | ({"receipt": receipt} if result == "accepted" else {}))
        return receipt, result

    def turn_away(self, code: str) -> None:
        """Enter a request that was no letter: nothing of it is kept but the code."""
        self._enter(
            {"letter_id": None, "office": None, "sha256": None, "offer": 0, "result": "malformed", "code": code}
        )

    def of_letter(self, letter_id: str) -> dict[str, Record]:
        """The offers of a letter, by office."""
        return self._letters.get(letter_id, {})

    def acceptances(self) -> Iterator[tuple[LetterTo, str]]:
        """Every acceptance with its receipt, a letter accepted twice twice."""
        for letter, record in self._all():
            for receipt in record.receipts:
                yield letter, receipt

    def report(self) -> dict[str, Any]:
        """The totals, and the same by office. ``accepted`` counts letters, ``accepted_twice`` those with two receipts."""
        per_office: dict[str, Counter[str]] = {}
        totals: Counter[str] = Counter()
        for letter, record in self._all():
            counts = _counts(record)
            totals.update(counts)
            per_office.setdefault(letter.office, Counter()).update(counts)
        return {
            **_all_counts(totals),
            "malformed": dict(self._malformed),
            "per_office": {office: _all_counts(counts) for office, counts in sorted(per_office.items())},
        }

    def close(self) -> None:
        """Close the journal; another office may have it now."""
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _all(self) -> Iterator[tuple[LetterTo, Record]]:
        for letter_id, offices in self._letters.items():
            for office, record in offices.items():
                yield LetterTo(letter_id, office), record

    def _enter(self, line: dict[str, Any]) -> None:
        # One write for the whole line, so that a kill leaves all of it or none.
        os.write(self._file, json.dumps(line, separators=(",", ":")).encode() + b"\n")
        self._count(line)

    def _count(self, line: dict[str, Any]) -> None:
        if line["result"] == "malformed":
            self._malformed[line["code"]] += 1
            return
        offices = self._letters.setdefault(line["letter_id"], {})
        record = offices.setdefault(line["office"], Record(line["sha256"]))
        record.offers += 1
        record.duplicates += bool(record.receipts)
        record.changed_body |= record.sha256 != line["sha256"]
        if line["result"] == "accepted":
            record.receipts.append(line["receipt"])
            self._acceptances += 1

    def _reload(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BookError(f"Another office keeps {self._path}. Stop it, or choose another folder.") from None
        with self._path.open("rb") as journal:
            whole = 0
            for number, line in enumerate(journal, start=1):
                if not line.endswith(b"\n"):
                    # Torn by a full disk or the machine's end; its sender got no answer and will ask again.
                    os.ftruncate(self._file, whole)
                    break
                try:
                    self._count(json.loads(line))
                except (ValueError, KeyError, TypeError):
                    raise BookError(f"{self._path}, line {number} is damaged.") from None
                whole += len(line)


_COUNTED: Final = ("accepted", "offers", "duplicates_offered", "accepted_twice", "changed_body")


def _counts(record: Record) -> dict[str, int]:
    return {
        "accepted": bool(record.receipts),
        "offers": record.offers,
        "duplicates_offered": record.duplicates,
        "accepted_twice": len(set(record.receipts)) > 1,
        "changed_body": record.changed_body,
    }


def _all_counts(counts: Counter[str]) -> dict[str, int]:
    return {name: counts[name] for name in _COUNTED}
