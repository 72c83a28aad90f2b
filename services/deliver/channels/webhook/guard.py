"""Looks a name up once, vets every address it has, and lets the client connect to none but those.

A name server says one thing now and another a moment later; so nobody looks up again between the check and the connection:
the client is given addresses, and no name. One closed address among the answers closes the name, since no honest zone mixes
them. What is kept open or remembered by the client was vetted when it was opened. Literal addresses never get here:
``channel.py`` holds them to the same networks.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

from services.deliver.channels.webhook.networks import Networks, is_open

LookUp = Callable[[str, int], Sequence[tuple[int, int, int, str, tuple[Any, ...]]]]
"""Host and port to what ``socket.getaddrinfo`` answers. Called in a thread, may block, raises OSError."""

_THREADS: Final = 32
"""Names looked up at once. Threads of our own: a dead name server must not hold up what else the process does in threads."""


class Closed(OSError):
    """The name leads to an address that no letter may go to; nothing was sent."""


def look_up(host: str, port: int) -> Sequence[tuple[int, int, int, str, tuple[Any, ...]]]:
    """Ask the system. Raises OSError."""
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    except UnicodeError:  # no name: a label is empty or over 63 characters
        raise OSError("no such name") from None


class VettedResolver(AbstractResolver):
    """Names to addresses that may be reached, for aiohttp's connector."""

    def __init__(self, opened: Networks, ask: LookUp = look_up) -> None:
        self._opened, self._ask = opened, ask
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="look-up")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """All addresses of ``host``. Raises OSError where it has none, ``Closed`` where one may not be reached."""
        found = await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, host, port)
        answers = [_answer(host, port, kind, place[0]) for kind, _, _, _, place in found]
        if not answers:
            raise OSError("no address")
        for answer in answers:
            address = ip_address(answer["host"])
            if not is_open(address, self._opened) and not (host == "localhost" and address.is_loopback):
                raise Closed
        return answers

    async def close(self) -> None:
        """Begin no further look-up."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _answer(host: str, port: int, family: int, address: str) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=family,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
