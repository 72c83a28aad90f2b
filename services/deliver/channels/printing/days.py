"""Where a printed letter lies: a folder for each office, in it a folder for each day, and beside that the day's manifest.

A letter goes into the day on which it is first written, because a day that is over may have been carried to the office
already. A later attempt must find it there, so it looks through every day on which an earlier one can have been made: none
came before the letter was accepted. Names are made of ids and dates only, and can hold nothing that anybody typed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Final

_MOST_DAYS: Final = 38
"""No setting lets a letter be tried for longer than 30 days (``DeliverSettings.max_age_seconds``), and a drip adds a week at
most (``schemas.campaign.DripHours``)."""

_DAY: Final = timedelta(days=1)


def day_of(seconds: float, where: tzinfo) -> date:
    """The day on which a moment (seconds since 1970) falls."""
    return datetime.fromtimestamp(seconds, where).date()


def days_to_look(accepted_at: datetime, today: date, where: tzinfo) -> Iterator[date]:
    """The days on which a letter may have been written before, the likeliest first.

    One more at either end: a clock may have been set back, or the time zone changed, between two attempts.
    """
    earliest = datetime.combine(today - _MOST_DAYS * _DAY, datetime.min.time(), where)
    first = max(accepted_at, earliest).astimezone(where).date() - _DAY
    day = today + _DAY
    yield today
    while day >= first:
        if day != today:
            yield day
        day -= _DAY


def folder_of(root: Path, office: str, day: date) -> Path:
    """The folder of an office's letters of a day."""
    return root / office / day.isoformat()


def manifest_of(folder: Path) -> Path:
    """The manifest that belongs to such a folder: beside it, so that the folder holds letters alone."""
    return folder.with_name(f"{folder.name}.csv")
