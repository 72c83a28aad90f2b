"""ZIP+4 products: the nation's districts only, ranges merged, contradictions refused."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.plus4 import read_plus4
from services.resolve.reference.contents import Plus4Range
from tests.unit.made_tables import write_lines

CICERO = (
    "zipcode,plus4low,plus4high,zip_state,county_fips,state_fips,city,"
    "district_id,district_state,Chamber,cicero_id,subtype,district_type"
)


def cicero(zip5: str, low: str, high: str, district: str, state: str, level: str = "NATIONAL_LOWER") -> str:
    chamber = "House of Representatives"
    return f'{zip5},{low},{high},{state},049,39,"Columbus, North",{district},{state},{chamber},1,CENSUS,{level}'


def ranges(tmp_path: Path, *lines: str) -> list[Plus4Range]:
    return read_plus4(write_lines(tmp_path / "zip4.csv", lines))[0]


def test_ciceros_layout_with_the_nations_chamber_only(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "zip4.csv",
        [
            CICERO,
            cicero("43125", "1100", "1199", "15", "OH"),
            cicero("43125", "1100", "1199", "20", "OH", "STATE_LOWER"),  # a chamber of the same name
            cicero("43125", "1200", "1200", "2", "OH"),
            cicero("82001", "0001", "9999", "WY", "WY"),
            cicero("20001", "0001", "9999", "DC", "DC"),
            cicero("43125", "", "", "2", "OH"),
            cicero("43125", "12ND", "12ND", "2", "OH"),
        ],
    )
    found, report = read_plus4(path)
    assert found == [
        Plus4Range("20001", 1, 9999, "1198"),
        Plus4Range("43125", 1100, 1199, "3915"),
        Plus4Range("43125", 1200, 1200, "3902"),
        Plus4Range("82001", 1, 9999, "5600"),
    ]
    assert (report.rows, dict(report.counts)) == (
        7,
        {
            "ranges": 4,
            "zips": 3,
            "geoids": 4,
            "other_chambers": 1,
            "without_plus4": 1,
            "no_delivery": 1,
            "undefined": 0,
        },
    )


def test_a_chamber_that_may_be_a_states_is_not_guessed(tmp_path: Path) -> None:
    header = "zipcode,plus4low,plus4high,district_id,district_state,chamber"
    with pytest.raises(ImportRefused, match="line 2, column chamber: it may be the nation's chamber or a state's"):
        ranges(tmp_path, header, "43125,1100,1199,15,OH,House of Representatives")
    rows = ("43125,1100,1199,15,OH,United States House of Representatives", "43125,1100,1199,20,OH,State Senate")
    assert ranges(tmp_path, header, *rows) == [Plus4Range("43125", 1100, 1199, "3915")]


def test_ranges_of_one_district_that_touch_or_overlap_become_one(tmp_path: Path) -> None:
    rows = (
        "10001,0010,0019,3612",
        "10001,0000,0009,3612",
        "10001,0015,0030,3612",
        "10001,0032,0040,3612",
        "10001,0031,0031,3610",
    )
    assert ranges(tmp_path, "zip5,low,high,geoid", *rows) == [
        Plus4Range("10001", 0, 30, "3612"),
        Plus4Range("10001", 31, 31, "3610"),
        Plus4Range("10001", 32, 40, "3612"),
    ]


def test_two_districts_for_one_zip4_are_refused_with_number_and_place(tmp_path: Path) -> None:
    rows = ("10002,0000,0009,3612", "10001,0000,0009,3612", "10001,0009,0020,3610", "10002,0003,0004,3607")
    with pytest.raises(
        ImportRefused, match="2 ranges overlap one of another district, first in ZIP 10001, lines 3 and 4"
    ):
        ranges(tmp_path, "zip5,low,high,geoid", *rows)


def test_a_short_range_inside_a_long_one_is_seen_after_others_too(tmp_path: Path) -> None:
    rows = ("10001,0000,9999,3612", "10001,0003,0004,3612", "10001,5000,5000,3610")
    with pytest.raises(ImportRefused, match="1 ranges overlap"):
        ranges(tmp_path, "zip5,low,high,geoid", *rows)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("10001,1,0099,3612", "line 2, column low: a ZIP.4 part has 1 characters"),
        ("10001,0100,0099,3612", "line 2, column high: the range ends before it begins"),
        ("1001,0001,0099,3612", "line 2, column zip5: a ZIP has 4 digits"),
        ("10001,0001,0099,3699", "line 2, column geoid: 36 has no district 99"),
        ("10001,0001,0099,36ZZ", "it has no ranges in districts of the House"),
    ],
)
def test_what_cannot_be_is_refused_with_line_and_column(tmp_path: Path, row: str, problem: str) -> None:
    with pytest.raises(ImportRefused, match=problem) as refused:
        ranges(tmp_path, "zip5,low,high,geoid", row)
    assert "0099" not in str(refused.value)  # four digits and a ZIP are close to an address


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), min_size=1, max_size=12), st.booleans())
def test_every_zip4_is_in_the_district_that_its_row_says(
    tmp_path_factory: pytest.TempPathFactory, spans: list[tuple[int, int]], contradicts: bool
) -> None:
    """Against a dictionary of all ZIP+4, which is what the ranges stand for."""
    wanted = {number: "3612" for low, width in spans for number in range(low, low + width + 1)}
    rows = [f"10001,{low:04},{low + width:04},3612" for low, width in spans]
    if contradicts:
        rows.append(f"10001,{spans[0][0]:04},{spans[0][0]:04},3610")
    path = write_lines(tmp_path_factory.getbasetemp() / "spans.csv", ["zip5,low,high,geoid", *rows])
    if contradicts:
        with pytest.raises(ImportRefused, match="overlap"):
            read_plus4(path)
        return
    found, _ = read_plus4(path)
    assert {number: one.geoid for one in found for number in range(one.low, one.high + 1)} == wanted
    assert all(one.high + 1 < other.low for one, other in pairwise(found))
