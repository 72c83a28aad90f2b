"""Ranges of ZIP+4 and the district that each lies in: sorted arrays in the file, found by bisection.

A range is kept as nine-digit numbers, the ZIP and its four further digits, so that one search finds it. Ranges do not
overlap: where a product says two districts of one ZIP+4, the compiler refuses it rather than choose.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

from services.resolve.reference.contents import Plus4Range
from services.resolve.tables import InvalidReferenceError

_LAST = 9_999


class Plus4Ranges:
    """Range ``i`` reaches from ``lows[i]`` to ``highs[i]``, both included, and lies in district ``districts[i]``.

    Raises ``InvalidReferenceError`` for arrays that cannot be that, so that no look-up can fail.
    """

    __slots__ = ("districts", "highs", "lows")

    def __init__(self, lows: Sequence[int], highs: Sequence[int], districts: Sequence[int], count: int) -> None:
        good = (
            len(lows) == len(highs) == len(districts)
            and all(low <= high for low, high in zip(lows, highs, strict=True))
            and all(high < low for high, low in zip(highs, lows[1:], strict=False))
            and max(districts, default=-1) < count
        )
        if not good:
            raise InvalidReferenceError("the ranges of ZIP+4 are none")
        self.lows = lows
        self.highs = highs
        self.districts = districts

    def __len__(self) -> int:
        return len(self.lows)

    def find(self, zip5: str, plus4: str) -> int:
        """The index of the district of a ZIP+4, or -1: no range has it, or it is no nine digits."""
        text = zip5 + plus4
        if len(plus4) != 4 or len(text) != 9 or not (text.isascii() and text.isdigit()):
            return -1
        number = int(text)
        index = bisect_right(self.lows, number) - 1
        return self.districts[index] if index >= 0 and number <= self.highs[index] else -1


def packed(plan: str, ranges: Iterable[Plus4Range], indices: Mapping[str, int]) -> dict[str, array[int]]:
    """The arrays, with ranges that touch one another and lie in the same district joined.

    Raises ``InvalidReferenceError`` for a range that is none, and where two of different districts overlap, with how many do
    and the first one's ZIP.
    """
    rows = sorted((_number(plan, one, one.low), _number(plan, one, one.high), indices[one.geoid]) for one in ranges)
    joined: list[tuple[int, int, int]] = []
    overlapping: list[str] = []
    for low, high, district in rows:
        if high < low:
            raise InvalidReferenceError(f"{plan}: a range of ZIP+4 of {low // 10_000:05} ends before it begins")
        last = joined[-1] if joined else (-1, -1, -1)
        if low <= last[1] and district != last[2]:
            overlapping.append(f"{low // 10_000:05}")
        elif district == last[2] and low <= last[1] + 1:
            joined[-1] = (last[0], max(last[1], high), district)
        else:
            joined.append((low, high, district))
    if overlapping:
        raise InvalidReferenceError(
            f"{plan}: {len(overlapping)} ranges of ZIP+4 overlap one of another district, the first in {overlapping[0]}: "
            "correct the product, or leave those ZIPs out"
        )
    return {
        "plus4/lows": array("I", [row[0] for row in joined]),
        "plus4/highs": array("I", [row[1] for row in joined]),
        "plus4/districts": array("H", [row[2] for row in joined]),
    }


def _number(plan: str, one: Plus4Range, plus4: int) -> int:
    if len(one.zip5) != 5 or not (one.zip5.isascii() and one.zip5.isdigit()) or not 0 <= plus4 <= _LAST:
        raise InvalidReferenceError(f"{plan}: a range of ZIP+4 has a ZIP or an end that is none")
    return int(one.zip5) * 10_000 + plus4
