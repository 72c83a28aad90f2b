"""The metrics of a process: a registry with what is declared in ``catalogue``, and the few calls that feed it.

Counters are added up per batch, never per record, and children are cached: a metric costs nanoseconds a letter. Whatever
has closed labels exists at 0 from the start, so that a rate over its first minute is right. Nothing that is not declared can
be made.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter as Counts
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from time import perf_counter, time
from typing import TYPE_CHECKING, Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from schemas.topics import ALL, TIERS
from services.pipeline.catalogue import BUCKETS, SERVED, Declared
from services.pipeline.many import Many

if TYPE_CHECKING:
    from services.pipeline.broker import Batch
    from services.pipeline.writer import Tally


# A scrape holds what is declared and nothing else; the library would add a `_created` to every counter.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The metrics ``declared``, in a registry of their own, with those of the process and of Python.

    ``stage`` is the value of the label of that name, where a metric's children can be made at once.
    """

    def __init__(
        self, declared: Sequence[Declared], registry: CollectorRegistry | None = None, *, stage: str = ""
    ) -> None:
        self.registry = registry or CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._stage = stage
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}
        self._many: dict[str, Many] = {}
        for one in declared:
            self._declare(one)
            self._begin(one)

    def counter(self, name: str, *labels: str) -> Counter:
        """The cached child of a declared counter; without ``labels``, the counter itself."""
        return self._counters[name].labels(*labels) if labels else self._counters[name]

    def gauge(self, name: str, *labels: str) -> Gauge:
        """The cached child of a declared gauge; without ``labels``, the gauge itself."""
        return self._gauges[name].labels(*labels) if labels else self._gauges[name]

    def histogram(self, name: str, *labels: str) -> Histogram:
        """The cached child of a declared histogram; without ``labels``, the histogram itself."""
        return self._histograms[name].labels(*labels) if labels else self._histograms[name]

    def many(self, name: str) -> Many:
        """A declared counter or gauge of very many children, all of them."""
        return self._many[name]

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

    def _declare(self, declared: Declared) -> None:
        name, text, labels = declared.name, declared.help, declared.labels
        if declared.many:
            self._many[name] = many = Many(declared)
            self.registry.register(many)
        elif declared.kind == "counter":
            self._counters[name] = Counter(name, text, labels, registry=self.registry)
        elif declared.kind == "gauge":
            self._gauges[name] = Gauge(name, text, labels, registry=self.registry)
        else:
            self._histograms[name] = Histogram(name, text, labels, registry=self.registry, buckets=BUCKETS[name])

    def _begin(self, declared: Declared) -> None:
        """Make the children that exist from the start."""
        if declared.many or declared.late or ("stage" in declared.labels and not self._stage):
            return
        make = {"counter": self.counter, "gauge": self.gauge, "histogram": self.histogram}[declared.kind]
        for values in declared.values or ((),) * (declared.labels == ("stage",)):
            rest = iter(values)
            make(declared.name, *(self._stage if label == "stage" else next(rest) for label in declared.labels))


class WorkerMetrics(Metrics):
    """One worker's metrics: what every worker serves, and what its stage does."""

    def __init__(self, stage: str, registry: CollectorRegistry | None = None) -> None:
        super().__init__((*SERVED["every worker"], *SERVED.get(stage, ())), registry, stage=stage)
        self._phases = {
            phase: self.counter("postbag_loop_seconds", stage, phase) for phase in ("poll", "handle", "commit")
        }
        self._spans = dict.fromkeys(self._phases, (0.0, 0.0))
        self._sizes = self.histogram("postbag_batch_records", stage)
        self._batch_seconds = self.histogram("postbag_batch_seconds", stage)
        self._commit_seconds = self.histogram("postbag_commit_seconds", stage)
        self._lag_seconds = self.gauge("postbag_lag_seconds", stage)
        self._lag_records = self.gauge("postbag_lag_records", stage)
        self._last_turn = self.gauge("postbag_last_turn_timestamp_seconds", stage)
        self.beat()
        self._rewinds = self.counter("postbag_rewinds", stage)
        self._rebalances = self.counter("postbag_rebalances", stage)
        self._assigned = self.gauge("postbag_assigned_partitions", stage)
        self._paused = self.gauge("postbag_paused_partitions", stage)
        self._outcomes: dict[tuple[str, str], Counter] = {}
        self.gauge("postbag_build", version("postbag")).set(1)
        for topic in ALL:
            if (
                stage in topic.written_by.split(", ") and topic not in TIERS
            ):  # what waits in a tier is a retry, by reason
                self._outcomes["emit", topic.name] = self.counter("postbag_records", stage, "emit", topic.name)

    @contextmanager
    def time(self, phase: Literal["poll", "handle", "commit"]) -> Iterator[None]:
        """Adds the time spent inside to a phase of the loop."""
        started = perf_counter()
        try:
            yield
        finally:
            self._spans[phase] = started, (ended := perf_counter())
            self._phases[phase].inc(ended - started)

    def batch(self, batch: Batch, tally: Tally) -> None:
        """Take a committed batch into account."""
        for kind, count in tally.items():
            child = self._outcomes.get(kind)
            if child is None:
                child = self._outcomes[kind] = self.counter("postbag_records", self._stage, *kind)
            child.inc(count)
        if batch:
            self._sizes.observe(sum(map(len, batch.values())))
            (_, read), (began, committed) = self._spans["poll"], self._spans["commit"]
            self._batch_seconds.observe(committed - read)
            self._commit_seconds.observe(committed - began)
            oldest = min(records[0].timestamp for records in batch.values())
            self._lag_seconds.set(max(0.0, time() - oldest / 1000))

    def beat(self) -> None:
        """The loop turns, or its stage told that long local work goes on."""
        self._last_turn.set(time())

    def turned(self, *, idle: bool) -> None:
        """The loop made a turn; ``idle`` tells that there was nothing to read."""
        self.beat()
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

    def opened(self, times: int) -> None:
        """A transactional producer was opened, the one of that number in this slot."""
        self.counter("postbag_producers_opened", self._stage).inc(times)

    def rewound(self) -> None:
        """A batch was aborted and will be read again."""
        self._rewinds.inc()
