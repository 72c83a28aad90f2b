"""Where a letter waits: which tier, and for how long there, until the moment from which it may be tried.

Every tier is a topic that is read in order, so a letter stays in one no longer than the tier's own delay and half as much
again: behind it, others wait for the same while. What must wait longer goes through several, the longest first, and is
handed on each time without a look at its entry. A letter is never due sooner than it was asked to be, and never waits where
those before it could hold it up until it is worth nothing any more.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

from schemas.topics import TIERS
from services.pipeline.dead import ATTEMPTS, FIRST_ATTEMPT, number
from services.pipeline.outcomes import RetryAt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.pipeline.broker import Record

HELD_BACK: Final = "held_back"
"""Why a record was handed on that was not due yet."""
_STRETCH: Final = 1.5
"""The longest wait in a tier, as a multiple of its delay."""


class Delays:
    """``delays`` (seconds, ascending) are those of ``schemas.topics.TIERS``; ``together`` is how many attempts are made in a
    row, in place, before a letter waits.
    """

    def __init__(self, delays: Sequence[float], together: int = 1) -> None:
        self._tiers, self._together = tuple(zip(TIERS, delays, strict=True)), together

    def after(self, attempts: int) -> float:
        """How long to wait after that many failed attempts: the delay of one tier after another, the shortest left out."""
        rounds = -(-attempts // self._together)
        return self._tiers[min(max(1, rounds), len(self._tiers) - 1)][1]

    def of(self, tier: int) -> float:
        """The delay of a tier (seconds), counted from 0."""
        return self._tiers[tier][1]

    def hand_on(self, record: Record, now: float, until: float, ends: float = inf) -> RetryAt:
        """Once more into a tier, with what its record says unchanged."""
        return self.wait(record, now, until, attempts_of(record) or 0, HELD_BACK, ends)

    def wait(self, record: Record, now: float, until: float, attempts: int, reason: str, ends: float = inf) -> RetryAt:
        """Hand ``record`` on so that it comes by at ``until`` (seconds since the epoch) at the earliest, and where that is
        before ``ends``, so is the moment when it is read at the latest.
        """
        first = (number(record, FIRST_ATTEMPT) or 0) / 1000 or now
        left = until - now
        latest = ends - now if until < ends else inf
        topic, delay = self._tiers[0]
        for tier, its_delay in self._tiers[1:]:
            if its_delay > left or its_delay * _STRETCH > latest:
                break
            topic, delay = tier, its_delay
        if left <= delay * _STRETCH:
            return RetryAt(topic, max(until, now), attempts, first, reason)
        return RetryAt(topic, now + delay, attempts, first, reason, hold_until=until)


def attempts_of(record: Record) -> int | None:
    """The attempts that a waiting letter's record counts; None where the record is a fresh letter."""
    return number(record, ATTEMPTS)
