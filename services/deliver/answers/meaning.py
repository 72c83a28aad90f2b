"""What an answer can mean, and how a table of meanings is looked up.

Three things can be true of an attempt: it was accepted, it was refused, or nobody can tell (*unknown*: the letter was
written and no whole answer came). Only the last can lead to a duplicate, so it is never treated like a plain failure, and
*refused* is said only where the letter was surely not taken. A table that could be read in two ways is refused at import.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["accepted", "refused", "retry", "throttle", "unknown"]


@dataclass(frozen=True, slots=True)
class Answer:
    """How an attempt ended. ``retry_after`` is in seconds; ``receipt`` is the office's own, if it gave one.

    ``pauses`` tells that the office takes no letter for now, whichever. ``if_unsure`` is the verdict where an earlier
    attempt may have arrived: a repeat that is refused as known was accepted before.
    """

    verdict: Verdict
    reason: str
    status: int | None = None
    receipt: str | None = None
    retry_after: float | None = None
    pauses: bool = False
    if_unsure: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Meaning:
    """A row: the case, what it means, and why. ``covers`` are the keys that lead to it.

    A row of the ``rest`` covers those of its keys that no other row names. ``pauses`` and ``if_unsure`` as in ``Answer``.
    """

    case: str
    covers: tuple[Hashable, ...]
    verdict: Verdict
    reason: str
    why: str
    pauses: bool = False
    if_unsure: Verdict | None = None
    rest: bool = False

    def answer(self, code: int | None = None, receipt: str | None = None, retry_after: float | None = None) -> Answer:
        """This row as the answer to an attempt; a code that has no place in the ledger (below 100, as in 042) is left out."""
        shown = code if code is not None and 100 <= code <= 999 else None
        return Answer(self.verdict, self.reason, shown, receipt, retry_after, self.pauses, self.if_unsure)


def by_its_reason(case: str, verdict: Verdict, reason: str, why: str, *, pauses: bool = False) -> Meaning:
    """A row of a case that comes with no code: its reason is the key."""
    return Meaning(case, (reason,), verdict, reason, why, pauses)


def by_key(rows: Iterable[Meaning]) -> Mapping[Hashable, Meaning]:
    """The row of each key. Raises ValueError where two rows claim a key, or where a row can never be reached."""
    named: dict[Hashable, Meaning] = {}
    rest: dict[Hashable, Meaning] = {}
    for row in rows:
        where = rest if row.rest else named
        if not row.covers or len({*row.covers}) < len(row.covers) or not where.keys().isdisjoint(row.covers):
            raise ValueError(f"{row.case!r} covers nothing, or what is covered already")
        where.update(dict.fromkeys(row.covers, row))
    found = {**rest, **named}
    for row in rest.values():
        if row not in found.values():
            raise ValueError(f"{row.case!r} is never reached: other rows name all that it covers")
    return found


def checked(rows: tuple[Meaning, ...]) -> tuple[Meaning, ...]:
    """The rows themselves. Raises ValueError where one reason means two things, or one case stands twice.

    Who reads a reason in the ledger, without the answer beside it, must know from it alone what was done and why.
    """
    told: dict[str, tuple[Verdict, bool, Verdict | None]] = {}
    for row in rows:
        means = (row.verdict, row.pauses, row.if_unsure)
        if told.setdefault(row.reason, means) != means:
            raise ValueError(f"the reason {row.reason!r} means two things; the second is {row.case!r}")
    if len({row.case for row in rows}) < len(rows):
        raise ValueError("a case stands in the table twice")
    return rows
