"""The importers on real tables: totals, the rows that were checked by hand, and the known errors of a table in wide use."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from services.resolve.importers.kinds import kind
from services.resolve.importers.pairs import read_pairs
from services.resolve.reference.contents import Share, ZipTable
from tests.unit.real_data import data, needs_data

pytestmark = needs_data
TERRITORIES = {"60", "66", "69", "78"}


@pytest.fixture(scope="module")
def merged() -> ZipTable:
    path = data("zcta_cd119_merged.csv")
    assert kind(path) == "pairs"
    return read_pairs(path, expect={"zips": 33_791, "pairs": 40_066, "geoids": 441, "undefined": 0, "repeated": 0})[0]


@pytest.fixture(scope="module")
def in_wide_use() -> ZipTable:
    path = data("zccd.csv")
    assert kind(path) == "pairs"
    return read_pairs(path, expect={"zips": 33_774, "pairs": 42_033, "geoids": 437})[0]


def pairs(zips: Mapping[str, Mapping[str, Share | None]]) -> set[tuple[str, str]]:
    return {(zip5, geoid) for zip5, parts in zips.items() for geoid in parts}


@pytest.fixture(scope="module")
def verified() -> dict[str, list[str]]:
    checked: dict[str, list[str]] = json.loads(data("census_cd119_zcta_verified.json").read_text("utf-8"))
    assert len(checked) == 18
    return checked


def test_every_verified_row_is_what_the_merged_table_gives(merged: ZipTable, verified: dict[str, list[str]]) -> None:
    assert {zip5: sorted(merged.zips[zip5]) for zip5 in verified} == verified


def test_the_table_in_wide_use_differs_from_verified_rows_as_is_known(
    in_wide_use: ZipTable, verified: dict[str, list[str]]
) -> None:
    """It joins by tract, which touches more districts than the ZIP does, and it has no Virgin Islands."""
    differs = {
        zip5: sorted(in_wide_use.zips.get(zip5, ()))
        for zip5, geoids in verified.items()
        if sorted(in_wide_use.zips.get(zip5, ())) != geoids
    }
    assert differs == {"10027": ["3612", "3613"], "00802": []}


def test_the_table_in_wide_use_has_thousands_of_pairs_too_many(merged: ZipTable, in_wide_use: ZipTable) -> None:
    shared = merged.zips.keys() & in_wide_use.zips.keys()
    extra = {pair for pair in pairs(in_wide_use.zips) - pairs(merged.zips) if pair[0] in shared}
    assert len(extra) > 2_000
    assert ("11201", "3608") in extra


def test_the_table_in_wide_use_loses_states_that_share_a_number_and_the_merged_one_does_not(
    merged: ZipTable, in_wide_use: ZipTable
) -> None:
    assert (list(merged.zips["57641"]), list(in_wide_use.zips["57641"])) == (["3800", "4600"], ["3800"])
    assert (list(merged.zips["57717"]), list(in_wide_use.zips["57717"])) == (["3002", "4600", "5600"], ["3002", "5600"])
    assert list(merged.zips["30165"]) == ["0103", "1314"]


def test_the_table_in_wide_use_has_no_territories_but_one(merged: ZipTable, in_wide_use: ZipTable) -> None:
    assert {geoid[:2] for _, geoid in pairs(merged.zips)} >= TERRITORIES
    assert not {geoid[:2] for _, geoid in pairs(in_wide_use.zips)} & TERRITORIES
