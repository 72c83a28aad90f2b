"""Which map counts, and who holds a seat, at a time: never another map than the one in force, however near it is.

The ZIPs are ones whose district did change between the 118th and the 119th Congress (Census Bureau, relationship files and
TIGER/Line 2022 and 2024).
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.resolved import Purpose
from services.resolve.lookup import resolve_zip
from services.resolve.reference.contents import Roster, Term
from services.resolve.reference.reference import Reference
from services.resolve.seats import Seat
from tests.unit import reference_made as made

CHANGED = """
30040 GA-6  GA-7
30096 GA-7  GA-4
70726 LA-6  LA-5
70570 LA-4  LA-6
71270 LA-5  LA-4
70360 LA-6  LA-3
28205 NC-14 NC-12
27106 NC-5  NC-10
27215 NC-4  NC-9
36330 AL-2  AL-1
36301 AL-2  AL-1
36067 AL-2  AL-6
11762 NY-3  NY-2
12477 NY-19 NY-18
14092 NY-26 NY-24
"""
ROWS = [line.split() for line in CHANGED.strip().splitlines()]
FIPS = {"GA": "13", "LA": "22", "NC": "37", "AL": "01", "NY": "36"}


def geoid(name: str) -> str:
    state, number = name.split("-")
    return f"{FIPS[state]}{int(number):02}"


def name(seats: tuple[Seat, ...]) -> str:
    (seat,) = seats
    return f"{seat.state}-{seat.district}"


@pytest.fixture(scope="module")
def reference() -> Reference:
    terms = (
        Term("HNY12", "N000002", "Jerrold Nadler", "Nadler", "D", date(2023, 1, 3), date(2025, 1, 3)),
        Term("HNY12", "N000002", "Jerrold Nadler", "Nadler", "D", date(2025, 1, 3), date(2027, 1, 3)),
    )
    return made.reference(
        made.plan(118, {zip5: geoid(before) for zip5, before, _ in ROWS}),
        made.plan(119, {zip5: geoid(after) for zip5, _, after in ROWS}),
        roster=Roster(terms, date(2026, 6, 15), date(2023, 1, 3)),
    )


def plan_id(reference: Reference, as_of: datetime, purpose: Purpose = "represented_by") -> str | None:
    plan = reference.at(as_of.timestamp()).plan(purpose)
    return plan.id if plan else None


@pytest.mark.parametrize(("zip5", "before", "after"), ROWS)
def test_an_address_is_resolved_on_the_map_of_its_time(
    reference: Reference, zip5: str, before: str, after: str
) -> None:
    for as_of, district in ((datetime(2024, 11, 22, tzinfo=UTC), before), (datetime(2026, 11, 22, tzinfo=UTC), after)):
        plan = reference.at(as_of.timestamp()).plan("represented_by")
        assert plan is not None
        assert name(resolve_zip(plan, zip5, None, None).house_seats) == district
    # Before the election of November 2024, who is to be elected stands on the next map already.
    elects = reference.at(datetime(2024, 10, 22, tzinfo=UTC).timestamp()).plan("elects")
    assert elects is not None
    assert name(resolve_zip(elects, zip5, None, None).house_seats) == after


@pytest.mark.parametrize(
    ("as_of", "represents", "elects"),
    [
        (datetime(2019, 5, 1, tzinfo=UTC), None, None),
        (datetime(2021, 1, 3, 16, 59, 59, tzinfo=UTC), None, None),
        (datetime(2021, 1, 3, 17, tzinfo=UTC), None, "us-cd-118"),
        (datetime(2023, 1, 3, 16, 59, 59, tzinfo=UTC), None, "us-cd-118"),
        (datetime(2023, 1, 3, 17, tzinfo=UTC), "us-cd-118", "us-cd-119"),
        (datetime(2025, 1, 3, 16, 59, 59, 999999, tzinfo=UTC), "us-cd-118", "us-cd-119"),
        (datetime(2025, 1, 3, 17, tzinfo=UTC), "us-cd-119", None),
        (datetime(2026, 11, 22, tzinfo=UTC), "us-cd-119", None),
        (datetime(2027, 1, 3, 16, 59, 59, tzinfo=UTC), "us-cd-119", None),
        (datetime(2027, 1, 3, 17, tzinfo=UTC), None, None),
    ],
)
def test_at_a_boundary_the_map_changes_at_once_and_none_stands_in_for_another(
    reference: Reference, as_of: datetime, represents: str | None, elects: str | None
) -> None:
    assert plan_id(reference, as_of) == represents
    assert plan_id(reference, as_of, "elects") == elects


def test_the_same_plan_is_the_same_object_for_both_purposes(reference: Reference) -> None:
    elects = reference.at(datetime(2024, 1, 1, tzinfo=UTC).timestamp()).plan("elects")
    assert elects is reference.at(datetime(2026, 1, 1, tzinfo=UTC).timestamp()).plan("represented_by")


def test_an_era_is_one_object_for_all_of_its_time(reference: Reference) -> None:
    at = reference.at
    first = at(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    assert first.begins == datetime(2025, 1, 3, 17, tzinfo=UTC).timestamp()
    assert first.ends == datetime(2026, 6, 15, tzinfo=UTC).timestamp(), (
        "what the roster knows ends when it was published"
    )
    at(0.0)
    assert at(first.begins) is first
    assert at(math.nextafter(first.ends, 0)) is first
    assert at(first.ends) is not first
    assert at(math.nextafter(first.begins, 0)) is not first


@given(st.floats())
def test_any_time_has_an_era_that_contains_it(reference: Reference, as_of: float) -> None:
    era = reference.at(as_of)
    if not math.isnan(as_of):
        assert era.begins <= as_of < era.ends or as_of == era.ends == math.inf
        assert reference.at(as_of) is era
    for purpose in ("represented_by", "elects"):
        era.plan(purpose)
    assert era.seat("HNY12").office == "HNY12"
    assert reference.at(made.AS_OF).begins <= made.AS_OF


@given(st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1)))  # noqa: DTZ001 - made aware below
def test_the_map_that_elects_is_in_force_when_the_next_congress_convenes(reference: Reference, naive: datetime) -> None:
    as_of = naive.replace(tzinfo=UTC)
    plan = reference.at(as_of.timestamp()).plan("elects")
    convenes = next(
        noon
        for year in range(as_of.year, as_of.year + 4)
        if year % 2 and (noon := datetime(year, 1, 3, 17, tzinfo=UTC)) > as_of
    )
    expected = {2023: "us-cd-118", 2025: "us-cd-119"}.get(convenes.year)
    assert (plan and plan.id) == expected


def test_a_seat_has_the_holder_and_the_status_of_its_time(reference: Reference) -> None:
    def status(as_of: datetime, office: str = "HNY12") -> str:
        return reference.at(as_of.timestamp()).seat(office).status

    assert status(datetime(2022, 12, 31, tzinfo=UTC)) == "unknown"
    assert status(datetime(2026, 1, 1, tzinfo=UTC)) == "held"
    assert status(datetime(2026, 1, 1, tzinfo=UTC), "HNY13") == "vacant"
    assert status(datetime(2027, 1, 4, tzinfo=UTC)) == "term_ended_unconfirmed"
    era = reference.at(made.AS_OF)
    assert era.seat("HNY12") is era.seat("HNY12")


def test_a_time_does_not_depend_on_what_was_asked_before() -> None:
    days = [datetime(2022, 6, 1, tzinfo=UTC) + timedelta(days=97 * number) for number in range(20)]
    plans = made.plan(118), made.plan(119)
    forwards, backwards = made.reference(*plans), made.reference(*plans)
    there = [plan_id(forwards, day, purpose) for day in days for purpose in ("represented_by", "elects")]
    back = [plan_id(backwards, day, purpose) for day in reversed(days) for purpose in ("elects", "represented_by")]
    assert there == back[::-1]
    assert {None, "us-cd-118", "us-cd-119"} == set(there)
