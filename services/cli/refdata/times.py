"""A time as a person gives it on the command line: a day, or a moment with its zone."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import click


def given(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """A day (its noon in UTC, which is the same day in every state) or an ISO 8601 time, in seconds since the epoch.

    A time without a zone is UTC; nothing stays nothing.
    """
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("write 2027-01-03 or 2027-01-03T17:00:00Z", context, parameter) from None
    if len(value) == 10:
        moment = moment.replace(hour=12)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def seconds(context: click.Context, parameter: click.Parameter, value: str | None) -> float:
    """The same; nothing is now."""
    moment = given(context, parameter, value)
    return time.time() if moment is None else moment


AS_OF = click.option("--as-of", metavar="TIME", callback=seconds, help="Day or time that counts; by default now.")


def told(moment: float) -> str:
    """A time for people and programs alike: ISO 8601 in UTC."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
