"""When an office or a channel takes no letters: quiet hours and maintenance windows, by the wall clock of a time zone.

A window is closed exactly when the clock on that wall says so, daylight saving time included: 02:00-03:00 does not happen in
the night when clocks go forward, and 01:00-02:00 happens twice when they go back. A zone is always named, because the zone
of the machine is nobody's. Nothing here looks at the time by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from services.deliver.zones import zone

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EXAMPLE: Final = "mon-fri 22:00-06:00 America/New_York"
_SHAPE: Final = re.compile(
    r"(?:(?P<days>[a-z,-]+) )?(?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d) (?P<zone>[A-Za-z0-9_+/-]+)"
)
_DAY: Final = 24 * 60
_LONGEST: Final = 8 * 86_400.0
"""Seconds that windows are followed for: they repeat every week."""


@dataclass(frozen=True, slots=True)
class Window:
    """From ``start`` to ``end``, in minutes after midnight, beginning on each of ``days`` (0 is Monday).

    An ``end`` that is not after the ``start`` is on the next day, which need not be one of ``days``.
    """

    days: frozenset[int]
    start: int
    end: int
    zone: tzinfo

    def until(self, at: float) -> float | None:
        """When the window that ``at`` is in ends; None outside. Both in seconds since the epoch.

        Where the end falls into the hour that clocks skip, it is told at most that hour too late.
        """
        local = datetime.fromtimestamp(at, self.zone)
        minute = local.hour * 60 + local.minute
        over = self.end <= self.start
        if minute >= self.start and local.weekday() in self.days and (over or minute < self.end):
            last = local.date() + timedelta(days=1) if over else local.date()
        elif over and minute < self.end and (local.weekday() - 1) % 7 in self.days:
            last = local.date()
        else:
            return None
        if self.end == _DAY:
            last, end = last + timedelta(days=1), time(0)
        else:
            end = time(self.end // 60, self.end % 60)
        ends = (datetime.combine(last, end, self.zone).replace(fold=fold).timestamp() for fold in (0, 1))
        return min((moment for moment in ends if moment > at), default=at + 60.0)


def window(text: str) -> Window:
    """The window that ``text`` describes: days (all, if left out), times and zone, as in ``EXAMPLE``.

    Raises ``ValueError`` with a remedy.
    """
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise ValueError(f"`{text}` is no window: write days, times and a time zone, such as `{EXAMPLE}`")
    start, end = _minute(found["start"]), _minute(found["end"])
    if start in (end, _DAY):
        raise ValueError(f"`{text}` has no length: a whole day is 00:00-24:00")
    return Window(_days(found["days"]), start, end, zone(found["zone"]))


def opens(windows: Iterable[Window], at: float) -> float:
    """The first moment from ``at`` on (seconds since the epoch) at which none of ``windows`` is closed.

    ``ValueError`` where they leave no moment of the week.
    """
    moment, windows = at, tuple(windows)
    while True:
        later = max((until for one in windows if (until := one.until(moment)) is not None), default=None)
        if later is None:
            return moment
        if later - at > _LONGEST:
            raise ValueError("the windows leave no time of the week: shorten one")
        moment = later


def _minute(clock: str) -> int:
    hours, minutes = int(clock[:2]), int(clock[3:])
    minute = hours * 60 + minutes
    if minutes > 59 or minute > _DAY:
        raise ValueError(f"`{clock}` is no time of day: 00:00 to 24:00")
    return minute


def _days(text: str | None) -> frozenset[int]:
    if text in (None, "daily"):
        return frozenset(range(7))
    found: set[int] = set()
    for part in str(text).split(","):
        first, dash, last = part.partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            raise ValueError(f"`{part}` is no day: write daily, or {', '.join(DAYS)}, or a range such as mon-fri")
        begin = DAYS.index(first)
        length = (DAYS.index(last or first) - begin) % 7
        found |= {(begin + day) % 7 for day in range(length + 1)}
    return frozenset(found)
