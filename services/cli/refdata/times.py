"""A time as a person gives it on the command line: a day, or a moment with its zone."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import click


class AsOf(click.ParamType[float]):
    """A day (noon in UTC of it, which is the same day in every state) or an ISO 8601 time; a time without a zone is UTC."""

    name = "time"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds since the epoch."""
        if isinstance(value, float):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail("is no day or time: write 2027-01-03 or 2027-01-03T17:00:00Z", param, ctx)
        if len(value) == 10:
            moment = moment.replace(hour=12)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


AS_OF = click.option("--as-of", type=AsOf(), default=time.time, show_default="now", help="Day or time that counts.")


def told(seconds: float) -> str:
    """A time for people and programs alike: ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
