"""The return path of a letter: an address that tells, of whatever comes back to it, which letter it is about (VERP).

``bounces+<32 hex digits of the letter's id>.<office>@domain``. Relays may change the case of it and nothing else, so it is
read in either. Nothing of the person is in it, since return paths are written into logs along the way.
"""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from schemas.fields import OfficeId
from services.deliver.channels.smtp.addresses import Mailbox, mailbox

_TAGGED: Final = re.compile(r"\+([0-9a-f]{32})(?:\.([a-z0-9-]{1,200}))?@", re.IGNORECASE)
_OFFICE: Final[TypeAdapter[str]] = TypeAdapter(OfficeId)


def return_path(base: Mailbox, letter_id: str, office: str) -> str:
    """The return path of a letter, below ``base``. An office with a long id is left out: the ledger knows it."""
    letter = f"{base.local}+{UUID(letter_id).hex}"
    whole = f"{letter}.{office}@{base.domain}"
    return whole if mailbox(whole) else f"{letter}@{base.domain}"


def read_return_path(text: str) -> tuple[str, str | None] | None:
    """The letter and, if it is told, the office of the first return path in ``text``; None if there is none."""
    found = _TAGGED.search(text)
    if found is None:
        return None
    return str(UUID(found[1])), _office(found[2] or "")


def _office(tag: str) -> str | None:
    for one in (tag.upper(), tag.lower()):
        try:
            return _OFFICE.validate_python(one)
        except ValidationError:
            continue
    return None
