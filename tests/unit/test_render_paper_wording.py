"""The words that the page adds, the order of fonts, and the cuts of a text: small rules, each by example."""

# ruff: noqa: RUF001 - words in many scripts are the point

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.render.forms.paper.content import _pieces, content, text_of
from services.render.forms.paper.fonts import cjk_language, folders, order
from services.render.forms.paper.wording import date_line, is_right_to_left, page_line
from tests.unit.paper_made import facts

DAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("locale", "line"),
    [
        ("en-US", "March 1, 2026"),
        ("en", "1 March 2026"),
        ("es-MX", "1 de marzo de 2026"),
        ("fr", "1er mars 2026"),
        ("de", "1. März 2026"),
        ("pl", "1 marca 2026"),
        ("ru", "1 марта 2026 г."),
        ("zh-TW", "2026年3月1日"),
        ("ko", "2026년 3월 1일"),
        ("vi", "ngày 1 tháng 3 năm 2026"),
        ("he", "1 במרץ 2026"),
        ("ar", "1 مارس 2026"),
        ("so", "2026-03-01"),
    ],
)
def test_a_date_is_written_as_its_language_has_it(locale: str, line: str) -> None:
    assert date_line(DAY, locale) == line


def test_every_month_of_every_language_has_its_word() -> None:
    for locale in ("en-US", "es", "fr", "de", "pt", "it", "nl", "pl", "ru", "uk", "el", "ht", "tl", "ar", "he", "hi"):
        lines = {date_line(date(2026, month, 2), locale) for month in range(1, 13)}
        assert len(lines) == 12
        assert not any(line[:4] == "2026" for line in lines)


def test_pages_are_numbered_in_words_or_in_figures() -> None:
    assert page_line("en-US").format(page=1, pages=2) == "Page 1 of 2"
    assert page_line("es").format(page=1, pages=2) == "Página 1 de 2"
    assert page_line("so").format(page=1, pages=2) == "1 / 2"
    assert is_right_to_left("ur-PK")
    assert not is_right_to_left("en-US")


@pytest.mark.parametrize(
    ("locale", "text", "language"),
    [("zh-CN", "かな", "zh"), ("zh-TW", "字", "tw"), ("ja", "字", "ja"), ("ko-KR", "字", "ko"), ("en-US", "Tanaka", "zh"),
     ("en-US", "王小明", "zh"), ("en-US", "田中さん", "ja"), ("en-US", "김 씨", "ko"), ("en-US", "・字", "zh")],
)  # fmt: skip
def test_han_characters_are_drawn_as_the_campaign_or_the_letter_says(locale: str, text: str, language: str) -> None:
    assert cjk_language(locale, text) == language


def test_fonts_are_asked_in_an_order_that_their_folders_do_not_change() -> None:
    present = ["DejaVu Sans Mono", "Noto Sans TC", "House", "Noto Sans SC", "Noto Sans Thai", "Noto Sans", "Noto Sans JP",
               "Noto Serif", "Noto Sans Arabic"]  # fmt: skip
    expected = ("Noto Serif", "Noto Sans", "Noto Sans Arabic", "Noto Sans Thai", "Noto Sans JP", "Noto Sans SC",
                "Noto Sans TC", "House", "DejaVu Sans Mono")  # fmt: skip
    assert order(present, "ja") == expected
    assert order(reversed(present), "ja") == expected
    assert order(present, "tw").index("Noto Sans TC") < expected.index("Noto Sans SC")


def test_the_fonts_come_from_the_extras_own_packages() -> None:
    assert len(folders()) == 7
    assert all(any(folder.rglob("*.ttf")) for folder in folders())


@given(st.text())
def test_a_text_cut_into_pieces_is_the_text(text: str) -> None:
    assert "".join(_pieces(text)) == text


def test_a_piece_never_starts_with_what_may_not_start_a_line() -> None:
    assert _pieces("請投票。謝謝！ yes, no\nend") == ["請", "投", "票。", "謝", "謝！ ", "yes, ", "no", "\n", "end"]


def test_the_page_has_all_of_the_letters_text_and_nothing_else_of_the_person() -> None:
    values = content(facts("One.\nTwo.", "Three.", phone="+12075550134"))
    assert [part["lines"] for part in values["paragraphs"]] == [["One.", "Two."]]
    assert values["last"]["lines"] == ["Three."]
    assert values["closing"]["before"]["lines"] == ["Sincerely,"]
    assert values["closing"]["after"]["lines"] == ["Mary Jo O’Brien-Smith"]
    text = text_of(values)
    assert "mary@example.org" not in text
    assert "0134" not in text
    assert "River Friends" not in text


def test_a_person_without_a_state_or_a_second_line_has_a_proper_address() -> None:
    address = {"line1": "PO Box 7", "city": "Bangor", "zip5": "04401", "plus4": "0007"}
    assert content(facts("x", last_name="", address=address))["sender"] == ["Mary Jo", "PO Box 7", "Bangor 04401-0007"]


def test_a_recipient_without_an_address_is_addressed_by_name() -> None:
    assert content(facts("x", lines=()))["addressee"] == ["Representative Example"]
