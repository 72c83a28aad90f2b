"""What a ZIP says, alone or with a state: the table of ZIPs as it lies in the file, and answers made on first use.

Addresses come by the hundred thousand and ZIPs are few, so an answer is made once and then only fetched: two dictionary
reads. Places that are alike share their answers, and only five digits are ever kept, so memory is bounded. What is not
five digits is told apart here and never repaired: a ZIP that lost its zero comes back as a suggestion to ask about.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from schemas.resolved import WeightKind
from services.resolve.reference.ground import Ground
from services.resolve.resolution import UNSEATED, Place, Resolution, StateSeats, contradicted, decide
from services.resolve.seats import Seat
from services.resolve.tables import InvalidReferenceError

_FOREIGN: Final = re.compile(
    r"[A-Z][0-9][A-Z][ -]?[0-9][A-Z][0-9]"  # Canada: M5V 2T6
    r"|[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}",  # United Kingdom: SW1A 1AA
    re.ASCII | re.IGNORECASE,
)
"""Two countries whose postcodes cannot be taken for a mistyped ZIP. Where postcodes are digits, they look like one."""


class ZipPairs:
    """The ZIPs of one map with their districts and weights, over the typed arrays of the file.

    ``zips`` rise; those of ZIP ``i`` are ``districts[starts[i]:starts[i + 1]]``, the likeliest first, as indices into the
    map's districts, and ``weights`` beside them, not a number where none is known. Raises ``InvalidReferenceError`` for
    arrays that cannot be that, so that no look-up can fail.
    """

    __slots__ = ("districts", "starts", "weights", "zips")

    def __init__(
        self, zips: Sequence[int], starts: Sequence[int], districts: Sequence[int], weights: Sequence[float], count: int
    ) -> None:
        good = (
            len(starts) == len(zips) + 1
            and len(districts) == len(weights) == starts[-1]
            and starts[0] == 0
            and _rises(zips)
            and _rises(starts)
            and max(zips, default=0) <= 99_999
            and max(districts, default=-1) < count
        )
        if not good:
            raise InvalidReferenceError("the table of ZIPs is not one")
        self.zips = zips
        self.starts = starts
        self.districts = districts
        self.weights = weights

    def __len__(self) -> int:
        return len(self.zips)

    def __iter__(self) -> Iterator[str]:
        return (f"{number:05}" for number in self.zips)

    def find(self, zip5: str) -> range:
        """Where a ZIP's pairs are; empty if the table does not have it."""
        number = int(zip5)
        index = bisect_left(self.zips, number)
        if index == len(self.zips) or self.zips[index] != number:
            return range(0)
        return range(self.starts[index], self.starts[index + 1])

    def shares(self, pairs: range) -> tuple[float, ...]:
        """Their weights, or none where one of them is not known."""
        found = tuple(self.weights[index] for index in pairs)
        return () if any(map(math.isnan, found)) else found


def _rises(numbers: Sequence[int]) -> bool:
    return all(first < second for first, second in pairwise(numbers))


class Answers(dict[str | None, Resolution]):
    """Every answer for one place: by the state given, for None and for no text where none was.

    A state that is not one of the place's own gets ``contradicted``. ``place`` is None where nothing but the answer is
    known; ``unseated`` says that it is no constituency. ``others`` keeps what is made of these answers for districts that a
    ZIP+4 names (-1: it has no range).
    """

    __slots__ = ("contradicted", "others", "place", "unseated")

    def __init__(self, place: Place | None, answers: Mapping[str | None, Resolution], otherwise: Resolution) -> None:
        super().__init__(answers)
        self[""] = self[None]
        self.contradicted = otherwise
        self.place = place
        self.unseated = place is not None and place.states[0] in UNSEATED
        self.others: dict[int, Answers] = {}

    def __missing__(self, state: str | None) -> Resolution:
        return self.contradicted


def _always(answer: Resolution) -> Answers:
    return Answers(None, {None: answer}, answer)


_MISSING: Final = Resolution("invalid", reasons=("zip_missing",), kept=True)
_MALFORMED: Final = _always(Resolution("invalid", reasons=("zip_malformed",), kept=True))
_UNASSIGNED: Final = _always(Resolution("unknown_zip", reasons=("zip_unassigned",), kept=True))
_NOT_US: Final = _always(Resolution("not_us", reasons=("foreign_postcode",), kept=True))


class ZipAnswers(dict[str, Answers]):
    """The answers for any text where a ZIP should be: ``answers[zip5][state]``. Never raises, keeps only ZIPs."""

    __slots__ = ("_districts", "_ground", "_kind", "_located", "_made", "_pairs", "only_state")

    def __init__(
        self,
        ground: Ground,
        districts: Sequence[Seat],
        pairs: ZipPairs,
        kind: WeightKind,
        located: Mapping[int, int] | None = None,
    ) -> None:
        """``located`` has the index of the district that the point of a ZIP without an area lies in."""
        super().__init__()
        self._ground = ground
        self._districts = districts
        self._pairs = pairs
        self._kind = kind
        self._located = located or {}
        self._made: dict[Place, Answers] = {}
        states = {code: Place((code,), "state_field") for code in (*ground.by_state, *UNSEATED)}
        by_state: dict[str | None, Resolution] = {
            code: decide(place, None, ground.by_state) for code, place in states.items()
        }
        self.only_state = self[""] = Answers(None, by_state | {None: _MISSING}, _MISSING)

    def __missing__(self, zip5: str) -> Answers:
        if len(zip5) != 5 or not _is_digits(zip5):
            return self._without_zip(zip5)
        place = self.place(zip5)
        found = _UNASSIGNED if place is None else self._made.get(place) or self._make(place)
        self[zip5] = found
        return found

    def place(self, zip5: str) -> Place | None:
        """What the tables know of a ZIP of five digits; None if it is not assigned."""
        pairs = self._pairs.find(zip5)
        if pairs:
            seats = tuple(self._districts[self._pairs.districts[index]] for index in pairs)
            weights = self._pairs.shares(pairs)
            kind: WeightKind = self._kind if weights else "none"
            return Place(_states(seats), "zip_unique" if len(seats) == 1 else "zip_split", seats, weights, kind)
        states = self._ground.states(zip5)
        located = self._located.get(int(zip5))
        if located is not None and states:
            return Place(states, "po_box_point", (self._districts[located],))
        return Place(states, "zip3") if states else None

    def _make(self, place: Place) -> Answers:
        made = self._made[place] = made_answers(place, self._ground.by_state)
        return made

    def _without_zip(self, text: str) -> Answers:
        if text.isspace():
            return self.only_state
        if _FOREIGN.fullmatch(text):
            return _NOT_US
        if 3 <= len(text) <= 4 and _is_digits(text):
            padded = text.zfill(5)
            if self._ground.states(padded):
                # Not kept: it repeats what a person typed.
                return _always(Resolution("invalid", reasons=("leading_zero_lost",), suggestion=padded))
        return _MALFORMED


def made_answers(place: Place, seats: Mapping[str, StateSeats]) -> Answers:
    """All answers for a place."""
    given: tuple[str | None, ...] = (None, *place.states)
    return Answers(place, {state: decide(place, state, seats) for state in given}, contradicted(place, seats))


def _states(seats: Iterable[Seat]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(seat.state for seat in seats))


def _is_digits(text: str) -> bool:
    # str.isdigit alone also takes full-width, Arabic and superscript digits.
    return text.isascii() and text.isdigit()
