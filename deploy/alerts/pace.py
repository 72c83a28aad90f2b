"""Durations of rules, as they are written or shortened by a factor.

A rule says "for 15 minutes"; a check that shows it firing on live data has a minute or two. ``Pace(90)`` makes the same rules
with every window, every `for` and every threshold in seconds 90 times shorter. It must never change a count or a ratio.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION: Final = re.compile(r"([1-9]\d*)([smhd])")
_IN_EXPR: Final = re.compile(r"\[(\d+[smhd])\]|\bseconds\(([^()]+)\)")
SHORTEST_SECONDS: Final = 20.0
"""A shortened window still holds a few scrapes, and a shortened threshold is still longer than a busy machine's delays."""
SHORTEST_WAIT_SECONDS: Final = 10.0
"""Of a `for`."""


def in_seconds(duration: str) -> int:
    """``10m`` is 600. Raises ``ValueError`` for what is not one number with s, m, h or d."""
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise ValueError(f"{duration!r} is no duration such as 30s, 10m, 2h or 3d")
    return int(found[1]) * _UNITS[found[2]]


@dataclass(frozen=True, slots=True)
class Pace:
    """How many times ``faster`` than real time the rules go; 1 leaves everything as it is."""

    faster: float = 1.0

    def __post_init__(self) -> None:
        if not self.faster >= 1:
            raise ValueError("rules are made faster, not slower: the factor is at least 1")

    def seconds(self, duration: str, shortest: float = SHORTEST_SECONDS) -> float:
        """A duration in seconds, at this pace."""
        whole = float(in_seconds(duration))
        return whole if self.faster == 1 else min(whole, max(shortest, whole / self.faster))

    def window(self, duration: str) -> str:
        """A window as Prometheus spells it, at this pace."""
        return duration if self.faster == 1 else f"{self.seconds(duration) * 1000:.0f}ms"

    def wait(self, duration: str) -> str:
        """A `for`, or the interval of a group, as Prometheus spells it, at this pace."""
        return duration if self.faster == 1 else f"{self.seconds(duration, SHORTEST_WAIT_SECONDS) * 1000:.0f}ms"

    def expr(self, text: str) -> str:
        """An expression with each ``[10m]`` at this pace, and each ``seconds(10m)`` as the number."""
        return _IN_EXPR.sub(self._replaced, text)

    def _replaced(self, found: re.Match[str]) -> str:
        window, threshold = found.groups()
        return f"[{self.window(window)}]" if window else f"{self.seconds(threshold):.10g}"
