"""The pace of a whole channel: what congressional intake bears from us, for all its offices at once.

The rate holds for the installation, and each worker takes the part of it that its part of the partitions is. What a channel
has left goes round robin to campaigns, as in a lane. Where one host takes the letters of all offices, answers to three
different offices in a row tell of the host: it then is slowed, or left alone, as a lane is, before hundreds of lanes have
found out one by one. A channel without a pace of its own costs its lanes nothing.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from services.deliver.allowance import Allowance
from services.deliver.breaker import Breaker
from services.deliver.bucket import Bucket
from services.deliver.offices import ANY_NUMBER
from services.deliver.turns import Turns

if TYPE_CHECKING:
    from services.deliver.answers import Answer
    from services.deliver.lane import Reason
    from services.deliver.offices import Pace

_WITNESSES: Final = 3
"""Different offices in a row, with no good answer between them, before it is the host's fault."""


class Together:
    """``share`` is this worker's part of ``pace``, over 0 and up to 1; ``under_way`` its attempts.

    ``dice`` are given where one host is behind the channel.
    """

    __slots__ = ("_allowance", "_ends", "_failing", "_share", "breaker", "bucket", "pace", "turns", "under_way")

    def __init__(self, pace: Pace, share: float, now: float, dice: random.Random | None) -> None:
        self.pace, self._share, self.turns, self.under_way = pace, share, Turns(), 0
        self.bucket = Bucket(pace.rate * share, pace.burst * share, now) if pace.rate else None
        self.breaker = Breaker(dice) if dice else None
        self._allowance = Allowance(pace, now)
        self._failing: dict[str, None] = {}
        self._ends: list[float] = []

    def limited(self) -> bool:
        """Whether its lanes have to ask it at all."""
        return self.bucket is not None or self.breaker is not None or self.pace.concurrency < ANY_NUMBER

    def take_share(self, share: float, now: float) -> None:
        """Another part is ours from now on."""
        self._share = share
        self._fill(now)

    def gate(self, now: float) -> tuple[float, Reason] | None:
        """Until when nothing may begin by this channel, and why; None where it may."""
        until = self.breaker.wait(now) if self.breaker else None
        return None if until is None else (until, "breaker_open")

    def room(self, now: float) -> tuple[int, Reason]:
        """How many attempts may begin now, over all lanes, and why no more."""
        places = max(1, int(self.pace.concurrency * self._share)) - self.under_way
        reason: Reason = "busy"
        if self.breaker and self.breaker.room is not None and self.breaker.room - self.under_way < places:
            places, reason = self.breaker.room - self.under_way, "breaker_open"
        tokens = self._fill(now)
        if tokens is not None and tokens < places:
            places, reason = int(tokens), "channel_paced"
        return max(0, places), reason

    def kept(self, room: int) -> int:
        """See ``Lane.kept``."""
        return self.bucket.kept(room) if self.bucket else 0

    def take(self, count: int) -> None:
        self.under_way += count
        if self.bucket is not None:
            self.bucket.take(count)

    def ended(self, office: str, answer: Answer, seconds: float, now: float) -> None:
        """An attempt for ``office`` that took ``seconds`` ended."""
        self.under_way = max(0, self.under_way - 1)
        if self.breaker is None:
            return
        if answer.verdict in ("accepted", "refused") and not answer.pauses:
            self._failing.clear()
            self.breaker.succeeded(now, now - seconds, self.pace.concurrency)
            return
        if len(self._failing) < _WITNESSES:
            self._failing[office] = None
        if len(self._failing) < _WITNESSES and not self.breaker.half_open:
            return
        if answer.verdict == "throttle":
            self._allowance.throttled(now, now - seconds, 0.0)
        else:
            self.breaker.failed(now, now - seconds)

    def give_back(self, campaign: str) -> None:
        """One that was admitted did not begin."""
        self.under_way = max(0, self.under_way - 1)
        self.turns.give_back(campaign)
        if self.bucket is not None:
            self.bucket.give_back()

    def stretch(self, now: float) -> float:
        """See ``Breaker.stretch``."""
        return self.breaker.stretch(now) if self.breaker else 0.0

    def waits(self, campaign: str, until: float) -> None:
        """A letter of the campaign comes by again then, in some lane."""
        if self.limited():
            self.turns.due[campaign] = max(until, self.turns.due.get(campaign, until))

    def look_ahead(self, ends: Iterable[float]) -> None:
        """When the last letter of each lane comes by again."""
        self._ends = sorted(ends)

    def share_of(self, at: float, now: float) -> float:
        """Letters a second for each of the lanes that still wait at that moment."""
        rate = self._allowance.usual(now)
        if rate is None:
            return float("inf")
        return rate * self._share / max(1, len(self._ends) - bisect_right(self._ends, at))

    def _fill(self, now: float) -> float | None:
        """The tokens there are, at the rate of now."""
        rate = self._allowance.rate(now)
        if self.bucket is None or rate is None:
            return None
        self.bucket.change(rate * self._share, self._allowance.burst() * self._share, now)
        return self.bucket.refill(now)
