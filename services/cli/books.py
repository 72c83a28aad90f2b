"""The books: from the topics alone, where every submission and every letter is, and whether the sums agree.

A submission record ends in exactly one of ``accepted``, ``rejected`` or ``dead``, an accepted submission in ``held``,
``dead`` or in letters, and a letter in one state of the ledger, the last one entered: what was accepted and came back days
later is refused. Whatever is in none of them is pending, and whatever is in two is a fault. What completes a held submission
is no submission, and is counted for itself. Only keys, ids and states are kept: the books hold no personal data.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from schemas.accepted import SubmissionAccepted, SubmissionRejected
from schemas.completion import Completed, CompletionAccepted
from schemas.ledger import Entry
from schemas.letter import LetterRendered
from schemas.report import LetterReported
from schemas.resolved import Released, SubmissionHeld, SubmissionReleased, SubmissionResolved
from schemas.topics import ACCEPTED, DEAD, HELD, LETTERS, REJECTED, REPORTS, RESOLVED, SUBMISSIONS
from schemas.wire import Unreadable
from services.cli.books_completions import Completions
from services.cli.books_dead import Dead, dead, graves
from services.cli.shelf import Shelf
from services.ingest.intake import receive

if TYPE_CHECKING:
    from services.pipeline.broker import Reader, Record

LETTER_STATES: Final = (
    "accepted",
    "refused",
    "in_doubt",
    "expired",
    "suppressed",
    "cancelled",
    "dead",
    "held",
    "retrying",
    "unknown",
    "pending",
)
OPEN: Final = ("held", "retrying", "unknown", "pending")
"""States that a letter does not stay in. ``pending`` are those that deliver has not entered in the ledger yet."""


@dataclass(slots=True)
class Books:
    """The sums. ``faults`` says in words what does not agree; none means that the books balance."""

    records: int = 0
    submissions: Counter[str] = field(default_factory=Counter)
    letters: Counter[str] = field(default_factory=Counter)
    completions: Counter[str] = field(default_factory=Counter)
    reports: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    """What operators did with all that was ever parked: ``open`` (nothing yet), ``replayed``, ``discarded``."""
    states: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def balanced(self) -> bool:
        """Whether every sum agrees."""
        return not self.faults

    @property
    def settled(self) -> bool:
        """Whether nothing is under way any more."""
        under_way = self.submissions["pending"] + self.completions["pending"]
        return not under_way and not any(self.letters[state] for state in OPEN)

    def as_json(self) -> dict[str, Any]:
        """JSON-ready, without the ids."""
        return {
            "records": self.records,
            "submissions": dict(self.submissions),
            "completions": dict(self.completions),
            "letters": {state: self.letters[state] for state in LETTER_STATES},
            "reports": dict(self.reports),
            "dead": dict(self.dead),
            "balanced": self.balanced,
            "settled": self.settled,
            "faults": self.faults,
        }


def balance(reader: Reader) -> Books:
    """Read the topics and add them up. The topics are read one after another, downstream first.

    In that order what moves on while the books are read can look pending, and never lost or present twice. What operators
    put back meanwhile moves against it: of that, see ``books_dead.dead``.
    """
    books, shelf, completions = Books(), Shelf(reader), Completions()
    ledger = shelf.ledger()
    buried = graves(shelf)
    letters = Counter((letter.letter_id, letter.submission_id) for letter in shelf.data(LETTERS, LetterRendered))
    for one in shelf.data(HELD, SubmissionHeld, SubmissionReleased):
        completions.follow((one if isinstance(one, Released) else one.submission).submission_id, one)
    resolved: Counter[str] = Counter()
    offices: dict[str, int] = {}
    for one in shelf.data(RESOLVED, SubmissionResolved):
        resolved[one.submission.submission_id] += 1
        offices[one.submission.submission_id] = len(one.offices)
    rejected: set[str] = set()
    for one in shelf.data(REJECTED, SubmissionRejected):
        if one.completion:
            completions.rejected[one.submission_id] += 1
        else:
            rejected.add(one.submission_id)
    accepted: Counter[str] = Counter()
    for one in shelf.data(ACCEPTED, SubmissionAccepted, CompletionAccepted):
        (completions.accepted if isinstance(one, Completed) else accepted)[one.submission_id] += 1
    books.reports = Counter(one.says for one in shelf.data(REPORTS, LetterReported))
    parked = dead(shelf, buried)
    _take_dead(books, completions, parked)

    for name, counts in (("accepted", accepted), ("resolved", resolved), ("letters", letters)):
        parked.forget_copies(name, counts)
        if twice := sum(count > 1 for count in counts.values()):
            books.faults.append(f"{twice} ids are in {name} more than once")
    lettered = _count_letters(books, set(letters), ledger, parked.letters, offices)
    _count_submissions(books, shelf, completions, accepted, rejected, lettered, parked)
    books.completions, faults = completions.add_up()
    books.faults += faults
    if strangers := sum((entry.letter_id, entry.submission_id) not in letters for entry in ledger.values()):
        books.faults.append(f"{strangers} ledger entries belong to no letter")
    for name, count in shelf.unreadable.items():
        books.faults.append(f"{count} records of {name} cannot be read")
    return books


def _take_dead(books: Books, completions: Completions, parked: Dead) -> None:
    """What is parked: of completions and reports as well, since those that are parked were not entered."""
    books.dead = parked.fates
    completions.dead.update(parked.completions)
    parked.forget_copies("completions", completions.accepted)
    if parked.twice:
        books.faults.append(f"{parked.twice} records are in {DEAD.name} more than once")
    parked.forget_copies(REPORTS.name, books.reports)
    books.reports += Counter(dead=parked.reports)


def _count_letters(
    books: Books,
    letters: set[tuple[str, str]],
    ledger: dict[str, Entry],
    dead: set[tuple[str, str]],
    offices: dict[str, int],
) -> dict[str, str]:
    """Count each letter in its state; returns what became of each submission: ``letter``, or ``suppressed`` if all were.

    A submission with fewer letters than ``offices`` to write to is left out: it is still under way, or a letter is lost.
    """
    became: dict[str, str] = {}
    made: Counter[str] = Counter()
    both = 0
    for letter, submission in letters:
        owner = ledger.get(letter)
        owns = owner is not None and owner.submission_id == submission
        state: str = owner.state if owner is not None and owns else "pending"
        if f"{letter}/{submission}" in ledger:
            both += owns
            state = "suppressed"
        elif state in OPEN and (letter, submission) in dead:
            state = "dead"  # parked on its way through the tiers: nobody comes back to it by himself
        books.letters[state] += 1
        made[submission] += 1
        if state != "suppressed" or submission not in became:
            became[submission] = "suppressed" if state == "suppressed" else "letter"
    if both:
        books.faults.append(f"{both} letters are suppressed, and hold their ids themselves")
    return {name: state for name, state in became.items() if made[name] >= offices.get(name, 0)}


def _count_submissions(
    books: Books,
    shelf: Shelf,
    completions: Completions,
    accepted: Counter[str],
    rejected: set[str],
    lettered: dict[str, str],
    dead: Dead,
) -> None:
    for record in shelf.records(SUBMISSIONS):
        place = f"{record.partition}@{record.offset}"
        if place in dead.void:
            continue
        books.records += 1
        name, completes = _submission_id(record)
        if completes:
            completions.sent[name] += 1
            completions.dead[name] += place in dead.places
            continue
        if place in dead.places:
            books.submissions["dead"] += 1
            books.states.setdefault(str(record.key or b"", "utf-8", "replace"), "dead")
            continue
        if books.states.get(name, "dead") != "dead":
            books.submissions["repeat"] += 1
            continue
        if name not in accepted:
            state = "rejected" if name in rejected else "pending"
        else:
            where = ["held"] if name in completions.waiting else []
            where += [lettered[name]] if name in lettered else []
            where += ["dead"] if name in dead.submissions else []
            state = where[0] if where else "pending"
            if len(where) > 1:
                books.faults.append(f"a submission is {' and '.join(where)} at once")
        books.submissions[state] += 1
        books.states[name] = state
    strangers = (accepted.keys() | rejected) - books.states.keys()
    if strangers:
        books.faults.append(f"{len(strangers)} submissions have an outcome and were never sent")


def _submission_id(record: Record) -> tuple[str, bool]:
    """The id that intake goes by, whatever the record's key says, and whether the record completes what has it."""
    try:
        sent = receive(record)
    except Unreadable:
        return f"{record.partition}@{record.offset}", False
    return sent.submission_id, sent.completes
