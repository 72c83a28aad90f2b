"""Whether a host is this machine: what travels in the clear may go there, and nowhere else."""

from __future__ import annotations

from ipaddress import ip_address


def is_this_machine(host: str) -> bool:
    """Whether ``host`` says so by itself: a loopback address or ``localhost``. Nothing is looked up."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
