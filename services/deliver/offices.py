"""What is known of offices: by which channels a letter goes to each, in which order, and at what pace.

It comes from the operator's file, or from built-in defaults that are low where an office said nothing. A recipient that has a
channel of its own (a campaign's list says so) is written to by that alone. Lookups are plain functions of the office's
id, the same on every worker; nothing here keeps time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Final

from services.deliver.channels.webhook.address import filled
from services.deliver.offices_file import ChannelEntry, HopEntry, OfficeEntry, OfficesFile, Paced, read_offices
from services.deliver.windows import Window

_KNOWN: Final = 20_000
"""Offices whose entry is remembered: more than any installation has, and a bound."""

BURST_SECONDS: Final = 2.0
"""The usual burst, in seconds of the rate: letters that wait come back up to a second late, with the batch of then."""

_SMALLEST_BURST: Final = 3.0
"""One to keep for a campaign that waits elsewhere, one to use, one to earn meanwhile."""


ANY_NUMBER: Final = 10_000
"""So many attempts at once that it is no limit."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One channel of a route. ``to`` is the address on it, empty where the channel knows by itself."""

    channel: str
    to: str


@dataclass(frozen=True, slots=True)
class Pace:
    """``rate`` in attempts a second (None: no limit), ``concurrency`` attempts at once, ``burst`` attempts in a moment.

    Over the first ``warm_up_seconds`` of a lane its rate rises to the full one. In the windows ``closed`` nothing begins.
    """

    rate: float | None
    concurrency: int
    burst: float
    warm_up_seconds: float
    closed: tuple[Window, ...]


_CWC: Final = ChannelEntry(rate=5, each=Paced(rate=1, concurrency=2))
BUILT_IN: Final[Mapping[str, ChannelEntry]] = {
    "cwc-house": _CWC,
    "cwc-senate": _CWC,
    "smtp": ChannelEntry(each=Paced(concurrency=4)),
}
"""Congressional intake tells nobody its limits; one sender was told 5 to 10 messages a second."""

ONE_HOST: Final = frozenset({"cwc-house", "cwc-senate"})
"""Channels behind which one host takes the letters of all offices: when it fails, it fails for all."""

_NOTHING: Final = ChannelEntry()
_OTHER: Final = ChannelEntry(each=Paced(concurrency=8))


class Offices:
    """``usual`` is the channel of offices without one; ``concurrency`` the most attempts that a worker has under way."""

    def __init__(self, file: OfficesFile, usual: str, concurrency: int) -> None:
        self._file, self._usual, self._most = file, usual, concurrency
        self._entry = lru_cache(_KNOWN)(self._find)
        self._pace = lru_cache(_KNOWN)(self._paced)
        self._shared = lru_cache(100)(self._paced_together)

    @classmethod
    def load(cls, path: Path | None, usual: str, concurrency: int) -> Offices:
        """From the file at ``path``, or all by default. Raises ``SettingsRefused``, naming file, field and remedy."""
        return cls(read_offices(path) if path else OfficesFile(), usual, concurrency)

    def route(self, office: str, channel: str | None, to: str | None) -> tuple[Hop, ...]:
        """The channels of a letter to ``office``, in order; ``channel`` and ``to`` are the recipient's own, where it has any.

        A worker that discards its letters discards all of them: a benchmark must write to nobody.
        """
        if self._usual == "discard":
            return (Hop("discard", ""),)
        hops = tuple(Hop(hop.channel, _addressed(hop, office)) for hop in self._entry(office).channels)
        if channel is not None:
            known = next((hop.to for hop in hops if hop.channel == channel), "")
            return (Hop(channel, to or known),)
        return hops or (Hop(self._usual, to or ""),)

    def channels(self) -> tuple[str, ...]:
        """Every channel that letters may go by on the operator's word, each once."""
        named = (hop.channel for entry in self._file.offices for hop in entry.channels)
        return tuple(dict.fromkeys((self._usual, *named)))

    def pace(self, office: str, channel: str) -> Pace:
        """How fast letters may go to ``office`` by ``channel``."""
        return self._pace(office, channel)

    def shared(self, channel: str) -> Pace:
        """How fast letters may go by ``channel`` to all offices together, over all workers."""
        return self._shared(channel)

    def _find(self, office: str) -> OfficeEntry:
        found = (entry for entry in self._file.offices if fnmatchcase(office, entry.match))
        return next(found, OfficeEntry(match="*"))

    def _paced(self, office: str, channel: str) -> Pace:
        entry = self._entry(office)
        hop = next((hop for hop in entry.channels if hop.channel == channel), Paced())
        given = self._file.channels.get(channel, _NOTHING)  # type: ignore[call-overload]
        built_in = BUILT_IN.get(channel, _OTHER)
        wider = (hop, entry, given.each, built_in.each, _OTHER.each)
        rate = next((one.rate for one in wider if one.rate is not None), None)
        burst = next((one.burst for one in wider if one.burst is not None), None)
        concurrency = next(one.concurrency for one in wider if one.concurrency is not None)
        warm_up = next((one.warm_up_seconds for one in wider if one.warm_up_seconds is not None), 0.0)
        return Pace(rate, min(concurrency, self._most), burst or _burst(rate), warm_up, entry.quiet + entry.maintenance)

    def _paced_together(self, channel: str) -> Pace:
        built_in = BUILT_IN.get(channel, _OTHER)
        given = self._file.channels.get(channel, _NOTHING)  # type: ignore[call-overload]
        rate = given.rate or built_in.rate
        return Pace(
            rate, given.concurrency or ANY_NUMBER, given.burst or _burst(rate), 0.0, given.quiet + given.maintenance
        )


def _addressed(hop: HopEntry, office: str) -> str:
    to = hop.to or ""
    return filled(to, office) if hop.channel == "webhook" else to.replace("{office}", office)


def _burst(rate: float | None) -> float:
    return max(_SMALLEST_BURST, BURST_SECONDS * (rate or 0.0))
