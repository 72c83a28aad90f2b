"""How much of a letter was changed: a number that means the same for every text, and is bounded in time by lengths alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.render.edits import _common, edited_share

WORDS = st.lists(st.sampled_from("abcd"), max_size=9)
TEXTS = st.text(st.sampled_from("ab \n水火é."), max_size=60)


def longest_common(one: list[str], two: list[str]) -> int:
    """By the textbook."""
    table = [[0] * (len(two) + 1) for _ in range(len(one) + 1)]
    for i, a in enumerate(one):
        for j, b in enumerate(two):
            table[i + 1][j + 1] = table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


@given(WORDS, WORDS)
def test_the_words_in_common_are_those_of_the_textbook(one: list[str], two: list[str]) -> None:
    assert _common(one, two) == longest_common(one, two)


@given(TEXTS, TEXTS)
def test_a_share_is_a_share_and_zero_only_where_nothing_but_space_differs(one: str, two: str) -> None:
    share = edited_share(one, two)
    assert 0 <= share <= 1
    assert (share == 0) == (one.split() == two.split())
    assert share == edited_share(two, one)


@pytest.mark.parametrize(
    ("before", "after", "share"),
    [
        ("one two three four", " one\ntwo  three\n\nfour ", 0.0),
        ("one two three four", "one two three five", 0.25),
        ("one two three four", "one two three", 0.25),
        ("one two three four", "one two three four five six seven eight", 0.5),
        ("one two three four", "five six", 1.0),
        ("support it", "oppose it", 0.5),
        ("Vote yes.", "Vote yes!", 0.5),
        ("四つの川を守れ", "四つの山を守れ", 0.1429),  # one character of seven, though there is no space
        ("один два", "один три", 0.5),
        ("", "anything", 1.0),
        ("w " * 9999, "w " * 9998, 0.0001),
    ],
)
def test_words_that_changed_count_by_the_longer_text(before: str, after: str, share: float) -> None:
    assert edited_share(before, after) == share


def test_the_longest_texts_of_the_worst_kind_are_compared_like_any_other() -> None:
    # Every word of one in nearly every place of the other: what makes searches for blocks take minutes.
    one, two = "a b " * 6000, "b c a " * 1600
    assert 0.5 < edited_share(one, two) < 1
