"""Which IP addresses a letter may be posted to: those of the public Internet, and what the operator opens.

The tables are those of IANA's special-purpose registries, as of 2026, and not the ``is_global`` of the standard library,
whose answer has changed between its releases. Of IPv6 only 2000::/3 is public; forms that carry an IPv4 address inside
(mapped, 6to4, NAT64, Teredo) are closed whatever they carry, because what is reached is then somebody else's to decide.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final

Networks = tuple[IPv4Network | IPv6Network, ...]

_CLOSED_4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network: Linux takes 0.0.0.0 for itself
            "10.0.0.0/8",  # private (RFC 1918)
            "100.64.0.0/10",  # behind a carrier's translation (RFC 6598)
            "127.0.0.0/8",  # this machine
            "169.254.0.0/16",  # link-local (RFC 3927): where clouds keep their credentials
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments (RFC 6890)
            "192.0.2.0/24",  # documentation (RFC 5737)
            "192.88.99.0/24",  # relays of 6to4, given up (RFC 7526)
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks (RFC 2544)
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and the broadcast address
        ),
    )
)
_PUBLIC_6: Final = IPv6Network("2000::/3")
"""The rest is this machine, link-local, unique local, multicast, mapped IPv4, NAT64 or not given to anybody."""

_CLOSED_6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID (RFC 2928)
            "2001:db8::/32",  # documentation (RFC 3849)
            "2002::/16",  # 6to4 (RFC 3056)
            "3fff::/20",  # documentation (RFC 9637)
        ),
    )
)


def is_open(address: IPv4Address | IPv6Address, opened: Networks = ()) -> bool:
    """Whether ``address`` is public, or in one of the networks ``opened`` by the operator."""
    if any(address in network for network in opened):
        return True
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_4)
    return address in _PUBLIC_6 and not any(address in network for network in _CLOSED_6)


def read_networks(text: str) -> Networks:
    """Networks with commas between, such as ``10.1.0.0/16,fd00::/8``. Raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
