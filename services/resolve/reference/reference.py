"""Loads the reference tables once into an immutable ``Reference`` with the finished answer for every place.

Addresses are asked about by the hundred thousand and places are few, so every answer is made here and a
lookup only fetches it. Tables that contradict one another, or the known totals, are refused: a wrong table sends
letters to people who do not represent the writer. Nothing here changes after loading; new data is a new ``Reference``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from types import MappingProxyType

from services.resolve.resolution import UNSEATED, Place, Resolution, StateSeats, contradicted, decide, with_plus4
from services.resolve.seats import Seat, load_seats
from services.resolve.tables import SAMPLE, InvalidReferenceError, content_version, read_table

PLAN = "us-cd-119"
"""The district lines that the sample is for: those of the 119th Congress (3 January 2025 to 3 January 2027)."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Every answer for one place: by the state given (None: none was), and for any state that is not one of its own."""

    by_state: Mapping[str | None, Resolution]
    contradicted: Resolution


@dataclass(frozen=True, slots=True)
class Book:
    """The answers for listed ZIPs (five digits), and for the prefixes (three digits) of all others."""

    zips: Mapping[str, Answers]
    prefixes: Mapping[str, Answers]


@dataclass(frozen=True, slots=True)
class Reference:
    """One version of the reference data. ``states`` answers for an address of which only the state is known."""

    plan: str
    version: str
    seats: tuple[Seat, ...]
    plain: Book
    with_plus4: Book
    states: Mapping[str, Resolution]


def load_reference(folder: Traversable = SAMPLE) -> Reference:
    """Reads, checks and answers everything in ``folder``: some milliseconds, under a megabyte for the sample.

    Raises:
        InvalidReferenceError: the tables contradict one another or the totals of the law; the text names the row.
        OSError: a table cannot be read.
    """
    seats = load_seats(folder)
    by_state = _seats_by_state(seats)
    prefixes, exceptions = _read_prefixes(folder, by_state)
    zips = {**exceptions, **_read_zips(folder, seats, prefixes, exceptions)}
    only_state = {code: Place((code,), "state_field") for code in (*by_state, *UNSEATED)}
    return Reference(
        plan=PLAN,
        version=content_version(folder),
        seats=seats,
        plain=_book(zips, prefixes, by_state, lambda answer: answer),
        with_plus4=_book(zips, prefixes, by_state, with_plus4),
        states=MappingProxyType({code: decide(place, None, by_state) for code, place in only_state.items()}),
    )


def _seats_by_state(seats: tuple[Seat, ...]) -> dict[str, StateSeats]:
    return {
        state: StateSeats(
            house=tuple(seat for seat in seats if seat.state == state and seat.chamber == "house"),
            senate=tuple(seat for seat in seats if seat.state == state and seat.chamber == "senate"),
        )
        for state in dict.fromkeys(seat.state for seat in seats)
    }


def _read_prefixes(folder: Traversable, known: Mapping[str, StateSeats]) -> tuple[dict[str, Place], dict[str, Place]]:
    """Prefixes, and the five-digit ZIPs that are exceptions to theirs."""
    lines = {prefix: tuple(also.split()) for prefix, also in read_table(folder, "state_lines.csv", ("prefix", "also"))}
    places: dict[int, dict[str, Place]] = {3: {}, 5: {}}
    for first, last, state in read_table(folder, "zip3.csv", ("first", "last", "state")):
        width = len(first)
        if width not in places or len(last) != width or not (first + last).isdecimal() or first > last:
            raise InvalidReferenceError(f"zip3.csv: {first}-{last} is not a range of prefixes or ZIPs")
        for number in range(int(first), int(last) + 1):
            digits = f"{number:0{width}}"
            states = (state, *lines.pop(digits, ()))
            if digits in places[width] or len(set(states)) != len(states):
                raise InvalidReferenceError(f"zip3.csv: {digits} is given twice")
            if strange := [code for code in states if code not in known and code not in UNSEATED]:
                raise InvalidReferenceError(f"zip3.csv: {digits} lies in {strange[0]}, which has no seats")
            places[width][digits] = Place(states, "zip3")
    if lines:
        raise InvalidReferenceError(f"state_lines.csv: {min(lines)} is not in zip3.csv")
    return places[3], places[5]


def _read_zips(
    folder: Traversable, seats: tuple[Seat, ...], prefixes: Mapping[str, Place], exceptions: Mapping[str, Place]
) -> dict[str, Place]:
    """The listed ZIPs, each in a state that its prefix or its exception allows."""
    by_name = {_district_name(seat): seat for seat in seats if seat.chamber == "house"}
    places: dict[str, Place] = {}
    for zip5, names, _ in read_table(folder, "zips.csv", ("zip", "districts", "place")):
        if strange := [name for name in names.split() if name not in by_name]:
            raise InvalidReferenceError(f"zips.csv: {zip5} has a district {strange[0]}, which does not exist")
        districts = tuple(by_name[name] for name in dict.fromkeys(names.split()))
        states = tuple(dict.fromkeys(seat.state for seat in districts))
        around = exceptions.get(zip5) or prefixes.get(zip5[:3])
        if around is None or not states or not set(states) <= set(around.states):
            raise InvalidReferenceError(f"zips.csv: {zip5} is not in a state of its prefix")
        if zip5 in places or len(zip5) != 5 or not zip5.isdecimal():
            raise InvalidReferenceError(f"zips.csv: {zip5} is given twice or is not a ZIP")
        places[zip5] = Place(states, "zip_unique" if len(districts) == 1 else "zip_split", districts)
    return places


def _district_name(seat: Seat) -> str:
    return f"{seat.state}-{seat.district or 'AL'}"


def _book(
    zips: Mapping[str, Place],
    prefixes: Mapping[str, Place],
    seats: Mapping[str, StateSeats],
    finish: Callable[[Resolution], Resolution],
) -> Book:
    # Most prefixes of a state are alike: one set of answers serves them all.
    made = {place: _answers(place, seats, finish) for place in {*zips.values(), *prefixes.values()}}
    return Book(
        zips=MappingProxyType({digits: made[place] for digits, place in zips.items()}),
        prefixes=MappingProxyType({digits: made[place] for digits, place in prefixes.items()}),
    )


def _answers(place: Place, seats: Mapping[str, StateSeats], finish: Callable[[Resolution], Resolution]) -> Answers:
    given: tuple[str | None, ...] = (None, *place.states)
    return Answers(
        by_state=MappingProxyType({state: finish(decide(place, state, seats)) for state in given}),
        contradicted=finish(contradicted(place, seats)),
    )
