"""Says on a terminal how much is left of a search that takes long, and takes it back when it is over.

It writes to standard error, and only where a person looks at it: what is piped or asked for as JSON stays as it is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import monotonic
from typing import Final

import click

_QUIET_SECONDS: Final = 2.0
"""Before the first word: nobody needs to be told about less."""
_PAUSE_SECONDS: Final = 0.5


class Waiting:
    """Told how many records are left, as ``KafkaSearch`` tells it. ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._due = clock() + _QUIET_SECONDS if sys.stderr.isatty() else float("inf")
        self._said = False

    def __call__(self, left: int) -> None:
        """Say it, if it is time to."""
        if (now := self._clock()) < self._due:
            return
        self._due, self._said = now + _PAUSE_SECONDS, True
        click.echo(f"\r\x1b[KSearching: {left:,} records to go ...", err=True, nl=False)

    def over(self) -> None:
        """Leave the line empty for what comes next."""
        if self._said:
            click.echo("\r\x1b[K", err=True, nl=False)
