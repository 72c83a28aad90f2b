"""Turns: whose letters go first when campaigns share a pace, and when the others should come by again.

Places go to the campaign that was served least, so that a blast of 200,000 letters does not starve one of 300; a campaign
that waits elsewhere while another fills the batches is owed its share, and part of what is saved up is kept for it. The
times given to those who wait are estimates, because letters are cancelled, rates recover and campaigns end: more are
asked back than can go, and the bucket is the truth when a letter is back. No letter is known here, only counts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from heapq import heapify, heappop, heapreplace
from typing import Final

OVERBOOKED: Final = 2.0
"""Half of those that come back find no room, and are given half as long a wait: a letter is read about twice, and at most
about as often as 20,000 can be halved. Were it 1, every mistake of an estimate would leave an office idle."""

_AHEAD: Final = 1.0
"""Letters that a campaign may be ahead of one that waits before it must leave room for it."""

_LATE: Final = 2.0
"""Seconds after which one that was asked back and did not come is not waited for."""


class Turns:
    """For each campaign, how often it was served, and until when its letters are asked back. Times as in ``Lanes``."""

    __slots__ = ("_ends", "due", "served")

    def __init__(self) -> None:
        self.due: dict[str, float] = {}
        self.served: dict[str, float] = {}
        self._ends: list[float] | None = None

    def choose(self, queues: Mapping[str, list[int]], room: int, kept: int, now: float) -> list[int]:
        """At most ``room`` of the letters in ``queues``, fair among campaigns.

        Of the room, ``kept`` is not for a campaign that is ahead of another that waits and has no letter here.
        """
        absent = self._catch_up(queues, now)
        if len(queues) == 1:
            ((campaign, queue),) = queues.items()
            able = room if self.served[campaign] <= absent + _AHEAD else max(0, room - kept)
            chosen = queue[:able]
            self.served[campaign] += len(chosen)
            return chosen
        order = [(self.served[campaign], campaign) for campaign in queues]
        heapify(order)
        nexts = dict.fromkeys(queues, 0)
        chosen = []
        while order and len(chosen) < room:
            served, campaign = order[0]
            if served > absent + _AHEAD and room - len(chosen) <= kept:
                break
            queue, place = queues[campaign], nexts[campaign]
            chosen.append(queue[place])
            self.served[campaign] = served + 1
            nexts[campaign] = place + 1
            if place + 1 < len(queue):
                heapreplace(order, (served + 1, campaign))
            else:
                heappop(order)
        return chosen

    def book(self, campaign: str, base: float, each: float, dice: float, farthest: float) -> float:
        """When one more letter should come by: not before ``base``, and after those of its campaign that wait already.

        ``each`` is the seconds that a letter takes at the full pace. Campaigns that still wait at that moment share it.
        ``dice`` (from 0 to 1) says where in its slot it comes: else the lanes of a channel would all come at once. No
        estimate goes farther than ``farthest`` seconds after ``base``: by then things may be otherwise.
        """
        if self._ends is None:
            self._ends = sorted(self.due.values())
        at = max(base, self.due.get(campaign, base))
        others = len(self._ends) - bisect_right(self._ends, at) if len(self._ends) > 1 else 0
        slot = each * max(1, others) / OVERBOOKED
        if at + slot > base + farthest:
            self.due[campaign] = base + farthest
            return base + farthest * (0.5 + dice / 2)
        self.due[campaign] = at + slot
        return at + slot * dice

    def give_back(self, campaign: str) -> None:
        """One that was chosen did not go."""
        if campaign in self.served:
            self.served[campaign] -= 1

    def last(self) -> float:
        """When the last letter that waits is asked back."""
        return max(self.due.values(), default=float("-inf"))

    def forget(self, now: float) -> None:
        """Drop the campaigns of which no letter waits."""
        for campaign in [campaign for campaign, due in self.due.items() if due + _LATE < now]:
            del self.due[campaign]
        for campaign in self.served.keys() - self.due.keys():
            del self.served[campaign]

    def _catch_up(self, queues: Mapping[str, list[int]], now: float) -> float:
        """Who comes anew is neither owed what it did not ask for nor ahead; the least that an absent one was served."""
        self._ends = None
        active = [self.served[campaign] for campaign in self.served if self.due.get(campaign, now) + _LATE > now]
        floor = min(active, default=0.0)
        absent = float("inf")
        for campaign, due in self.due.items():
            if campaign not in queues and due + _LATE > now:
                absent = min(absent, self.served.setdefault(campaign, floor))
        for campaign in queues:
            self.served[campaign] = max(floor, self.served.get(campaign, floor))
        return absent
