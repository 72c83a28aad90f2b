"""The offices that a campaign's letters can go to, each with who holds it: all seats of its targets, all of its lists.

This is who could be written to, wherever people live; who one person writes to is resolve's to say. Nothing is looked up
over the network.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, Literal

from schemas.resolved import Holder, Seat, SeatStatus
from services.resolve.seats import load_seats

if TYPE_CHECKING:
    from schemas.campaign import Campaign
    from services.resolve.reference.reference import Era


@dataclass(frozen=True, slots=True)
class Offices:
    """``seats`` by office id, in the order of the targets, each with its status; ``listed`` are the ids of recipients."""

    seats: dict[str, Seat]
    listed: tuple[str, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Every office."""
        return (*self.seats, *self.listed)

    def with_status(self, status: SeatStatus) -> tuple[str, ...]:
        """The seats of a status."""
        return tuple(office for office, seat in self.seats.items() if seat.status == status)

    def kinds(self) -> tuple[str, ...]:
        """One office for each kind of letter that there can be, by chamber, role and whether the seat has a holder."""
        found: dict[tuple[str, ...], str] = {}
        for office, seat in self.seats.items():
            single = "single" if office.endswith("00") else ""
            territory = office[1:3] if office[1:3] in ("DC", "PR", "GU", "VI", "AS", "MP") else ""
            found.setdefault((office[0], single, territory, seat.status), office)
        for office in self.listed[:3]:
            found[("x", office)] = office
        longest = max(self.seats, key=lambda office: len(_holder(self.seats[office])), default="")
        return tuple(dict.fromkeys([*found.values(), *([longest] if longest else [])]))

    def supposed(self, status: Literal["vacant", "held"]) -> dict[str, Seat]:
        """The seats as if nobody, or somebody with a long name, held each that is not known to have a holder."""
        holder = _SOMEBODY if status == "held" else None
        return {
            office: seat if holder and seat.holder else Seat(office=office, status=status, holder=holder)
            for office, seat in self.seats.items()
        }


_SOMEBODY: Final = Holder(
    bioguide="X000000",
    name="Alexandria Bartholomea Featherstonehaugh-Krishnamoorthi, Jr.",
    last_name="Featherstonehaugh-Krishnamoorthi",
    since=date(2025, 1, 3),
    until=date(2027, 1, 3),
)
"""Longer than any member's name so far; no letter to an office bears it."""


def offices_of(campaign: Campaign, era: Era) -> Offices:
    """The offices of all targets; who holds the seats is as of ``era``."""
    ids: dict[str, None] = {}
    for target in campaign.targets:
        if target == "your_representative":
            ids |= dict.fromkeys(seat.office for seat in load_seats() if seat.chamber == "house")
        elif target == "your_senators":
            ids |= dict.fromkeys(seat.office for seat in load_seats() if seat.chamber == "senate")
        elif not target.startswith("list:"):
            ids[target] = None
    return Offices({office: era.seat(office) for office in ids}, tuple(one.id for one in campaign.recipients))


def statuses(offices: Offices) -> Counter[SeatStatus]:
    """How many seats have which status."""
    return Counter(seat.status for seat in offices.seats.values())


def _holder(seat: Seat) -> str:
    return seat.holder.name if seat.holder else ""
