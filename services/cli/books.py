"""The books: from the topics alone, where every submission and every letter is, and whether the sums agree.

A submission record ends in exactly one of ``accepted``, ``rejected`` or ``dead``, an accepted submission in ``held``,
``dead`` or in letters, and a letter in one state of the ledger. Whatever is in none of them is pending, and whatever is in
two is a fault. Only keys, ids and states are kept: the books hold no personal data.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from schemas.accepted import SubmissionAccepted, SubmissionRejected
from schemas.ledger import Entry, LedgerWritten
from schemas.letter import LetterRendered
from schemas.resolved import SubmissionHeld, SubmissionResolved
from schemas.topics import ACCEPTED, DEAD, HELD, LEDGER, LETTERS, REJECTED, RESOLVED, SUBMISSIONS, Topic
from schemas.wire import Unreadable, Wire, read
from services.ingest.intake import receive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.pipeline.broker import Reader, Record

LETTER_STATES: Final = (
    "accepted",
    "refused",
    "in_doubt",
    "expired",
    "suppressed",
    "cancelled",
    "dead",
    "retrying",
    "pending",
)
_OPEN: Final = ("retrying", "pending")


@dataclass(slots=True)
class Books:
    """The sums. ``faults`` says in words what does not agree; none means that the books balance."""

    records: int = 0
    submissions: Counter[str] = field(default_factory=Counter)
    letters: Counter[str] = field(default_factory=Counter)
    states: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def balanced(self) -> bool:
        """Whether every sum agrees."""
        return not self.faults

    @property
    def settled(self) -> bool:
        """Whether nothing is under way any more."""
        return not self.submissions["pending"] and not any(self.letters[state] for state in _OPEN)

    def as_json(self) -> dict[str, Any]:
        """JSON-ready, without the ids."""
        return {
            "records": self.records,
            "submissions": dict(self.submissions),
            "letters": {state: self.letters[state] for state in LETTER_STATES},
            "balanced": self.balanced,
            "settled": self.settled,
            "faults": self.faults,
        }


def balance(reader: Reader) -> Books:
    """Read the topics and add them up. The topics are read one after another, downstream first.

    In that order what moves on while the books are read can look pending, and never lost or present twice.
    """
    ledger = {
        str(record.key, "ascii"): read(LedgerWritten, record.value).data
        for record in _all(reader, LEDGER)
        if record.key
    }
    dead = _dead(reader)
    letters = [
        (event.data.letter_id, event.data.submission_id) for _, event in _events(reader, LETTERS, LetterRendered)
    ]
    held = Counter(event.data.submission.submission_id for _, event in _events(reader, HELD, SubmissionHeld))
    resolved = Counter(
        event.data.submission.submission_id for _, event in _events(reader, RESOLVED, SubmissionResolved)
    )
    rejected = Counter(event.data.submission_id for _, event in _events(reader, REJECTED, SubmissionRejected))
    accepted = Counter(event.data.submission_id for _, event in _events(reader, ACCEPTED, SubmissionAccepted))

    books = Books()
    for name, counts in (("accepted", accepted), ("resolved", resolved), ("held", held), ("letters", Counter(letters))):
        twice = sum(count > 1 for count in counts.values())
        if twice:
            books.faults.append(f"{twice} ids are in {name} more than once")
    lettered = _count_letters(books, set(letters), ledger, dead["letters"])
    _count_submissions(books, reader, accepted, rejected, held, lettered, dead)
    lost = set(ledger) - {letter for letter, _ in letters} - {f"{letter}/{s}" for letter, s in letters}
    if lost:
        books.faults.append(f"{len(lost)} ledger entries belong to no letter")
    return books


def _count_letters(
    books: Books, letters: set[tuple[str, str]], ledger: dict[str, Entry], dead: set[str]
) -> dict[str, str]:
    """Count each letter in its state; returns what became of each submission: ``letter``, or ``suppressed`` if all were."""
    became: dict[str, str] = {}
    for letter, submission in letters:
        owner = ledger.get(letter)
        if f"{letter}/{submission}" in ledger:
            state = "suppressed"
        elif owner is not None and owner.submission_id == submission:
            state = owner.state
        else:
            state = "dead" if letter in dead else "pending"
        books.letters[state] += 1
        if state != "suppressed" or submission not in became:
            became[submission] = "suppressed" if state == "suppressed" else "letter"
    if sum(books.letters.values()) != len(letters):
        books.faults.append(f"{len(letters)} letters were made, and {sum(books.letters.values())} are accounted for")
    return became


def _count_submissions(
    books: Books,
    reader: Reader,
    accepted: Counter[str],
    rejected: Counter[str],
    held: Counter[str],
    lettered: dict[str, str],
    dead: dict[str, set[str]],
) -> None:
    for record in _all(reader, SUBMISSIONS):
        books.records += 1
        if f"{record.partition}@{record.offset}" in dead["places"]:
            books.submissions["dead"] += 1
            books.states.setdefault(str(record.key or b"", "utf-8", "replace"), "dead")
            continue
        name = _submission_id(record)
        if books.states.get(name, "dead") != "dead":
            books.submissions["repeat"] += 1
            continue
        if name not in accepted:
            state = "rejected" if name in rejected else "pending"
        else:
            where = ["held"] if name in held else []
            where += [lettered[name]] if name in lettered else []
            where += ["dead"] if name in dead["submissions"] else []
            state = where[0] if where else "pending"
            if len(where) > 1:
                books.faults.append(f"a submission is {' and '.join(where)} at once")
        books.submissions[state] += 1
        books.states[name] = state
    strangers = (accepted.keys() | rejected.keys()) - books.states.keys()
    if strangers:
        books.faults.append(f"{len(strangers)} submissions have an outcome and were never sent")


def _dead(reader: Reader) -> dict[str, set[str]]:
    """Dead letters by what died: places in ``submissions``, submission ids, letter ids; twice the same is a fault."""
    found: dict[str, set[str]] = {"places": set(), "submissions": set(), "letters": set()}
    for record in _all(reader, DEAD):
        headers = {name: value for name, value in record.headers if value is not None}
        topic = headers.get("postbag-source-topic", b"").decode("utf-8", "replace")
        if topic.endswith(SUBMISSIONS.name):
            partition, offset = headers["postbag-source-partition"], headers["postbag-source-offset"]
            found["places"].add(f"{int(partition)}@{int(offset)}")
        elif topic.endswith((ACCEPTED.name, RESOLVED.name)):
            found["submissions"].add(str(record.key or b"", "utf-8", "replace"))
        else:
            found["letters"].add(_letter_id(record))
    return found


def _submission_id(record: Record) -> str:
    """The id that intake goes by, whatever the record's key says."""
    try:
        return receive(record).submission_id
    except Unreadable:
        return f"{record.partition}@{record.offset}"


def _letter_id(record: Record) -> str:
    try:
        return read(LetterRendered, record.value).data.letter_id
    except Unreadable:
        return f"{record.partition}@{record.offset}"


def _all(reader: Reader, topic: Topic) -> Iterator[Record]:
    for partition in range(reader.partitions(topic)):
        yield from reader.read(topic, partition, 0)


def _events(reader: Reader, topic: Topic, model: Callable[..., Any]) -> Iterator[tuple[Record, Any]]:
    assert isinstance(model, type)  # noqa: S101 - for the type checker
    assert issubclass(model, Wire)  # noqa: S101 - ditto
    for record in _all(reader, topic):
        yield record, read(model, record.value)
