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
    from schemas.accepted import Accepted, Constituent
    from schemas.recipient import Recipient

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
    name = f"{constituent.first_name} {constituent.last_name}"
    return "".join(name.split()).casefold() + _SEPARATOR + constituent.email.strip().casefold()


def without_place(constituent: Constituent) -> Constituent:
    """The person without the coordinates and the district that helped to find the office: it has no need of them."""
    address = constituent.address
    if address.location is None and address.district is None:
        return constituent
    plain = address.model_copy(update={"location": None, "district": None})
    return constituent.model_copy(update={"address": plain})


def context(submission: Accepted, office: str, recipient: Recipient | None = None) -> dict[str, str]:
    """What a template may use; every value is text. ``docs/campaigns.md`` explains each.

    ``recipient`` is whom ``office`` names where it is no seat of Congress.
    """
    person = submission.constituent
    address = person.address
    house = office.startswith("H")
    if recipient is not None:
        decision_maker, state = recipient.salutation or recipient.name, ""
    else:
        decision_maker, state = "Representative" if house else "Senator", office[1:3]
    return {
        "decision_maker": decision_maker,
        "your_name": " ".join(part for part in (person.prefix, person.first_name, person.last_name) if part),
        "first_name": person.first_name,
        "last_name": person.last_name,
        "city": address.city,
        "state": state,
        "district": "" if not house or office.endswith("00") else str(int(office[3:])),
        "message": submission.message or "",
    }
