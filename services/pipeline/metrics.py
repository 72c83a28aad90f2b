"""Every metric of a worker, named and explained once, with what to do when it looks wrong.

Counters are added up per batch, never per record, and children are cached: a metric costs nanoseconds a letter. Labels
are closed sets (stage, topic, reason, phase); no id, office, name or free text ever becomes a label.
``docs/reference/metrics.md`` is generated from ``CATALOGUE``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter as Counts
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from time import perf_counter, time
from typing import TYPE_CHECKING, Final, Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

if TYPE_CHECKING:
    from services.pipeline.broker import Batch
    from services.pipeline.writer import Tally


@dataclass(frozen=True, slots=True)
class Declared:
    """A metric: its kind, labels, meaning, and the first thing to look at when it is off."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    help: str
    remedy: str


CATALOGUE: Final = (
    Declared("postbag_records", "counter", ("stage", "outcome", "detail"),
             "Outcomes committed: emit (detail: topic), retry, dead and done (detail: reason).",
             "A flat line with lag above zero: look at the worker's log and readiness."),
    Declared("postbag_batch_records", "histogram", ("stage",),
             "Records in a committed batch.", "Always at 2,000: the stage is the bottleneck, add a replica."),
    Declared("postbag_loop_seconds", "counter", ("stage", "phase"),
             "Where the loop's time went: poll, handle, commit.",
             "Mostly commit: look at the broker. Mostly handle: profile or add replicas. Mostly poll: it is idle."),
    Declared("postbag_lag_seconds", "gauge", ("stage",),
             "Age of the oldest record of the last committed batch; 0 when there is nothing left to read.",
             "Rising: the stage falls behind its input."),
    Declared("postbag_lag_records", "gauge", ("stage",),
             "Records between the worker's position and the end of its partitions.",
             "Rising for minutes: add replicas, up to the partition count."),
    Declared("postbag_last_turn_timestamp_seconds", "gauge", ("stage",),
             "When the loop last turned, with or without records.", "Older than a minute: the watchdog will end it."),
    Declared("postbag_rewinds", "counter", ("stage",),
             "Batches aborted and read again, because the group had moved on.",
             "More than a few an hour: batches take longer than the poll interval, or workers keep restarting."),
    Declared("postbag_rebalances", "counter", ("stage",),
             "Assignments received.", "More than 5 in 10 minutes: workers restart or are evicted."),
    Declared("postbag_assigned_partitions", "gauge", ("stage",),
             "Partitions this worker owns.", "0 for long: more workers than partitions, or the group is stuck."),
    Declared("postbag_paused_partitions", "gauge", ("stage",),
             "Retry partitions that wait for the time of their next record.",
             "Normal while letters wait to be tried again."),
    Declared("postbag_attempts", "counter", ("channel", "result"),
             "Delivery attempts by what the answer means.", "retry or unknown rising: look at the offices' answers."),
    Declared("postbag_attempt_seconds", "histogram", ("channel",),
             "Time of a delivery attempt, with its further tries in place.", "Rising: the offices are slow."),
    Declared("postbag_attempts_under_way", "gauge", ("stage",),
             "Attempts that go on after their batch, or landed and wait for their letter's record.",
             "Rising: offices are slow. Near POSTBAG_CONCURRENCY times ten: look for one that hangs."),
    Declared("postbag_lanes", "gauge", ("condition",),
             "Lanes (an office on a channel) by condition; one can be in several.",
             "breakers_open or paused_by_answer above 0: breaker_opened in the log says which and why. slow rising: attempts "
             "take longer than a batch waits."),
    Declared("postbag_letter_age_seconds", "histogram", ("stage",),
             "Age of a letter, from accepted to its final state.", "Rising: look for lag along the stages."),
    Declared("postbag_geocoder_requests", "counter", ("result",),
             "Addresses that the geocoder was wanted for, by what came of it; cached, breaker_open and over_budget "
             "made no request.",
             "failed, timed_out or breaker_open: look at the geocoder; the people wait as if there were none. "
             "over_budget: see docs/geocoder.md. refused for all: its benchmark or vintage is not known there."),
    Declared("postbag_geocoder_seconds", "histogram", ("stage",),
             "Time of one question to the geocoder.", "Near the limit of a question: the geocoder is slow."),
    Declared("postbag_geocoder_breaker_open", "gauge", ("stage",),
             "1 while the geocoder is left alone after failures, else 0.",
             "1 for long: the geocoder is down, or POSTBAG_GEOCODER_URL is wrong."),
    Declared("postbag_resolutions", "counter", ("outcome", "basis", "plan"),
             "Addresses resolved, by outcome, by what the answer rests on, and by map.",
             "A sudden change of shares: a bad import. Compare `postbag refdata diff` of the last two files."),
    Declared("postbag_resolution_confidence", "histogram", ("basis",),
             "How likely the first candidate is to be right, where there is one.",
             "Lower than it was: weights, ZIP+4 ranges or points are missing from the reference file."),
    Declared("postbag_resolution_conflicts", "counter", ("kind",),
             "Addresses of which two parts contradict each other.",
             "state_vs_zip rising: look at a frontend's form. Any other: a dataset disagrees with the map."),
    Declared("postbag_zips_unknown", "counter", ("unknown",),
             "Addresses whose ZIP the reference does not list: the ZIP alone, or its first three digits as well.",
             "Rising: the table of ZIPs is old, is the sample, or is not of the whole country."),
    Declared("postbag_reference_info", "gauge", ("version", "plans"),
             "Always 1; the reference file in use, and its maps.",
             "More than one version for long: a worker refused the new file; its log says why."),
    Declared("postbag_reference_age_seconds", "gauge", ("dataset",),
             "Time since the newest source of the reference file was published, and since its roster was.",
             "Roster older than two weeks: members change; build and activate a new file."),
    Declared("postbag_reference_reloads", "counter", ("result",),
             "New reference files by what became of them: taken_up, taken_back (an earlier one again), refused.",
             "refused: the log says why (reference_refused); the file before goes on answering."),
    Declared("postbag_seats", "gauge", ("status",),
             "Seats of Congress by status as of now.",
             "vacant changed by more than 5, or unknown above 0: look at the roster of the reference file."),
    Declared("postbag_build", "gauge", ("version",), "Always 1; the running version.", "More than one: a roll-out."),
)  # fmt: skip

_BUCKETS: Final = {
    "postbag_batch_records": (1, 10, 50, 100, 250, 500, 1000, 1500, 2000),
    "postbag_attempt_seconds": (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    "postbag_geocoder_seconds": (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10),
    "postbag_resolution_confidence": (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99, 1),
    "postbag_letter_age_seconds": (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 21600, 86400, 259200),
}


# A scrape holds what is declared above and nothing else; the library would add a `_created` to every counter.
disable_created_metrics()  # type: ignore[no-untyped-call]


class WorkerMetrics:
    """One worker's metrics, in a registry of their own. Children are made once, at start, so that all exist at 0."""

    def __init__(self, stage: str, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}
        for declared in CATALOGUE:
            self._declare(declared)
        self._stage = stage
        self._phases = {
            phase: self.counter("postbag_loop_seconds", stage, phase) for phase in ("poll", "handle", "commit")
        }
        self._sizes = self.histogram("postbag_batch_records", stage)
        self._lag_seconds = self.gauge("postbag_lag_seconds", stage)
        self._lag_records = self.gauge("postbag_lag_records", stage)
        self._last_turn = self.gauge("postbag_last_turn_timestamp_seconds", stage)
        self._rewinds = self.counter("postbag_rewinds", stage)
        self._rebalances = self.counter("postbag_rebalances", stage)
        self._assigned = self.gauge("postbag_assigned_partitions", stage)
        self._paused = self.gauge("postbag_paused_partitions", stage)
        self._outcomes: dict[tuple[str, str], Counter] = {}
        self.gauge("postbag_build", version("postbag")).set(1)

    def counter(self, name: str, *labels: str) -> Counter:
        """The cached child of a declared counter."""
        return self._counters[name].labels(*labels)

    def gauge(self, name: str, *labels: str) -> Gauge:
        """The cached child of a declared gauge."""
        return self._gauges[name].labels(*labels)

    def histogram(self, name: str, *labels: str) -> Histogram:
        """The cached child of a declared histogram."""
        return self._histograms[name].labels(*labels)

    def observe(self, name: str, value: float, count: int, *labels: str) -> None:
        """Observe the same value ``count`` times in a declared histogram, at the price of once."""
        child = self.histogram(name, *labels)
        if count > 1:  # the library has no such call; its own does the same to the same two
            bucket = next(i for i, bound in enumerate(child._upper_bounds) if value <= bound)  # noqa: SLF001
            child._buckets[bucket].inc(count - 1)  # noqa: SLF001
            child._sum.inc(value * (count - 1))  # noqa: SLF001
        child.observe(value)

    def observe_all(self, name: str, values: Sequence[float], *labels: str) -> None:
        """Observe each of ``values`` in a declared histogram, at the price of one in each bucket."""
        child = self.histogram(name, *labels)
        bounds = child._upper_bounds  # noqa: SLF001 - the library has no such call; its own does the same to the same two
        for bucket, count in Counts(bisect_left(bounds, value) for value in values).items():
            child._buckets[bucket].inc(count)  # noqa: SLF001
        child._sum.inc(sum(values))  # noqa: SLF001

    def forget(self, name: str, *labels: str) -> None:
        """Drop a child of a declared gauge that is true no longer."""
        self._gauges[name].remove(*labels)

    @contextmanager
    def time(self, phase: Literal["poll", "handle", "commit"]) -> Iterator[None]:
        """Adds the time spent inside to a phase of the loop."""
        started = perf_counter()
        try:
            yield
        finally:
            self._phases[phase].inc(perf_counter() - started)

    def batch(self, batch: Batch, tally: Tally) -> None:
        """Take a committed batch into account."""
        for kind, count in tally.items():
            child = self._outcomes.get(kind)
            if child is None:
                child = self._outcomes[kind] = self.counter("postbag_records", self._stage, *kind)
            child.inc(count)
        if batch:
            self._sizes.observe(sum(map(len, batch.values())))
            oldest = min(records[0].timestamp for records in batch.values())
            self._lag_seconds.set(max(0.0, time() - oldest / 1000))

    def turned(self, *, idle: bool) -> None:
        """The loop made a turn; ``idle`` tells that there was nothing to read."""
        self._last_turn.set_to_current_time()
        if idle:
            self._lag_seconds.set(0)

    def waiting(self, lag: int, asleep: int) -> None:
        """What waits: ``lag`` in records, ``asleep`` in partitions."""
        self._lag_records.set(lag)
        self._paused.set(asleep)

    def assigned(self, partitions: int) -> None:
        """The group assigned this many partitions."""
        self._rebalances.inc()
        self._assigned.set(partitions)

    def rewound(self) -> None:
        """A batch was aborted and will be read again."""
        self._rewinds.inc()

    def _declare(self, declared: Declared) -> None:
        name, text, labels = declared.name, declared.help, declared.labels
        if declared.kind == "counter":
            self._counters[name] = Counter(name, text, labels, registry=self.registry)
        elif declared.kind == "gauge":
            self._gauges[name] = Gauge(name, text, labels, registry=self.registry)
        else:
            self._histograms[name] = Histogram(name, text, labels, registry=self.registry, buckets=_BUCKETS[name])
