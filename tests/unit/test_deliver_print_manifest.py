"""The manifest: a row for each letter and no other, whatever a crash left, and no formula for the one who opens it."""

from __future__ import annotations

import csv
import io
import unicodedata
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pypdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.deliver.channels.printing import manifest
from services.deliver.channels.printing.cells import line, neutral
from tests.unit import made
from tests.unit.print_made import DAY, NOON, letter, pdf, print_all, table

WIDE = (
    "\N{FULLWIDTH EQUALS SIGN}1",
    "\N{FULLWIDTH PLUS SIGN}1",
    "\N{FULLWIDTH HYPHEN-MINUS}1",
    "\N{FULLWIDTH COMMERCIAL AT}1",
)
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\u00a0=1", "\x00=1", "\u200b=1", *WIDE)


def is_formula(cell: str) -> bool:
    """As a careful spreadsheet would see it."""
    seen = "".join(c for c in cell if unicodedata.category(c) not in ("Cc", "Cf")).lstrip()
    return unicodedata.normalize("NFKC", seen)[:1] in set("=+-@")


def test_a_row_says_who_where_what_and_how_many_pages_two_readers_find(tmp_path: Path) -> None:
    long = pdf("canary", 9)
    print_all(
        tmp_path,
        [letter(1), letter(2, long, subject='A "subject", with all', constituent=made.constituent(prefix="Dr."))],
    )
    first, second = table(tmp_path)
    assert first == {
        "letter_id": made.identity(1), "name": "Maria Canary", "city": "Canaryville", "zip": "10027",
        "subject": "A subject", "pages": "1", "sha256": sha256(pdf()).hexdigest(),
    }  # fmt: skip
    assert (second["name"], second["subject"]) == ("Dr. Maria Canary", 'A "subject", with all')
    assert int(second["pages"]) == len(pypdf.PdfReader(io.BytesIO(long)).pages) == len(pypdfium2.PdfDocument(long)) > 1


def test_pages_that_are_packed_away_are_left_open_rather_than_guessed(tmp_path: Path) -> None:
    print_all(tmp_path, [letter(1, b"%PDF-1.7 of which nothing can be told")])
    assert table(tmp_path)[0]["pages"] == ""


@pytest.mark.parametrize("typed", FORMULAS)
def test_what_would_be_a_formula_is_text_in_every_column(tmp_path: Path, typed: str) -> None:
    person = made.constituent(first_name=typed, last_name="", city=typed)
    print_all(tmp_path, [letter(1, subject=typed, constituent=person)])
    (row,) = table(tmp_path)
    for column in ("name", "city", "subject"):
        assert row[column].startswith("'")
        assert not is_formula(row[column])


@given(st.text(max_size=40) | st.text('=;", a', max_size=8))
@example(';"=1')
@example('a; " "=1')
def test_no_separator_that_a_spreadsheet_goes_by_makes_a_formula(typed: str) -> None:
    raw = line([made.identity(1), neutral(typed), "next"]).decode()
    for separator in ",;":
        (cells,) = csv.reader(io.StringIO(raw, newline=""), delimiter=separator)
        assert not any(map(is_formula, cells)), separator


@given(st.text(max_size=80) | st.text("=+-@; \t\ra\N{FULLWIDTH EQUALS SIGN}", max_size=8))
def test_whatever_is_typed_is_one_cell_on_one_line_and_no_formula(typed: str) -> None:
    cell = neutral(typed)
    raw = line([cell, "next"])
    assert raw.count(b"\n") == raw.count(b"\r") == 1
    assert list(csv.reader(io.StringIO(raw.decode(), newline=""))) == [[cell, "next"]]
    assert not is_formula(cell)
    assert not any(is_formula(piece) for piece in cell.split(";")), "where a semicolon ends a cell"
    assert not any(unicodedata.category(c) == "Cc" for c in cell)


def test_what_a_spreadsheet_would_drop_from_the_start_makes_the_rest_no_formula_either() -> None:
    assert [neutral(f"{first}Maria") for first in "\t\r\n\0"] == ["'Maria"] * 4


def test_ordinary_text_is_left_as_it_is() -> None:
    for text in ("Maria O'Brien-Smith", "Sant Juliá; València", "a-b=c", "مرحبا", "St. John's", ""):
        assert neutral(text) == text


def test_the_rows_stand_in_the_order_of_the_letters_and_each_once_after_repeats(tmp_path: Path) -> None:
    letters = [letter(number) for number in (5, 3, 9, 1)]
    print_all(tmp_path, letters)
    print_all(tmp_path, letters[::-1])
    print_all(tmp_path, letters, NOON + timedelta(days=1))
    assert [row["letter_id"] for row in table(tmp_path)] == [one.letter_id for one in letters]


@pytest.mark.parametrize("kept", [1, 40, 70, 120, 200, 299])
def test_a_file_that_was_torn_anywhere_is_whole_again_after_the_letters_are_repeated(tmp_path: Path, kept: int) -> None:
    letters = [letter(number) for number in (1, 2)]
    print_all(tmp_path, letters)
    path = tmp_path / "HNY13" / f"{DAY}.csv"
    whole = path.read_bytes()
    path.write_bytes(whole[:kept])
    print_all(tmp_path, letters)
    assert path.read_bytes() == whole


def test_a_row_without_its_letter_is_taken_away_before_the_next_is_added(tmp_path: Path) -> None:
    print_all(tmp_path, [letter(1), letter(2)])
    (tmp_path / "HNY13" / DAY / f"{made.identity(1)}.pdf").unlink()  # a power cut can lose it and keep the row
    print_all(tmp_path, [letter(3)])
    assert [row["letter_id"] for row in table(tmp_path)] == [made.identity(2), made.identity(3)]
    print_all(tmp_path, [letter(1)])
    assert [row["letter_id"] for row in table(tmp_path)] == [made.identity(number) for number in (2, 3, 1)]


def test_a_file_that_somebody_saved_from_a_spreadsheet_is_still_understood(tmp_path: Path) -> None:
    letters = [letter(1), letter(2)]
    print_all(tmp_path, letters)
    path = tmp_path / "HNY13" / f"{DAY}.csv"
    path.write_text(path.read_text("utf-8-sig").replace('"', ""), "utf-8", newline="\n")
    print_all(tmp_path, [*letters, letter(3)])
    assert [row.letter_id for row in manifest.rows(path)] == [made.identity(number) for number in (1, 2, 3)]


def test_a_manifest_that_was_removed_is_written_again_for_the_letters_that_are_repeated(tmp_path: Path) -> None:
    print_all(tmp_path, [letter(1)])
    (tmp_path / "HNY13" / f"{DAY}.csv").unlink()
    print_all(tmp_path, [letter(1)])
    assert [row["letter_id"] for row in table(tmp_path)] == [made.identity(1)]


def test_a_row_is_added_to_the_file_and_never_written_again_with_the_others(tmp_path: Path) -> None:
    path = tmp_path / "HNY13" / f"{DAY}.csv"
    print_all(tmp_path, [letter(1)])
    before = path.stat().st_ino
    print_all(tmp_path, [letter(number) for number in range(2, 40)])
    assert path.stat().st_ino == before, "a day of 10,000 letters would be written 10,000 times"
    assert len(table(tmp_path)) == 39
