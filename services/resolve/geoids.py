"""The Census Bureau's numbers for districts, and the seats that they stand for: one translation, in both directions.

A GEOID is the state's FIPS code and the district: ``3612`` is New York's twelfth. A state's only seat is ``00`` there, a
delegate's or the resident commissioner's ``98``; ``ZZ`` is water or land in no district. Publishers write the same seat in
a dozen ways, so every importer must come through here, and none may make its own table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from services.resolve.seats import Seat

STATES_BY_FIPS: Final[Mapping[str, str]] = MappingProxyType({
    "01": "AL", "02": "AK", "04": "AZ", "05": "AR", "06": "CA", "08": "CO", "09": "CT", "10": "DE", "11": "DC",
    "12": "FL", "13": "GA", "15": "HI", "16": "ID", "17": "IL", "18": "IN", "19": "IA", "20": "KS", "21": "KY",
    "22": "LA", "23": "ME", "24": "MD", "25": "MA", "26": "MI", "27": "MN", "28": "MS", "29": "MO", "30": "MT",
    "31": "NE", "32": "NV", "33": "NH", "34": "NJ", "35": "NM", "36": "NY", "37": "NC", "38": "ND", "39": "OH",
    "40": "OK", "41": "OR", "42": "PA", "44": "RI", "45": "SC", "46": "SD", "47": "TN", "48": "TX", "49": "UT",
    "50": "VT", "51": "VA", "53": "WA", "54": "WV", "55": "WI", "56": "WY", "60": "AS", "66": "GU", "69": "MP",
    "72": "PR", "78": "VI",
})  # fmt: skip
"""USPS codes of the states, DC and the territories with a seat (source: FIPS 5-2, now ANSI INCITS 38)."""

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
