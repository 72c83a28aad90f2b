"""What normalised text is, for every text there is: stable, visible, and safe to put on a line, in mail and in XML."""

from __future__ import annotations

import re
from unicodedata import category, is_normalized

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.ingest.codes import Refused
from services.ingest.text import LINE_LIMIT, MARKS_LIMIT, body, is_plain, line, mixes_scripts

XML_TEXT = re.compile("[\x09\x0a\x0d\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
"""The characters that XML 1.0 allows (production 2)."""

CURIOUS = st.sampled_from(
    " \t\n\r\x00\x0b\x1b\x7f\x85\x9b\xa0\xad\u0301\u0308\u0345\u061c\u115f\u1e9b\u200b\u200c\u200d\u200f\u2028\u202e\u2067"
    "\u2126\u212b\u3000\u3164\uac00\u11a8\ufb01\ufdd0\ufe0f\ufeff\ufffe\U0001f468\U000e0041aZ\u0410\u03bf-'."
)
any_text = st.text(max_size=40) | st.text(CURIOUS, max_size=40)


@given(any_text)
@example("\u0958" * 120)
@example("a\u200b\u0301")
@example("\u1100\u200b\u1161")
@example("A\ufeff\u030a")
def test_a_line_is_stable_visible_and_of_one_line(text: str) -> None:
    try:
        found = line(text)
    except Refused:
        return
    assert line(found) == found
    assert is_normalized("NFC", found)
    assert found == " ".join(found.split())
    assert len(found) <= LINE_LIMIT
    assert XML_TEXT.fullmatch(found)
    assert {category(c) for c in found}.isdisjoint({"Cc", "Zl", "Zp", "Cs"})
    assert not set("\u202a\u202e\u2066\u2069\u200b\ufeff\u200f") & set(found)
    assert not found or any(category(c)[0] in "LNPSC" for c in found)


@given(any_text)
@example("one\r\n\r\ntwo\rthree")
@example("a\x00\u0301")
def test_a_body_is_stable_and_ends_its_lines_with_lf(text: str) -> None:
    try:
        found = body(text)
    except Refused:
        return
    assert body(found) == found
    assert is_normalized("NFC", found)
    assert found == found.strip()
    assert XML_TEXT.fullmatch(found)
    assert {c for c in found if category(c) in {"Cc", "Zl", "Zp"}} <= {"\n"}


@given(st.lists(any_text, min_size=1, max_size=5).map(tuple), st.integers(1, 50))
@example(("a", " b"), 50)
@example(("a ", "b"), 50)
@example(("", " "), 50)
@example(("a|", "|b"), 50)
@example(("x" * 51, ""), 50)
def test_the_quick_look_never_takes_a_line_for_plain_that_is_not(lines: tuple[str, ...], limit: int) -> None:
    if is_plain(lines, limit):
        assert tuple(line(one, limit) for one in lines) == lines


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=30))
def test_printable_ascii_loses_nothing_but_spaces(text: str) -> None:
    assert line(text) == " ".join(text.split())
    assert body(text) == text.strip()


@pytest.mark.parametrize("normalise", [line, body])
def test_marks_are_counted_on_what_comes_out(normalise: object) -> None:
    assert callable(normalise)
    composed = "e" + "\u0301" + "\u0323" * MARKS_LIMIT
    assert normalise(composed), "one of the nine marks becomes part of its letter"
    with pytest.raises(Refused, match="too_many_marks"):
        normalise("e" + "\u0323" * (MARKS_LIMIT + 1) + "\u0315")


def test_a_limit_counts_what_a_reader_counts() -> None:
    assert line("x\u0323" * 10, 10) == "x\u0323" * 10
    with pytest.raises(Refused, match="too_long"):
        line("x\u0323" * 11, 10)
    with pytest.raises(Refused, match="too_long"):
        line("x" * 11, 10)


@pytest.mark.parametrize(
    ("text", "mixed"),
    [
        ("Adam", False),
        ("\u0410dam", True),
        ("\u0410\u0434\u0430\u043c Adam", False),
        ("\u0410\u0434\u0430\u043c-Adam", False),
        ("Zo\u00eb \u0141ukasz", False),
        ("\u03b1dam", True),
        ("\u738b\u306e\u30b8ohn", False),
        ("\u13aa\u13addam", True),
        ("", False),
    ],
)
def test_alphabets_that_look_alike_are_told_apart(text: str, mixed: bool) -> None:
    assert mixes_scripts(text) is mixed
