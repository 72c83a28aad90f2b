"""A lane: one office on one channel, and everything that decides whether its next letter may go now.

Rate, places, breaker, throttling, pauses and closed hours are each a small thing of their own; a lane asks them in order and
says which of them holds a letter back. It knows counts and times only, never a letter, so that it stays small: an
installation may have thousands. Times are in seconds of a clock that never steps back; closed hours go by the wall's.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final, Literal

from services.deliver.allowance import Allowance
from services.deliver.breaker import Breaker
from services.deliver.bucket import Bucket
from services.deliver.turns import Turns
from services.deliver.windows import Window, opens

if TYPE_CHECKING:
    from services.deliver.answers import Answer
    from services.deliver.offices import Pace

Reason = Literal[
    "paced", "channel_paced", "busy", "breaker_open", "throttled", "quiet_hours", "paused_by_answer", "warming_up"
]

_UNKNOWN_LATENCY: Final = 0.16
"""Seconds that an attempt is taken to last until one has: with 8 at once, 50 letters a second."""

_SHORTEST: Final = 0.001
_SMOOTH: Final = 0.2
_PAUSE_SECONDS: Final = (900.0, 14_400.0)
_THROTTLE_SECONDS: Final = (1.0, 60.0)
_FARTHEST: Final = 7200.0
_FARTHEST_GUESS: Final = 120.0
_LONGEST_ASKED: Final = 86_400.0
"""Seconds: a longer Retry-After is a mistake or an attack."""


class Lane:
    """``under_way`` are the attempts admitted and not ended; ``latency`` is their mean time, None before the first."""

    __slots__ = (
        "_dice",
        "_held",
        "_looked",
        "_paused_by_answer",
        "_pauses",
        "_shut",
        "_throttles",
        "_usual",
        "allowance",
        "breaker",
        "bucket",
        "closed",
        "latency",
        "pace",
        "slow",
        "touched",
        "turns",
        "under_way",
    )

    def __init__(self, pace: Pace, closed: tuple[Window, ...], now: float, dice: random.Random) -> None:
        self.pace, self.closed, self.touched, self._dice = pace, closed, now, dice
        self.breaker, self.allowance, self.turns = Breaker(dice), Allowance(pace, now), Turns()
        self.bucket: Bucket | None = None
        self.latency: float | None = None
        self._usual: float | None = None  # the latency of answers alone: time-outs say nothing of a day when it is well
        self.slow = False
        self.under_way = self._throttles = self._pauses = 0
        self._held = self._shut = float("-inf")
        self._looked = -1
        self._paused_by_answer = False

    def gate(self, now: float, wall: float) -> tuple[float, Reason] | None:
        """Until when nothing may begin, whatever the pace, and why; None where it may."""
        if self.closed and (shut := self._closed_until(wall)) > wall:
            return now + shut - wall, "quiet_hours"
        opens_at = self.breaker.wait(now)
        if opens_at is not None and opens_at >= self._held:
            return opens_at, "paused_by_answer" if self._paused_by_answer else "breaker_open"
        return (self._held, "throttled") if self._held > now else None

    def room(self, now: float, patience: float) -> tuple[int, Reason]:
        """How many attempts may begin now, and why no more."""
        places = self.places(now, patience) - self.under_way
        reason: Reason = "busy"
        if self.breaker.half_open:
            reason = "breaker_open"
        if self.breaker.room is not None:
            places = min(places, self.breaker.room - self.under_way)
        tokens = self.tokens(now)
        if tokens is not None and tokens < places:
            places, reason = int(tokens), "paced"
            if self.allowance.slowed is not None:
                reason = "throttled"
            elif self.allowance.warmth(now) < 1:
                reason = "warming_up"
        return max(0, places), reason

    def places(self, now: float, patience: float) -> int:
        """Attempts that may be under way: as many as end within the batch's patience, or as are let at once."""
        at_once = self.at_once(now)
        if self.slow:
            return at_once
        return int(at_once * max(1.0, patience / max(_SHORTEST, self.latency or _UNKNOWN_LATENCY)))

    def at_once(self, now: float) -> int:
        """Attempts that the office is to have in hand at the same moment."""
        most = self.pace.concurrency
        if self.pace.rate is None and self.pace.warm_up_seconds:
            most = max(1, int(most * self.allowance.warmth(now)))
        return most if self.breaker.room is None else min(most, self.breaker.room)

    def tokens(self, now: float) -> float | None:
        """What the bucket holds; None where there is no rate."""
        rate = self.allowance.rate(now)
        if rate is None:
            self.bucket = None
            return None
        burst = max(1.0, self.allowance.burst() * self.allowance.warmth(now))
        if self.bucket is None:
            self.bucket = Bucket(rate, burst, now)
        self.bucket.change(rate, burst, now)
        return self.bucket.refill(now)

    def kept(self, room: int) -> int:
        """Of ``room``, what is for campaigns that wait elsewhere; not so much that the others could not use the full rate,
        and no place, where those are fewer than the tokens: a place is soon free again.
        """
        return self.bucket.kept(room) if self.bucket else 0

    def take(self, count: int, now: float) -> None:
        self.under_way += count
        self.allowance.began(now, count)
        if self.bucket is not None:
            self.bucket.take(count)

    def give_back(self, campaign: str) -> None:
        """One that was admitted did not begin."""
        self.under_way = max(0, self.under_way - 1)
        self.turns.give_back(campaign)
        if self.bucket is not None:
            self.bucket.give_back()

    def letters_a_second(self, now: float) -> float:
        """What the office is thought to take, to plan with."""
        capacity = self._capacity()
        return min(capacity, self.allowance.usual(now) or capacity)

    def asks_back(self, now: float, reason: Reason) -> float:
        """From when on letters that ``room`` held back may come by: where attempts under way are in their way, once one of
        those is likely to be over.
        """
        in_the_way = reason in ("busy", "breaker_open")
        return now + (self.latency or 0.0) / max(1, self.under_way) if in_the_way else now

    def _capacity(self) -> float:
        """Letters a second that its places have time for."""
        return self.pace.concurrency / max(_SHORTEST, self._usual or _UNKNOWN_LATENCY)

    def foresight(self) -> float:
        """For how many seconds ahead an estimate is worth something: for less where no operator set a pace.

        An office that was slow or asked to slow down may be well again in a minute; its letters must not sleep through it.
        """
        return _FARTHEST if self.pace.rate is not None and self.allowance.slowed is None else _FARTHEST_GUESS

    def overdue(self, slow_seconds: float) -> None:
        """An attempt takes longer than a batch waits."""
        self.latency, self.slow = max(self.latency or 0.0, slow_seconds), True

    def ended(self, answer: Answer, seconds: float, now: float, slow_seconds: float) -> None:
        """An attempt that took ``seconds`` ended as ``answer`` tells."""
        self.under_way = max(0, self.under_way - 1)
        self.latency = _smooth(self.latency, seconds)
        # Apart only when clearly fast again: a lane that went to and fro would hold up every other batch.
        self.slow = self.latency >= (slow_seconds / 2 if self.slow else slow_seconds)
        began = now - seconds
        if answer.pauses:
            self._pause(now)
        elif answer.verdict in ("accepted", "refused"):
            self._usual = _smooth(self._usual, seconds)
            self._throttles = self._pauses = 0
            self._paused_by_answer = False
            self.allowance.answered()
            self.breaker.succeeded(now, began, self.pace.concurrency)
        elif answer.verdict == "throttle":
            self._throttled(answer, now, began)
        else:
            if answer.retry_after is not None:
                self._hold(now, answer.retry_after)
            self.breaker.failed(now, began)

    def idle(self, now: float, seconds: float) -> bool:
        """Whether it can be forgotten: nothing was wanted for so long, and nothing that it knows is still of use."""
        busy = max(self._held, self.breaker.open_until or 0.0, self.turns.last(), self.touched)
        return not self.under_way and busy + seconds < now

    def is_closed(self, wall: float) -> bool:
        """Whether it is in a quiet hour or a maintenance window."""
        return bool(self.closed) and self._closed_until(wall) > wall

    def is_held(self, now: float) -> bool:
        """Whether the office asked to be left alone, or to be sent less."""
        return self._held > now or self.allowance.slowed is not None

    def is_paused_by_answer(self) -> bool:
        """Whether its last answer was that it takes no letter of ours, whichever."""
        return self._paused_by_answer

    def _pause(self, now: float) -> None:
        if self.breaker.wait(now) is not None and self._paused_by_answer:
            return
        first, longest = _PAUSE_SECONDS
        self.breaker.hold(now, min(longest, first * 2.0 ** min(self._pauses, 10)))
        self._pauses += 1
        self._paused_by_answer = True

    def _throttled(self, answer: Answer, now: float, began: float) -> None:
        again = self.allowance.throttled(now, began, self._capacity())
        if self.tokens(now) is not None and self.bucket is not None:
            self.bucket.drain(now)
        if answer.retry_after is not None:
            self._hold(now, answer.retry_after)
        elif again:
            first, longest = _THROTTLE_SECONDS
            self._hold(now, min(longest, first * 2.0 ** min(self._throttles, 10)) * (1 + self._dice.uniform(0.0, 0.25)))
        if again:
            self._throttles += 1
            if answer.retry_after is None or not self.breaker.half_open:  # a probe told when to come back is an answer
                self.breaker.failed(now, began)

    def _hold(self, now: float, seconds: float) -> None:
        self._held = max(self._held, now + min(_LONGEST_ASKED, max(0.0, seconds)))

    def _closed_until(self, wall: float) -> float:
        if wall // 60 != self._looked:  # windows begin and end with a minute
            self._looked, self._shut = int(wall // 60), opens(self.closed, wall)
        return self._shut


def _smooth(mean: float | None, seconds: float) -> float:
    return seconds if mean is None else mean + _SMOOTH * (seconds - mean)
