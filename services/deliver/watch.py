"""Deliver's metrics: attempts by what their answers mean, entries, ages of letters, and what the lanes look like.

Added up a batch at a time; labels are channels, verdicts and reasons of closed sets, and offices as ``by_office`` names them,
never a campaign or an id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from services.deliver.by_office import ByOffice
from services.deliver.reasons import channel_label, reason_label, usual

if TYPE_CHECKING:
    from services.deliver.entries import Told
    from services.deliver.flights import Flight
    from services.pipeline.metrics import WorkerMetrics


class Watch:
    """Counts for ``metrics``; ``named`` as in ``ByOffice``, and ``channels`` are those that letters usually go by."""

    def __init__(self, metrics: WorkerMetrics, named: int, channels: Iterable[str] = ()) -> None:
        self._metrics = metrics
        self.offices = ByOffice(metrics, named)
        for channel in channels:
            for state, reason in usual(channel):
                metrics.counter("postbag_letters", channel, state, reason)

    def attempts(self, flights: Iterable[Flight], now: float) -> None:
        """Count those that are down, and those that were not begun; the others are counted when they land."""
        results: Counter[tuple[str, str, str]] = Counter()
        ages: list[float] = []
        seconds: dict[str, list[float]] = {}
        for one in flights:
            office, channel = one.lane
            if one.answer is None:
                if not one.tries:
                    results[office, channel, "not_begun"] += 1
                continue
            results[office, channel, one.answer.verdict] += one.tries
            seconds.setdefault(channel, []).append(one.seconds)
            if one.answer.verdict in ("accepted", "refused"):
                ages.append(max(0.0, now - one.event.data.accepted_at.timestamp()))
        self._metrics.observe_all("postbag_letter_age_seconds", ages, "deliver")
        for channel, some in seconds.items():
            self._metrics.observe_all("postbag_attempt_seconds", some, channel)
        self.offices.attempts(results)
        totals: Counter[tuple[str, str]] = Counter()
        for (_, channel, result), count in results.items():
            totals[channel, result] += count
        for (channel, result), count in totals.items():
            self._metrics.counter("postbag_attempts", channel, result).inc(count)

    def entered(self, entries: Iterable[Told]) -> None:
        """Count entries that are on record."""
        for (channel, state, reason), count in Counter(entries).items():
            self._metrics.counter("postbag_letters", channel_label(channel), state, reason_label(reason)).inc(count)

    def lanes(self, gauges: Mapping[str, float], breakers: Mapping[tuple[str, str], int], up: int) -> None:
        """How the lanes stand, which of their breakers are not closed, and how many attempts go on after their batch."""
        for condition, count in gauges.items():
            self._metrics.gauge("postbag_lanes", condition).set(count)
        self.offices.breakers(breakers)
        self._metrics.gauge("postbag_attempts_under_way", "deliver").set(up)
