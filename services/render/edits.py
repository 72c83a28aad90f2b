"""How much of a campaign's letter a person changed: the share of words that are not the same, in the same order.

Counted by the longest common subsequence of words, found with one large integer as a row of bits (Crochemore and others,
2001): the time is bounded by the lengths alone, whatever the texts look like, which no search for matching blocks can say.
"""

from __future__ import annotations

import re
from typing import Final

_UNSPACED: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uf900-\ufaff\U00020000-\U0003ffff"
"""Scripts that are written without spaces between words (Thai, Lao, Burmese, Khmer, Chinese, Japanese): each character
counts as a word."""
_WORDS: Final = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+")


def same_words(one: str, other: str) -> bool:
    """Whether two texts differ in nothing but white space."""
    return one == other or one.split() == other.split()


def edited_share(original: str, edited: str) -> float:
    """0.0 where nothing but white space differs, 1.0 where no word is left, to four decimals.

    Words that were added count like words that were taken away: the share is of the longer of both texts.
    """
    if same_words(original, edited):
        return 0.0
    before, after = _words(original), _words(edited)
    longest = max(len(before), len(after))
    start = _alike(before, after)
    before, after = before[start:], after[start:]
    end = _alike(before[::-1], after[::-1])
    before, after = before[: len(before) - end], after[: len(after) - end]
    return max(0.0001, round(1 - (start + end + _common(before, after)) / longest, 4)) if longest else 0.0


def _words(text: str) -> list[str]:
    return text.split() if text.isascii() else _WORDS.findall(text)


def _alike(one: list[str], other: list[str]) -> int:
    """How many words both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _common(one: list[str], other: list[str]) -> int:
    """The length of the longest common subsequence. Zeros in ``row`` mark the words of ``one`` that are matched."""
    if not one or not other:
        return 0
    places: dict[str, int] = {}
    for at, word in enumerate(one):
        places[word] = places.get(word, 0) | 1 << at
    full = (1 << len(one)) - 1
    row = full
    for word in other:
        matched = row & places.get(word, 0)
        if matched:
            row = (row + matched | row - matched) & full
    return len(one) - row.bit_count()
