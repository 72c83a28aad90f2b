"""How the lanes stand, as the metrics show it: counts by condition, and which breakers are not closed.

It only looks, and leaves every lane as it is. Times are in seconds of the lanes' own clock; closed hours go by the wall's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from services.deliver.breaker import Breaker
    from services.deliver.lane import Lane
    from services.deliver.together import Together

ALL_OFFICES: Final = "*"
"""Stands for every office of a channel whose letters all go to one host."""

HALF_OPEN: Final = 1
OPEN: Final = 2


def conditions(lanes: Collection[Lane], now: float, wall: float) -> Mapping[str, float]:
    """Counts of lanes, and of attempts admitted and not ended."""
    return {
        "lanes": len(lanes),
        "breakers_open": sum(lane.breaker.wait(now) is not None for lane in lanes),
        "breakers_half_open": sum(lane.breaker.half_open and lane.breaker.wait(now) is None for lane in lanes),
        "slow": sum(lane.slow for lane in lanes),
        "throttled": sum(lane.is_held(now) for lane in lanes),
        "paused_by_answer": sum(lane.is_paused_by_answer() for lane in lanes),
        "closed": sum(lane.is_closed(wall) for lane in lanes),
        "warming_up": sum(lane.allowance.warmth(now) < 1 for lane in lanes),
        "under_way": sum(lane.under_way for lane in lanes),
    }


def breakers(
    lanes: Mapping[tuple[str, str], Lane], channels: Mapping[str, Together], now: float
) -> dict[tuple[str, str], int]:
    """``HALF_OPEN`` or ``OPEN`` for each office and channel whose breaker is not closed; ``ALL_OFFICES`` for a host's own."""
    found = {key: _state(lane.breaker, now) for key, lane in lanes.items() if lane.breaker.half_open}
    for channel, shared in channels.items():
        if shared.breaker is not None and shared.breaker.half_open:
            found[ALL_OFFICES, channel] = _state(shared.breaker, now)
    return found


def _state(breaker: Breaker, now: float) -> int:
    return HALF_OPEN if breaker.wait(now) is None else OPEN
