"""Reads the address that a letter is posted to, so narrowly that no two readers can differ on which host it names.

No user before the host, no escapes, backslashes or capitals in it, no digits but ASCII, and a host that ends in a number is
an IPv4 address of four plain decimal numbers or no host at all: what C libraries make of ``127.1``, ``0x7f.1`` or
``2130706433`` is their own affair. Whether the host may be reached is not decided here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final

_ADDRESS: Final = re.compile(
    r"(?P<scheme>https?)://(?P<named>(?P<host>[a-z0-9._-]+|\[[0-9a-f:.]+\])(:(?P<port>[0-9]{1,5}))?)(/[!-\[\]-~]*)?"
)
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Address:
    """``named`` is host and port as written; ``literal`` is there where the host is an IP address."""

    secure: bool
    named: str
    host: str
    literal: IPv4Address | IPv6Address | None

    @property
    def is_this_machine(self) -> bool:
        """Whether it says so by itself, whatever a name server may think."""
        return self.host == "localhost" if self.literal is None else self.literal.is_loopback


def parse(text: str) -> Address | None:
    """The address, or None where it is none that everybody would read alike."""
    found = _ADDRESS.fullmatch(text)
    if not found or not 0 < int(found["port"] or 443) < 65536:
        return None
    host: str = found["host"]
    literal: IPv4Address | IPv6Address | None = None
    try:
        if host.startswith("["):
            literal = IPv6Address(host[1:-1])
        elif _NUMBER.fullmatch(host.removesuffix(".").rpartition(".")[2]):
            literal = IPv4Address(host)
    except AddressValueError:
        return None
    return Address(found["scheme"] == "https", found["named"], host, literal)


def filled(address: str, office: str) -> str:
    """``address`` with the office's id for ``{office}``; in the host in lower case, in which hosts stand here."""
    if "{office}" not in address:
        return address
    scheme, _, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.replace('{office}', office.lower())}{slash}{path.replace('{office}', office)}"


def destination(address: str) -> str:
    """The host of a letter's own address, with its port if it has one: what must be named before anything is posted there.

    Empty where it is no address for a letter at all: that takes TLS, unless it is this machine.
    """
    found = parse(address)
    return found.named if found and (found.secure or found.is_this_machine) else ""
