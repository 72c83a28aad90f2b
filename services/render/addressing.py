"""Who a letter is for, and how that person is addressed: from the office's id, what resolve knew of its holder, and the
campaign's own word.

No name is ever made up. A seat that is vacant, that nobody is known to hold, or whose holder's term is over without word of
a successor, is written to by its title, and on an envelope by the name of its office, as the Clerk of the House has it for
vacancies ("Office of the Twelfth Congressional District of New York"). Titles follow the U.S. Government Publishing Office
Style Manual, chapter 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from schemas.campaign import AddressedRole
from schemas.letter import Addressee

if TYPE_CHECKING:
    from schemas.campaign import Campaign, FormOfAddress
    from schemas.recipient import Recipient
    from schemas.resolved import Seat

TITLES: Final[Mapping[AddressedRole, str]] = {
    "representative": "Representative",
    "delegate": "Delegate",
    "resident_commissioner": "Resident Commissioner",
    "senator": "Senator",
    "president": "President",
}
HONORIFIC: Final = "The Honorable"

_DELEGATES: Final = frozenset({"AS", "DC", "GU", "MP", "VI"})
"""Who send a delegate to the House (2 U.S.C. 25a, 48 U.S.C. 1711, 1731, 1751); Puerto Rico's is the resident commissioner
(48 U.S.C. 891)."""

_HOUSE: Final = ("United States House of Representatives", "Washington, DC 20515")
_SENATE: Final = ("United States Senate", "Washington, DC 20510")
_WHITE_HOUSE: Final = ("The White House", "1600 Pennsylvania Avenue NW", "Washington, DC 20500")

_NAMES: Final = {
    "AL": "Alabama", "AK": "Alaska", "AS": "American Samoa", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "DC": "the District of Columbia", "FL": "Florida",
    "GA": "Georgia", "GU": "Guam", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa",
    "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts",
    "MI": "Michigan", "MN": "Minnesota", "MP": "the Northern Mariana Islands", "MS": "Mississippi", "MO": "Missouri",
    "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico",
    "NY": "New York", "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon",
    "PA": "Pennsylvania", "PR": "Puerto Rico", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota",
    "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VI": "the Virgin Islands", "VA": "Virginia",
    "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
}  # fmt: skip
"""Constituencies as they stand in a sentence after "of"."""

_ORDINALS: Final = (
    "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth", "Eleventh", "Twelfth",
    "Thirteenth", "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth", "Nineteenth",
)  # fmt: skip
_TENS: Final = {2: "Twent", 3: "Thirt", 4: "Fort", 5: "Fift", 6: "Sixt", 7: "Sevent", 8: "Eight", 9: "Ninet"}


class Addressed(NamedTuple):
    """``title`` is what stands before a name. ``addressee.salutation`` is what follows "Dear" and needs no more."""

    title: str
    addressee: Addressee


def role_of(office: str) -> AddressedRole:
    """The role of a seat of Congress, by its id (``schemas.fields.SeatId``)."""
    if office.startswith("S"):
        return "senator"
    if office[1:3] == "PR":
        return "resident_commissioner"
    return "delegate" if office[1:3] in _DELEGATES else "representative"


def addressed(office: str, seat: Seat | None, campaign: Campaign, recipient: Recipient | None = None) -> Addressed:
    """How the holder of ``office`` is addressed; ``recipient`` is whom it names where it is no seat of Congress.

    ``seat`` is what resolve knew of the holder as of the submission; None: nothing.
    """
    if recipient is not None:
        return _recipient(recipient, campaign)
    role = role_of(office)
    title, honorific = _form(role, campaign)
    place = _SENATE if role == "senator" else _HOUSE
    holder = seat.holder if seat is not None and seat.status == "held" else None
    if holder is None:
        return Addressed(title, Addressee(role=role, salutation=title, lines=(office_name(office, role), *place)))
    salutation = f"{title} {holder.last_name}"[:300]
    line = _envelope_name(honorific, holder.name)
    return Addressed(title, Addressee(role=role, name=holder.name, salutation=salutation, lines=(line, *place)))


def office_name(office: str, role: AddressedRole) -> str:
    """A seat's office by its own name, for a letter to nobody in particular."""
    state = _NAMES.get(office[1:3], office[1:3])
    if role == "senator":
        return f"Office of the United States Senator from {state} (Class {int(office[3:])})"
    if role != "representative":
        return f"Office of the {TITLES[role]} from {state}"
    number = int(office[3:])
    district = f"{ordinal(number)} Congressional District" if number else "At-Large Congressional District"
    return f"Office of the {district} of {state}"


def ordinal(number: int) -> str:
    """1 to 99 as a word: ``Twelfth``."""
    if number < 20:
        return _ORDINALS[number - 1]
    tens, ones = divmod(number, 10)
    return f"{_TENS[tens]}y-{_ORDINALS[ones - 1].lower()}" if ones else f"{_TENS[tens]}ieth"


def _recipient(recipient: Recipient, campaign: Campaign) -> Addressed:
    """Somebody on a campaign's own list, who is called as the list has it."""
    if recipient.role == "president":
        title, honorific = _form("president", campaign)
        salutation = recipient.salutation or f"{title} {recipient.name}"[:300]
        lines = (_envelope_name(honorific, recipient.name), *_WHITE_HOUSE)
        return Addressed(title, Addressee(role="president", name=recipient.name, salutation=salutation, lines=lines))
    salutation = recipient.salutation or recipient.name
    return Addressed(
        salutation, Addressee(role="recipient", name=recipient.name, salutation=salutation, lines=(recipient.name,))
    )


def _form(role: AddressedRole, campaign: Campaign) -> tuple[str, str]:
    """Title and honorific: the campaign's, where it has any for the role."""
    own: FormOfAddress | None = next((form for form in campaign.addressing if form.role == role), None)
    return (own.title, own.honorific) if own else (TITLES[role], HONORIFIC)


def _envelope_name(honorific: str, name: str) -> str:
    return f"{honorific} {name}".strip()[:300]
