"""The deliver stage: claim, attempt, and say what became of each letter, a batch at a time.

The attempts happen before the loop opens its transaction; ledger entries, retries and offsets are then written together.
A crash in between repeats the attempts under the same ids, which an idempotent receiver answers as it did before.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from time import time
from typing import TYPE_CHECKING, Final

from schemas.ledger import LedgerWritten, State
from schemas.letter import Letter, LetterRendered
from schemas.topics import LEDGER, LETTERS, RETRY
from schemas.wire import Unreadable, read, write
from services.deliver.attempts import Attempts, Try
from services.deliver.claims import Claim, claims, standing, store_key
from services.pipeline.dead import ATTEMPTS, FIRST_ATTEMPT, HOLD_UNTIL, number
from services.pipeline.outcomes import DeadLetter, Done, Emit, Outcome, RetryAt, emit
from services.pipeline.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.deliver.channels import Channels
    from services.deliver.settings import DeliverSettings
    from services.pipeline.broker import Partition, Record
    from services.pipeline.metrics import WorkerMetrics
    from services.pipeline.store import Store

SOURCE: Final = "/postbag/deliver"
_PUT_BACK_SECONDS: Final = 1.0
"""How long a letter that was not begun waits at least: the retry topic is read in order."""

_MOST_JITTER: Final = 1.5
"""The longest wait in the retry topic, as a multiple of its usual delay."""


class DeliverStage(Stage):
    """Reads ``letters`` and the retry topic; writes ``ledger``."""

    def __init__(
        self,
        channels: Channels,
        store: Store,
        settings: DeliverSettings,
        metrics: WorkerMetrics,
        now: Callable[[], float] = time,
    ) -> None:
        super().__init__("deliver", (LETTERS, RETRY))
        self._channels, self._store, self._settings, self._now = channels, store, settings, now
        self._metrics = metrics
        self._time = datetime.fromtimestamp(now(), UTC)
        self._runner = asyncio.Runner()
        self._attempts = Attempts(
            channels, settings.concurrency, settings.batch_seconds, settings.short_retries, self._is_stopping
        )
        self._age = metrics.histogram("postbag_letter_age_seconds", "deliver")
        self._seconds = cache(partial(metrics.histogram, "postbag_attempt_seconds"))

    def settle(self, records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        """Claim, attempt, conclude; see ``Stage.settle``."""
        self._time = datetime.fromtimestamp(self._now(), UTC)
        answers: list[Sequence[Outcome]] = [()] * len(records)
        letters: list[tuple[int, Record, LetterRendered]] = []
        for place, record in enumerate(records):
            try:
                letters.append((place, record, read(LetterRendered, record.value)))
            except Unreadable as error:
                answers[place] = (DeadLetter(error.reason),)
        ids = [event.data.letter_id for _, _, event in letters]
        known = claims(self._store.get(map(store_key, ids)), ids)
        tries: list[tuple[int, Record, LetterRendered, Try]] = []
        for place, record, event in letters:
            letter = event.data
            stands = standing(known.get(letter.letter_id), letter.submission_id, retried=_is_retry(record))
            if stands == "due" and self._hold(record):
                answers[place] = (self._hold_on(record),)
            elif stands in ("new", "due"):
                known[letter.letter_id] = Claim("retrying", letter.submission_id)
                tries.append((place, record, event, Try(letter, write(letter))))
            elif stands == "suppressed":
                answers[place] = (self._entry(event, "suppressed", attempts=0, reason="duplicate"),)
            else:
                answers[place] = (Done(stands),)
        self._runner.run(self._attempts.run([one for _, _, _, one in tries]))
        kept: dict[int, dict[bytes, bytes]] = {}
        for place, record, event, one in tries:
            state, answers[place] = self._conclude(record, event, one)
            entry = Claim(state, one.letter.submission_id).pack()
            kept.setdefault(record.partition, {})[store_key(one.letter.letter_id)] = entry
        for partition, entries in kept.items():
            self._store.stage(partition, entries)
        self._observe([one for _, _, _, one in tries])
        return answers

    def assigned(self, partitions: frozenset[Partition]) -> None:
        """Catch up with the ledger of the partitions that are now owned."""
        self._store.assigned(partitions, self.beat)

    def committed(self) -> None:
        """What was staged is in the ledger."""
        self._store.commit()

    def aborted(self) -> None:
        """What was staged never happened."""
        self._store.abort()

    def close(self) -> None:
        """Close channel and store."""
        self._runner.run(self._channels.close())
        self._runner.close()
        self._store.close()

    def _is_stopping(self) -> bool:
        return self.stopping()

    def _conclude(self, record: Record, event: LetterRendered, one: Try) -> tuple[State, Sequence[Outcome]]:
        """A letter's new state and its outcomes."""
        attempts = (number(record, ATTEMPTS) or 0) + one.tries
        reason = one.answer.reason if one.answer else "not_begun"
        state, due = self._state(one)
        entry = self._entry(event, state, attempts=attempts, reason=reason, one=one)
        if state != "retrying":
            return state, (entry,)
        return state, (entry, self._retry(record, due, attempts, reason))

    def _retry(self, record: Record, due: float, attempts: int, reason: str) -> RetryAt:
        """Into the retry topic for its usual delay; what must wait longer comes by again, and holds up nobody."""
        now = self._now()
        first = (number(record, FIRST_ATTEMPT) or 0) / 1000 or now
        soon = now + self._settings.retry_seconds * _MOST_JITTER
        if due <= soon:
            return RetryAt(RETRY, due, attempts, first, reason)
        return RetryAt(RETRY, soon, attempts, first, reason, hold_until=due)

    def _hold(self, record: Record) -> float:
        """When a letter that comes by may be tried (seconds since the epoch); 0 where that is now."""
        until = (number(record, HOLD_UNTIL) or 0) / 1000
        return until if until > self._now() else 0.0

    def _hold_on(self, record: Record) -> RetryAt:
        return self._retry(record, self._hold(record), number(record, ATTEMPTS) or 0, "held_back")

    def _state(self, one: Try) -> tuple[State, float]:
        """A letter's new state and, where it is to be tried again, when (seconds since the epoch)."""
        answer = one.answer
        if answer is None:
            due = self._now() + _PUT_BACK_SECONDS
        elif answer.verdict in ("accepted", "refused"):
            return ("accepted" if answer.verdict == "accepted" else "refused"), 0.0
        elif answer.verdict == "unknown" and not self._channels.of(one.letter).idempotent:
            return "in_doubt", 0.0
        else:
            due = self._due(answer.retry_after)
        if due - one.letter.accepted_at.timestamp() <= self._settings.max_age_seconds:
            return "retrying", due
        # Too old to try again; but where the last attempt may have arrived, nobody can say that it did not.
        return ("in_doubt" if answer is not None and answer.verdict == "unknown" else "expired"), due

    def _due(self, retry_after: float | None) -> float:
        """When to try again: never sooner than asked, with jitter added and none taken away."""
        wait = max(self._settings.retry_seconds, retry_after or 0.0)
        return self._now() + wait + random.uniform(0, self._settings.retry_seconds * (_MOST_JITTER - 1))  # noqa: S311 - spreads load

    def _entry(
        self, event: LetterRendered, state: State, *, attempts: int, reason: str, one: Try | None = None
    ) -> Emit:
        letter: Letter = event.data
        key = letter.letter_id if state != "suppressed" else f"{letter.letter_id}/{letter.submission_id}"
        answer = one.answer if one else None
        entry = {
            "letter_id": letter.letter_id,
            "submission_id": letter.submission_id,
            "campaign": letter.campaign,
            "office": letter.office,
            "state": state,
            "channel": self._channels.of(letter).name,
            "attempts": attempts,
            "reason": reason,
            "answer": answer.status if answer else None,
            "receipt": answer.receipt if answer else None,
            "body_sha256": hashlib.sha256(one.body).hexdigest() if one and answer else None,
            "accepted_at": letter.accepted_at,
        }
        # Validated in one call: half the price of building the models one by one, and as strict.
        written = LedgerWritten.model_validate(
            {"id": key, "source": SOURCE, "time": self._time, "traceparent": event.traceparent, "data": entry}
        )
        return emit(LEDGER, key.encode(), written)

    def _observe(self, tries: Iterable[Try]) -> None:
        now = self._now()
        results: Counter[tuple[str, str]] = Counter()
        for one in tries:
            channel = self._channels.of(one.letter).name
            if one.answer is None:
                results[channel, "not_begun"] += 1
                continue
            results[channel, one.answer.verdict] += one.tries
            self._seconds(channel).observe(one.seconds)
            if one.answer.verdict in ("accepted", "refused"):
                self._age.observe(max(0.0, now - one.letter.accepted_at.timestamp()))
        for (channel, result), count in results.items():
            self._metrics.counter("postbag_attempts", channel, result).inc(count)


def _is_retry(record: Record) -> bool:
    return any(name == ATTEMPTS for name, _ in record.headers)
