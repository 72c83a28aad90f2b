"""What changes for people when one reference file follows another: ZIPs with other districts, seats with other holders.

Maps are compared by their id, so that the map of another Congress is never taken for a changed one. Meant to be read before a
new file is taken into use; nothing here judges whether a change is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from schemas.resolved import Seat
from services.resolve.reference.plans import Plan
from services.resolve.reference.reference import Reference

MOVED: Final = 0.05
"""How far a share of a ZIP moves before it is told: less is the noise of another count of the same people."""

Kind = Literal["added", "removed", "changed", "moved"]


@dataclass(frozen=True, slots=True)
class ZipChange:
    """One ZIP of one map: its districts (``HMA05``) and their shares, None where none is known, before and after."""

    plan: str
    zip5: str
    kind: Kind
    before: Mapping[str, float | None]
    after: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class SeatChange:
    """One seat that has another status or holder, both as of the same time."""

    office: str
    before: Seat
    after: Seat


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that differs. ``plans_added`` and ``plans_removed`` are compared no further."""

    plans_added: tuple[str, ...]
    plans_removed: tuple[str, ...]
    zips: tuple[ZipChange, ...]
    seats: tuple[SeatChange, ...]

    def __bool__(self) -> bool:
        return bool(self.plans_added or self.plans_removed or self.zips or self.seats)


def difference(old: Reference, new: Reference, as_of: float, moved: float = MOVED) -> Difference:
    """How ``new`` differs from ``old``; seats as of ``as_of`` (seconds since the epoch), shares from ``moved`` on."""
    before, after = {plan.id: plan for plan in old.plans}, {plan.id: plan for plan in new.plans}
    return Difference(
        plans_added=tuple(plan for plan in after if plan not in before),
        plans_removed=tuple(plan for plan in before if plan not in after),
        zips=tuple(change for plan in before if plan in after for change in _zips(before[plan], after[plan], moved)),
        seats=tuple(_seats(old, new, as_of)),
    )


def _zips(old: Plan, new: Plan, moved: float) -> Iterator[ZipChange]:
    before, after = _pairs(old), _pairs(new)
    for zip5 in sorted(before.keys() | after.keys()):
        had, has = before.get(zip5, {}), after.get(zip5, {})
        kind: Kind | None = None
        if not had or not has:
            kind = "removed" if had else "added"
        elif had.keys() != has.keys():
            kind = "changed"
        elif any(_apart(had[office], has[office]) > moved for office in had):
            kind = "moved"
        if kind:
            yield ZipChange(old.id, zip5, kind, had, has)


def _apart(before: float | None, after: float | None) -> float:
    """How far a share moved; a share that comes or goes altogether has moved as far as one can."""
    if before is None or after is None:
        return 0.0 if before is after else 1.0
    return abs(before - after)


def _pairs(plan: Plan) -> dict[str, dict[str, float | None]]:
    found: dict[str, dict[str, float | None]] = {}
    for index, zip5 in enumerate(plan.zips):
        pairs = range(plan.zips.starts[index], plan.zips.starts[index + 1])
        shares = plan.zips.shares(pairs) or (None,) * len(pairs)
        offices = (plan.districts[plan.zips.districts[pair]].office for pair in pairs)
        found[zip5] = dict(zip(offices, shares, strict=True))
    return found


def _seats(old: Reference, new: Reference, as_of: float) -> Iterator[SeatChange]:
    before, after = old.at(as_of), new.at(as_of)
    for seat in new.seats:
        had, has = before.seat(seat.office), after.seat(seat.office)
        if had != has:
            yield SeatChange(seat.office, had, has)
