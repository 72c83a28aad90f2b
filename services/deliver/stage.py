"""The deliver stage: claim, admit, attempt, and say what became of each letter, a batch at a time.

Every letter is looked at under the ledger first (``claims``), then asked whether it is still wanted, which channel carries it
(``routing``) and whether its office may be written to just now (``lanes``). What may go is attempted outside any transaction
(``flights``); entries, records that wait and offsets are then written together. A crash in between repeats attempts under
the same ids, or, where a repeat could deliver twice, leaves the letter in doubt and never sends it again by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from time import time
from typing import TYPE_CHECKING, Final

from schemas.letter import LetterRendered
from schemas.report import LetterReported
from schemas.topics import LETTERS, REPORTS, TIERS
from schemas.wire import Unreadable, read
from services.deliver.case import Case
from services.deliver.claims import Claim, claims, store_key
from services.deliver.desk import Desk
from services.deliver.landing import Landing
from services.pipeline.dead import HOLD_UNTIL, number
from services.pipeline.outcomes import DeadLetter, Done, Outcome
from services.pipeline.stage import Stage

if TYPE_CHECKING:
    from services.deliver.answers import Answer
    from services.deliver.flights import Flight
    from services.deliver.tools import Tools
    from services.pipeline.broker import Partition, Record

_ALOFT: Final = 10
"""Times the concurrency: attempts at slow offices under way, beside those that a batch waits for."""

_FEWEST: Final = 50
"""Letters of a batch at least, however slow the offices are."""


class DeliverStage(Stage):
    """Reads ``letters``, the tiers and ``reports``; writes ``ledger``. ``now`` is in seconds since the epoch."""

    def __init__(self, tools: Tools, now: Callable[[], float] = time) -> None:
        super().__init__("deliver", (LETTERS, *TIERS, REPORTS))
        self._tools, self._now = tools, now
        self._reports = tools.settings.topic_prefix + REPORTS.name
        self._desk = Desk(tools, now)
        self._landing = Landing(tools, self._desk, now)
        self._batch = self.most = tools.settings.batch_records
        self._most_aloft = _ALOFT * tools.settings.concurrency
        tools.flights.stop_when(self._is_stopping)

    def settle(self, records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        """See ``Stage.settle``."""
        self._tools.controls.refresh()
        self._landing.enter(self.write_ahead)
        self._tools.entries.open(self._now())
        answers: list[Sequence[Outcome]] = [()] * len(records)
        ready = self._look_at(records, answers)
        waits = self._tools.lanes.admit([case.want for case in ready])
        go: list[Case] = []
        for case, wait in zip(ready, waits, strict=True):
            if wait is None:
                go.append(case)
            else:
                answers[case.place] = self._desk.hold(case, wait.until, wait.reason)
        self._attempt(go, answers)
        self._tools.entries.stage(self._tools.store)
        self._tools.watch.lanes(self._tools.lanes.gauges(), self._landing.up)
        return answers

    def assigned(self, partitions: frozenset[Partition]) -> None:
        """Catch up with the ledger of the partitions that are now owned, and let go of what belongs to others."""
        owned = frozenset(place.partition for place in partitions)
        self._landing.keep(owned)
        self._tools.lanes.share(len(owned), self._tools.partitions)
        self._tools.store.assigned(partitions, self.beat)

    def committed(self) -> None:
        """What was staged is in the ledger."""
        self._tools.store.commit()

    def aborted(self) -> None:
        """What was staged never happened."""
        self._tools.store.abort()

    def idle(self) -> None:
        """Hear of orders, and enter what has landed."""
        self._tools.controls.refresh()
        self._landing.enter(self.write_ahead)
        self._tools.watch.lanes(self._tools.lanes.gauges(), self._landing.up)

    def drain(self) -> None:
        """Wait for what is under way, and enter it."""
        self._tools.flights.wait(self._tools.settings.attempt_seconds)
        self._landing.enter(self.write_ahead)

    def close(self) -> None:
        """Close channels, store and connections."""
        self._tools.close()

    def _is_stopping(self) -> bool:
        return self.stopping()

    def _look_at(self, records: Sequence[Record], answers: list[Sequence[Outcome]]) -> list[Case]:
        """Answer all that can be answered without an attempt; returns the letters that wait for one."""
        cases: list[Case] = []
        now = self._now()
        for place, record in enumerate(records):
            hold = (number(record, HOLD_UNTIL) or 0) / 1000 if record.headers else 0.0
            try:
                if hold > now:
                    answers[place] = (self._desk.hand_on(record, hold),)
                elif record.topic == self._reports:
                    answers[place] = self._desk.report(record, read(LetterReported, record.value))
                else:
                    cases.append(Case(place, record, read(LetterRendered, record.value, ours=True)))
            except Unreadable as error:
                answers[place] = (DeadLetter(error.reason),)
        ids = [case.letter.letter_id for case in cases]
        known = claims(self._tools.store.get(map(store_key, ids)), ids)
        ready: list[Case] = []
        for case in cases:
            case.claim = known.get(case.letter.letter_id)
            outcome = self._before(case)
            if outcome is None:
                ready.append(case)
                # A second record of the same letter in this batch finds it taken.
                known[case.letter.letter_id] = Claim("retrying", case.letter.submission_id, case.attempts + 1)
            else:
                answers[case.place] = outcome
                if case.claim is None:
                    known[case.letter.letter_id] = Claim("held", case.letter.submission_id, case.attempts)
        return ready

    def _before(self, case: Case) -> Sequence[Outcome] | None:
        """What becomes of a letter without an attempt, or None where it is ready for one."""
        landed = self._landing.of(case)
        if landed is not None:
            return landed
        standing = case.standing()
        if standing == "suppressed":
            return (self._desk.suppress(case),)
        if standing not in ("new", "due", "lost"):
            return (Done(standing),)
        return self._desk.judge(case, lost=standing == "lost")

    def _attempt(self, cases: Sequence[Case], answers: list[Sequence[Outcome]]) -> None:
        """Attempt what was admitted, and fill in its answers."""
        lanes, patience = self._tools.lanes, self._tools.settings.patience_seconds
        self._begin_on_record(cases)
        at_once, is_slow = cache(lanes.at_once), cache(lanes.is_slow)  # the same for a lane's letters of this batch
        pairs = [(case, case.flight(at_once(case.letter.office, case.channel.name))) for case in cases]
        slow = [is_slow(*flight.lane) for _, flight in pairs]
        flights, aloof = (
            [one for (_, one), far in zip(pairs, slow, strict=True) if far is side] for side in (False, True)
        )
        del aloof[max(0, self._most_aloft - self._landing.up) :]
        self._tools.flights.run(flights, aloof, patience)
        down = [flight.answer for _, flight in pairs]  # what lands from here on is looked for later
        begun = {id(flight) for flight in aloof} | {id(flight) for _, flight in pairs if flight.tries}
        self._tools.flush()
        for (case, flight), answer in zip(pairs, down, strict=True):
            answers[case.place] = self._after(case, flight, answer, begun=id(flight) in begun)
        self._tools.watch.attempts([flight for _, flight in pairs], self._now())
        self._pace(len(flights), sum(flight.tries > 0 for flight in flights))

    def _begin_on_record(self, cases: Sequence[Case]) -> None:
        """Where a repeat could deliver twice, it is on record that an attempt was begun before it is."""
        entries = [(case.record.partition, self._desk.begun(case)) for case in cases if not case.channel.idempotent]
        if not entries:
            return
        self.write_ahead(entries)
        self._tools.entries.stage(self._tools.store)
        self._tools.store.commit()

    def _after(self, case: Case, flight: Flight, answer: Answer | None, *, begun: bool) -> Sequence[Outcome]:
        if answer is not None:
            self._tools.lanes.ended(case.want, answer, flight.seconds)
            return self._desk.conclude(case, flight, answer)
        if begun:
            self._tools.lanes.overdue(case.want)
            return self._landing.take(case, flight)
        self._tools.lanes.put_back(case.want)
        return self._desk.hold(case, self._now() + 1.0, "not_begun")

    def _pace(self, admitted: int, begun: int) -> None:
        """Read about as many letters at a time as can be attempted while a batch lasts."""
        if begun < admitted:
            self.most = max(_FEWEST, begun)
        elif self.most < self._batch:
            self.most = min(self._batch, self.most * 2)
