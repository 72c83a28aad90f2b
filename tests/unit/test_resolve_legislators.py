"""The public list of members, read as published: every seat's holder, each gap seen, each contradiction refused."""

from __future__ import annotations

import copy
import json
import os
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.legislators import Legislators, read_legislators
from services.resolve.reference.roster import SeatBook, pack, unpack
from services.resolve.seats import load_seats
from tests.unit.real_data import data, needs_data

PUBLISHED: Final = date(2026, 6, 15)
OFFICES: Final = tuple(seat.office for seat in load_seats())
VACANT: Final = {"HCA14", "HFL20", "HGA13", "HTX23"}


def at(*day: int) -> float:
    return datetime(*day, 12, tzinfo=UTC).timestamp()  # type: ignore[arg-type,misc]


@pytest.fixture(scope="module")
def real() -> Legislators:
    return read_legislators(data("legislators-current.json"), published_on=PUBLISHED)


@needs_data
def test_json_and_yaml_give_the_same_roster(real: Legislators) -> None:
    assert read_legislators(data("legislators-current.yaml"), published_on=PUBLISHED) == real
    assert real.counts["people"] == 537
    assert "published_on_guessed" not in real.counts
    assert (real.roster.published_on, real.roster.complete_since) == (PUBLISHED, PUBLISHED)
    assert unpack(pack(real.roster)) == real.roster


@needs_data
@pytest.mark.parametrize(
    ("day", "statuses", "not_held"),
    [
        ((2026, 6, 15), {"held": 537, "vacant": 4}, VACANT),
        ((2026, 11, 22), {"held": 535, "vacant": 4, "term_ended_unconfirmed": 2}, VACANT | {"SOH03", "SFL03"}),
        ((2026, 5, 1), {"held": 536, "unknown": 5}, VACANT | {"HCA01"}),
    ],
)
def test_every_seat_has_a_status_and_the_known_gaps_are_seen(
    real: Legislators, day: tuple[int, ...], statuses: dict[str, int], not_held: set[str]
) -> None:
    book = SeatBook(real.roster)
    seats = [book.at(office, at(*day)) for office in OFFICES]
    assert Counter(seat.status for seat in seats) == statuses
    assert {seat.office for seat in seats if seat.status != "held"} == not_held


@needs_data
def test_when_the_next_congress_sits_nobody_is_known_to_hold_a_house_seat(real: Legislators) -> None:
    book = SeatBook(real.roster)
    seats = [book.at(office, at(2027, 1, 4)) for office in OFFICES]
    assert Counter((seat.office[0], seat.status) for seat in seats) == {
        ("H", "term_ended_unconfirmed"): 441,
        ("S", "term_ended_unconfirmed"): 35,  # class 2, and two appointed until a special election
        ("S", "held"): 65,
    }


@needs_data
@pytest.mark.parametrize(
    ("office", "name", "last_name", "since", "until"),
    [
        ("SOK02", "Alan Armstrong", "Armstrong", date(2026, 3, 24), date(2027, 1, 3)),
        ("HCA01", "James Gallagher", "Gallagher", date(2026, 6, 10), date(2027, 1, 3)),  # without official_full
        ("HNJ11", "Analilia Mejia", "Mejia", date(2026, 4, 20), date(2027, 1, 3)),
        ("SOH03", "Jon Husted", "Husted", date(2025, 1, 21), date(2026, 11, 3)),
        ("HDC00", "Eleanor Holmes Norton", "Norton", date(2025, 1, 3), date(2027, 1, 3)),
    ],
)
def test_holders_are_who_they_were_on_that_day(
    real: Legislators, office: str, name: str, last_name: str, since: date, until: date
) -> None:
    holder = SeatBook(real.roster).at(office, at(2026, 6, 15)).holder
    assert holder is not None
    assert (holder.name, holder.last_name, holder.since, holder.until) == (name, last_name, since, until)


REP: Final = {"type": "rep", "start": "2025-01-03", "end": "2027-01-03", "state": "NY", "district": 13, "party": "X"}
ADA: Final = {
    "id": {"bioguide": "A000001"},
    "name": {"first": "Ada", "last": "Example", "suffix": "Jr."},
    "terms": [REP],
}


def person(number: int = 1, **term: Any) -> dict[str, Any]:
    """Ada's like, with a term of her own."""
    made = copy.deepcopy(ADA)
    made["id"] = {"bioguide": f"A{number:06}"}
    made["terms"] = [{key: value for key, value in (REP | term).items() if value is not None}]
    return made


def read(folder: Path, *people: Any, before: list[Any] | None = None, name: str = "current.json") -> Legislators:
    file = folder / name
    file.write_text(json.dumps(list(people)) if name.endswith("json") else yaml.safe_dump(list(people)), "utf-8")
    historical = None
    if before is not None:
        historical = folder / "historical.json"
        historical.write_text(json.dumps(before), "utf-8")
    return read_legislators(file, historical, published_on=PUBLISHED)


def test_a_name_is_made_of_its_parts_where_the_full_one_is_missing(tmp_path: Path) -> None:
    (term,) = read(tmp_path, ADA).roster.terms
    assert (term.office, term.name, term.last_name, term.party) == ("HNY13", "Ada Example Jr.", "Example", "X")
    (term,) = read(tmp_path, ADA | {"name": {"last": "Example", "official_full": "Dr. Ada Example"}}).roster.terms
    assert term.name == "Dr. Ada Example"


def test_with_those_who_left_the_roster_is_complete_since_the_seats_are_what_they_are(tmp_path: Path) -> None:
    left = person(2, start="2023-01-03", end="2025-01-03")
    found = read(tmp_path, person(), before=[left])
    assert len(found.roster.terms) == 2
    assert found.roster.complete_since == date(2023, 1, 3)
    assert SeatBook(found.roster).at("HNY12", at(2024, 6, 1)).status == "vacant"
    assert SeatBook(found.roster).at("HNY12", at(2022, 6, 1)).status == "unknown"


def test_terms_of_no_seat_of_today_are_left_out_and_counted(tmp_path: Path) -> None:
    strange = [
        person(2, district=-1),
        person(3, district=53, state="CA"),
        person(4, type="prez", district=None),
        person(5, start="2019-01-03", end="2021-01-03"),
        person(6, type="sen", **{"class": 2}),
    ]
    found = read(tmp_path, person(), *strange)
    assert [term.office for term in found.roster.terms] == ["HNY13"]
    expected = {
        "people": 6,
        "terms": 1,
        "district_unknown": 1,
        "no_such_seat": 2,
        "not_of_congress": 1,
        "ended_before": 1,
    }
    assert found.counts == expected


def test_yaml_may_write_a_date_as_a_date(tmp_path: Path) -> None:
    dated = person(start=date(2025, 1, 3), end=date(2027, 1, 3))
    assert read(tmp_path, dated, name="current.yaml").roster == read(tmp_path, person()).roster


def test_a_day_that_nobody_gave_is_the_file_s_and_is_counted_as_guessed(tmp_path: Path) -> None:
    file = tmp_path / "legislators.json"
    file.write_text(json.dumps([ADA]), "utf-8")
    os.utime(file, (at(2026, 6, 20), at(2026, 6, 20)))
    found = read_legislators(file)
    assert found.roster.published_on == date(2026, 6, 20)
    assert found.counts["published_on_guessed"] == 1


@pytest.mark.parametrize(
    ("people", "fault"),
    [
        ([person(1), person(2)], "HNY13 has two holders at one time"),
        ([person(1, end="2026-01-04"), person(2, start="2026-01-03")], "HNY13 has two holders at one time"),
        ([], "it is not a list of people"),
        ([person(end="2021-01-03")], "nobody in it holds a seat after 2021-01-03"),
        (["Ada"], "somebody is not written as the format has it"),
        ([{"id": {"bioguide": "A000001"}}], "A000001 is not written as the format has it (KeyError: 'name')"),
        ([person(start="soon")], "A000001 is not written as the format has it (ValueError: Invalid isoformat"),
        ([person(start="2026-01-03", end="2025-01-03")], "a term ends 2025-01-03, before its start"),
        ([person(district="at large")], "A000001 is not written as the format has it (ValueError"),
        ([ADA | {"id": {"bioguide": "Ada"}}], "Ada is not written as the format has it (String should match pattern"),
    ],
)
def test_what_contradicts_itself_or_the_format_is_refused_by_file_and_person(
    tmp_path: Path, people: list[Any], fault: str
) -> None:
    with pytest.raises(ImportRefused) as caught:
        read(tmp_path, *people)
    assert fault in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'current.json'}: ")


@pytest.mark.parametrize(("name", "kind"), [("a.json", "JSON"), ("a.yaml", "YAML"), ("a.yml", "YAML")])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_bytes(b"[{")
    with pytest.raises(ImportRefused, match=f"it is not {kind}"):
        read_legislators(tmp_path / name, published_on=PUBLISHED)
