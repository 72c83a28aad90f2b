"""Attempts that outlived their batch: kept in memory until they land, and entered at once where that ends the letter.

The record of such a letter waits in a tier, and its entry says *unknown: under way*, so a worker that ends meanwhile
costs certainty and nothing else. What landed without ending its letter (try again, try another channel) is dealt with
when its record comes by: it alone can be handed on. An attempt counts only as long as the ledger still speaks of it: it
must never overwrite what another worker entered in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.ledger import TERMINAL
from services.deliver.claims import STARTED, UNDER_WAY, Claim, claims, store_key

if TYPE_CHECKING:
    from services.deliver.case import Case
    from services.deliver.desk import Desk
    from services.deliver.flights import Flight
    from services.deliver.lanes import Want
    from services.deliver.tools import Tools
    from services.pipeline.outcomes import Emit, Outcome

WriteAhead = Callable[[Sequence[tuple[int, "Emit"]]], None]


@dataclass(slots=True)
class _Aloft:
    """``attempts`` is what its entry counts; ``entered`` tells that the batch with this entry is committed.

    One that is not ``begun`` never will be: its batch was lost, and what is on record of it is more than happened.
    """

    flight: Flight
    partition: int
    want: Want
    unsure: bool
    attempts: int
    entered: bool = False
    landed: bool = False
    begun: bool = True

    def holds(self, claim: Claim | None) -> bool:
        """Whether what the ledger says is of this attempt."""
        if claim is None or not claim.begun:
            return False
        return claim.attempts == (self.flight.before + 1 if claim.begun == STARTED else self.attempts)

    def is_over(self, claim: Claim | None) -> bool:
        """Whether the ledger tells that somebody else went on with the letter."""
        if self.entered or claim is None:
            return self.entered and not self.holds(claim)
        return (claim.state in TERMINAL or claim.attempts > self.flight.before) and not self.holds(claim)

    def is_of(self, case: Case) -> bool:
        """Whether ``case`` is the letter's own record: the one that waits for this attempt or, where the batch that began it
        was not committed, the one that began it.
        """
        if self.entered:
            return self.holds(case.claim) and case.counted == self.attempts
        return case.attempts == self.flight.before and case.standing() in ("new", "due", "lost")


class Landing:
    """The attempts under way of this worker, by letter id."""

    def __init__(self, tools: Tools, desk: Desk, now: Callable[[], float]) -> None:
        self._tools, self._desk, self._now = tools, desk, now
        self._aloft: dict[str, _Aloft] = {}
        self._taken: list[_Aloft] = []
        self._concluded: list[str] = []
        self._ended: list[tuple[Case, Flight, bool]] = []
        self._sizes = 0, 0, 0

    @property
    def up(self) -> int:
        """How many there are, those among them that landed and wait for their record."""
        return len(self._aloft)

    def take(self, case: Case, flight: Flight) -> Sequence[Outcome]:
        """``flight`` goes on; the outcomes say so."""
        return self._under_way(case, self._hold(case, flight))

    def put_off(self, case: Case, flight: Flight, *, told: bool, begun: bool) -> None:
        """Its batch failed: keep ``flight`` for when the letter's record is read again. ``told`` says whether lanes and
        metrics know how it went.
        """
        one = self._hold(case, flight)
        one.landed, one.begun = told, begun

    def ended(self, some: Iterable[tuple[Case, Flight, bool]]) -> None:
        """Attempts that ended in the batch in hand, or, where the flag says so, were not begun: to be known if it is lost."""
        self._ended += some

    def speaks_of(self, case: Case) -> bool:
        """Whether the attempt that the ledger tells of is here, though ``case`` is another record of its letter, as a replay
        brings it: then nothing is lost.
        """
        one = self._aloft.get(case.letter.letter_id)
        return one is not None and one.holds(case.claim)

    def of(self, case: Case) -> Sequence[Outcome] | None:
        """The outcomes of a letter whose record came by and whose attempt is here; None where there is none."""
        key = case.letter.letter_id
        one = self._aloft.get(key)
        if one is None or key in self._concluded or not one.is_of(case):
            return None
        case.unsure = one.unsure
        answer = one.flight.answer
        if not one.begun:
            self._concluded.append(key)
            return self._desk.hold(case, self._now() + 1.0, "not_begun")
        if answer is None:
            if not one.entered:  # its batch was lost, and it was not
                return self._under_way(case, one)
            now = self._now()
            return (self._tools.delays.wait(case.record, now, now + 1.0, case.attempts, UNDER_WAY),)
        self._note(one)
        self._tools.flush()
        self._concluded.append(key)
        return self._desk.conclude(case, one.flight, answer)

    def enter(self, write_ahead: WriteAhead, *, last: bool = False) -> None:
        """Enter what landed and is at its end, in a transaction of its own; ``last``: all that landed, for the next worker to
        know of. Not what the batch in hand is about to enter as under way: that would be the later entry, and hide this one.
        """
        in_hand = {id(one) for one in self._taken}
        aloft = [(key, one) for key, one in self._aloft.items() if id(one) not in in_hand]
        down = [(key, one) for key, one in aloft if one.flight.answer is not None]
        landed = [(key, one) for key, one in down if last or not one.landed]
        if not landed:
            return
        self._tools.flush()
        self._tools.entries.open(self._now())
        known = self._known(key for key, _ in landed)
        entries: list[tuple[int, Emit]] = []
        ended: list[str] = []
        for key, one in landed:
            self._note(one)
            over = one.is_over(known.get(key))
            entry = None if over else self._entry(one, last=last)
            if entry is not None:
                entries.append((one.partition, entry))
            if over or entry is not None:
                ended.append(key)
        if entries:
            write_ahead(entries)
            self._tools.entries.keep(self._tools.store, entries)
        for key in ended:
            del self._aloft[key]

    def opened(self) -> None:
        """A portion of a batch begins."""
        self._sizes = len(self._taken), len(self._concluded), len(self._ended)

    def failed(self) -> None:
        """The portion's outcomes are thrown away."""
        taken, concluded, ended = self._sizes
        del self._taken[taken:], self._concluded[concluded:], self._ended[ended:]

    def committed(self) -> None:
        """The batch in hand is on record."""
        for one in self._taken:
            one.entered = True
        for key in self._concluded:
            self._aloft.pop(key, None)
        self._taken, self._concluded, self._ended = [], [], []

    def aborted(self) -> None:
        """It never happened. What flies goes on flying, what was answered stays known, and the records are read again."""
        for case, flight, begun in self._ended:
            self.put_off(case, flight, told=True, begun=begun)
        self._taken, self._concluded, self._ended = [], [], []

    def keep(self, owned: frozenset[int]) -> None:
        """Let go of the letters of other partitions than ``owned``, and of those that were another worker's meanwhile."""
        known = self._known(self._aloft)
        gone = [key for key, one in self._aloft.items() if one.partition not in owned or one.is_over(known.get(key))]
        for key in gone:
            one = self._aloft.pop(key)
            one.flight.given_up = True
            if not one.landed:
                self._tools.lanes.put_back(one.want)

    def _known(self, letter_ids: Iterable[str]) -> Mapping[str, Claim]:
        some = list(letter_ids)
        return claims(self._tools.store.get(map(store_key, some)), some)

    def _hold(self, case: Case, flight: Flight) -> _Aloft:
        one = _Aloft(flight, case.record.partition, case.want, case.unsure, flight.attempts)
        self._aloft[case.letter.letter_id] = one
        return one

    def _under_way(self, case: Case, one: _Aloft) -> Sequence[Outcome]:
        one.attempts = one.flight.attempts
        self._taken.append(one)
        return self._desk.under_way(case, one.flight, one.attempts)

    def _note(self, one: _Aloft) -> None:
        """Tell lanes and metrics of a landing, once."""
        if one.flight.answer is not None and not one.landed:
            one.landed = True
            self._tools.lanes.ended(one.want, one.flight.answer, one.flight.seconds)
            self._tools.watch.attempts([one.flight], self._now())

    def _entry(self, one: _Aloft, *, last: bool) -> Emit | None:
        """The entry that ends the letter; where its record is needed to go on, None, or what it will find if this is the
        ``last`` of this worker.
        """
        flight, answer = one.flight, one.flight.answer
        if answer is None:
            return None
        found, channel = self._desk.verdict(flight, answer, unsure=one.unsure or flight.unsure)
        if found.due and not (last and one.entered):
            return None
        # Were more counted than its record counts, that one would look overtaken, and there is no other.
        attempts = one.attempts if found.due else flight.attempts
        return self._tools.entries.letter(
            flight.event, one.partition, found.state, channel, attempts=attempts, reason=found.reason, answer=answer,
            body=flight.body, unsure=found.unsure,
        )  # fmt: skip
