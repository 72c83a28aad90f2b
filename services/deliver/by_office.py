"""Metrics by office: attempts, and the breaker of each lane, for as many offices as have a name of their own.

The first offices that attempts are made at get a name, and all others are ``other``, so that no list of a campaign's own can
make a scrape long without end. Results are four, for the same reason. Only offices whose partition this worker owns have a
breaker here: what it remembers of the others is no longer true.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final
from zlib import crc32

from services.deliver.conditions import ALL_OFFICES
from services.deliver.reasons import OTHER

if TYPE_CHECKING:
    from services.pipeline.metrics import WorkerMetrics

_RESULTS: Final[Mapping[str, str]] = {
    "accepted": "accepted", "refused": "refused", "retry": "retry", "throttle": "retry", "unknown": "unknown",
}  # fmt: skip
"""What an attempt's answer counts as; what was not begun is no attempt."""


class ByOffice:
    """Counts for ``metrics``; ``named`` offices at most have a name, and where it is 0 none is counted."""

    def __init__(self, metrics: WorkerMetrics, named: int) -> None:
        self._attempts, self._shown = metrics.many("postbag_office_attempts"), metrics.many("postbag_office_breaker")
        self._named = named
        self._names: dict[str, str] = {}
        self._lanes: set[tuple[str, str]] = set()
        self._not_closed: set[tuple[str, str]] = set()
        self._owned: frozenset[int] | None = None
        self._partitions = 1

    def assigned(self, owned: Iterable[int], partitions: int) -> None:
        """Of all ``partitions``, this worker now owns ``owned``."""
        self._owned, self._partitions = frozenset(owned), partitions
        for lane in [lane for lane in self._lanes if lane[0] != OTHER and not self._is_ours(lane[0])]:
            self._shown.forget(*lane)
            self._lanes.discard(lane)
            self._not_closed.discard(lane)

    def attempts(self, counts: Mapping[tuple[str, str, str], int]) -> None:
        """Count attempts by office, channel and result."""
        if not self._named:
            return
        for (office, channel, result), count in counts.items():
            name = self._names.get(office) or self._name(office)
            if (name, channel) not in self._lanes:
                self._begin(name, channel)
            if result in _RESULTS:
                self._attempts.add(count, name, channel, _RESULTS[result])

    def breakers(self, states: Mapping[tuple[str, str], int]) -> None:
        """How the breakers of the lanes stand that are not closed: 1 half open, 2 open."""
        told: dict[tuple[str, str], int] = {}
        for (office, channel), state in states.items():
            if office == ALL_OFFICES or (self._named and self._is_ours(office)):
                lane = (office if office == ALL_OFFICES else self._name(office), channel)
                told[lane] = max(state, told.get(lane, 0))
        for lane in self._not_closed - told.keys():
            self._shown.set(0, *lane)
        for lane, state in told.items():
            if lane not in self._lanes and lane[0] != ALL_OFFICES:
                self._begin(*lane)
            self._shown.set(state, *lane)
        self._not_closed = set(told)

    def _begin(self, name: str, channel: str) -> None:
        """Have all that is counted of it be there at 0: a rate is not seen of what first appears above."""
        for result in _RESULTS.values():
            self._attempts.add(0, name, channel, result)
        self._shown.set(0, name, channel)
        self._lanes.add((name, channel))

    def _name(self, office: str) -> str:
        if office not in self._names and len(self._names) < self._named:
            self._names[office] = office
        return self._names.get(office, OTHER)

    def _is_ours(self, office: str) -> bool:
        """Letters lie on the partition of their office (``pipeline.writer``)."""
        return self._owned is None or office == ALL_OFFICES or crc32(office.encode()) % self._partitions in self._owned
