"""A token bucket: how many attempts may begin now, at a rate and with a burst.

In any stretch of t seconds at most burst + rate * t tokens are handed out, whatever the clock does: one that steps back earns
nothing, and one that jumps ahead earns no more than a full bucket. A bucket starts with one second's worth, so that a
worker that is restarted over and over does not grant a burst each time.
"""

from __future__ import annotations

from typing import Final

SPARE: Final = 1e-9
"""A sum of small steps may miss a whole token by this much."""


class Bucket:
    """``rate`` in tokens a second, ``burst`` the most that it holds; times in seconds of any clock."""

    __slots__ = ("_at", "burst", "rate", "tokens")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate, self.burst, self._at = rate, max(1.0, burst), now
        self.tokens = min(self.burst, max(1.0, rate))

    def refill(self, now: float) -> float:
        """The tokens there are at ``now``."""
        if now > self._at:
            self.tokens = min(self.burst, self.tokens + (now - self._at) * self.rate)
        self._at = now
        return self.tokens + SPARE

    def take(self, count: float = 1.0) -> None:
        self.tokens -= count

    def kept(self, room: int) -> int:
        """Of ``room`` tokens, those to be kept: what lies beyond them is kept anyhow, up to half of a full bucket, and so
        little of a small one that the other half can still be earned and used.
        """
        half = int(max(0.0, min(self.burst / 2, self.burst - 2)))
        return max(0, half - max(0, int(self.tokens + SPARE) - room))

    def give_back(self) -> None:
        self.tokens = min(self.burst, self.tokens + 1.0)

    def change(self, rate: float, burst: float, now: float) -> None:
        """From ``now`` on at another pace; what was saved up is kept, as far as it fits."""
        if rate != self.rate or burst != self.burst:
            self.refill(now)
            self.rate, self.burst = rate, max(1.0, burst)
            self.tokens = min(self.tokens, self.burst)

    def drain(self, now: float) -> None:
        """Nothing is left: the next token is earned from ``now`` on."""
        self._at, self.tokens = now, min(0.0, self.tokens)
