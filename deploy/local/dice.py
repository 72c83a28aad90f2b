"""Draws that are the same for the same seed on every machine and every release of Python.

The standard generator promises that for ``random()`` alone, not for choosing or shuffling, and seeding one for each of
fifty thousand people is slow. One hash gives all the draws of one roll, and any roll can be made again by its name
without those before it. It must never serve for anything secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """About 450 bits to draw from, made from what it is given, in that order; past them every draw is the lowest."""

    __slots__ = ("_left",)

    def __init__(self, *of: int | str) -> None:
        self._left = int.from_bytes(blake2b("\x1f".join(map(str, of)).encode()).digest())

    def below(self, limit: int) -> int:
        """A whole number from 0 to ``limit`` - 1."""
        self._left, drawn = divmod(self._left, limit)
        return drawn

    def bits(self, count: int) -> int:
        """A whole number of ``count`` random bits."""
        return self.below(1 << count)

    def pick(self, among: Sequence[T]) -> T:
        """One of ``among``."""
        return among[self.below(len(among))]

    def share(self) -> float:
        """A number from 0 up to 1, in steps of a millionth."""
        return self.below(1_000_000) / 1_000_000
