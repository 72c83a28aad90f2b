"""Numbers as short words, so that a whole installation fits into eighty columns."""

from __future__ import annotations

from math import isinf

_UNITS = ((86_400.0 * 2, 86_400.0, "d"), (3600.0 * 1.5, 3600.0, "h"), (90.0, 60.0, "min"), (0.0, 1.0, "s"))
"""From how many seconds on a unit is used, how many it has, and its sign."""


def duration(seconds: float | None) -> str:
    """As ``0.4 s``, ``12 s``, ``3 min``, ``2.5 h``, ``4 d``; ``never`` where it has no end, a dash where there is none."""
    if seconds is None:
        return "-"
    if isinf(seconds):
        return "never"
    if seconds < 0:
        return f"-{duration(-seconds)}"
    _, size, sign = next(unit for unit in _UNITS if seconds >= unit[0])
    count = seconds / size
    short = sign == "min" or count >= 10 or count == round(count)
    return f"{count:.0f} {sign}" if short else f"{count:.1f} {sign}"


def rate(a_second: float | None) -> str:
    """Records a second: one decimal while they are few."""
    if a_second is None:
        return "-"
    return f"{a_second:,.1f}" if 0 < a_second < 100 else f"{a_second:,.0f}"


def some(counts: dict[str, int], most: int) -> str:
    """The largest counts with their names, as ``ambiguous 12, not_us 3``; those left out as one number."""
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    told = [f"{name} {count:,}" for name, count in rows[:most]]
    left = sum(count for _, count in rows[most:])
    return ", ".join([*told, f"{left:,} more"] if left else told)
