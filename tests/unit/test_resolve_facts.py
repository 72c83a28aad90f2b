"""The sample and a file compiled from the Census agree with the Census: each ZIP, each prefix, each seat, office by office.

The tables to compare with are public but not the project's to ship: see ``real_data``.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator

import pytest

from services.resolve.geoids import geoid
from services.resolve.lookup import resolve_zip
from services.resolve.reference.plans import Plan
from services.resolve.reference.reference import open_reference
from services.resolve.resolution import Resolution
from services.resolve.tables import SAMPLE, read_table
from tests.unit import reference_made as made
from tests.unit.real_data import data, needs_data

pytestmark = needs_data

REFERENCE = open_reference(None)
(SAMPLED,) = REFERENCE.plans
LISTED = [row[0] for row in read_table(SAMPLE, "zips.csv", ("zip", "districts", "place"))]


def rows(name: str) -> Iterator[dict[str, str]]:
    with data(name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@pytest.fixture(scope="module")
def census() -> dict[str, set[str]]:
    """ZIP to GEOIDs: the merged table, and over it the rows that were checked one by one."""
    geoids: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows("zcta_cd119_merged.csv"):
        geoids[row["zcta"]].add(row["geoid"])
    return dict(geoids) | verified()


def verified() -> dict[str, set[str]]:
    return {zip5: set(found) for zip5, found in json.loads(data("census_cd119_zcta_verified.json").read_text()).items()}


@pytest.fixture(scope="module")
def national(census: dict[str, set[str]]) -> Plan:
    """The whole table, compiled by simple reading."""
    return made.only_plan(made.plan(119, {zip5: " ".join(geoids) for zip5, geoids in census.items()}))


def named(answer: Resolution) -> set[str]:
    return {geoid(seat) for seat in answer.candidates}


def test_the_rows_that_were_checked_one_by_one_are_answered_exactly(national: Plan) -> None:
    facts = verified()
    assert len(facts) == 18
    answers = {zip5: resolve_zip(national, zip5, None, None) for zip5 in facts}
    assert {zip5: named(answer) for zip5, answer in answers.items()} == facts
    for zip5, answer in answers.items():
        assert answer.outcome == ("resolved" if len(facts[zip5]) == 1 else "ambiguous")
        assert answer.basis == ("zip_unique" if len(facts[zip5]) == 1 else "zip_split")
        assert len(answer.senate_seats) == (2 if len(answer.states) == 1 and answer.states != ("VI",) else 0)


def test_a_file_of_the_whole_census_answers_each_of_its_zips_with_its_districts(
    national: Plan, census: dict[str, set[str]]
) -> None:
    assert len(census) == national.zip_count > 33_000
    assert national.note.coverage == "nation"
    assert [zip5 for zip5 in census if named(resolve_zip(national, zip5, None, None)) != census[zip5]] == []


def test_every_listed_zip_of_the_sample_has_the_districts_of_the_census(census: dict[str, set[str]]) -> None:
    found = {zip5: named(resolve_zip(SAMPLED, zip5, None, None)) for zip5 in LISTED}
    assert found == {zip5: census[zip5] for zip5 in LISTED}


def test_no_zip_of_the_census_is_answered_by_the_sample_with_a_seat_that_it_does_not_touch(
    census: dict[str, set[str]],
) -> None:
    wrong = []
    for zip5, geoids in census.items():
        for state in (None, *{REFERENCE.ground.by_geoid[found].state for found in geoids}):
            answer = resolve_zip(SAMPLED, zip5, None, state)
            house = {geoid(seat) for seat in answer.house_seats}
            if answer.conflicts or answer.outcome == "unknown_zip" or not house <= geoids:
                wrong.append((zip5, state, answer.outcome))
    assert not wrong


def test_a_zip_that_the_sample_resolves_without_a_state_lies_in_one_district(census: dict[str, set[str]]) -> None:
    resolved = [zip5 for zip5 in census if resolve_zip(SAMPLED, zip5, None, None).outcome == "resolved"]
    assert len(resolved) > 500
    assert [zip5 for zip5 in resolved if len(census[zip5]) > 1] == []


def test_every_district_of_the_census_is_a_seat_and_the_other_way_round(census: dict[str, set[str]]) -> None:
    assert set.union(*census.values()) == set(REFERENCE.ground.by_geoid)


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
            answer = resolve_zip(SAMPLED, row["zip"][:5], None, row["state"])
            checked += 1
            if row["zip"] == "70201":  # the table's own slip: Monroe, Louisiana, is 71201
                assert answer.outcome == "unknown_zip"
            else:
                assert not answer.conflicts, row["zip"]
                assert answer.outcome in ("resolved", "ambiguous", "state_only"), row["zip"]
    assert checked > 1_200


def test_the_sample_is_broad() -> None:
    offices = {seat.office for zip5 in LISTED for seat in resolve_zip(SAMPLED, zip5, None, None).candidates}
    assert 60 <= len(LISTED) <= 120
    assert len(offices) >= 100
    assert len({office[1:3] for office in offices}) == 56
