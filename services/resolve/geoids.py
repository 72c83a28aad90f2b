"""The Census Bureau's numbers for districts, and the seats that they stand for: one translation, in both directions.

A GEOID is the state's FIPS code and the district: ``3612`` is New York's twelfth. A state's only seat is ``00`` there, a
delegate's or the resident commissioner's ``98``; ``ZZ`` is water or land in no district. Publishers write the same seat in
a dozen ways, so every importer must come through here, and none may make its own table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from schemas.states import STATES_BY_FIPS as STATES_BY_FIPS  # noqa: PLC0414 - read here with its counterpart
from services.resolve.seats import Seat

FIPS_BY_STATE: Final[Mapping[str, str]] = MappingProxyType({state: fips for fips, state in STATES_BY_FIPS.items()})

UNDEFINED: Final = "ZZ"
"""The district of water and land that belongs to none (Census: "not defined")."""

_DELEGATE: Final = "98"


def geoid(seat: Seat) -> str:
    """The GEOID of a House seat: four digits. Raises ``ValueError`` for a senator's, which is no district."""
    if seat.district is None:
        raise ValueError(f"{seat.office} is no seat of the House")
    delegate = seat.kind in ("delegate", "resident_commissioner")
    return FIPS_BY_STATE[seat.state] + (_DELEGATE if delegate else f"{seat.district:02}")


def seats_by_geoid(seats: Iterable[Seat]) -> dict[str, Seat]:
    """The House seats among ``seats`` under their GEOIDs."""
    return {geoid(seat): seat for seat in seats if seat.chamber == "house"}
