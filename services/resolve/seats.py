"""The seats of Congress: 435 + 6 in the House, 100 in the Senate, made from the apportionment and from nothing else.

Not from a list of members: a vacant seat is still a seat, and must be seen as vacant rather than be missing. A seat is
named as the offices' intake names it, so that what resolve finds is what deliver addresses. Who holds a seat is
no business of this module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Literal

from services.resolve.tables import SAMPLE, InvalidReferenceError, read_table

Chamber = Literal["house", "senate"]
SeatKind = Literal["district", "at_large", "delegate", "resident_commissioner", "senator"]

VOTING_HOUSE_SEATS = 435  # 2 U.S.C. 2a
NON_VOTING_HOUSE_SEATS = 6
SENATE_SEATS_BY_CLASS = {1: 33, 2: 33, 3: 34}  # U.S. Constitution, article I, section 3; https://www.senate.gov

COLUMNS = ("state", "house", "form", "senate")
_SINGLE: dict[str, SeatKind] = {
    "at_large": "at_large",
    "delegate": "delegate",
    "resident_commissioner": "resident_commissioner",
}


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat. ``office`` is the member-office form of the House's and the Senate's intake (specification: CWC 2.0).

    ``district`` counts from 1, is 0 for a state's or territory's only seat, and is None in the Senate;
    ``senate_class`` is 1, 2 or 3 in the Senate and None in the House.
    """

    office: str
    chamber: Chamber
    state: str
    district: int | None
    senate_class: int | None
    kind: SeatKind


def load_seats(folder: Traversable = SAMPLE) -> tuple[Seat, ...]:
    """All 541 seats, state by state in the table's order, a state's House seats before its senators.

    Raises:
        InvalidReferenceError: a row contradicts itself, or the totals are not the law's.
    """
    return seats_of(read_table(folder, "apportionment.csv", COLUMNS))


def seats_of(apportionment: Iterable[Sequence[str]]) -> tuple[Seat, ...]:
    """The seats by the rows of the table, wherever they were kept: see ``COLUMNS``. Raises as ``load_seats`` does."""
    seats: list[Seat] = []
    for state, house, form, senate in apportionment:
        seats += _house_seats(state, house, form)
        seats += _senate_seats(state, form, senate)
    _check_totals(seats)
    return tuple(seats)


def _house_seats(state: str, house: str, form: str) -> Iterator[Seat]:
    count = int(house) if house.isdecimal() else 0
    if form == "district" and count > 1:
        for number in range(1, count + 1):
            yield Seat(f"H{state}{number:02}", "house", state, number, None, "district")
    elif form in _SINGLE and count == 1:
        yield Seat(f"H{state}00", "house", state, 0, None, _SINGLE[form])
    else:
        raise InvalidReferenceError(f"apportionment.csv: {state} cannot have {house!r} House seats of form {form!r}")


def _senate_seats(state: str, form: str, senate: str) -> Iterator[Seat]:
    classes = senate.split()
    expected = 2 if form in ("district", "at_large") else 0
    if len(set(classes)) != expected or len(classes) != expected or not set(classes) <= {"1", "2", "3"}:
        raise InvalidReferenceError(f"apportionment.csv: {state} cannot have the Senate classes {senate!r}")
    for text in classes:
        yield Seat(f"S{state}0{text}", "senate", state, None, int(text), "senator")


def _check_totals(seats: list[Seat]) -> None:
    offices = Counter(seat.office for seat in seats)
    if twice := [office for office, count in offices.items() if count > 1]:
        raise InvalidReferenceError(f"apportionment.csv: {twice[0]} appears twice")
    voting = sum(seat.kind in ("district", "at_large") for seat in seats)
    non_voting = sum(seat.kind in ("delegate", "resident_commissioner") for seat in seats)
    if (voting, non_voting) != (VOTING_HOUSE_SEATS, NON_VOTING_HOUSE_SEATS):
        expected = f"{VOTING_HOUSE_SEATS} + {NON_VOTING_HOUSE_SEATS}"
        raise InvalidReferenceError(f"apportionment.csv: {voting} + {non_voting} House seats, not {expected}")
    classes = Counter(seat.senate_class for seat in seats if seat.senate_class is not None)
    if classes != SENATE_SEATS_BY_CLASS:
        raise InvalidReferenceError(f"apportionment.csv: Senate seats by class {dict(sorted(classes.items()))}")
