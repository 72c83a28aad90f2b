"""What becomes of one letter, as outcomes: the entry in the ledger and, where it waits, its record in a tier.

A letter that has not ended has exactly one record, so every outcome here either ends the letter or hands its record on, never
both. What only waits on, without news, is not entered again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final
from uuid import UUID

from schemas.ledger import TERMINAL
from services.deliver.channel import Unfit
from services.deliver.claims import STARTED, UNDER_WAY, Claim, claims, store_key
from services.deliver.verdicts import Next
from services.pipeline.outcomes import Done

if TYPE_CHECKING:
    from schemas.ledger import State
    from schemas.letter import Letter
    from schemas.report import LetterReported
    from services.deliver.answers import Answer
    from services.deliver.case import Case
    from services.deliver.flights import Flight
    from services.deliver.tools import Tools
    from services.pipeline.broker import Record
    from services.pipeline.outcomes import Emit, Outcome, RetryAt

_UNDER_WAY: Final = 1
"""The tier in which the record of an attempt under way waits, if it lasts longer than any attempt."""

_PAUSED: Final = 2
"""The tier in which a paused letter waits: after a minute or two it asks again, for a pause can be ended before its time."""

_DRIP_PART: Final = 0.9
"""Of the time until its deadline a letter waits for its moment in a drip no longer than this part: it must still be sent."""


class Desk:
    """Decides, for a batch that is open in ``tools.entries``. ``now`` is in seconds since the epoch."""

    def __init__(self, tools: Tools, now: Callable[[], float]) -> None:
        self._tools, self._now = tools, now

    def suppress(self, case: Case) -> Emit:
        """Another submission of the same person came first."""
        return self._entry(case, "suppressed", "duplicate", channel=self._tools.routing.usual(case.letter), attempts=0)

    def hand_on(self, record: Record, letter: Letter, until: float) -> RetryAt:
        """The record goes on waiting; nobody need look at the letter's entry."""
        return self._tools.delays.hand_on(record, self._now(), until, self._tools.verdicts.ends(letter))

    def judge(self, case: Case, *, lost: bool) -> Sequence[Outcome] | None:
        """What becomes of a letter whose turn it is, before its office is asked for; None where it may go."""
        claim, letter, now = case.claim, case.letter, self._now()
        case.unsure = claim is not None and claim.unsure
        if lost and claim is not None:
            # A channel that was taken out of the settings is not asked: nobody knows whether a repeat is safe there.
            idempotent = self._tools.channels.repeats(claim.channel)
            found = self._tools.verdicts.of_lost(claim, letter, now, idempotent=idempotent)
            if found.state in TERMINAL:
                return (self._entry(case, found.state, found.reason, attempts=claim.attempts, unsure=found.unsure),)
            case.unsure = True
        if self._tools.controls.cancelled(letter.campaign):
            state: State = "in_doubt" if case.unsure else "cancelled"
            return (self._entry(case, state, "campaign_cancelled"),)
        over = self._tools.verdicts.of_end(letter, now, unsure=case.unsure)
        if over is not None:
            return (self._end(case, over),)
        return self._choose(case) or self._wait(case, now)

    def hold(self, case: Case, until: float, reason: str) -> Sequence[Outcome]:
        """The letter waits, and no attempt is counted."""
        ends = self._tools.verdicts.ends(case.letter)
        waits = self._tools.delays.wait(case.record, self._now(), min(until, ends), case.attempts, reason, ends)
        if case.claim is None or case.claim.begun == STARTED:
            return (self._entry(case, "held", reason), waits)
        return (waits,)

    def begun(self, case: Case) -> Emit:
        """For the record: an attempt is about to begin."""
        entry = self._entry(
            case, "unknown", STARTED, attempts=case.attempts + 1, body=case.way.body if case.way else None
        )
        case.claim = Claim(
            "unknown", case.letter.submission_id, case.attempts + 1, case.channel.name, case.unsure, STARTED
        )
        return entry

    def under_way(self, case: Case, flight: Flight, attempts: int) -> Sequence[Outcome]:
        """The attempt goes on while the batch ends; by the time that its record comes by it is over.

        ``attempts`` are those counted so far: the flight itself may count another one at any moment.
        """
        settings = self._tools.settings
        entry = self._entry(
            case, "unknown", UNDER_WAY, channel=flight.channel.name, attempts=attempts, body=flight.body
        )
        over = settings.attempt_seconds + settings.patience_seconds
        until = self._now() + max(over, self._tools.delays.of(_UNDER_WAY))
        return (entry, self._tools.delays.wait(case.record, self._now(), until, attempts, UNDER_WAY))

    def conclude(self, case: Case, flight: Flight, answer: Answer) -> Sequence[Outcome]:
        """After an attempt that ended."""
        attempts = max(flight.attempts, case.attempts)
        found, channel = self.verdict(flight, answer, unsure=case.unsure or flight.unsure)
        entry = self._tools.entries.letter(
            case.event, case.record.partition, found.state, channel, attempts=attempts, reason=found.reason,
            answer=answer, body=flight.body, unsure=found.unsure,
        )  # fmt: skip
        if not found.due:
            return (entry,)
        ends = self._tools.verdicts.ends(case.letter)
        return (entry, self._tools.delays.wait(case.record, self._now(), found.due, attempts, found.reason, ends))

    def verdict(self, flight: Flight, answer: Answer, *, unsure: bool) -> tuple[Next, str]:
        """What follows from an attempt's answer, and by which channel: the next one, if this one surely did not deliver."""
        found = self._tools.verdicts.of_answer(
            answer, flight.event.data, self._now(), attempts=flight.attempts, unsure=unsure,
            idempotent=flight.channel.idempotent,
        )  # fmt: skip
        if found.another:
            way = self._tools.routing.after(flight.event.data, flight.channel.name)
            if not isinstance(way, Unfit):
                return Next("retrying", found.reason, self._now()), way.channel.name
        return found, flight.channel.name

    def report(self, record: Record, event: LetterReported) -> Sequence[Outcome]:
        """Enter what came back for a letter later, where it says more than the ledger does."""
        report = event.data
        claim = claims(self._tools.store.get([store_key(report.letter_id)]), [report.letter_id]).get(report.letter_id)
        if claim is None or claim.channel != report.channel or not claim.accepted_at:
            return (Done("report_of_no_letter"),)
        news = {"refused": ("accepted", "in_doubt"), "delivered": ("in_doubt",)}[report.says]
        if claim.state not in news:
            return (Done("report_without_news"),)
        state: State = "refused" if report.says == "refused" else "accepted"
        return (self._tools.entries.report(event, record.partition, claim, state),)

    def _choose(self, case: Case) -> Sequence[Outcome] | None:
        before = case.claim.channel if case.claim else ""
        way = self._tools.routing.first(case.letter, before)
        if isinstance(way, Unfit):
            state: State = "in_doubt" if case.unsure else "refused"
            return (self._entry(case, state, way.reason, channel=before or self._tools.routing.usual(case.letter)),)
        if case.unsure and way.channel.name != before:
            return (self._entry(case, "in_doubt", "channel_gone", channel=before),)
        case.way = way
        return None

    def _wait(self, case: Case, now: float) -> Sequence[Outcome] | None:
        letter = case.letter
        pause = self._tools.controls.pause(letter.campaign, letter.office, case.channel.name)
        if pause is not None:
            # Sooner towards the letter's end: asleep until then, it would not hear of a pause that ends in time.
            most = max(1.0, (self._tools.verdicts.ends(letter) - now) / 2)
            soon = now + min(most, self._tools.delays.of(_PAUSED) * random.uniform(1.0, 1.5))  # noqa: S311 - spreads load
            return self.hold(case, soon if pause.until is None else min(soon, pause.until), "paused")
        if letter.drip_hours is not None and not case.attempts:
            accepted, spread = letter.accepted_at.timestamp(), letter.drip_hours * 3600
            if letter.deliver_before is not None:
                spread = min(spread, _DRIP_PART * (letter.deliver_before.timestamp() - accepted))
            # Spread evenly by the letter's own id, so that every worker and every replay comes to the same moment.
            opens = accepted + spread * UUID(letter.letter_id).int / 2**128
            if opens > now:
                return self.hold(case, opens, "drip")
        return None

    def _end(self, case: Case, found: Next) -> Emit:
        return self._entry(case, found.state, found.reason, unsure=found.unsure)

    def _entry(
        self,
        case: Case,
        state: State,
        reason: str,
        *,
        channel: str = "",
        attempts: int | None = None,
        body: bytes | None = None,
        unsure: bool | None = None,
    ) -> Emit:
        """An entry without an answer, on the letter's channel as far as it is known."""
        known = case.way.channel.name if case.way else case.claim.channel if case.claim else ""
        return self._tools.entries.letter(
            case.event,
            case.record.partition,
            state,
            channel or known or self._tools.routing.usual(case.letter),
            attempts=case.attempts if attempts is None else attempts,
            reason=reason,
            body=body,
            unsure=case.unsure if unsure is None else unsure,
        )
