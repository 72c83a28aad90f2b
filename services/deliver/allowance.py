"""What an office's pace comes to at the moment: its rate, less after it asked to slow down, and rising while it warms up.

Asked to slow down (429, 503), the rate is halved once per batch of such answers, and grows back by a sixtieth of the full
one a second: additive increase, multiplicative decrease. An office without a rate gets one for as long, from what its
answers have time for, and from what was too much once it took letters again. It is never more than the operator allows.
Times are in seconds of a clock that never steps back.
"""

from __future__ import annotations

from typing import Final

from services.deliver.offices import BURST_SECONDS, Pace

_RECOVERS: Final = 1 / 60
_LEAST: Final = 1 / 64
"""Of the full rate: below, it would take an office a day to notice that it is well."""

_COLD: Final = 0.1
"""Of the full rate: how a lane begins to warm up."""

_SAMPLE_SECONDS: Final = 5.0


class Allowance:
    """``slowed`` is what is left of the rate after throttling; None where nothing was taken away."""

    __slots__ = ("_answered", "_at", "_ceiling", "_count", "_cut", "_lately", "_mark", "_pace", "_warm_from", "slowed")

    def __init__(self, pace: Pace, now: float) -> None:
        self._pace, self._warm_from = pace, now
        self.slowed: float | None = None
        self._ceiling = self._lately = 0.0
        self._cut, self._at, self._mark, self._count = float("-inf"), now, now, 0
        self._answered = False

    def began(self, now: float, count: int) -> None:
        """Attempts were begun: what a rate can be made of where there is none."""
        if now - self._mark >= _SAMPLE_SECONDS:
            self._lately = self._count / (now - self._mark)
            self._mark, self._count = now, 0
        self._count += count

    def answered(self) -> None:
        """A letter went well: if the office asks to slow down after that, the rate was too high, and it is not just out."""
        self._answered = True

    def warmth(self, now: float) -> float:
        """Share of the full pace that a lane so young may have: from a tenth to 1."""
        seconds = self._pace.warm_up_seconds
        return min(1.0, _COLD + (1 - _COLD) * (now - self._warm_from) / seconds) if seconds else 1.0

    def rate(self, now: float) -> float | None:
        """Attempts a second that may begin; None is no limit."""
        rate = self._grown(now)
        return rate and rate * self.warmth(now)

    def usual(self, now: float) -> float | None:
        """The rate to plan with: a lane that warms up now will have done so when most of its letters go."""
        return self._grown(now)

    def throttled(self, now: float, began: float, capacity: float) -> bool:
        """The office asked to slow down. False where it said so of an attempt begun before the last cut.

        ``capacity`` (letters a second) is what its answers have time for: what to begin from where there is no rate, because
        the few letters of a quiet hour say nothing of what it bears.
        """
        if began < self._cut:
            return False
        rate = self._grown(now)
        if rate is None:
            sampled = max(self._lately, self._count / max(1.0, now - self._mark))
            rate = self._ceiling = max(1.0, sampled, capacity)
        elif self._answered:
            self._ceiling = rate
        self._answered = False
        full = self._pace.rate or self._ceiling
        self.slowed, self._at, self._cut = max(_LEAST * full, rate / 2), now, now
        return True

    def burst(self) -> float:
        """Attempts that may begin in one moment."""
        if self.slowed is None:
            return self._pace.burst
        of_what_is_left = max(1.0, BURST_SECONDS * self.slowed)
        # Where there is no rate, nobody meant a burst for one.
        return of_what_is_left if self._pace.rate is None else min(self._pace.burst, of_what_is_left)

    def _grown(self, now: float) -> float | None:
        if self.slowed is None:
            return self._pace.rate
        full = self._pace.rate or self._ceiling
        self.slowed += full * _RECOVERS * max(0.0, now - self._at)
        self._at = now
        if self.slowed >= (full if self._pace.rate else 2 * full):  # twice what was too much once: there is no limit
            self.slowed = None
            return self._pace.rate
        return self.slowed
