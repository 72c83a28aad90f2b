"""A submission's content, normalised field by field: the one form in which a person travels on.

Each field is judged for itself, so that all faults are found at once. What comes out without a fault satisfies
``schemas.accepted``, and its fingerprint tells a submission that was sent again from another one under the same id.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Final, NamedTuple

from schemas.submission import SentAddress, SentConstituent, Submission
from services.ingest.address import state_code, zip_code
from services.ingest.codes import Fault, FlagCode, Refused
from services.ingest.mail import mail_address
from services.ingest.phone import phone_number
from services.ingest.text import LINE_LIMIT, body, line, mixes_scripts, reorders

NAME_LIMIT: Final = 100
"""Characters of a name or a city, as a reader counts them."""

MANY_LINKS: Final = 3
"""Links in a message that need no remark."""

_NAMES: Final = (("prefix", False), ("first_name", True), ("last_name", False))
_PLACES: Final = (("line1", True, LINE_LIMIT), ("line2", False, LINE_LIMIT), ("city", True, NAME_LIMIT))
_PERSON: Final = ("prefix", "first_name", "last_name", "email", "phone")
_ADDRESS: Final = ("line1", "line2", "city", "state", "zip5", "plus4")


class Content(NamedTuple):
    """Normalised content and what there is to say about it.

    ``constituent`` is as in ``schemas.accepted.Constituent``, without what is empty or at fault. ``blank`` names the
    empty fields that only some campaigns need, as ``schemas.campaign.RequiredField`` spells them.
    """

    constituent: dict[str, Any]
    message: str
    faults: list[Fault]
    flags: list[FlagCode]
    blank: list[str]


def normalise(submission: Submission) -> Content:
    """The content of ``submission``, with every fault in it."""
    faults: list[Fault] = []
    flags: list[FlagCode] = []
    blank: list[str] = []
    person = submission.constituent
    constituent = _person(person, faults, flags, blank)
    constituent["address"] = _address(person.address, faults, flags, blank)
    message = _message(submission.message, faults, flags) if submission.message else ""
    if not message:
        blank.append("message")
    return Content(constituent, message, faults, flags, blank)


def fingerprint(frontend: str, campaign: str, content: Content) -> bytes:
    """16 bytes that stand for the content, the campaign and the frontend."""
    person = content.constituent
    place = person["address"]
    values = [frontend, campaign, content.message]
    values += [person.get(name, "") for name in _PERSON]
    values += [place.get(name, "") for name in _ADDRESS]
    # NUL is in none of them, so that no two contents are joined to the same text.
    return blake2b("\0".join(values).encode(), digest_size=16).digest()


def _person(person: SentConstituent, faults: list[Fault], flags: list[FlagCode], blank: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, needed in _NAMES:
        try:
            value = line(getattr(person, name), NAME_LIMIT)
        except Refused as refused:
            faults.append((f"constituent.{name}", refused.code))
            continue
        if value:
            found[name] = value
            if not value.isascii():
                _remark_scripts(value, flags)
        elif needed:
            faults.append((f"constituent.{name}", "required"))
        else:
            blank.append(name)
    try:
        found["email"] = value = mail_address(line(person.email))
        if not value.isascii():
            _remark_scripts(value, flags)
    except Refused as refused:
        faults.append(("constituent.email", refused.code))
    phone = phone_number(person.phone) if person.phone else ""
    if phone:
        found["phone"] = phone
    else:
        blank.append("phone")
        if person.phone.strip():
            flags.append("phone_dropped")
    return found


def _address(address: SentAddress, faults: list[Fault], flags: list[FlagCode], blank: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, needed, limit in _PLACES:
        try:
            value = line(getattr(address, name), limit)
        except Refused as refused:
            faults.append((f"constituent.address.{name}", refused.code))
            continue
        if value:
            found[name] = value
            if name == "city" and not value.isascii():
                _remark_scripts(value, flags)
        elif needed:
            faults.append((f"constituent.address.{name}", "required"))
    try:
        state = state_code(line(address.state))
        if state:
            found["state"] = state
        else:
            blank.append("address.state")
    except Refused as refused:
        faults.append(("constituent.address.state", refused.code))
    try:
        found["zip5"], plus4 = zip_code(line(address.zip))
        if plus4:
            found["plus4"] = plus4
    except Refused as refused:
        faults.append(("constituent.address.zip", refused.code))
    return found


def _message(typed: str, faults: list[Fault], flags: list[FlagCode]) -> str:
    try:
        message = body(typed)
    except Refused as refused:
        faults.append(("message", refused.code))
        return ""
    if reorders(typed):
        flags.append("bidi_removed")
    if message.count("://") > MANY_LINKS:
        flags.append("many_links")
    return message


def _remark_scripts(value: str, flags: list[FlagCode]) -> None:
    if mixes_scripts(value) and "mixed_script" not in flags:
        flags.append("mixed_script")
