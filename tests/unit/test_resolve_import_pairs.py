"""Simple tables of ZIPs and districts: columns by name, every spelling of a seat, nothing repaired in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.pairs import read_pairs
from tests.unit.made_tables import write_lines


def table_of(tmp_path: Path, *lines: str) -> dict[str, dict[str, float | None]]:
    table, _ = read_pairs(write_lines(tmp_path / "pairs.csv", lines))
    return {zip5: dict(parts) for zip5, parts in table.zips.items()}


@pytest.mark.parametrize(
    "lines",
    [
        ("zcta,geoid", "30165,0103", "30165,1314"),
        ("zip,state,cd", "30165,AL,3", "30165,GA,14"),
        ("ZIP5,State_FIPS,CD", "30165,01,03", "30165,13,14"),
        ("state_fips,state_abbr,zcta,cd", "01,AL,30165,3", "13,GA,30165,14"),
        ("zip code;state abbr;congressional district", "30165;AL;3", "30165;GA;14"),
        ("zcta\tstate\tcd119\tnote", "30165\tAL\t03\tx", "30165\tGA\t14\t"),
        ("zipcode,geoid", "30165,5001900US0103", "30165,5001900US1314"),
        ("zcta,state,cd,geoid,source", "30165,AL,3,0103,a", "30165,GA,14,1314,b"),
    ],
)
def test_every_known_layout_says_the_same(tmp_path: Path, lines: tuple[str, ...]) -> None:
    assert table_of(tmp_path, *lines) == {"30165": {"0103": None, "1314": None}}


@pytest.mark.parametrize("district", ["0", "00", "98", "AL", "al", "at-large", "At Large", "WY"])
def test_a_states_only_seat_is_one_however_it_is_spelled(tmp_path: Path, district: str) -> None:
    assert table_of(tmp_path, "zip,state,cd", f"82001,WY,{district}") == {"82001": {"5600": None}}


@pytest.mark.parametrize("district", ["0", "00", "98", "AL", "at-large", "DC"])
def test_a_delegates_seat_is_98_however_it_is_spelled(tmp_path: Path, district: str) -> None:
    assert table_of(tmp_path, "zip,state,cd", f"20001,DC,{district}") == {"20001": {"1198": None}}


def test_states_that_share_a_districts_number_are_both_kept(tmp_path: Path) -> None:
    both = table_of(tmp_path, "zip,state,cd", "57641,ND,0", "57641,SD,0", "57717,MT,2", "57717,SD,AL", "57717,WY,00")
    assert both == {"57641": {"3800": None, "4600": None}, "57717": {"3002": None, "4600": None, "5600": None}}


def test_alabama_is_not_at_large(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="line 2, column cd: AL has no district AL"):
        table_of(tmp_path, "zip,state,cd", "35004,AL,AL")


def test_zeros_that_a_spreadsheet_dropped_are_refused_not_put_back(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"pairs\.csv: line 3, column zip: a ZIP has 4 digits\. .*text"):
        table_of(tmp_path, "zip,state,cd", "10001,NY,12", "2139,MA,5")
    with pytest.raises(ImportRefused, match=r"line 2, column geoid.*leading zeros"):
        table_of(tmp_path, "zip,geoid", "90232,637")
    with pytest.raises(ImportRefused, match=r"line 2, column cd.*leading zeros"):
        table_of(tmp_path, "zip,state_fips,cd", "35004,1,3")


def test_columns_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="line 2, column state: another column says district 3612"):
        table_of(tmp_path, "zip,state,geoid", "10001,NJ,3612")


def test_a_header_without_the_columns_is_refused_with_the_names_that_would_do(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"line 1: no column holds the ZIP\. Name the column that does: zcta, zip"):
        table_of(tmp_path, "post code,geoid", "10001,3612")
    with pytest.raises(ImportRefused, match="line 1: no column holds the district"):
        table_of(tmp_path, "zip,state", "10001,NY")
    with pytest.raises(ImportRefused, match="column cd stands twice"):
        table_of(tmp_path, "zip,state,cd,CD", "10001,NY,12,13")
    with pytest.raises(ImportRefused, match="districts of several Congresses"):
        table_of(tmp_path, "zip,state,cd118,cd119", "10001,NY,12,12")


def test_a_table_that_names_another_congress_is_refused(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "pairs.csv", ("zip,state,cd118", "10001,NY,12"))
    assert read_pairs(path, congress=118)[1].congress == 118
    with pytest.raises(ImportRefused, match="it is for Congress 118, not 119"):
        read_pairs(path, congress=119)


def test_an_error_never_quotes_the_row(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused) as refused:
        table_of(tmp_path, "zip,state,cd,name", "123456,NY,12,Ada Lovelace of 5 Elm Street")
    assert "123456" not in str(refused.value)
    assert "Ada" not in str(refused.value)


def test_districts_not_defined_and_rows_without_zip_are_counted(tmp_path: Path) -> None:
    lines = ("zip,geoid", "06001,0901", "06001,09ZZ", ",0901", "06001,0901", "")
    _, found = read_pairs(write_lines(tmp_path / "pairs.csv", lines))
    assert found.rows == 4
    assert {name: found.counts[name] for name in ("undefined", "without_zip", "repeated")} == {
        "undefined": 1,
        "without_zip": 1,
        "repeated": 1,
    }


def test_a_column_of_people_gives_shares(tmp_path: Path) -> None:
    rows = (
        "10001,3612,75",
        "10001,3610,25",
        "10002,3610,0",
        "10003,3612,5",
        "10003,3610,",
        "10004,3612,1",
        "10004,3612,3",
    )
    table, found = read_pairs(write_lines(tmp_path / "pairs.csv", ("zip,geoid,population", *rows)))
    assert table.weight_kind == "population"
    assert table.zips == {
        "10001": {"3610": 0.25, "3612": 0.75},
        "10002": {"3610": None},  # nobody lives there
        "10003": {"3610": None, "3612": None},  # one part is not known, so the whole is not
        "10004": {"3612": 1.0},
    }
    assert (found.counts["zips_without_shares"], found.counts["repeated"]) == (2, 1)


def test_a_weight_of_nobody_knows_what_is_refused_until_somebody_says(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "pairs.csv", ("zip,geoid,weight", "10001,3612,0.75", "10001,3610,0.25"))
    with pytest.raises(ImportRefused, match="column weight: it does not say of what"):
        read_pairs(path)
    assert read_pairs(path, weight_kind="land")[0].weight_kind == "land"


def test_the_people_of_the_whole_zip_are_not_taken_for_those_of_its_parts(tmp_path: Path) -> None:
    lines = ("zip,geoid,population", "10001,3612,900", "10001,3610,900", "30165,0103,50", "30165,1314,50")
    with pytest.raises(ImportRefused, match="the ZIP's own number"):
        read_pairs(write_lines(tmp_path / "pairs.csv", lines))


@pytest.mark.parametrize("weight", ["-1", "nan", "inf", "many"])
def test_a_weight_that_is_no_number_is_refused(tmp_path: Path, weight: str) -> None:
    with pytest.raises(ImportRefused, match="line 2, column pop"):
        table_of(tmp_path, "zip,geoid,pop", f"10001,3612,{weight}")
