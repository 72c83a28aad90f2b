"""How fast a command writes to a pipeline at work: so many records a second, in portions that are a transaction each."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import Final

import click

_AT_ONCE: Final = 100
"""Records of one transaction: enough to spread its cost, and too few to hold up the readers of its topics."""

RATE: Final = click.option(
    "--rate", type=click.IntRange(1, 100_000), default=500, show_default=True, metavar="N",
    help="At most so many records a second.",
)  # fmt: skip


class Pace:
    """At most ``rate`` records a second. ``clock`` and ``rest`` are of seconds."""

    def __init__(
        self, rate: int, clock: Callable[[], float] = monotonic, rest: Callable[[float], None] = sleep
    ) -> None:
        self._rate, self._clock, self._rest = rate, clock, rest
        self._free = clock()
        self.portion = min(_AT_ONCE, rate)
        """How many records to write at once."""

    def keep(self, done: int) -> None:
        """Wait until ``done`` more are within the rate. Idle time is not made up for later."""
        self._free = max(self._free, self._clock()) + done / self._rate
        if (ahead := self._free - self._clock()) > 0:
            self._rest(ahead)
