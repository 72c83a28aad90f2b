"""Deliver's metrics: attempts by what their answers mean, ages of letters, and what the lanes look like.

Added up a batch at a time; labels are channels and verdicts, never an office, a campaign or an id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.deliver.flights import Flight
    from services.pipeline.metrics import WorkerMetrics


class Watch:
    """Counts for ``metrics``."""

    def __init__(self, metrics: WorkerMetrics) -> None:
        self._metrics = metrics

    def attempts(self, flights: Iterable[Flight], now: float) -> None:
        """Count those that are down, and those that were not begun; the others are counted when they land."""
        results: Counter[tuple[str, str]] = Counter()
        ages: list[float] = []
        seconds: dict[str, list[float]] = {}
        for one in flights:
            channel = one.channel.name
            if one.answer is None:
                if not one.tries:
                    results[channel, "not_begun"] += 1
                continue
            results[channel, one.answer.verdict] += one.tries
            seconds.setdefault(channel, []).append(one.seconds)
            if one.answer.verdict in ("accepted", "refused"):
                ages.append(max(0.0, now - one.event.data.accepted_at.timestamp()))
        self._metrics.observe_all("postbag_letter_age_seconds", ages, "deliver")
        for channel, some in seconds.items():
            self._metrics.observe_all("postbag_attempt_seconds", some, channel)
        for (channel, result), count in results.items():
            self._metrics.counter("postbag_attempts", channel, result).inc(count)

    def lanes(self, gauges: Mapping[str, float], up: int) -> None:
        """How the lanes stand, and how many attempts go on after their batch."""
        for condition, count in gauges.items():
            self._metrics.gauge("postbag_lanes", condition).set(count)
        self._metrics.gauge("postbag_attempts_under_way", "deliver").set(up)
