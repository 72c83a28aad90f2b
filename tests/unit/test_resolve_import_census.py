"""The Census relationship file is read as published: every pair kept, every row left out counted, anything else refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.resolve.importers.census import read_census
from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.kinds import kind
from tests.unit.made_tables import Part, census_file, census_lines, write_lines, zipped

PARTS: list[Part] = [
    ("0103", "30165", 10),  # Rome, Georgia, mostly: another table keeps Alabama's sliver only
    ("1314", "30165", 990),
    ("0901", "06001", 500),
    ("09ZZ", "06001", 0),  # the Sound, in no district
    ("09ZZ", "", 0),
    ("1198", "20001", 400),
    ("3800", "57641", 300),  # the same number in two states
    ("4600", "57641", 100),
    ("3002", "57717", 1),
    ("4600", "57717", 2),
    ("5600", "57717", 1),
    ("3612", "10001", 200),
    ("3610", "10001", 0),  # a part of it is water
    ("3610", "10004", 0),  # nothing but water
    ("5600", "82001", 900),
    ("5600", "", 4000),  # Wyoming outside every ZIP area
    ("7298", "00601", 50),
]


@pytest.fixture
def published(tmp_path: Path) -> Path:
    return census_file(tmp_path / "tab20_cd11920_zcta520_natl.txt", PARTS)


def test_shares_are_of_each_zips_land(published: Path) -> None:
    table, _ = read_census(published)
    assert table.weight_kind == "land"
    assert table.zips["30165"] == {"0103": 0.01, "1314": 0.99}
    assert table.zips["57717"] == {"3002": 0.25, "4600": 0.5, "5600": 0.25}
    assert list(table.zips) == sorted(table.zips)


def test_states_that_share_a_districts_number_are_both_kept(published: Path) -> None:
    table, _ = read_census(published)
    assert table.zips["57641"] == {"3800": 0.75, "4600": 0.25}


def test_a_water_only_part_is_kept_with_the_share_0(published: Path) -> None:
    table, found = read_census(published)
    assert table.zips["10001"] == {"3610": 0.0, "3612": 1.0}
    assert found.counts["water_only"] == 2


def test_a_zip_without_any_land_has_no_shares_but_its_districts(published: Path) -> None:
    table, found = read_census(published)
    assert table.zips["10004"] == {"3610": None}
    assert found.counts["zips_without_land"] == 1


def test_water_in_no_district_is_left_out_and_counted(published: Path) -> None:
    table, found = read_census(published)
    assert table.zips["06001"] == {"0901": 1.0}
    assert found.counts["undefined"] == 1


def test_at_large_states_and_delegates_keep_their_geoids(published: Path) -> None:
    table, _ = read_census(published)
    assert [list(table.zips[zip5]) for zip5 in ("82001", "20001", "00601")] == [["5600"], ["1198"], ["7298"]]


def test_the_report_counts_all_that_was_there(published: Path) -> None:
    _, found = read_census(published)
    assert (found.kind, found.congress, found.rows) == ("relationship", 119, len(PARTS))
    assert found.counts == {
        "zips": 9,
        "pairs": 14,
        "geoids": 11,
        "without_zip": 2,
        "undefined": 1,
        "water_only": 2,
        "zips_without_land": 1,
    }
    assert len(found.sha256) == 64
    assert found.source(url="https://example.org", licence="public").counts["congress"] == 119


@pytest.mark.parametrize("congress", [118, 120])
def test_the_congress_is_read_from_the_columns(tmp_path: Path, congress: int) -> None:
    path = census_file(tmp_path / "renamed.txt", PARTS, congress)
    assert read_census(path, congress=congress)[1].congress == congress
    with pytest.raises(ImportRefused, match=f"is for Congress {congress}, not 119"):
        read_census(path, congress=119)


def test_expected_totals_are_asserted(published: Path) -> None:
    read_census(published, expect={"zips": 9, "pairs": 14, "congress": 119, "rows": 17})
    with pytest.raises(ImportRefused, match="it has 14 pairs, not 15"):
        read_census(published, expect={"pairs": 15})
    with pytest.raises(KeyError):
        read_census(published, expect={"slices": 1})


def test_a_file_cut_off_in_a_row_is_refused_with_the_line(tmp_path: Path) -> None:
    lines = census_lines(PARTS)
    path = write_lines(tmp_path / "cut.txt", [*lines[:9], lines[9][:40]], ended=False)
    with pytest.raises(ImportRefused, match=r"cut\.txt: line 10 has \d+ values, the header 17.*again"):
        read_census(path)


def test_a_file_cut_off_in_its_last_column_is_refused_too(tmp_path: Path) -> None:
    lines = census_lines(PARTS)
    rows = [*lines[:15], lines[15]]  # Wyoming's land outside ZIPs is missing, and so is the line's end
    with pytest.raises(ImportRefused, match="line 16 ends in its middle"):
        read_census(write_lines(tmp_path / "cut.txt", rows, ended=False))


def test_a_whole_file_without_a_last_line_end_is_taken(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "whole.txt", census_lines(PARTS), ended=False)
    assert read_census(path)[1].rows == len(PARTS)


def test_a_relationship_file_of_another_kind_is_refused_by_name(tmp_path: Path) -> None:
    lines = [line.replace("ZCTA5_20", "COUNTY_20") for line in census_lines(PARTS)]
    path = write_lines(tmp_path / "tab20_cd11920_county20_natl.txt", lines, bom=True)
    with pytest.raises(ImportRefused, match="it relates CD and COUNTY"):
        read_census(path)
    assert kind(path) == "unknown"


def test_a_pair_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = census_file(tmp_path / "twice.txt", [*PARTS, PARTS[0]])
    with pytest.raises(ImportRefused, match="line 19: ZIP 30165 and district 0103 stand here twice"):
        read_census(path)


def test_a_district_that_is_no_seat_is_refused_with_line_and_column(tmp_path: Path) -> None:
    path = census_file(tmp_path / "odd.txt", [*PARTS, ("3699", "10001", 4)])
    with pytest.raises(ImportRefused, match="line 19, column geoid_cd119_20: 36 has no district 99"):
        read_census(path)


def test_a_packed_file_gives_the_same_table(tmp_path: Path, published: Path) -> None:
    packed = zipped(tmp_path / "packed.zip", tab20_txt=census_lines(PARTS), readme_txt=["nothing to see"])
    assert read_census(packed)[0] == read_census(published)[0]


def test_progress_reaches_the_files_size(published: Path) -> None:
    seen: list[tuple[int, int]] = []
    read_census(published, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (published.stat().st_size, published.stat().st_size)
