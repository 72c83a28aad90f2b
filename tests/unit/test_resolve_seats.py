"""All 541 seats of Congress exist, once each, and a table that says otherwise is refused."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest
from pydantic import TypeAdapter

from schemas.fields import OfficeId, StateCode
from services.resolve.resolution import UNSEATED
from services.resolve.seats import Seat, load_seats
from services.resolve.tables import SAMPLE, InvalidReferenceError


def test_there_are_435_voting_and_6_other_house_seats_and_100_senators() -> None:
    seats = load_seats()
    assert Counter(seat.kind for seat in seats) == {
        "district": 429,
        "at_large": 6,
        "delegate": 5,
        "resident_commissioner": 1,
        "senator": 100,
    }
    assert Counter(seat.chamber for seat in seats) == {"house": 441, "senate": 100}
    assert len({seat.office for seat in seats}) == 541


def test_each_senate_state_has_two_seats_of_different_classes() -> None:
    classes: dict[str, list[int | None]] = {}
    for seat in load_seats():
        if seat.chamber == "senate":
            classes.setdefault(seat.state, []).append(seat.senate_class)
    assert len(classes) == 50
    assert all(len(pair) == len(set(pair)) == 2 for pair in classes.values())
    assert not set(classes) & {"DC", "PR", "GU", "VI", "AS", "MP"}


def test_a_seat_is_named_as_the_offices_intake_names_it() -> None:
    seats = {seat.office: seat for seat in load_seats()}
    assert seats["HNY13"] == Seat("HNY13", "house", "NY", 13, None, "district")
    assert seats["HAK00"] == Seat("HAK00", "house", "AK", 0, None, "at_large")
    assert seats["HDC00"] == Seat("HDC00", "house", "DC", 0, None, "delegate")
    assert seats["HPR00"] == Seat("HPR00", "house", "PR", 0, None, "resident_commissioner")
    assert seats["SNY01"] == Seat("SNY01", "senate", "NY", None, 1, "senator")
    assert "HNY00" not in seats
    assert "HNY27" not in seats
    assert "SNY02" not in seats


def test_offices_and_states_are_those_that_events_can_carry() -> None:
    offices = [seat.office for seat in load_seats()]
    assert TypeAdapter(list[OfficeId]).validate_python(offices) == offices
    assert {seat.state for seat in load_seats()} | set(UNSEATED) == set(get_args(StateCode))


@pytest.mark.parametrize(
    ("row", "changed", "complaint"),
    [
        ("NY,26,district,1 3", "NY,27,district,1 3", "436 + 6 House seats"),
        ("NY,26,district,1 3", "", "409 + 6 House seats"),
        ("GU,1,delegate,", "", "435 + 5 House seats"),
        ("AK,1,at_large,2 3", "AK,1,district,2 3", "AK cannot have '1' House seats"),
        ("AK,1,at_large,2 3", "AK,2,at_large,2 3", "AK cannot have '2' House seats"),
        ("AK,1,at_large,2 3", "AK,many,at_large,2 3", "AK cannot have 'many' House seats"),
        ("NY,26,district,1 3", "NY,26,district,1 1", "NY cannot have the Senate classes"),
        ("NY,26,district,1 3", "NY,26,district,1 4", "NY cannot have the Senate classes"),
        ("NY,26,district,1 3", "NY,26,district,3", "NY cannot have the Senate classes"),
        ("NY,26,district,1 3", "NY,26,district,1 2", "Senate seats by class"),
        ("DC,1,delegate,", "DC,1,delegate,1 2", "DC cannot have the Senate classes"),
        ("DC,1,delegate,", "GU,1,delegate,", "HGU00 appears twice"),
        ("NY,26,district,1 3", "NY,26,district", "row NY has 3 values"),
        ("state,house,form,senate", "state,house,form", "the columns are"),
    ],
)
def test_an_apportionment_that_cannot_be_is_refused_by_name(
    tmp_path: Path, row: str, changed: str, complaint: str
) -> None:
    good = SAMPLE.joinpath("apportionment.csv").read_text(encoding="utf-8")
    assert f"{row}\n" in good
    (tmp_path / "apportionment.csv").write_text(good.replace(f"{row}\n", f"{changed}\n"), encoding="utf-8")
    with pytest.raises(InvalidReferenceError, match=re.escape(complaint)):
        load_seats(tmp_path)
