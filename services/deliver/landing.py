"""Attempts that outlived their batch: kept in memory until they land, and entered at once where that ends the letter.

The record of such a letter waits in a tier, and its entry says *unknown: under way*, so a worker that ends meanwhile
costs certainty and nothing else. What landed without ending its letter (try again, try another channel) is dealt with
when its record comes by: it alone can be handed on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.deliver.claims import UNDER_WAY

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
    flight: Flight
    partition: int
    want: Want
    unsure: bool
    landed: bool = False


class Landing:
    """The attempts under way of this worker, by letter id."""

    def __init__(self, tools: Tools, desk: Desk, now: Callable[[], float]) -> None:
        self._tools, self._desk, self._now = tools, desk, now
        self._aloft: dict[str, _Aloft] = {}

    @property
    def up(self) -> int:
        """How many there are, those among them that landed and wait for their record."""
        return len(self._aloft)

    def take(self, case: Case, flight: Flight) -> Sequence[Outcome]:
        """``flight`` goes on; the outcomes say so."""
        self._aloft[case.letter.letter_id] = _Aloft(flight, case.record.partition, case.want, case.unsure)
        return self._desk.under_way(case, flight)

    def of(self, case: Case) -> Sequence[Outcome] | None:
        """The outcomes of a letter whose record came by and whose attempt is here; None where there is none."""
        one = self._aloft.get(case.letter.letter_id)
        if one is None or case.counted is None or case.counted < one.flight.before + 1:
            return None
        answer = one.flight.answer
        if answer is None:
            now = self._now()
            return (self._tools.delays.wait(case.record, now, now + 1.0, case.attempts, UNDER_WAY),)
        self._note(one)
        self._tools.flush()
        case.unsure = one.unsure
        del self._aloft[case.letter.letter_id]
        return self._desk.conclude(case, one.flight, answer)

    def enter(self, write_ahead: WriteAhead) -> None:
        """Enter what landed and is at its end, in a transaction of its own."""
        landed = [(key, one) for key, one in self._aloft.items() if one.flight.answer is not None and not one.landed]
        if not landed:
            return
        self._tools.flush()
        self._tools.entries.open(self._now())
        entries: list[tuple[int, Emit]] = []
        ended: list[str] = []
        for key, one in landed:
            self._note(one)
            entry = self._ended(one)
            if entry is not None:
                entries.append((one.partition, entry))
                ended.append(key)
        if not entries:
            return
        write_ahead(entries)
        self._tools.entries.stage(self._tools.store)
        self._tools.store.commit()
        for key in ended:
            del self._aloft[key]

    def keep(self, owned: frozenset[int]) -> None:
        """Let go of the letters of other partitions than ``owned``: they are another worker's to ask about."""
        for key in [key for key, one in self._aloft.items() if one.partition not in owned]:
            one = self._aloft.pop(key)
            if not one.landed:
                self._tools.lanes.put_back(one.want)

    def _note(self, one: _Aloft) -> None:
        """Tell lanes and metrics of a landing, once."""
        if one.flight.answer is not None and not one.landed:
            one.landed = True
            self._tools.lanes.ended(one.want, one.flight.answer, one.flight.seconds)
            self._tools.watch.attempts([one.flight], self._now())

    def _ended(self, one: _Aloft) -> Emit | None:
        """The entry that ends the letter, or None where its record is needed to go on."""
        flight, answer = one.flight, one.flight.answer
        if answer is None:
            return None
        found = self._desk.verdict(flight, answer, unsure=one.unsure or flight.unsure)
        if found.due or found.another:
            return None
        return self._tools.entries.letter(
            flight.event, one.partition, found.state, flight.channel.name, attempts=flight.attempts, reason=found.reason,
            answer=answer, body=flight.body, unsure=found.unsure,
        )  # fmt: skip
