"""Who holds each seat at a time: the roster as a section of the reference file, and the book that answers from it.

The seats are those of the apportionment, so a seat that the roster does not know still has a status. What cannot be known
is said: a vacancy is told from a term whose successor the roster is too old to name, and both from a time of which it
says nothing. No rule here may present a member whose term is over as the one who holds the seat.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from operator import attrgetter
from typing import Final

from pydantic import TypeAdapter, ValidationError

from schemas.resolved import Holder, Seat, SeatStatus
from services.resolve.reference.contents import Roster, Term
from services.resolve.tables import InvalidReferenceError

_ROSTER: Final = TypeAdapter(Roster | None)


def pack(roster: Roster | None) -> bytes:
    """The section: JSON, ``null`` without a roster."""
    return _ROSTER.dump_json(roster)


def unpack(raw: bytes) -> Roster | None:
    """What ``pack`` made. Raises ``InvalidReferenceError`` for anything that it cannot have made."""
    try:
        roster = _ROSTER.validate_json(raw)
    except ValidationError as error:
        raise _damaged("", error) from None
    SeatBook(roster)
    return roster and replace(roster, terms=tuple(roster.terms))


def overlap(terms: Iterable[Term]) -> str:
    """The first seat that two terms cover at once, or nothing; ``terms`` are in order of seat and start."""
    for first, second in pairwise(terms):
        if first.office == second.office and second.since < first.until:
            return first.office
    return ""


def noon_eastern(day: date) -> float:
    """Noon in Washington on ``day``, in seconds since the epoch: when terms end (U.S. Constitution, 20th Amendment).

    Daylight saving time by the rule in force since 2007 (15 U.S.C. 260a); worked out here, because a machine may have no
    time zone data. Days of 1987 to 2006 may be an hour off for some weeks.
    """
    begins = _sunday(day.year, 3, 8)
    ends = _sunday(day.year, 11, 1)
    hour = 16 if begins <= day < ends else 17
    return datetime.combine(day, time(hour), UTC).timestamp()


def _sunday(year: int, month: int, earliest: int) -> date:
    """The first Sunday of a month that is not before its day ``earliest``."""
    day = date(year, month, earliest)
    return day + timedelta(days=(6 - day.weekday()) % 7)


def _next_congress(day: date) -> date:
    """The first 3 January of an odd year after ``day``."""
    odd = day.year | 1
    convenes = date(odd, 1, 3)
    return convenes if day < convenes else date(odd + 2, 1, 3)


@dataclass(frozen=True, slots=True)
class _Tenure:
    """A term as it is answered: its bounds in seconds since the epoch, and the seat while it lasts and when it is over."""

    since: float
    until: float
    ends: date
    held: Seat
    over: Seat


class SeatBook:
    """Every seat's status at any time. Immutable; answers are made once."""

    def __init__(self, roster: Roster | None) -> None:
        """Raises ``InvalidReferenceError`` where two terms of a seat overlap, or one is not a holder's."""
        self._known = roster is not None
        self._tenures: Mapping[str, Sequence[_Tenure]] = {}
        self._plain: dict[tuple[str, SeatStatus], Seat] = {}
        self._published = self._complete = self._vague = float("inf")
        self._published_on = date.max
        if roster is None:
            return
        self._published_on = roster.published_on
        self._published = _midnight(roster.published_on)
        self._complete = min(_midnight(roster.complete_since), self._published)
        self._vague = noon_eastern(_next_congress(roster.published_on))
        self._tenures = _tenures(roster.terms)

    def at(self, office: str, as_of: float) -> Seat:
        """The seat ``office`` (``HNY12``) at ``as_of``, seconds since the epoch.

        ``holder`` is who holds it, and of a ``term_ended_unconfirmed`` seat who held it last, if that is known: his or her
        ``until`` is past. Never fails for a seat that the roster does not have.
        """
        own = self._tenures.get(office, ())
        index = bisect_right(own, as_of, key=attrgetter("since")) - 1
        last = own[index] if index >= 0 else None
        if last is not None and as_of < last.until:
            return last.held
        if not self._known or as_of < self._complete:
            return self._without_holder(office, "unknown")
        if as_of < self._published or index + 1 < len(own):
            return self._without_holder(office, "vacant")
        if last is not None and last.ends >= self._published_on:
            return last.over
        # A vacancy lasts until it is filled, which the roster would not know of: certainly not beyond its Congress.
        return self._without_holder(office, "vacant" if as_of < self._vague else "term_ended_unconfirmed")

    def boundaries(self) -> tuple[float, ...]:
        """The times, in order, at which an answer may change; between two of them all answers stay as they are."""
        if not self._known:
            return ()
        ends = {end for own in self._tenures.values() for tenure in own for end in (tenure.since, tenure.until)}
        return tuple(sorted(ends | {self._complete, self._published, self._vague}))

    def _without_holder(self, office: str, status: SeatStatus) -> Seat:
        key = (office, status)
        if key not in self._plain:
            self._plain[key] = Seat(office=office, status=status)
        return self._plain[key]


def _tenures(terms: Sequence[Term]) -> dict[str, list[_Tenure]]:
    ordered = sorted(terms, key=attrgetter("office", "since"))
    if twice := overlap(ordered):
        raise InvalidReferenceError(f"roster: {twice} has two holders at one time")
    found: dict[str, list[_Tenure]] = {}
    for term in ordered:
        if term.until < term.since:
            raise InvalidReferenceError(f"roster: a term of {term.office} ends before it begins")
        try:
            held = Seat(office=term.office, status="held", holder=_holder(term))
        except ValidationError as error:
            raise _damaged(f"a term of {term.office}: ", error) from None
        over = held.model_copy(update={"status": "term_ended_unconfirmed"})
        tenure = _Tenure(noon_eastern(term.since), noon_eastern(term.until), term.until, held, over)
        found.setdefault(term.office, []).append(tenure)
    return found


def _holder(term: Term) -> Holder:
    return Holder(
        bioguide=term.bioguide,
        name=term.name,
        last_name=term.last_name,
        party=term.party,
        since=term.since,
        until=term.until,
    )


def _damaged(where: str, error: ValidationError) -> InvalidReferenceError:
    first = error.errors()[0]
    return InvalidReferenceError(f"roster: {where}{'.'.join(map(str, first['loc']))}: {first['msg']}")


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()
