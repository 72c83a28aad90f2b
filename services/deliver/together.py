"""The pace of a whole channel: what congressional intake bears from us, for all its offices at once.

The rate holds for the installation, and each worker takes the part of it that its part of the partitions is. What a channel
has left goes round robin to campaigns, as in a lane. A channel without a pace of its own costs its lanes nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import TYPE_CHECKING

from services.deliver.bucket import Bucket
from services.deliver.offices import ANY_NUMBER
from services.deliver.turns import Turns

if TYPE_CHECKING:
    from services.deliver.lane import Reason
    from services.deliver.offices import Pace


class Together:
    """``share`` is this worker's part of ``pace``, over 0 and up to 1; ``under_way`` its attempts."""

    __slots__ = ("_ends", "_share", "bucket", "pace", "turns", "under_way")

    def __init__(self, pace: Pace, share: float, now: float) -> None:
        self.pace, self._share, self.turns, self.under_way = pace, share, Turns(), 0
        self.bucket = Bucket(pace.rate * share, pace.burst * share, now) if pace.rate else None
        self._ends: list[float] = []

    def limited(self) -> bool:
        """Whether its lanes have to ask it at all."""
        return self.bucket is not None or self.pace.concurrency < ANY_NUMBER

    def take_share(self, share: float, now: float) -> None:
        """Another part is ours from now on."""
        self._share = share
        if self.bucket is not None and self.pace.rate:
            self.bucket.change(self.pace.rate * share, self.pace.burst * share, now)

    def room(self, now: float) -> tuple[int, Reason]:
        """How many attempts may begin now, over all lanes, and why no more."""
        places = max(1, int(self.pace.concurrency * self._share)) - self.under_way
        tokens = self.bucket.refill(now) if self.bucket else places
        return max(0, min(places, int(tokens))), "channel_paced" if tokens < places else "busy"

    def kept(self) -> int:
        """Tokens for campaigns that wait elsewhere."""
        return self.bucket.half() if self.bucket else 0

    def take(self, count: int) -> None:
        self.under_way += count
        if self.bucket is not None:
            self.bucket.take(count)

    def ended(self) -> None:
        self.under_way = max(0, self.under_way - 1)

    def give_back(self, campaign: str) -> None:
        """One that was admitted did not begin."""
        self.ended()
        self.turns.give_back(campaign)
        if self.bucket is not None:
            self.bucket.give_back()

    def waits(self, campaign: str, until: float) -> None:
        """A letter of the campaign comes by again then, in some lane."""
        if self.limited():
            self.turns.due[campaign] = max(until, self.turns.due.get(campaign, until))

    def look_ahead(self, ends: Iterable[float]) -> None:
        """When the last letter of each lane comes by again."""
        self._ends = sorted(ends)

    def share_of(self, at: float) -> float:
        """Letters a second for each of the lanes that still wait at that moment."""
        if self.bucket is None:
            return float("inf")
        return self.bucket.rate / max(1, len(self._ends) - bisect_right(self._ends, at))
