"""Mail addresses: strict, small, and the same answer for every reader of the address.

Libraries disagree about comments, quotes and angle brackets, and a disagreement is how a letter gets another recipient
(CVE-2023-27043). So only the plain form is accepted: local part, one ``@``, domain; quotes around the local part, plus
signs, domains of one label and international addresses (RFC 6531) are, comments, escapes, spaces and address literals
are not.
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import category

from services.ingest.codes import Refused

_LIMIT: Final = 254
"""Octets of an address that fits the 256-octet path of RFC 5321 (4.5.3.1.3), whose angle brackets count."""

_LOCAL_LIMIT: Final = 64
"""Octets before the ``@`` (RFC 5321, 4.5.3.1.1)."""

_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(
    rf'(?:{_ATOM}(?:\.{_ATOM})*|"[A-Za-z0-9!#$%&\'*+/=?^_`{{|}}~.@-]+")@{_LABEL}(?:\.{_LABEL})*'
)


def mail_address(text: str) -> str:
    """``text`` (normalised as a line) with the case of its ASCII domain folded, since domains have none.

    Raises:
        Refused: required, too_long, malformed.
    """
    plain = text if text.isascii() else "".join(map(_as_ascii, text))
    if not _ADDRESS.fullmatch(plain):
        raise Refused("malformed" if text else "required")
    local, _, domain = text.rpartition("@")
    if len(text) > _LOCAL_LIMIT and (len(text.encode()) > _LIMIT or len(local.encode()) > _LOCAL_LIMIT):
        raise Refused("too_long")
    if domain.islower() or not domain.isascii():
        return text
    return f"{local}@{domain.lower()}"


def _as_ascii(character: str) -> str:
    """A stand-in by which the one pattern can judge other scripts: letters, marks and digits are as good as an ``a``."""
    if character.isascii():
        return character
    return "a" if category(character)[0] in "LMN" else " "
