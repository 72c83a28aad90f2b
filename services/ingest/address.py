"""The parts of a US postal address that have a form: the ZIP code and the state.

A ZIP code is text, keeps its zeros, and is never made up: what is too short is asked about and not padded, digits of
other scripts are refused and never read as numbers. The state is optional; where it is given it must be one.
"""

from __future__ import annotations

import re
from typing import Final, get_args

from schemas.fields import StateCode
from services.ingest.codes import Refused

_DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
"""What word processors and telephones make of the hyphen in a ZIP+4."""

_ZIP: Final = re.compile(r"([0-9]{5})(?:[- ]?([0-9]{4}))?")
_ZERO_LOST: Final = re.compile(r"[0-9]{3,4}(?:[- ]?[0-9]{4})?")
_ABROAD: Final = re.compile(
    r"[A-Z][0-9][A-Z][- ]?[0-9][A-Z][0-9]"  # Canada
    r"|[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}",  # United Kingdom
    re.IGNORECASE | re.ASCII,
)

_CODES: Final = frozenset(get_args(StateCode))

_NAMES: Final[dict[str, str]] = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho",
    "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine",
    "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri",
    "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico",
    "NY": "New York", "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon",
    "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee",
    "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia",
    "WI": "Wisconsin", "WY": "Wyoming",
    "DC": "District of Columbia|Washington DC", "PR": "Puerto Rico", "GU": "Guam",
    "VI": "Virgin Islands|US Virgin Islands", "AS": "American Samoa", "MP": "Northern Mariana Islands|CNMI",
    "FM": "Micronesia|Federated States of Micronesia", "MH": "Marshall Islands", "PW": "Palau",
    "AA": "Armed Forces Americas", "AE": "Armed Forces Europe", "AP": "Armed Forces Pacific",
}  # fmt: skip
"""Names beside the codes, several divided by a bar; as the Postal Service lists them (Publication 28, appendix B)."""

_UNSPELT: Final = str.maketrans(dict.fromkeys(" .,-'\u2019\u02bb"))
"""What spellings differ in: dots, spaces, and the okina of Hawaii."""


def _spelling(text: str) -> str:
    return text.translate(_UNSPELT).casefold()


_SPELLINGS: Final = {
    _spelling(spelling): code for code, names in _NAMES.items() for spelling in (code, *names.split("|"))
}


def zip_code(text: str) -> tuple[str, str]:
    """``text`` (normalised as a line) as five digits and, where given, the four after the hyphen, else empty.

    Raises:
        Refused: required, zip_leading_zero_lost, not_us, malformed.
    """
    if len(text) == 5 and text.isascii() and text.isdigit():
        return text, ""
    found = _ZIP.fullmatch(text) or _ZIP.fullmatch(_plain(text))
    if found:
        return found[1], found[2] or ""
    if not text:
        raise Refused("required")
    if _ZERO_LOST.fullmatch(_plain(text)):
        raise Refused("zip_leading_zero_lost")
    raise Refused("not_us" if _ABROAD.fullmatch(text) else "malformed")


def state_code(text: str) -> str:
    """``text`` (normalised as a line) as a postal code; empty as empty. Raises ``Refused``: unknown_state."""
    if text in _CODES or not text:
        return text
    code = _SPELLINGS.get(_spelling(text))
    if code is None:
        raise Refused("unknown_state")
    return code


def _plain(text: str) -> str:
    """Any dash as a hyphen, without the spaces around it."""
    return "-".join(part.strip() for part in text.translate(_DASHES).split("-"))
