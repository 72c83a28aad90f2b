"""In which order the admitted attempts of a batch begin: one lane after another, so that many letters to one office hold up
none.

Lanes say how many attempts may begin in a batch, and hear of none of them before the batch is over. So it is here that an
office never has more of them at the same moment than it bears, and that one which asks to be left alone, or fails as often
in a row as opens a breaker, gets no more of what was meant for it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from services.deliver.breaker import IN_A_ROW

if TYPE_CHECKING:
    from services.deliver.answers import Answer
    from services.deliver.flights import Flight


class Boarding:
    """Flights in turn, one lane after another, and of no lane more at once than it may have.

    Whoever takes one and is done takes another, so where a lane is full, its own takers go on with it, and the others
    may leave.
    """

    def __init__(self, flights: Sequence[Flight]) -> None:
        self._waiting: dict[tuple[str, str], deque[Flight]] = {}
        for one in flights:
            self._waiting.setdefault(one.lane, deque()).append(one)
        self._busy = dict.fromkeys(self._waiting, 0)
        self._failed = dict.fromkeys(self._waiting, 0)
        self._turn = deque(self._waiting)

    def take(self) -> Flight | None:
        """The next that may begin; None where there is none."""
        while self._turn:
            lane = self._turn.popleft()
            waiting = self._waiting[lane]
            if not waiting:  # it was taken away meanwhile
                continue
            one = waiting.popleft()
            self._busy[lane] += 1
            if waiting and self._busy[lane] < one.at_once:
                self._turn.append(lane)
            return one
        return None

    def close(self) -> None:
        """No other may begin."""
        self._turn.clear()
        self._waiting.clear()

    def done(self, one: Flight) -> None:
        """It is down."""
        lane = one.lane
        self._busy[lane] -= 1
        waiting = self._waiting.get(lane)
        if waiting is None:
            return
        if self._leaves_alone(lane, one.answer):
            waiting.clear()
        if waiting and self._busy[lane] == one.at_once - 1:
            self._turn.append(lane)

    def _leaves_alone(self, lane: tuple[str, str], answer: Answer | None) -> bool:
        """Whether what it came to is a reason to begin no other of its lane."""
        if answer is None:
            return False
        if answer.verdict in ("accepted", "refused"):
            self._failed[lane] = 0
        else:
            self._failed[lane] += 1
        return answer.pauses or answer.verdict == "throttle" or self._failed[lane] >= IN_A_ROW
