"""The reference data of a worker: one file, opened once, and what it says as of any time.

A file holds several maps, the seats and who holds them; ``at`` gives an ``Era``, the stretch of time in which none of that
changes, as the same object for all of it, so that callers may keep what they made by its identity. No map stands in for
another: where none was in force, there is none. Nothing here changes after opening; new data is a new ``Reference``.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from schemas.resolved import Purpose
from schemas.resolved import Seat as HeldSeat
from services.resolve.reference import roster
from services.resolve.reference.checks import problems
from services.resolve.reference.container import REMEDY, Container, open_container
from services.resolve.reference.ground import Ground, unpack
from services.resolve.reference.manifest import Manifest
from services.resolve.reference.plans import Plan
from services.resolve.reference.roster import SeatBook, noon_eastern
from services.resolve.seats import Seat
from services.resolve.tables import InvalidReferenceError

MANIFEST: Final = "manifest"
GROUND: Final = "ground"
ROSTER: Final = "roster"
GOLDEN: Final = "golden"


class Era:
    """A stretch of time, from ``begins`` until before ``ends`` (seconds since the epoch), in which every answer holds."""

    __slots__ = ("_book", "_plans", "_seats", "begins", "ends")

    def __init__(self, begins: float, ends: float, plans: Sequence[Plan], book: SeatBook) -> None:
        self.begins = begins
        self.ends = ends
        self._book = book
        self._seats: dict[str, HeldSeat] = {}
        now, then = begins, _next_noon(begins)
        self._plans: dict[Purpose, Plan | None] = {
            "represented_by": next((plan for plan in plans if plan.begins <= now < plan.ends), None),
            "elects": next((plan for plan in plans if plan.begins <= then < plan.ends), None),
        }

    def plan(self, purpose: Purpose) -> Plan | None:
        """The map by which people are represented now, or by which those are elected who sit from the next 3 January of an
        odd year; None where the file has no such map.
        """
        return self._plans[purpose]

    def seat(self, office: str) -> HeldSeat:
        """A seat (``HNY12``, ``SNY01``) with its status and holder; the same object every time."""
        found = self._seats.get(office)
        if found is None:
            found = self._seats[office] = self._book.at(office, self.begins)
        return found


class Reference:
    """An open reference file. ``version`` is 12 hexadecimal digits that change with any byte of it."""

    def __init__(self, file: Container) -> None:
        """Raises ``InvalidReferenceError`` for a file whose sections contradict themselves."""
        self._file = file
        self.version: Final = file.version
        self.size: Final = file.size
        try:
            self.manifest: Final = Manifest.model_validate_json(file.raw(MANIFEST))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise InvalidReferenceError(f"the manifest of the reference file is none ({where}): {REMEDY}") from None
        self.ground: Final[Ground] = unpack(file.raw(GROUND))
        self.plans: Final = _in_order(Plan(note, file, self.ground) for note in self.manifest.plans)
        self._book = SeatBook(roster.unpack(file.raw(ROSTER)))
        self._boundaries = _boundaries(self.plans, self._book)
        self._eras: dict[int, Era] = {}
        self._latest = self._era(0.0)

    @property
    def seats(self) -> tuple[Seat, ...]:
        """All 541 seats of Congress."""
        return self.ground.seats

    @property
    def plan_ids(self) -> tuple[str, ...]:
        """The maps, the oldest first."""
        return tuple(plan.id for plan in self.plans)

    def at(self, as_of: float) -> Era:
        """What holds at ``as_of``, in seconds since the epoch; the same object until something changes."""
        era = self._latest
        if not era.begins <= as_of < era.ends:
            era = self._latest = self._era(as_of)
        return era

    def verify(self) -> list[str]:
        """What is wrong with the file: totals, pairs, shares, and the golden cases inside it. Empty means that it is good."""
        return problems(self.manifest, self.plans, self._file.raw(GOLDEN))

    def close(self) -> None:
        """Let go of the file. Nothing that was got from this reference may be used any more."""
        self._file.close()

    def _era(self, as_of: float) -> Era:
        index = bisect_right(self._boundaries, as_of)
        era = self._eras.get(index)
        if era is None:
            begins = self._boundaries[index - 1] if index else -math.inf
            ends = self._boundaries[index] if index < len(self._boundaries) else math.inf
            era = self._eras[index] = Era(begins, ends, self.plans, self._book)
        return era


def open_reference(path: Path | None) -> Reference:
    """The reference file at ``path``, checked from end to end; None for the sample that ships with the service.

    Raises:
        InvalidReferenceError: the file is no reference file, is damaged, cut short, newer than this, or contradicts itself.
        OSError: it cannot be read.
    """
    if path is not None:
        return opened(open_container(path))
    from services.resolve.reference.sample import compiled_sample  # noqa: PLC0415 - workers with a file need no compiler

    return opened(open_container(compiled_sample()))


def opened(file: Container) -> Reference:
    """The reference in an open container, which is closed if it holds none. Raises ``InvalidReferenceError``."""
    try:
        return Reference(file)
    except InvalidReferenceError:
        file.close()
        raise
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        file.close()
        raise InvalidReferenceError(f"the reference file cannot be understood ({error}): {REMEDY}") from error


def _in_order(plans: Iterable[Plan]) -> tuple[Plan, ...]:
    found = tuple(sorted(plans, key=attrgetter("begins")))
    for first, second in pairwise(found):
        if second.begins < first.ends:
            raise InvalidReferenceError(f"{first.id} and {second.id} would be in force at the same time")
    if any(plan.ends <= plan.begins for plan in found) or len({plan.id for plan in found}) != len(found):
        raise InvalidReferenceError("a map is never in force, or is there twice")
    return found


def _next_noon(as_of: float) -> float:
    """The first noon in Washington of a 3 January of an odd year after ``as_of``, when a Congress convenes."""
    if not math.isfinite(as_of):
        return math.inf
    year = datetime.fromtimestamp(min(max(as_of, _FIRST), _LAST), UTC).year | 1
    return next((noon for noon in map(_noon, (year, year + 2)) if noon > as_of), math.inf)


def _noon(year: int) -> float:
    return noon_eastern(date(year, 1, 3))


_FIRST: Final = datetime(1789, 1, 1, tzinfo=UTC).timestamp()
_LAST: Final = datetime(9990, 1, 1, tzinfo=UTC).timestamp()


def _boundaries(plans: Sequence[Plan], book: SeatBook) -> tuple[float, ...]:
    """The times at which a map, the next election's map or a seat changes."""
    found = {*book.boundaries(), *(plan.begins for plan in plans), *(plan.ends for plan in plans)}
    if plans:
        first = min(max(plans[0].valid_from.year, 1792), 9980) - 3 | 1
        last = min(max(plan.valid_to.year for plan in plans), 9990) + 2
        found |= set(map(_noon, range(first, last, 2)))
    return tuple(sorted(found))
