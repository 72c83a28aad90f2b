"""A circuit breaker: an office that fails gets no letters for a while, then one at a time, then slowly more.

It opens after five failures in a row, or where half of at least ten answers of the last minute were failures; it stays open
for 15 s, twice as long each time up to 10 min, with jitter added, so that the offices behind one broken network do not
come back as one. Then it is *half open*: one probe at a time. An attempt that began before the breaker opened says
nothing new, and is not counted. Times are in seconds of a clock that never steps back.
"""

from __future__ import annotations

import random
from typing import Final

IN_A_ROW: Final = 5
AT_LEAST: Final = 10
SHARE: Final = 0.5
FIRST_SECONDS: Final = 15.0
LONGEST_SECONDS: Final = 600.0
JITTER: Final = 0.25
_STRETCH: Final = 0.25
_STRETCH_MOST: Final = 1800.0
"""Letters for an office that is out come back over so much of the time it has been out, at most half an hour: each then comes
by a number of times that grows with the logarithm of the outage, and the office is soon busy once it is well."""

_SLOTS: Final = 6
_SLOT_SECONDS: Final = 10.0


class Breaker:
    """``open_until`` is None while it is closed; ``half_open`` between the end of that time and the first success.

    ``room`` is how many attempts may be under way: 1 while half open, then more with each success; None is no limit.
    ``since`` is when the outage began, as far as it goes on.
    """

    __slots__ = ("_answers", "_dice", "_failures", "_opened", "_row", "_slot", "_times", "open_until", "room", "since")

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._row = self._times = self._slot = 0
        self._answers, self._failures = [0] * _SLOTS, [0] * _SLOTS
        self._opened = float("-inf")
        self.open_until: float | None = None
        self.room: int | None = None
        self.since: float | None = None

    @property
    def half_open(self) -> bool:
        """Whether the next attempt is a probe, once ``open_until`` has come."""
        return self.open_until is not None

    def wait(self, now: float) -> float | None:
        """Until when nothing may begin; None where it may."""
        return self.open_until if self.open_until is not None and now < self.open_until else None

    def succeeded(self, now: float, began: float, enough: int) -> None:
        """The office answered; ``enough`` attempts at once are all that it is ever given."""
        self._row = 0
        self._count(now, failed=False)
        if began < self._opened or self.wait(now) is not None:
            return
        if self.open_until is not None:
            self.open_until, self.room = None, 1
            self._answers, self._failures = [0] * _SLOTS, [0] * _SLOTS
        elif self.room is not None:
            self.room += 1  # each of n successes adds one: 1, 2, 4, 8 from round to round
            if self.room >= enough:
                self.room, self.since, self._times = None, None, 0

    def failed(self, now: float, began: float) -> None:
        """The office did not answer, or not soundly."""
        if began < self._opened or self.wait(now) is not None:
            return
        self._row += 1
        self._count(now, failed=True)
        answers, failures = sum(self._answers), sum(self._failures)
        often = answers >= AT_LEAST and failures >= SHARE * answers
        if self.open_until is not None or self.room is not None or self._row >= IN_A_ROW or often:
            self._open(now)

    def stretch(self, now: float) -> float:
        """Seconds, at random, by which a letter that waits for the end of the outage comes by later."""
        if self.since is None:
            return 0.0
        return self._dice.uniform(0.0, min(_STRETCH_MOST, _STRETCH * (now - self.since)))

    def _open(self, now: float) -> None:
        seconds = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(self._times, 10))
        self._times += 1
        self.hold(now, seconds * (1.0 + self._dice.uniform(0.0, JITTER)))

    def hold(self, now: float, seconds: float) -> None:
        """Open for ``seconds``, whatever was counted; a probe comes after."""
        self.open_until, self._opened = now + seconds, now
        self.since = now if self.since is None else self.since
        self.room, self._row = 1, 0

    def _count(self, now: float, *, failed: bool) -> None:
        slot = int(now // _SLOT_SECONDS)
        for past in range(self._slot + 1, min(slot, self._slot + _SLOTS) + 1):
            self._answers[past % _SLOTS] = self._failures[past % _SLOTS] = 0
        self._slot = slot
        self._answers[slot % _SLOTS] += 1
        self._failures[slot % _SLOTS] += failed
