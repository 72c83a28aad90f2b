"""What every reference file rests on, whatever maps it has: the seats of Congress, and the states of ZIP prefixes.

Both are facts of law and of the Postal Service that ship with the project as plain tables; the compiler puts them into each
file, so that a worker reads one file and nothing beside it. Nothing here knows of districts' lines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, NamedTuple

from services.resolve.geoids import seats_by_geoid
from services.resolve.resolution import UNSEATED, Reason, StateSeats
from services.resolve.seats import COLUMNS, Seat, seats_of
from services.resolve.tables import SAMPLE, InvalidReferenceError, read_table

States = tuple[str, ...]


class Alone(NamedTuple):
    """The parts of an answer that names one House seat."""

    states: States
    house: tuple[Seat]
    senate: tuple[Seat, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Ground:
    """``apportionment`` as in its table; the states of three-digit prefixes, and of ZIPs that are exceptions to theirs."""

    apportionment: tuple[tuple[str, ...], ...]
    prefixes: Mapping[str, States]
    exceptions: Mapping[str, States]

    @cached_property
    def seats(self) -> tuple[Seat, ...]:
        """All 541."""
        return seats_of(self.apportionment)

    @cached_property
    def by_geoid(self) -> Mapping[str, Seat]:
        """The House seats."""
        return MappingProxyType(seats_by_geoid(self.seats))

    @cached_property
    def by_state(self) -> Mapping[str, StateSeats]:
        """Each state's seats, in the table's order."""
        return MappingProxyType({
            state: StateSeats(
                house=tuple(seat for seat in self.seats if seat.state == state and seat.chamber == "house"),
                senate=tuple(seat for seat in self.seats if seat.state == state and seat.chamber == "senate"),
            )
            for state in dict.fromkeys(seat.state for seat in self.seats)
        })  # fmt: skip

    @cached_property
    def alone(self) -> Mapping[str, Alone]:
        """What an answer says that rests on one House seat alone, by office: made once, since points come in numbers."""
        return {
            seat.office: Alone((seat.state,), (seat,), own.senate, () if own.senate else ("no_senators",))
            for own in self.by_state.values()
            for seat in own.house
        }

    def states(self, zip5: str) -> States:
        """The states that a ZIP of five digits may lie in, by its exception or its prefix; none if it is not assigned."""
        return self.exceptions.get(zip5) or self.prefixes.get(zip5[:3], ())

    def pack(self) -> bytes:
        """The section of a reference file."""
        found = {"apportionment": self.apportionment, "prefixes": {**self.prefixes}, "exceptions": {**self.exceptions}}
        return json.dumps(found, sort_keys=True, separators=(",", ":")).encode()


def load_ground(folder: Traversable = SAMPLE) -> Ground:
    """Read and check the tables.

    Raises:
        InvalidReferenceError: they contradict one another or the totals of the law; the text names the row.
        OSError: a table cannot be read.
    """
    places = _read_prefixes(folder)
    return _checked(Ground(tuple(read_table(folder, "apportionment.csv", COLUMNS)), places[3], places[5]))


def unpack(raw: bytes) -> Ground:
    """What ``Ground.pack`` made. Raises ``InvalidReferenceError`` for anything that it cannot have made."""
    try:
        found = json.loads(raw)
        rows = tuple(tuple(map(_text, row)) for row in found["apportionment"])
        return _checked(Ground(rows, _unpacked(found["prefixes"], 3), _unpacked(found["exceptions"], 5)))
    except InvalidReferenceError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InvalidReferenceError(f"the seats and prefixes cannot be read ({type(error).__name__})") from error


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError
    return value


def _unpacked(places: Mapping[str, Sequence[Any]], width: int) -> dict[str, States]:
    found = {digits: tuple(map(_text, states)) for digits, states in places.items()}
    for digits, states in found.items():
        if len(digits) != width or not (digits.isascii() and digits.isdecimal()) or not states:
            raise InvalidReferenceError(f"{digits} is not the beginning of a ZIP, or lies nowhere")
    return found


def _checked(ground: Ground) -> Ground:
    for digits, states in (*ground.prefixes.items(), *ground.exceptions.items()):
        if strange := [code for code in states if code not in ground.by_state and code not in UNSEATED]:
            raise InvalidReferenceError(f"zip3.csv: {digits} lies in {strange[0]}, which has no seats")
        if len(states) > 1 and any(code in UNSEATED for code in states):
            raise InvalidReferenceError(f"zip3.csv: {digits} lies in a state and in none")
    return ground


def _read_prefixes(folder: Traversable) -> dict[int, dict[str, States]]:
    """By the number of digits: prefixes, and the five-digit ZIPs that are exceptions to theirs."""
    lines = {prefix: tuple(also.split()) for prefix, also in read_table(folder, "state_lines.csv", ("prefix", "also"))}
    places: dict[int, dict[str, States]] = {3: {}, 5: {}}
    for first, last, state in read_table(folder, "zip3.csv", ("first", "last", "state")):
        width = len(first)
        if width not in places or len(last) != width or not (first + last).isdecimal() or first > last:
            raise InvalidReferenceError(f"zip3.csv: {first}-{last} is not a range of prefixes or ZIPs")
        for number in range(int(first), int(last) + 1):
            digits = f"{number:0{width}}"
            states = (state, *lines.pop(digits, ()))
            if digits in places[width] or len(set(states)) != len(states):
                raise InvalidReferenceError(f"zip3.csv: {digits} is given twice")
            places[width][digits] = states
    if lines:
        raise InvalidReferenceError(f"state_lines.csv: {min(lines)} is not in zip3.csv")
    return places
