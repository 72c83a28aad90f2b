"""However a table is exported (order, quotes, line ends, a byte-order mark, packed), it says the same, line for line."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.resolve.importers.census import read_census
from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.pairs import read_pairs
from services.resolve.importers.plus4 import read_plus4
from tests.unit.made_tables import census_lines, write_lines, zipped
from tests.unit.test_resolve_import_census import PARTS

ROWS = [line.split("|") for line in census_lines(PARTS)]
PAIRS = [
    ["zip", "state", "cd", "note"],
    ["30165", "AL", "3", "Rome, Ga."],
    ["30165", "GA", "14", 'the "Hub"'],
    ["82001", "WY", "0", ""],
]
RANGES = [["zip5", "low", "high", "geoid"], ["10001", "0001", "0099", "3612"], ["10001", "0100", "0200", "3610"]]


@st.composite
def exports(draw: st.DrawFn, rows: list[list[str]], delimiters: str) -> bytes:
    """The same rows as somebody else would export them."""
    columns = draw(st.permutations(range(len(rows[0]))))
    body = draw(st.permutations(rows[1:]))
    extra = draw(st.integers(0, 2))
    table = [
        [row[column] for column in columns] + [f"extra{number}" for number in range(extra)] for row in [rows[0], *body]
    ]
    if draw(st.booleans()):
        table[0] = [name.upper() for name in table[0]]
    text = io.StringIO()
    writer = csv.writer(
        text,
        delimiter=draw(st.sampled_from(delimiters)),
        lineterminator=draw(st.sampled_from(["\n", "\r\n", "\r"])),
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    )
    writer.writerows(table)
    blank_lines = draw(st.sampled_from(["", "\n", "\r\n\r\n"]))
    return (text.getvalue() + blank_lines).encode(draw(st.sampled_from(["utf-8", "utf-8-sig"])))


@pytest.fixture(scope="module")
def folder() -> Path:
    return Path(tempfile.mkdtemp())


@given(content=exports(ROWS, "|,\t;"))
def test_the_census_file_says_the_same_in_any_export(folder: Path, content: bytes) -> None:
    path = folder / "census.txt"
    path.write_bytes(content)
    table, found = read_census(path)
    assert table == read_census(write_lines(folder / "plain.txt", census_lines(PARTS)))[0]
    assert found.rows == len(PARTS)


@given(content=exports(PAIRS, ",|;\t"))
def test_pairs_say_the_same_in_any_export(folder: Path, content: bytes) -> None:
    path = folder / "pairs.csv"
    path.write_bytes(content)
    assert read_pairs(path)[0].zips == {"30165": {"0103": None, "1314": None}, "82001": {"5600": None}}


@given(content=exports(RANGES, ",|;\t"))
def test_ranges_say_the_same_in_any_export(folder: Path, content: bytes) -> None:
    path = folder / "ranges.csv"
    path.write_bytes(content)
    found, _ = read_plus4(path)
    assert [(one.low, one.high, one.geoid) for one in found] == [(1, 99, "3612"), (100, 200, "3610")]


@given(content=st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_no_content_does_anything_but_be_read_or_refused(folder: Path, content: bytes) -> None:
    path = folder / "anything"
    path.write_bytes(b"zip,geoid\n" + content)
    try:
        of = read_pairs(path)[1].path
    except ImportRefused as refused:
        of = refused.file
    assert of == path


def refusal(path: Path) -> str:
    with pytest.raises(ImportRefused) as refused:
        read_pairs(path)
    return str(refused.value)


def test_lines_are_counted_as_an_editor_does_also_after_a_value_of_several(tmp_path: Path) -> None:
    lines = ["zip,geoid,note", '10001,3612,"one', 'two"', "", "2139,2505,x"]
    assert "line 5, column zip" in refusal(write_lines(tmp_path / "t.csv", lines, end="\r\n"))


def test_a_line_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"zip,geoid,note\n" + b"10001,3612,x\n" * 30_000 + "10001,3612,Cañas\n".encode("latin-1"))
    assert "line 30002 is not UTF-8. Export it again" in refusal(path)


def test_a_quote_that_never_ends_is_refused_where_it_begins(tmp_path: Path) -> None:
    assert "line 3 is no delimited text" in refusal(
        write_lines(tmp_path / "t.csv", ["zip,geoid", "10001,3612", '"10001,3612', "10001,3610"])
    )


def test_rows_of_another_length_are_refused_but_empty_values_at_the_end_are_not(tmp_path: Path) -> None:
    assert "line 2 has 1 values, the header 2" in refusal(write_lines(tmp_path / "t.csv", ["zip,geoid", "10001"]))
    assert "line 2 has 3 values, the header 2" in refusal(
        write_lines(tmp_path / "t.csv", ["zip,geoid", "10001,3612,x"])
    )
    assert read_pairs(write_lines(tmp_path / "t.csv", ["zip,geoid", "10001,3612,,"]))[1].rows == 1


def test_what_is_no_table_is_refused_as_what_it_is(tmp_path: Path) -> None:
    assert "it is a web page" in refusal(write_lines(tmp_path / "t.csv", ["<!doctype html>", "<p>404"]))
    assert "line 1 is empty" in refusal(write_lines(tmp_path / "t.csv", [], ended=False))
    assert "there are no rows" in refusal(write_lines(tmp_path / "t.csv", ["zip,geoid"]))


def test_archives_must_hold_one_table_and_be_whole(tmp_path: Path) -> None:
    one = zipped(tmp_path / "one.zip", pairs_csv=["zip,geoid", "10001,3612"])
    assert read_pairs(one)[0].zips == {"10001": {"3612": None}}
    two = zipped(tmp_path / "two.zip", a_csv=["zip,geoid"], b_csv=["zip,geoid"])
    assert "the zip archive has 2 text files" in refusal(two)
    (tmp_path / "cut.zip").write_bytes(one.read_bytes()[:60])
    assert "cut off or damaged" in refusal(tmp_path / "cut.zip")
    assert "no text file" in refusal(zipped(tmp_path / "none.zip", a_pdf=["x"]))


def test_a_damaged_member_of_an_archive_is_refused_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:  # stored, so that a changed byte still unpacks
        archive.writestr("pairs.csv", "zip,geoid\n10001,3612\n")
    path.write_bytes(path.read_bytes().replace(b"10001,3612", b"10001,3610"))
    assert "the zip archive cannot be read (BadZipFile)" in refusal(path)
