"""What people type arrives on paper as they typed it, in any script that the fonts have, and is never a command."""

# ruff: noqa: RUF001 - words in many scripts are the point

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.render.forms import Unfit
from tests.unit.paper_made import between, by_pdfium, by_pypdf, facts, form, inked

PLAIN = {
    "accents": "Zoë Łucja Müller-Ångström d’Ça fi ffl office",
    "greek": "Ελληνικά γράμματα ΐ",
    "cyrillic": "Українська ґ їжак, русский ёж",
    "vietnamese": "Kính gửi Đại biểu Nguyễn",
    "chinese": "你好，世界。",
    "japanese": "こんにちは、世界",
    "korean": "안녕하세요 세계",
    "amharic": "አማርኛ ቋንቋ",
}
SHAPED = {
    "arabic": "السلام عليكم ورحمة الله لا إله",
    "persian": "می‌خواهم",
    "hebrew": "שלום עולם טוב",
    "hindi": "नमस्ते दुनिया क्षत्रिय ज्ञान श्री",
    "bengali": "বাংলা ভাষা",
    "tamil": "தமிழ் மொழி",
    "telugu": "తెలుగు భాష",
    "thai": "สวัสดีชาวโลก",
    "khmer": "ភាសាខ្មែរ",
    "burmese": "မြန်မာဘာသာ",
    "lao": "ພາສາລາວ",
}
HOSTILE = (
    '#import "@preview/x:0.1.0": *', "#panic(1)", "$x^2$", "*bold* _it_", "`raw` ```c x```", "\\ \\# \\u{41}", "<label> @ref",
    "// comment", "/* comment */", '"quotes" \'single\'', "-- --- ...", "= heading", "+ list", "#sys.inputs", "~", "[]{}()",
    "\\n", "{{7*7}}", "%s", "{page}", "{pages}", "]]>", "#{", "&amp;",
)  # fmt: skip


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
def test_unshaped_scripts_are_read_back_to_the_letter_by_both_readers(text: str) -> None:
    pdf = form().pdf(facts(text, first_name=text.split(maxsplit=1)[0]))
    for page in (by_pypdf(pdf)[0], by_pdfium(pdf)[0]):
        assert between(page) == text
        assert page.lstrip().startswith(text.split(maxsplit=1)[0])


@pytest.mark.parametrize("text", SHAPED.values(), ids=SHAPED)
def test_shaped_scripts_keep_every_character(text: str) -> None:
    """No reader gives back the order or the number of characters that are joined into one shape; none may be missing."""
    pdf = form().pdf(facts(text))
    for page in (by_pypdf(pdf)[0], by_pdfium(pdf)[0]):
        assert inked(text) - inked(between(page)) == {}


@pytest.mark.parametrize("script", ["hebrew", "bengali", "tamil", "telugu", "thai", "burmese", "lao"])
def test_pdfium_reads_most_shaped_scripts_back_to_the_letter(script: str) -> None:
    assert between(by_pdfium(form().pdf(facts(SHAPED[script])))[0]) == SHAPED[script]


@pytest.mark.parametrize("text", HOSTILE)
def test_the_typesetters_commands_are_text_when_a_person_types_them(text: str) -> None:
    pdf = form().pdf(facts(f"a {text} b", first_name=text, subject=text, closing=f"{text},\nc"))
    page = by_pypdf(pdf)[0]
    assert between(page, end="\nPage 1").startswith(f"a {text} b")
    assert page.count(text) >= 4
    assert "Page 1 of 1" in page


def test_characters_that_reverse_text_are_not_printed_as_orders() -> None:
    pdf = form().pdf(facts("pay \u202e001\u202c now \u2066x\u2069", subject="a\u202eb"))
    assert form().pdf(facts("pay 001 now x", subject="ab")) == pdf


def test_lines_of_a_paragraph_stay_lines() -> None:
    assert between(by_pypdf(form().pdf(facts("- one\n- two\n- three", "end")))[0]).splitlines()[:3] == [
        "- one",
        "- two",
        "- three",
    ]


@pytest.mark.parametrize("place", ["first", "last"])
def test_a_word_is_hyphenated_as_the_campaigns_language_has_it(place: str) -> None:
    text = "Rechtsschutzversicherungsgesellschaften und " * 12
    paragraphs = (text, "x") if place == "first" else (text,)
    page = between(by_pypdf(form().pdf(facts(*paragraphs, locale="de")))[0])
    ends = [line[-1] for line in page.splitlines()]
    assert set(ends) & {"-", "\u00ad", "\u2010"}
    whole = page.replace("-\n", "").replace("\u00ad\n", "").replace("\u2010\n", "")
    assert " ".join(whole.split()) == " ".join(" ".join(paragraphs).split())


def test_a_signature_is_printed_once() -> None:
    for closing, count in (
        ("Sincerely,\nMary Jo O’Brien-Smith", 2),
        ("Sincerely,", 2),
        ("Sincerely,\nDr. Mary Jo O’Brien-Smith, RN", 2),
    ):
        page = by_pypdf(form().pdf(facts("x", closing=closing)))[0]
        assert page.count("Mary Jo O’Brien-Smith") == count, closing


def test_a_letter_whose_parts_were_never_told_apart_is_printed_whole() -> None:
    page = by_pypdf(
        form().pdf(facts("Dear Sir,", "Do it.", "Yours,\nMary Jo O’Brien-Smith", salutation="", closing=""))
    )[0]
    assert page.partition("Please open the river")[2].split()[:5] == ["Dear", "Sir,", "Do", "it.", "Yours,"]


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp", "Zs")),
    min_size=1,
    max_size=12,
)
RANGES = ((0x21, 0x7E), (0xAE, 0x24F), (0x391, 0x3A1), (0x3B1, 0x3C9), (0x410, 0x44F), (0x4E00, 0x9FA5), (0x3041, 0x3096),
          (0xAC00, 0xD7A3))  # fmt: skip
UNSHAPED = st.text(
    st.sampled_from(RANGES).flatmap(lambda span: st.characters(min_codepoint=span[0], max_codepoint=span[1])),
    min_size=1,
    max_size=12,
)
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FEW
@given(st.lists(UNSHAPED, min_size=1, max_size=12))
def test_whatever_is_typed_in_scripts_without_shaping_is_read_back_by_both_readers(words: list[str]) -> None:
    text = unicodedata.normalize("NFC", " ".join(words))
    pdf = form().pdf(facts(text))
    for page in (by_pypdf(pdf)[0], by_pdfium(pdf)[0]):
        assert inked(between(page)) == inked(text)


def made_or_refused(text: str) -> tuple[bytes | None, str | None]:
    try:
        return form().pdf(facts(text)), None
    except Unfit as unfit:
        return None, unfit.reason


@FEW
@given(st.lists(WORDS, min_size=1, max_size=6))
def test_whatever_is_typed_is_printed_in_full_or_refused(words: list[str]) -> None:
    text = unicodedata.normalize("NFC", " ".join(words))
    pdf, reason = made_or_refused(text)
    assert reason in (None, "glyph_missing")
    if pdf is not None:
        printed = inked(between("".join(by_pdfium(pdf)))) | inked(between("".join(by_pypdf(pdf))))
        assert inked(text) - printed == {}
