"""A letter's identity and the values its template sees: both plain functions of the submission and the office.

The letter id is the root of "at most once": the claim in the ledger, the idempotency key and every channel's own id derive
from it. It depends on campaign, office and person and on nothing else, so a second submission of the same person, a
replay and a retry all arrive at the same id.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final
from uuid import UUID

if TYPE_CHECKING:
    from schemas.accepted import Constituent
    from schemas.campaign import Campaign
    from services.render.addressing import Addressed

_NAMESPACE: Final = UUID("6f3c1d0e-8f0b-5b0a-9b8e-2d1c0a7e4f55")
"""Postbag's own namespace for letter ids. Changing it would make every letter new: it never changes."""

_SEPARATOR: Final = "\x1f"
_VARIANTS: Final = {f"{digit:x}": f"{digit & 0x3 | 0x8:x}" for digit in range(16)}


def letter_id(campaign: str, office: str, person: str) -> str:
    """The UUIDv5 (RFC 9562) of a letter; ``person`` is ``person_key`` of its constituent.

    Spelled out, because ``uuid.uuid5`` takes three times as long and this runs for every letter; a test holds the two
    together.
    """
    name = _SEPARATOR.join((campaign, office, person)).encode()
    digest = hashlib.sha1(_NAMESPACE.bytes + name, usedforsecurity=False).hexdigest()
    variant = _VARIANTS[digest[16]]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def person_key(constituent: Constituent) -> str:
    """Who this is, for the purpose of writing once: name and mail address, without case and spacing.

    The postal address is not part of it: it is typed in too many ways, and the office already follows from it. The name
    is, because families share a mailbox.
    """
    return person_key_of(constituent.first_name, constituent.last_name, constituent.email)


def person_key_of(first_name: str, last_name: str, email: str) -> str:
    """As ``person_key``, of what it goes by."""
    name = f"{first_name} {last_name}"
    return "".join(name.split()).casefold() + _SEPARATOR + email.strip().casefold()


def without_place(constituent: Constituent) -> Constituent:
    """The person without the coordinates and the district that helped to find the office: it has no need of them."""
    address = constituent.address
    if address.location is None and address.district is None:
        return constituent
    plain = address.model_copy(update={"location": None, "district": None})
    return constituent.model_copy(update={"address": plain})


def of_office(office: str, whom: Addressed, campaign: Campaign) -> dict[str, str]:
    """What a template may use of the office and the campaign; every value is text. ``docs/campaigns.md`` explains each."""
    seat, house = not office.startswith("x-"), office.startswith("H")
    return {
        "decision_maker": whom.addressee.salutation,
        "decision_maker_title": whom.title,
        "decision_maker_name": whom.addressee.name,
        "state": office[1:3] if seat else "",
        "district": "" if not house or office.endswith("00") else str(int(office[3:])),
        "organization": campaign.organization,
    }


def of_person(prefix: str, first_name: str, last_name: str, city: str) -> dict[str, str]:
    """What a template may use of the person, but for ``message``, which ``services.render.parts`` puts in."""
    return {
        "your_name": " ".join(part for part in (prefix, first_name, last_name) if part),
        "first_name": first_name,
        "last_name": last_name,
        "city": city,
    }


NAMES: Final = frozenset(
    {"decision_maker", "decision_maker_title", "decision_maker_name", "state", "district", "organization"}
    | {"your_name", "first_name", "last_name", "city", "message"}
)
"""All names that a template knows."""
