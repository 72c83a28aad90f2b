"""Where every letter is: the rules of ``postbag books`` for one letter, applied to one record after another.

A letter is a letter id and the submission that it was made of. The newest entry of the ledger says which submission owns the
id and in which state the letter is; another submission's letter under the same id waits until it is suppressed by an entry
of its own. What was parked on its way is dead, unless the ledger knows better or it was put back. A test compares these
sums with the books of the same topics.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, get_args

from schemas.ledger import TERMINAL
from services.observe.events import Made, Written, small
from services.observe.seen import OPEN, LetterState

if TYPE_CHECKING:
    from services.observe.notebook import Key, Notebook

STATES: Final[tuple[LetterState, ...]] = get_args(LetterState)
_NUMBERS: Final = {state: number for number, state in enumerate(STATES)}
IN_DOUBT: Final = _NUMBERS["in_doubt"]
_OPEN: Final = frozenset(_NUMBERS[state] for state in OPEN)
_FINAL: Final = frozenset(_NUMBERS[state] for state in TERMINAL)
_NONE: Final = -1
_LOOKUP: Final = 500
"""Keys a query: under SQLite's limit on parameters in its oldest supported versions (999)."""

GONE: Final[Key] = ("gone", 0, 0)
"""Up to when (seconds since the epoch) letters may have been deleted unread: of those accepted before, an entry is enough."""

STEP_SECONDS: Final = 10
"""Ends of letters are counted by steps of this length, to know their pace."""

Adds = Sequence[tuple["Key", int]]
"""Keys of counts, with how much is added to each."""


@dataclass(slots=True)
class Line:
    """All that is known of one letter. ``state`` is the ledger's, if its submission owns the id; ``parked`` how often it lies
    in ``dead``; ``accepted`` and ``ended`` are seconds since the epoch.
    """

    letter: bytes
    submission: bytes
    campaign: int = 0
    made: bool = False
    suppressed: bool = False
    parked: int = 0
    state: int = _NONE
    reason: int = 0
    attempts: int = 0
    accepted: int = 0
    ended: int = 0
    before: Adds = ()

    def shown(self) -> int:
        """The state that it is counted in; ``_NONE`` while nobody has made it."""
        if not self.made:
            return _NONE
        if self.suppressed:
            return _NUMBERS["suppressed"]
        state = _NUMBERS["pending"] if self.state == _NONE else self.state
        return _NUMBERS["dead"] if self.parked > 0 and state in _OPEN else state

    def counted(self) -> Adds:
        """What it adds to the counts as it stands."""
        shown, owns = self.shown(), self.state != _NONE
        if shown == _NONE:
            return ((("attempts", 0, 0), self.attempts), (("strangers", 0, 0), owns + self.suppressed))
        adds: list[tuple[Key, int]] = [(("attempts", 0, 0), self.attempts), (("letters", self.campaign, shown), 1)]
        if self.suppressed and owns:
            adds.append((("both", 0, 0), 1))
        if shown == IN_DOUBT:
            adds.append((("in_doubt", self.reason, 0), 1))
        if shown not in _OPEN:
            adds.append((("ended", self.campaign, self.ended // STEP_SECONDS), 1))
        return adds

    def ends(self, at: int) -> None:
        """It ends at ``at``, if it has not ended before."""
        if self.shown() in _OPEN or not self.ended:
            self.ended = at


class Letters:
    """The letters of one page of the notebook; every call is inside of a ``Notebook.page``."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook

    def made(self, found: Sequence[Made]) -> None:
        """Render made these."""
        lines = self._lines(one.letter for one in found)
        for one in found:
            line = _line(lines, one.letter, one.submission)
            line.made, line.campaign = True, self._notebook.number(one.campaign)
            line.accepted = one.accepted
            first = ("first", line.campaign, 0)
            if one.at < self._notebook.counts.get(first, one.at + 1):
                self._notebook.put(first, one.at)
        self._save(lines)

    def entered(self, found: Sequence[Written]) -> None:
        """The ledger says this of them, in its order."""
        keys = [one.key.partition("/") for one in found]
        lines = self._lines(small(letter) for letter, _, _ in keys if len(letter) == 36)
        for one, (letter, _, submission) in zip(found, keys, strict=True):
            if len(letter) != 36:
                continue
            if submission:
                self._suppress(_line(lines, small(letter), small(submission)), one)
            else:
                self._enter(lines.setdefault(small(letter), {}), small(letter), one)
        self._save(lines)

    def parked(self, found: Sequence[tuple[bytes, bytes, int, int]]) -> None:
        """Letters (id, submission's id) that were parked so many times more (or less, where put back) at a time."""
        lines = self._lines(letter for letter, *_ in found)
        for letter, submission, times, at in found:
            line = _line(lines, letter, submission)
            if times > 0 and line.state not in _FINAL:
                line.ends(at)
            line.parked += times
        self._save(lines)

    def oldest(self, campaign: int) -> int | None:
        """When the campaign's oldest letter that is in no final state was accepted (seconds since the epoch)."""
        ask = "SELECT min(accepted) FROM letters WHERE open = 1 AND campaign = ?"
        found: int | None = self._notebook.db.execute(ask, (campaign,)).fetchone()[0]
        return found

    def _suppress(self, line: Line, written: Written) -> None:
        if written.entry is not None:
            line.ends(written.at)
            self._known(line, written)
        line.suppressed = written.entry is not None

    def _enter(self, same: dict[bytes, Line], letter: bytes, written: Written) -> None:
        """The newest entry of an id takes the place of the one before, whoever's that was."""
        entry = written.entry
        owner = small(entry.submission_id) if entry else None
        for line in same.values():
            if line.submission != owner:
                line.state, line.attempts = _NONE, 0
        if entry is None or owner is None:
            return
        line = same.get(owner) or same.setdefault(owner, Line(letter, owner))
        if entry.state in TERMINAL and line.state not in _FINAL:
            line.ended = written.at
        line.state, line.attempts = _NUMBERS[entry.state], entry.attempts
        line.reason = self._notebook.number(entry.reason or "none")
        self._known(line, written)

    def _known(self, line: Line, written: Written) -> None:
        """What an entry tells of a letter whose own record is not read yet, or is gone."""
        if written.entry is not None and not line.made:
            line.campaign = self._notebook.number(written.entry.campaign)
            line.accepted = int(written.entry.accepted_at.timestamp())
            line.made = line.accepted < self._notebook.counts[GONE]

    def _lines(self, letters: Iterable[bytes]) -> dict[bytes, dict[bytes, Line]]:
        """The lines of these ids, by letter and by submission, as they stand."""
        wanted = list(set(letters))
        lines: dict[bytes, dict[bytes, Line]] = {}
        for start in range(0, len(wanted), _LOOKUP):
            some = wanted[start : start + _LOOKUP]
            marks = ",".join("?" * len(some))
            columns = "letter, submission, campaign, made, suppressed, parked, state, reason, attempts, accepted, ended"
            ask = f"SELECT {columns} FROM letters WHERE letter IN ({marks})"  # noqa: S608 - only question marks
            for letter, submission, campaign, made, suppressed, *rest in self._notebook.db.execute(ask, some):
                line = Line(letter, submission, campaign, bool(made), bool(suppressed), *rest)
                line.before = line.counted()
                lines.setdefault(letter, {})[submission] = line
        return lines

    def _save(self, lines: dict[bytes, dict[bytes, Line]]) -> None:
        rows = []
        changes: Counter[Key] = Counter()
        for line in _each(lines):
            for key, count in line.counted():
                changes[key] += count
            for key, count in line.before:
                changes[key] -= count
            rows.append((
                line.letter, line.submission, line.campaign, line.made, line.suppressed, line.parked, line.state,
                line.reason, line.attempts, line.accepted, line.ended, line.shown() in _OPEN,
            ))  # fmt: skip
        self._notebook.db.executemany(f"INSERT OR REPLACE INTO letters VALUES ({','.join('?' * 12)})", rows)  # noqa: S608 - ditto
        for key, count in changes.items():
            if count:
                self._notebook.add(key, count)


def _line(lines: dict[bytes, dict[bytes, Line]], letter: bytes, submission: bytes) -> Line:
    same = lines.setdefault(letter, {})
    return same.get(submission) or same.setdefault(submission, Line(letter, submission))


def _each(lines: dict[bytes, dict[bytes, Line]]) -> Iterator[Line]:
    for same in lines.values():
        yield from same.values()
