"""Remembers where addresses are, without remembering the addresses.

A key is the HMAC of the normalised address under a secret that this process made up and nobody ever sees: whoever reads the
memory cannot try addresses against it elsewhere, and nothing survives a restart. Least recently used goes first.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from services.resolve.geocoding.wanted import Reply, Wanted

_SHORTER: Final = 12
"""An address that was not found is asked about again twelve times as soon: streets are added, typing errors are not."""


class Cache:
    """At most ``entries`` replies; a place is kept for ``seconds``."""

    def __init__(self, entries: int, seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self._entries, self._seconds, self._clock = entries, seconds, clock
        self._secret = secrets.token_bytes(32)
        self._kept: OrderedDict[bytes, tuple[float, Reply]] = OrderedDict()

    def key(self, wanted: Wanted) -> bytes:
        """What stands for an address: equal for spellings that differ in case and blanks alone."""
        parts = (wanted.street, wanted.city, wanted.state or "", wanted.zip5, str(wanted.congress))
        normal = "\0".join(" ".join(unicodedata.normalize("NFKC", part).casefold().split()) for part in parts)
        return hmac.digest(self._secret, normal.encode("utf-8", "surrogatepass"), hashlib.sha256)

    def get(self, key: bytes) -> Reply | None:
        """The reply kept under ``key``, if it is not too old."""
        until, reply = self._kept.get(key, (0.0, None))
        if reply is None:
            return None
        if self._clock() >= until:
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        return reply

    def put(self, key: bytes, reply: Reply) -> None:
        """Keep a reply that the geocoder gave; never that it gave none."""
        seconds = self._seconds if reply.located else self._seconds / _SHORTER
        self._kept[key] = (self._clock() + seconds, reply)
        self._kept.move_to_end(key)
        while len(self._kept) > self._entries:
            self._kept.popitem(last=False)
