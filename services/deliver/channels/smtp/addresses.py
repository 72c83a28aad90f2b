"""Mail addresses, read in one strict way, and their ASCII form where they have one.

Only the plain form is an address here: local part, one ``@``, domain. Libraries disagree about comments, escapes and angle
brackets, and a disagreement is how a letter gets another recipient; no character that ends a line, a path or a command of
SMTP can be in what this module returns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from unicodedata import category

_LONGEST: Final = 254
"""Octets of an address that fits a path of 256 with its angle brackets (RFC 5321, 4.5.3.1.3)."""

LONGEST_LOCAL: Final = 64
"""Octets before the ``@`` (RFC 5321, 4.5.3.1.1)."""

_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAIN: Final = re.compile(rf'(?:{_ATOM}(?:\.{_ATOM})*|"[A-Za-z0-9!#$%&\'*+/=?^_`{{|}}~.@-]+")@{_LABEL}(?:\.{_LABEL})*')


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address, as it was given."""

    local: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def ascii(self) -> str | None:
        """The address for servers that know ASCII alone; None where it has no such form."""
        domain = _ascii_domain(self.domain)
        return f"{self.local}@{domain}" if self.local.isascii() and domain else None

    @property
    def shortest(self) -> str:
        """In ASCII where that is the same address, otherwise as it is (RFC 6531)."""
        return self.ascii or str(self)


def mailbox(text: str) -> Mailbox | None:
    """What ``text`` is the address of; None if it is no plain address."""
    if not _PLAIN.fullmatch("".join(map(_as_ascii, text))):
        return None
    local, _, domain = text.rpartition("@")
    if len(text.encode()) > _LONGEST or len(local.encode()) > LONGEST_LOCAL:
        return None
    return Mailbox(local, domain)


def _ascii_domain(domain: str) -> str | None:
    if domain.isascii():
        return domain
    try:
        coded = domain.encode("idna").decode("ascii")
        # The codec maps some letters to others (a sharp s to ss), which is another domain, and perhaps another person.
        return coded if coded.encode().decode("idna") == domain else None
    except UnicodeError:
        return None


def _as_ascii(character: str) -> str:
    """A stand-in by which one pattern can judge other scripts: letters, marks and digits are as good as an ``a``."""
    if character.isascii():
        return character
    return "a" if category(character)[0] in "LMN" else " "
