"""The Census Bureau's numbers for districts, and the seats that they stand for: one translation, in both directions.

A GEOID is the state's FIPS code and the district: ``3612`` is New York's twelfth. A state's only seat is ``00`` there, a
delegate's or the resident commissioner's ``98``; ``ZZ`` is water or land in no district. Publishers write the same seat in
a dozen ways, so every importer must come through here, and none may make its own table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from schemas.states import STATES_BY_FIPS as STATES_BY_FIPS  # noqa: PLC0414 - read here with its counterpart
from services.resolve.seats import Seat, load_seats

FIPS_BY_STATE: Final[Mapping[str, str]] = MappingProxyType({state: fips for fips, state in STATES_BY_FIPS.items()})

UNDEFINED: Final = "ZZ"
"""The district of water and land that belongs to none (Census: "not defined")."""

_DELEGATE: Final = "98"
_AT_LARGE: Final = frozenset({"0", "00", _DELEGATE, "AL", "ATLARGE"})


def geoid(seat: Seat) -> str:
    """The GEOID of a House seat: four digits. Raises ``ValueError`` for a senator's, which is no district."""
    if seat.district is None:
        raise ValueError(f"{seat.office} is no seat of the House")
    delegate = seat.kind in ("delegate", "resident_commissioner")
    return FIPS_BY_STATE[seat.state] + (_DELEGATE if delegate else f"{seat.district:02}")


def seats_by_geoid(seats: Iterable[Seat]) -> dict[str, Seat]:
    """The House seats among ``seats`` under their GEOIDs."""
    return {geoid(seat): seat for seat in seats if seat.chamber == "house"}


def read_geoid(state: str, district: str) -> str:
    """The GEOID of a House seat, however its publisher spells it.

    ``state`` is a FIPS or USPS code; ``district`` a number in it, or for its only seat any of 0, 00, 98, AL, at-large or the
    state's own code. With an empty ``state``, ``district`` is a GEOID, bare or with the Census Bureau's prefix
    (``5001900US3612``). Seats are those of the apportionment after the 2020 Census: the 118th to the 122nd Congress.

    Raises:
        ValueError: there is no such seat. The text quotes at most a few characters.
    """
    if not state:
        whole = district.rpartition("US")[2]
        if len(whole) != 4:
            raise ValueError("a district's GEOID has four digits")
        state, district = whole[:2], whole[2:]
    fips = FIPS_BY_STATE.get(state.upper(), state)
    spelled = re.sub(r"[\s_-]", "", district).upper()
    only = _only_seats().get(fips)
    if only and (spelled in _AT_LARGE or spelled == STATES_BY_FIPS[fips]):
        return only
    found = f"{fips}{spelled:0>2}"
    if found not in _house_seats():
        raise ValueError(f"{state[:2]} has no district {district[:12]}")
    return found


@cache
def _house_seats() -> Mapping[str, Seat]:
    return MappingProxyType(seats_by_geoid(load_seats()))


@cache
def _only_seats() -> Mapping[str, str]:
    return MappingProxyType({found[:2]: found for found, seat in _house_seats().items() if seat.kind != "district"})
