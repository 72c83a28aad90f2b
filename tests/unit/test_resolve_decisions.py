"""What travels with a decision, and what it rests on: the map of the right time, evidence, seats, and what is kept of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from schemas.accepted import AssertedDistrict, Location
from schemas.resolved import Held, Resolved
from services.resolve import handler
from services.resolve.handler import MOST_KEPT, Deps
from services.resolve.reference.contents import Roster, Term
from tests.unit import made, reference_made
from tests.unit.resolve_bench import BOTH, HOUSE, REFERENCE, SENATE, answer, at, deps, held, resolved


def test_the_evidence_says_what_was_found_by_which_map_and_in_which_version() -> None:
    one = resolved(at("10027", "NY")).resolution
    assert (one.outcome, one.basis, one.candidates, one.confidence) == ("resolved", "zip_unique", ("HNY13",), 0.995)
    assert (one.plan, one.purpose, one.reference) == ("us-cd-119", "represented_by", REFERENCE.version)
    two = held(at("02139", "MA", "4307")).resolution
    assert (two.outcome, two.basis, two.candidates) == ("ambiguous", "zip_split", ("HMA05", "HMA07"))
    assert (two.weights, two.weight_kind, two.confidence) == ((), "none", 0.5)
    assert set(two.reasons) == {"zip_split", "plus4_not_covered"}
    three = held(at("10027", "CA")).resolution
    assert (three.conflicts, three.reasons) == (("state_vs_zip",), ("state_contradicts_zip",))


def test_weights_travel_rounded_and_the_likeliest_first() -> None:
    reference = reference_made.reference(
        reference_made.plan(119, {"10027": {"3612": 1 / 3, "3613": 2 / 3}}, weight_kind="population")
    )
    found = answer(at("10027", "NY"), given=deps(reference=reference)).data
    assert isinstance(found, Held)
    assert (found.resolution.candidates, found.resolution.weights) == (("HNY13", "HNY12"), (0.6667, 0.3333))
    assert (found.resolution.weight_kind, found.resolution.confidence) == ("population", 0.6667)
    sure = answer(at("10027"), given=deps(reference=reference, ambiguity="best_guess", best_guess_above=0.6)).data
    assert isinstance(sure, Resolved)
    assert (sure.offices, sure.resolution.outcome) == (("HNY13",), "ambiguous"), "a guess is not called knowledge"


def test_the_seats_written_to_travel_with_who_holds_them() -> None:
    term = Term("HNY13", "E000297", "Adriano Espaillat", "Espaillat", "Democrat", date(2025, 1, 3), date(2027, 1, 3))
    roster = Roster([term], date(2026, 3, 1), date(2025, 1, 3))
    given = deps(BOTH, reference_made.reference(reference_made.plan(), roster=roster), vacant_seat="chamber_office")
    found = answer(at("10027"), given=given).data
    assert [(seat.office, seat.status) for seat in found.resolution.seats] == [
        ("HNY13", "held"), ("SNY01", "vacant"), ("SNY03", "vacant")]  # fmt: skip
    holder = found.resolution.seats[0].holder
    assert holder is not None
    assert (holder.name, holder.bioguide, holder.until) == ("Adriano Espaillat", "E000297", date(2027, 1, 3))
    waiting = answer(at("10027"), given=deps(BOTH, given.reference)).data
    assert isinstance(waiting, Held)
    assert (waiting.reason, waiting.needs) == ("seat_vacant", ())
    assert [seat.status for seat in waiting.resolution.seats] == ["held", "vacant", "vacant"], "one sees why it waits"


def test_the_map_is_that_of_the_submission_s_time_and_of_the_campaign_s_purpose() -> None:
    maps = [
        reference_made.plan(number, {"10027": geoid}) for number, geoid in ((118, "3612"), (119, "3613"), (120, "3610"))
    ]
    reference = reference_made.reference(*maps)

    def offices(received: datetime, as_of: float | None = None, **policy: Any) -> tuple[str, ...]:
        given = deps(reference=reference, **policy)
        given.as_of = as_of
        found = answer(made.accepted(received_at=received), given=given).data
        assert isinstance(found, Resolved)
        return found.offices

    change = datetime(2027, 1, 3, 17, tzinfo=UTC)
    assert offices(datetime(2024, 12, 31, tzinfo=UTC)) == ("HNY12",)
    assert offices(change - timedelta(microseconds=1)) == ("HNY13",)
    assert offices(change) == ("HNY10",)
    assert offices(datetime(2026, 11, 22, tzinfo=UTC), purpose="elects") == ("HNY10",)
    assert offices(datetime(2024, 12, 31, tzinfo=UTC), as_of=change.timestamp()) == ("HNY10",)


@pytest.mark.parametrize(("received", "purpose"), [(2029, "represented_by"), (2026, "elects")])
def test_without_the_map_of_that_time_the_submission_waits_for_one(received: int, purpose: str) -> None:
    event = made.accepted(received_at=datetime(received, 6, 1, tzinfo=UTC))
    found = answer(event, given=deps(BOTH, purpose=purpose)).data
    assert isinstance(found, Held)
    assert (found.reason, found.needs) == ("no_plan_in_force", ())
    assert (found.resolution.plan, found.resolution.purpose, found.resolution.candidates) == (None, purpose, ())
    assert found.resolution.reference == REFERENCE.version


def test_a_point_and_a_district_that_somebody_looked_up_are_asked_about() -> None:
    shapes = [reference_made.box("3612", 40, -74, 41, -73.5), reference_made.box("3613", 40, -73.5, 41, -73)]
    reference = reference_made.reference(reference_made.plan(119, {"10027": "3612 3613"}, shapes=shapes))
    place = Location(lat=40.5, lon=-73.2, accuracy="rooftop")
    found = answer(made.accepted(made.constituent(location=place)), given=deps(reference=reference)).data
    assert isinstance(found, Resolved)
    assert (found.offices, found.resolution.basis) == (("HNY13",), "point")
    assert found.resolution.margin_m == 1000
    district = AssertedDistrict(geoid="3612", congress=119, proof="person_confirmed")
    told = answer(made.accepted(made.constituent(district=district)), given=deps(reference=reference)).data
    assert isinstance(told, Resolved)
    assert (told.offices, told.resolution.basis) == (("HNY12",), "asserted")
    given = deps(reference=reference)
    for lon in (-73.498, -73.497):
        place = Location(lat=40.5, lon=lon, accuracy="rooftop")
        near = answer(made.accepted(made.constituent(location=place)), given=given).data.resolution
        assert near.margin_m == pytest.approx((lon + 73.5) * 84_700, abs=5)
    assert given.kept == 0, "an answer of one person's own is not kept"


def test_what_is_kept_is_bounded_and_made_again_where_it_was_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "MOST_KEPT", 5)
    assert MOST_KEPT >= 10_000, (
        "as many as there are different answers in the country, or they would be made again and again"
    )
    given = deps(BOTH)
    zips = ["10027", "02139", "82001", "20001", "00901", "10118", "30165", "42223"]
    first = [answer(at(zip5), given=given).data for zip5 in zips]
    assert given.kept <= 5
    assert sum(len(desk.kept) for desk in given.desks.values()) == given.kept
    assert [answer(at(zip5), given=given).data for zip5 in zips] == first
    given.forget()
    assert not given.desks


def test_a_campaign_published_anew_decides_at_once() -> None:
    published = {"open": made.campaign("open", targets=HOUSE)}
    given = Deps(REFERENCE, published.get)
    assert isinstance(answer(at("02139", "MA"), given=given).data, Held)
    published["open"] = made.campaign("open", version=2, targets=SENATE)
    found = answer(at("02139", "MA"), given=given).data
    assert isinstance(found, Resolved)
    assert found.offices == ("SMA01", "SMA02")
