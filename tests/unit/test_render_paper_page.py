"""The page of a letter: where things stand, what is said of it, and that it is the same page every time."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pypdf
import pytest

from tests.unit.paper_made import HOUSE, INCH, LETTER_ID, RIVER, between, boxes, by_pdfium, by_pypdf, facts, form, inked

SLACK = 1.0  # points; a letter may reach a little over the edge of its line


def test_the_parts_of_a_letter_stand_in_the_order_in_which_they_are_read() -> None:
    pdf = form().pdf(facts(RIVER, "Please open it."))
    for text in (by_pypdf(pdf)[0], by_pdfium(pdf)[0]):
        places = [
            text.index(part)
            for part in ("Mary Jo O", "200 Pine Avenue", "Apt 4B", "Bangor, ME 04401", "November 22, 2026", *HOUSE,
                         "Please open the river", "Dear Representative Example,", "The river has", "Please open it.",
                         "Sincerely,", "Mary Jo O’Brien-Smith", LETTER_ID, "Page 1 of 1")  # noqa: RUF001
        ]  # fmt: skip
        last = text.rindex("Mary Jo O")
        assert places[:-3] == sorted(places[:-3])
        assert places[-4] < last


@pytest.mark.parametrize(
    "lines",
    [HOUSE, ("Office of the Twelfth Congressional District of New York", *HOUSE[1:]), ("A", "B", "C", "D")],
    ids=["held", "vacant", "four lines"],
)
@pytest.mark.parametrize("locale", ["en-US", "ar"])
def test_a_window_envelope_shows_the_addressee_and_nothing_else(lines: tuple[str, ...], locale: str) -> None:
    (page,) = boxes(form().pdf(facts("Please open it.", lines=lines, locale=locale)))
    always, ever = (2.45 * INCH, 3.2 * INCH), (2.04 * INCH, 3.63 * INCH)
    shown = [box for box in page if ever[0] < box.bottom and box.top < ever[1] and box.left < 5.375 * INCH]
    assert inked("".join(box.character for box in shown)) == inked(
        "".join(lines)
    )  # PDFium turns lines of an Arabic document
    assert all(box.left >= 0.875 * INCH and box.top >= always[0] and box.bottom <= always[1] for box in shown)


def test_the_sheet_is_us_letter_with_an_inch_of_margin() -> None:
    letter = facts(*[RIVER * 3] * 12)
    sheet = pypdf.PdfReader(io.BytesIO(form().pdf(letter))).pages[0].mediabox
    assert (sheet.width, sheet.height) == (8.5 * INCH, 11 * INCH)
    pages = boxes(form().pdf(letter))
    assert len(pages) == 3
    for page in pages:
        assert min(box.left for box in page) >= INCH - SLACK
        assert max(box.right for box in page) <= 7.5 * INCH + SLACK
        assert min(box.top for box in page) >= INCH - SLACK
        footer = min(box.top for box in page if box.top > 10 * INCH)
        assert max(box.bottom for box in page if box.bottom < footer) <= 10 * INCH + 5 * SLACK  # letters that descend


def test_every_page_says_which_it_is_and_of_which_letter() -> None:
    pages = by_pypdf(form().pdf(facts(*[RIVER * 3] * 12)))
    for number, text in enumerate(pages, 1):
        assert f"Page {number} of 3" in text
        assert LETTER_ID in text


@pytest.mark.parametrize(
    "text",
    [
        "A" * 10_000,
        "https://example.org/" + "a/b" * 900,
        "W" * 80,
        "ש" * 2_000,
        "ب" * 2_000,
        "\ufdfd" * 40,
        "字" * 3_000,
    ],
    ids=["letters", "web address", "wide", "hebrew", "arabic", "widest", "han"],
)
def test_no_word_runs_off_the_page(text: str) -> None:
    pages = boxes(form().pdf(facts(text)))
    assert max(box.right for page in pages for box in page) <= 7.5 * INCH + SLACK
    assert min(box.left for page in pages for box in page) >= INCH - SLACK


def test_long_names_push_the_letter_down_and_cover_nothing() -> None:
    names = {"first_name": "Maximiliana " * 24 + "M", "last_name": "Wolfe-" * 45 + "S"}
    page = boxes(form().pdf(facts("Please open it.", **names, lines=("Ox " * 90,) * 4)))[0]
    places = {(round(box.left), round(box.bottom)) for box in page}
    assert len(page) > 900
    assert len(places) == len(page)


def test_a_closing_never_stands_alone_on_a_page() -> None:
    broken = 0
    for words in range(100, 260, 6):
        text = " ".join(["constituents"] * words)
        first, *rest = by_pypdf(form().pdf(facts(text)))
        for last in rest:
            broken += 1
            assert len(between(first, end=LETTER_ID).splitlines()) > 15, words  # and it takes no more than it needs
            lines = last.partition("Sincerely,")[0].strip().splitlines()
            assert len(lines) >= 2, words
    assert 5 < broken < 25  # the sweep goes over the page's end


@pytest.mark.parametrize(
    "part",
    [{}, {"closing": ""}, {"closing": "שלום עולם"}, {"subject": "שלום עולם"}, {"salutation": "שלום עולם"}],
    ids=str,
)
def test_right_to_left_text_starts_at_the_right_and_runs_left_whatever_part_it_is(part: dict[str, str]) -> None:
    paragraphs = ("abc",) if part.get("closing") or "subject" in part or "salutation" in part else ("abc", "שלום עולם")
    (page,) = boxes(form().pdf(facts(*paragraphs, **part)))
    hebrew = sorted((box for box in page if "\u0590" < box.character < "\u05ff"), key=lambda box: -box.left)
    assert hebrew[0].right == pytest.approx(7.5 * INCH, abs=2)
    assert "".join(box.character for box in hebrew) == "שלוםעולם"
    assert min(box.left for box in page if box.character == "b") < 1.5 * INCH


def test_every_font_is_embedded_and_only_what_is_used_of_it() -> None:
    pdf = form().pdf(facts("Zoë, Ελένη, Анна, שלום, السلام, नमस्ते, สวัสดี, 世界, 안녕", "∑ ✔ ქართული"))
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    found: set[str] = set()
    for number in range(1, int(reader.trailer["/Size"])):  # type: ignore[call-overload]
        thing: Any = reader.get_object(number)
        if isinstance(thing, dict) and thing.get("/Type") == "/FontDescriptor":
            assert thing.keys() & {"/FontFile2", "/FontFile3"}, thing["/FontName"]
            found.add(str(thing["/FontName"]))
    used = {
        str(font.get_object()["/BaseFont"])
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }
    assert len(found) >= 9
    assert {name.lstrip("/")[6] for name in found} == {"+"}
    assert {name.partition("-Identity")[0] for name in used} <= found


def test_the_file_says_title_and_language_and_nothing_of_the_person() -> None:
    reader = pypdf.PdfReader(io.BytesIO(form().pdf(facts("Por favor.", subject="El río", locale="es"))))
    meta = reader.metadata
    assert meta is not None
    assert (meta.title, meta.author, meta.subject) == ("El río", None, None)
    assert str(meta.creation_date).startswith("2026-11-22 00:00:00")
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "es"
    assert root["/MarkInfo"]["/Marked"]
    xmp = reader.xmp_metadata
    assert xmp is not None
    raw = xmp.stream.get_data().decode()
    assert "Mary" not in raw
    assert "pdfuaid" in raw
    assert "pdfaid" in raw


def test_the_same_letter_is_the_same_bytes_in_this_process_and_in_another() -> None:
    letter = facts(RIVER * 3, "Zoë, שלום, 世界")
    program = (
        "import sys, hashlib; from tests.unit.paper_made import *;"
        "print(hashlib.sha256(form().make(facts(RIVER * 3, 'Zoë, שלום, 世界')).encode()).hexdigest())"
    )
    made = form().make(letter)
    form().make(facts("Another between them."))
    assert form().make(letter) == made
    other = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert other.stdout.strip() == hashlib.sha256(made.encode()).hexdigest()


def test_a_preview_is_a_picture_of_one_page() -> None:
    letter = facts(*[RIVER * 3] * 12)
    pictures = [form().png(letter, page, ppi=40) for page in (1, 2, 3)]
    assert {picture[:8] for picture in pictures} == {b"\x89PNG\r\n\x1a\n"}
    assert int.from_bytes(pictures[0][16:20]) == 340
    assert len(set(pictures)) == 3
    with pytest.raises(IndexError):
        form().png(letter, 4)
