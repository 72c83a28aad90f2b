"""The shipped sample agrees with the Census: each listed ZIP, each prefix, each state's seats, office by office.

The tables to compare with are public but not the project's to ship: they are read from the folder that
POSTBAG_TEST_DATA names, or from ../shared/data, and the tests are skipped where there is none.
"""

from __future__ import annotations

import csv
import json
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.resolve.lookup import resolve
from services.resolve.reference import Reference, load_reference
from services.resolve.tables import SAMPLE, read_table

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("POSTBAG_TEST_DATA") or ROOT.parent / "shared" / "data")

REFERENCE = load_reference()
LISTED = [row[0] for row in read_table(SAMPLE, "zips.csv", ("zip", "districts", "place"))]


def data(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not in {DATA.name}/: there is nothing to compare the sample with")
    return path


def rows(name: str) -> Iterator[dict[str, str]]:
    with data(name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@pytest.fixture(scope="module")
def census() -> dict[str, set[str]]:
    """ZIP to offices: the merged table, and over it the rows that were checked one by one."""
    offices: defaultdict[str, set[str]] = defaultdict(set)
    state_of: dict[str, str] = {}
    for row in rows("zcta_cd119_merged.csv"):
        state_of[row["geoid"][:2]] = row["state"]
        offices[row["zcta"]].add(office(row["state"], row["cd"]))
    for zip5, geoids in json.loads(data("census_cd119_zcta_verified.json").read_text()).items():
        offices[zip5] = {office(state_of[geoid[:2]], geoid[2:]) for geoid in geoids}
    return dict(offices)


def office(state: str, code: str) -> str:
    """Census codes 00 (at large) and 98 (delegate) are both seat 00 of the offices' own numbering."""
    return f"H{state}{'00' if code == '98' else code}"


def candidates(reference: Reference, zip5: str) -> set[str]:
    return {seat.office for seat in resolve(reference, zip5, None, None).candidates}


def test_every_listed_zip_has_the_districts_of_the_census(census: dict[str, set[str]]) -> None:
    assert {zip5: candidates(REFERENCE, zip5) for zip5 in LISTED} == {zip5: census[zip5] for zip5 in LISTED}


def test_no_zip_of_the_census_is_answered_with_a_seat_that_it_does_not_touch(census: dict[str, set[str]]) -> None:
    assert len(census) > 33_000
    wrong = []
    for zip5, offices in census.items():
        for state in (None, *{office[1:3] for office in offices}):
            answer = resolve(REFERENCE, zip5, None, state)
            house = {seat.office for seat in answer.house_seats}
            if answer.conflicts or answer.outcome == "unknown_zip" or not house <= offices:
                wrong.append((zip5, state, answer.outcome))
    assert not wrong


def test_a_resolved_zip_without_a_state_lies_in_one_district(census: dict[str, set[str]]) -> None:
    resolved = [zip5 for zip5 in census if resolve(REFERENCE, zip5, None, None).outcome == "resolved"]
    assert len(resolved) > 500
    assert [zip5 for zip5 in resolved if len(census[zip5]) > 1] == []


def test_every_district_of_the_census_is_a_seat_and_the_other_way_round(census: dict[str, set[str]]) -> None:
    seats = {seat.office for seat in REFERENCE.seats if seat.chamber == "house"}
    assert set.union(*census.values()) == seats


def test_every_sitting_senator_and_member_has_a_seat() -> None:
    offices = {seat.office for seat in REFERENCE.seats}
    held = set()
    for member in json.loads(data("legislators-current.json").read_text()):
        term = member["terms"][-1]
        number = f"0{term['class']}" if term["type"] == "sen" else f"{term['district']:02}"
        held.add(f"{'S' if term['type'] == 'sen' else 'H'}{term['state']}{number}")
    assert len(held) > 530
    assert held <= offices


def test_the_zip_of_a_members_district_office_lies_in_the_members_state() -> None:
    checked = 0
    for row in rows("legislators-district-offices.csv"):
        if row["zip"]:
            answer = resolve(REFERENCE, row["zip"][:5], None, row["state"])
            checked += 1
            if row["zip"] == "70201":  # the table's own slip: Monroe, Louisiana, is 71201
                assert answer.outcome == "unknown_zip"
            else:
                assert not answer.conflicts, row["zip"]
                assert answer.outcome in ("resolved", "ambiguous", "state_only"), row["zip"]
    assert checked > 1_200


def test_the_sample_is_broad() -> None:
    offices = {office for zip5 in LISTED for office in candidates(REFERENCE, zip5)}
    assert 60 <= len(LISTED) <= 120
    assert len(offices) >= 100
    assert len({office[1:3] for office in offices}) == 56
