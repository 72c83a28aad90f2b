"""Leaves the geocoder alone for a while after it has failed several times in a row.

Closed, everything may be asked. Open, nothing is. Once the rest is over, one question is let through as a probe: its
success closes the breaker, its failure opens it again. For one thread: the geocoder's own.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Final

_LONGEST_REST: Final = 3600.0
"""Seconds. A geocoder that asks for more is asked again all the same: one probe an hour cannot hurt it."""


class Breaker:
    """Opens for ``rest_seconds`` after ``failures`` in a row."""

    def __init__(self, failures: int, rest_seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self._most, self._rest, self._clock = failures, rest_seconds, clock
        self._failed = 0
        self._until: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether the geocoder rests, or has yet to show that it is back."""
        return self._until is not None

    def allows(self) -> bool:
        """Whether to ask now. Whoever was allowed to must report with ``succeeded`` or ``failed``."""
        if self._until is None:
            return True
        if self._probing or self._clock() < self._until:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        """It answered. While it rests, the answer to an older question does not end the rest."""
        self._failed = 0
        if self._probing:
            self._probing, self._until = False, None

    def failed(self, rest: float | None = None) -> None:
        """It did not answer; ``rest`` is how long it asks to be left alone (seconds), which opens the breaker at once."""
        self._failed += 1
        if self._probing or rest is not None or (self._until is None and self._failed >= self._most):
            self._until = self._clock() + max(self._rest, min(rest or 0.0, _LONGEST_REST))
            self._probing, self._failed = False, 0
