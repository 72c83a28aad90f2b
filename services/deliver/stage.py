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

_ENDS: Final = 3.0
"""Seconds in which an attempt whose time is up ends, and likewise what landed is entered and the worker ends."""

_FEWEST: Final = 50
"""Letters of a batch at least, however slow the offices are."""

_ITS_TURN: Final = ("new", "due", "lost")
"""The standings of a letter's own record."""


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
        tools.flights.begin_if(self._may_begin)

    def settle(self, records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        """See ``Stage.settle``."""
        self._tools.controls.refresh()
        self._landing.enter(self.write_ahead)
        self._tools.entries.open(self._now())
        self._landing.opened()
        try:
            answers = self._settle(records)
        except Exception:
            self._landing.failed()
            raise
        self._tools.entries.stage(self._tools.store)
        self._look()
        return answers

    def assigned(self, partitions: frozenset[Partition]) -> None:
        """Catch up with the ledger of the partitions that are now owned, and let go of what belongs to others."""
        owned = frozenset(place.partition for place in partitions)
        self._tools.lanes.share(len(owned), self._tools.partitions)
        self._tools.watch.offices.assigned(owned, self._tools.partitions)
        self._tools.store.assigned(partitions, self.beat)
        self._landing.keep(owned)

    def committed(self) -> None:
        """What was staged is in the ledger."""
        self._tools.store.commit()
        self._landing.committed()
        self._tools.entries.committed()
        self._tools.watch.entered(self._tools.entries.counted())

    def aborted(self) -> None:
        """What was staged never happened."""
        self._tools.store.abort()
        self._landing.aborted()
        self._tools.entries.aborted()
        self._tools.watch.entered(self._tools.entries.counted())

    def idle(self) -> None:
        """Hear of orders, and enter what has landed."""
        self._tools.controls.refresh()
        self._landing.enter(self.write_ahead)
        self._tools.watch.entered(self._tools.entries.counted())
        self._look()

    def drain(self) -> None:
        """Wait for what is under way, and enter it."""
        settings = self._tools.settings
        self._tools.flights.wait(max(0.0, min(settings.attempt_seconds + _ENDS, settings.grace_seconds - _ENDS)))
        self._landing.enter(self.write_ahead, last=True)

    def close(self) -> None:
        """Close channels, store and connections."""
        self._tools.close()

    def _look(self) -> None:
        """Have the metrics show how lanes and attempts stand."""
        lanes = self._tools.lanes
        self._tools.watch.lanes(lanes.gauges(), lanes.breakers(), self._landing.up)

    def _is_stopping(self) -> bool:
        return self.stopping()

    def _may_begin(self, flight: Flight) -> bool:
        """Whether nothing stands against it in this moment: to put it on record, or the try before, may have taken long."""
        letter, tools = flight.event.data, self._tools
        if flight.given_up or self._now() >= tools.verdicts.ends(letter) or tools.controls.cancelled(letter.campaign):
            return False
        return tools.controls.pause(letter.campaign, *flight.lane) is None

    def _settle(self, records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
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
        return answers

    def _look_at(self, records: Sequence[Record], answers: list[Sequence[Outcome]]) -> list[Case]:
        """Answer all that can be answered without an attempt; returns the letters that wait for one."""
        cases: list[Case] = []
        now = self._now()
        for place, record in enumerate(records):
            hold = (number(record, HOLD_UNTIL) or 0) / 1000 if record.headers else 0.0
            try:
                if record.topic == self._reports:
                    answers[place] = self._desk.report(record, read(LetterReported, record.value))
                    continue
                event = read(LetterRendered, record.value, ours=True)
                if hold > now and not self._tools.controls.cancelled(event.data.campaign):
                    answers[place] = (self._desk.hand_on(record, event.data, hold),)
                else:
                    cases.append(Case(place, record, event))
            except Unreadable as error:
                answers[place] = (DeadLetter(error.reason),)
        ids = [case.letter.letter_id for case in cases]
        known = claims(self._tools.store.get(map(store_key, ids)), ids)
        ready: list[Case] = []
        for case in cases:
            case.claim = known.get(case.letter.letter_id)
            landed = self._landing.of(case)
            standing = case.standing()
            if standing == "lost" and landed is None and self._landing.speaks_of(case):
                standing = "waiting"
            if landed is None and standing not in _ITS_TURN:
                answers[case.place] = (self._desk.suppress(case),) if standing == "suppressed" else (Done(standing),)
                continue
            # A second record of the same letter in this batch, as a replay makes them, finds it dealt with.
            counted = max(case.attempts, case.claim.attempts if case.claim else 0)
            known[case.letter.letter_id] = Claim("retrying", case.letter.submission_id, counted + 1)
            outcome = landed or self._desk.judge(case, lost=standing == "lost")
            if outcome is None:
                ready.append(case)
            else:
                answers[case.place] = outcome
        return ready

    def _attempt(self, cases: Sequence[Case], answers: list[Sequence[Outcome]]) -> None:
        """Attempt what was admitted, and fill in its answers."""
        lanes, patience = self._tools.lanes, self._tools.settings.patience_seconds
        at_once, is_slow = cache(lanes.at_once), cache(lanes.is_slow)  # the same for a lane's letters of this batch
        pairs = [(case, case.flight(at_once(case.letter.office, case.channel.name))) for case in cases]
        slow = [is_slow(*flight.lane) for _, flight in pairs]
        flights, aloof = (
            [one for (_, one), far in zip(pairs, slow, strict=True) if far is side and one.at_once]
            for side in (False, True)
        )
        del aloof[max(0, self._most_aloft - self._landing.up) :]
        try:
            self._begin_on_record(cases)
            aloof = [one for one in aloof if self._may_begin(one)]
            self._tools.flights.run(flights, aloof, patience)
        except Exception:  # evicted, as a rule, and nothing was begun
            for case in cases:
                lanes.put_back(case.want)
            raise
        down = [flight.answer for _, flight in pairs]  # what lands from here on is looked for later
        begun = {id(flight) for flight in aloof} | {id(flight) for _, flight in pairs if flight.tries}
        ends = [(case, flight, answer, id(flight) in begun) for (case, flight), answer in zip(pairs, down, strict=True)]
        self._tell(ends)
        try:
            self._tools.flush()
            for case, flight, answer, was_begun in ends:
                answers[case.place] = self._after(case, flight, answer, begun=was_begun)
        except Exception:  # of one letter; the records come again one by one, and no attempt is made twice for that
            for case, flight, answer, was_begun in ends:
                self._landing.put_off(case, flight, told=answer is not None or not was_begun, begun=was_begun)
            raise
        self._landing.ended((one[0], one[1], one[3]) for one in ends if one[2] is not None or not one[3])
        self._pace(len(flights), sum(flight.tries > 0 for flight in flights))

    def _begin_on_record(self, cases: Sequence[Case]) -> None:
        """Where it must be (``Way.on_record``), it is on record that an attempt was begun before it is."""
        entries = [(case.record.partition, self._desk.begun(case)) for case in cases if case.way and case.way.on_record]
        if not entries:
            return
        self.write_ahead(entries)
        self._tools.entries.keep(self._tools.store, entries)

    def _tell(self, ends: Sequence[tuple[Case, Flight, Answer | None, bool]]) -> None:
        """Tell lanes and metrics how it went; of attempts that go on, they hear when those land."""
        for case, flight, answer, begun in ends:
            if answer is not None:
                self._tools.lanes.ended(case.want, answer, flight.seconds)
            elif begun:
                self._tools.lanes.overdue(case.want)
            else:
                self._tools.lanes.put_back(case.want)
        over = [flight for _, flight, answer, begun in ends if answer is not None or not begun]
        self._tools.watch.attempts(over, self._now())

    def _after(self, case: Case, flight: Flight, answer: Answer | None, *, begun: bool) -> Sequence[Outcome]:
        if answer is not None:
            return self._desk.conclude(case, flight, answer)
        if begun:
            return self._landing.take(case, flight)
        return self._desk.hold(case, self._now() + 1.0, "not_begun")

    def _pace(self, admitted: int, begun: int) -> None:
        """Read about as many letters at a time as can be attempted while a batch lasts."""
        if begun < admitted:
            self.most = max(_FEWEST, begun)
        elif self.most < self._batch:
            self.most = min(self._batch, self.most * 2)
