"""Weights from Geocorr, HUD and simple tables, and what becomes of a table of pairs that gets them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.kinds import kind
from services.resolve.importers.shares import apply_weights, merge, unmatched
from services.resolve.importers.weights import read_weights
from services.resolve.reference.contents import ZipTable
from tests.unit.made_tables import write_lines

LABELS = '"ZIP census tabulation area","State code","Congressional district","State abbr.","ZCTA name","{what}","{way}"'


def geocorr(path: Path, weight: str, *rows: str, way: str = "zcta-to-cd119 allocation factor") -> Path:
    header = f'"zcta","state","cd119","stab","ZIPName","{weight}","afact"'
    return write_lines(path, [header, LABELS.format(what="Total population (2020 Census)", way=way), *rows])


def workbook(path: Path, rows: Iterable[list[Any]]) -> Path:
    book = Workbook()
    for row in rows:
        assert book.active is not None
        book.active.append(row)
    book.save(path)
    return path


def test_geocorrs_counts_become_shares_of_each_zip(tmp_path: Path) -> None:
    rows = (
        '"30165","01","03","AL","Rome, GA","30","0.0075"',
        '"30165","13","14","GA","Rome, GA","3970","0.9925"',
        '"82001","56","00","WY","Cheyenne, WY","40","1"',
        '"20001","11","98","DC","Washington, DC","7","1"',
        '" ","56","00","WY","[not in a ZCTA]","9","1"',
    )
    path = geocorr(tmp_path / "geocorr2022_1.csv", "pop20", *rows)
    table, found = read_weights(path, congress=119)
    assert table.weight_kind == "population"
    assert table.zips == {"20001": {"1198": 1.0}, "30165": {"0103": 0.0075, "1314": 0.9925}, "82001": {"5600": 1.0}}
    assert (found.kind, found.congress, found.rows, found.counts["without_zip"]) == ("geocorr", 119, 5, 1)
    with pytest.raises(ImportRefused, match="it is for Congress 119, not 118"):
        read_weights(path, congress=118)


@pytest.mark.parametrize(("weight", "of"), [("pop20", "population"), ("hus20", "population"), ("landsqmi", "land")])
def test_geocorrs_weights_are_named_by_what_they_count(tmp_path: Path, weight: str, of: str) -> None:
    path = geocorr(tmp_path / "geocorr.csv", weight, '"82001","56","00","WY","Cheyenne","40.5","1"')
    assert read_weights(path)[0].weight_kind == of


def test_a_factor_from_district_to_zip_does_not_pass_for_weights(tmp_path: Path) -> None:
    lines = ["zcta,state,cd119,afact", "ZIP,State,District,cd119-to-zcta allocation factor", "30165,13,14,0.02"]
    with pytest.raises(ImportRefused, match="line 2, column afact: the factor runs from district to ZIP"):
        read_weights(write_lines(tmp_path / "geocorr.csv", lines), weight_kind="population")


HUD: list[list[Any]] = [
    ["ZIP", "CD", "USPS_ZIP_PREF_CITY", "USPS_ZIP_PREF_STATE", "RES_RATIO", "BUS_RATIO", "OTH_RATIO", "TOT_RATIO"],
    ["30165", "0103", "ROME", "GA", 0.1, 0, 0, 0.1],
    ["30165", "1314", "ROME", "GA", 0.7, 1, 1, 0.7],
    ["30165", "13**", "ROME", "GA", 0.2, 0, 0, 0.2],
    ["73301", "4835", "AUSTIN", "TX", 0, 1, 0, 1],
    ["20001", "1198", "WASHINGTON", "DC", 1, 1, 1, 1],
]


def test_huds_file_is_read_as_a_workbook_and_as_text(tmp_path: Path) -> None:
    sheet = workbook(tmp_path / "ZIP_CD_122025.xlsx", HUD)
    text = write_lines(tmp_path / "ZIP_CD.csv", [",".join(map(str, row)) for row in HUD], bom=True, end="\r\n")
    for path in (sheet, text):
        table, found = read_weights(path)
        assert found.kind == kind(path) == "hud"
        assert found.counts["undefined"] == 1
        assert table.zips["30165"] == pytest.approx({"0103": 0.125, "1314": 0.875})  # renormalised without 13**
        assert table.zips["73301"] == {"4835": None}  # nobody lives there
        assert table.zips["20001"] == {"1198": 1.0}


def test_zeros_that_a_workbook_dropped_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "hud.xlsx", [HUD[0], [2139, "2505", "CAMBRIDGE", "MA", 1, 1, 1, 1]])
    with pytest.raises(ImportRefused, match="line 2, column zip: a ZIP has 4 digits"):
        read_weights(path)


def test_a_workbook_without_dimensions_may_end_its_rows_early(tmp_path: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (["ZIP", "CD", "RES_RATIO", "NOTE"], ["10001", "3612", 1], ["10002"], []):
        sheet.append(row)
    book.save(tmp_path / "short.xlsx")
    table, found = read_weights(tmp_path / "short.xlsx")
    assert table.zips == {"10001": {"3612": 1.0}}
    assert (found.rows, found.counts["undefined"]) == (2, 1)


def test_a_table_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="no column holds weights"):
        read_weights(write_lines(tmp_path / "pairs.csv", ["zip,geoid", "10001,3612"]))


PLAIN = ZipTable(
    {"10001": {"3612": None, "3610": None}, "10002": {"3607": None, "3610": None}, "10003": {"3612": None}}
)


def population(**zips: dict[str, float]) -> ZipTable:
    return ZipTable({name.lstrip("z"): dict(parts) for name, parts in zips.items()}, "population")


def test_weights_are_put_on_pairs_and_none_is_lost() -> None:
    weights = population(z10001={"3612": 0.9, "3607": 0.1}, z10003={"3612": 1.0}, z10009={"3612": 1.0})
    weighted = apply_weights(PLAIN, weights, most_added=0.5)
    assert weighted.weight_kind == "population"
    assert weighted.zips == {
        "10001": {"3607": 0.1, "3610": 0.0, "3612": 0.9},  # 3607 is added, 3610 kept
        "10002": {"3607": None, "3610": None},  # not in the weights
        "10003": {"3612": 1.0},
    }
    differs = unmatched(PLAIN, weights)
    assert differs.added == (("10001", "3607"),)
    assert differs.at_zero == (("10001", "3610"),)
    assert (differs.unweighted, differs.left_out) == (("10002",), ("10009",))


def test_weights_of_another_map_are_refused() -> None:
    with pytest.raises(ValueError, match=r"1 pairs of ZIP and district that the table lacks \(10003 in 3610\)"):
        apply_weights(PLAIN, population(z10003={"3610": 1.0}))


def test_a_pair_with_the_weight_0_that_the_table_lacks_is_not_added() -> None:
    weighted = apply_weights(PLAIN, population(z10003={"3612": 1.0, "3610": 0.0}))
    assert weighted.zips["10003"] == {"3612": 1.0}


def test_merging_keeps_every_pair_and_the_shares_that_still_hold() -> None:
    census = ZipTable({"30165": {"1314": 1.0}, "10001": {"3610": 0.2, "3612": 0.8}}, "land")
    supplement = ZipTable({"30165": {"0103": None}, "10001": {"3612": None}, "57641": {"4600": None}})
    merged = merge(census, supplement)
    assert merged.weight_kind == "land"
    assert merged.zips == {
        "10001": {"3610": 0.2, "3612": 0.8},
        "30165": {"0103": None, "1314": None},  # how much of it is Alabama's is not known
        "57641": {"4600": None},
    }
    with pytest.raises(ValueError, match="weighted by land and by population do not add up"):
        merge(census, population(z10001={"3612": 1.0}))


_TABLES = st.dictionaries(
    st.sampled_from(["10001", "10002", "10003"]),
    st.dictionaries(st.sampled_from(["3607", "3610", "3612"]), st.integers(0, 5), min_size=1),
)


@given(_TABLES, _TABLES)
def test_shares_sum_to_one_and_no_pair_is_ever_lost(
    pairs: dict[str, dict[str, int]], people: dict[str, dict[str, int]]
) -> None:
    table = ZipTable({zip5: dict.fromkeys(parts) for zip5, parts in pairs.items()})
    weights = ZipTable(
        {z: {g: n / (sum(p.values()) or 1) for g, n in p.items()} for z, p in people.items()}, "population"
    )
    for made in (apply_weights(table, weights, most_added=9), merge(table, weights)):
        for zip5, parts in table.zips.items():
            assert parts.keys() <= made.zips[zip5].keys()
        for shares in made.zips.values():
            known = [share for share in shares.values() if share is not None]
            assert not known or sum(known) == pytest.approx(1.0) or not any(known)
