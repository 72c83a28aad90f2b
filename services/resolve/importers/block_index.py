"""Holds one small number for each of the eight million Census blocks, in 8 bytes each and without a library.

A dictionary of them would take a gigabyte. Blocks of a county stand together in one sorted array, a block's ten last digits
and its value packed into one number. A block that is given two values is an error of the files, never a choice.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from itertools import pairwise

_VALUE_BITS = 24
_MOST = (1 << _VALUE_BITS) - 1


class BlockIndex:
    """Blocks (15 digits) to values from 0 to 16,777,215. Add all, then ``close``, then look up."""

    def __init__(self) -> None:
        self._counties: defaultdict[str, array[int]] = defaultdict(lambda: array("Q"))

    def add(self, block: str, value: int) -> None:
        self._counties[block[:5]].append(int(block[5:]) << _VALUE_BITS | value)

    def close(self) -> str:
        """Sort; repeated blocks become one. Returns the first block that has two values, or an empty text."""
        for county in sorted(self._counties):
            packed = sorted(set(self._counties[county]))
            for one, next_one in pairwise(packed):
                if one >> _VALUE_BITS == next_one >> _VALUE_BITS:
                    return f"{county}{one >> _VALUE_BITS:010}"
            self._counties[county] = array("Q", packed)
        return ""

    def get(self, block: str) -> int:
        """The value of a block, or -1."""
        packed = self._counties.get(block[:5])
        if packed is None:
            return -1
        suffix = int(block[5:])
        where = bisect_left(packed, suffix << _VALUE_BITS)
        if where == len(packed) or packed[where] >> _VALUE_BITS != suffix:
            return -1
        return packed[where] & _MOST

    def __len__(self) -> int:
        return sum(map(len, self._counties.values()))
