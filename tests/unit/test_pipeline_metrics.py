"""Metrics: every one is declared and explained, exists from the start, and has labels of closed sets only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from services.pipeline.broker import Batch, Member, Partition, Record
from services.pipeline.catalogue import BUCKETS, CATALOGUE, SERVED, Declared
from services.pipeline.memory import MemoryClient, MemoryRecord
from services.pipeline.metrics import Metrics, WorkerMetrics
from services.pipeline.outcomes import Outcome
from services.pipeline.worker import Worker
from tests.unit.pipeline_bench import MakeBench, as_told, each

_FOREIGN = ("process_", "python_")
"""What the client library adds: the process and the platform."""
_CLOSED = {
    "stage", "outcome", "detail", "phase", "channel", "result", "version",
    "basis", "plan", "plans", "kind", "unknown", "dataset", "status", "condition", "state", "reason",
}  # fmt: skip
"""Labels whose values come from Postbag's own code, never from a record; a new one is to be weighed here."""
_LIMITED = {"office", "campaign", "topic", "scope", "action"}
"""Labels whose values are public, and whose number is bounded by whoever makes them."""
EACH = pytest.mark.parametrize("declared", CATALOGUE, ids=lambda declared: declared.name)


def scraped(registry: CollectorRegistry) -> dict[str, set[str]]:
    """Family names of a scrape, with the label names of their samples."""
    text = generate_latest(registry).decode()
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        found[family.name] = {label for sample in family.samples for label in sample.labels} - {"le"}
    return found


def test_whatever_a_worker_exposes_is_declared_from_its_first_scrape_on(new_bench: MakeBench) -> None:
    bench = new_bench(each(as_told))
    before = scraped(bench.metrics.registry)
    bench.put(b"emit", b"two", b"retry", b"dead", b"done")
    bench.drain()
    after = scraped(bench.metrics.registry)
    assert before.keys() == after.keys()
    assert {name for name in after if not name.startswith(_FOREIGN)} == {one.name for one in SERVED["every worker"]}
    for declared in SERVED["every worker"]:
        assert after[declared.name] <= set(declared.labels), declared.name


@pytest.mark.parametrize("stage", ["ingest", "resolve", "render", "deliver"])
def test_a_worker_declares_what_all_do_and_what_its_stage_does_and_nothing_else(stage: str) -> None:
    served = {name for name in scraped(WorkerMetrics(stage).registry) if not name.startswith(_FOREIGN)}
    assert served == {one.name for one in (*SERVED["every worker"], *SERVED.get(stage, ()))}


def test_the_observer_declares_its_own_and_nothing_else() -> None:
    served = {name for name in scraped(Metrics(SERVED["observe"]).registry) if not name.startswith(_FOREIGN)}
    assert served == {one.name for one in SERVED["observe"]}


@EACH
def test_each_is_explained_with_what_to_do_when_it_is_off(declared: Declared) -> None:
    assert declared.help.endswith(".")
    assert declared.remedy.endswith(".")
    assert declared.help != declared.remedy
    assert re.fullmatch(r"postbag_[a-z_]+", declared.name)
    assert not declared.name.endswith("_total"), "the library adds it"
    assert ("seconds" in declared.name) >= (declared.name.endswith("timestamp_seconds"))


@EACH
def test_labels_are_of_closed_sets(declared: Declared) -> None:
    assert set(declared.labels) <= _CLOSED | _LIMITED


@EACH
def test_every_histogram_has_buckets_and_nothing_else_has(declared: Declared) -> None:
    assert (declared.name in BUCKETS) is (declared.kind == "histogram")


def test_names_are_unique() -> None:
    assert len({declared.name for declared in CATALOGUE}) == len(CATALOGUE)


def test_what_every_stage_has_exists_at_zero_before_anything_happens() -> None:
    metrics = WorkerMetrics("render")

    def value(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(name, {"stage": "render", **labels})

    for phase in ("poll", "handle", "commit"):
        assert value("postbag_loop_seconds_total", phase=phase) == 0
    for name in ("rewinds_total", "rebalances_total", "batch_records_count", "batch_records_sum"):
        assert value(f"postbag_{name}") == 0, name
    for name in ("lag_seconds", "lag_records", "assigned_partitions", "paused_partitions"):
        assert value(f"postbag_{name}") == 0, name


def test_a_loop_that_has_not_turned_yet_or_restores_its_index_for_long_does_not_look_as_if_it_stood_still(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [1_000_000.0]
    monkeypatch.setattr("services.pipeline.metrics.time", lambda: clock[0])
    worker = Worker.__new__(Worker)  # of a whole one, its heartbeat alone
    worker.metrics = WorkerMetrics("deliver")

    def turned() -> float | None:
        return worker.metrics.registry.get_sample_value("postbag_last_turn_timestamp_seconds", {"stage": "deliver"})

    assert turned() == 1_000_000, "a process that starts is no loop that stands since 1970"
    clock[0] += 90
    worker._beat()
    assert turned() == 1_000_090, "what the watchdog takes for life, the alert does too"


def test_starts_are_not_served_before_it_is_known_how_many_there_were() -> None:
    metrics = WorkerMetrics("render")

    def opened() -> float | None:
        return metrics.registry.get_sample_value("postbag_producers_opened_total", {"stage": "render"})

    assert opened() is None, "a 0 scraped on the way up would make all starts ever look like starts of this minute"
    metrics.opened(51)
    assert opened() == 51


def test_an_undeclared_metric_or_one_with_other_labels_cannot_be_made() -> None:
    metrics = WorkerMetrics("deliver")
    with pytest.raises(KeyError):
        metrics.counter("postbag_undeclared", "deliver")
    with pytest.raises(ValueError, match="label"):
        metrics.counter("postbag_attempts", "outbox", "accepted", "HNY13")


def test_lag_is_the_age_of_the_oldest_record_and_goes_back_to_zero_when_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.pipeline.metrics.time", lambda: 1_000.0)
    metrics = WorkerMetrics("render")

    def record(timestamp: int) -> MemoryRecord:
        return MemoryRecord("accepted", 0, 0, timestamp, None, b"", [])

    def lag() -> float | None:
        return metrics.registry.get_sample_value("postbag_lag_seconds", {"stage": "render"})

    batch = {Partition("accepted", 0): [record(990_000), record(995_000)], Partition("accepted", 1): [record(980_000)]}
    metrics.batch(batch, Counter())
    assert lag() == 20
    metrics.batch({Partition("accepted", 0): [record(1_005_000)]}, Counter())
    assert lag() == 0, "a broker whose clock is ahead makes no negative age"
    metrics.batch(batch, Counter())
    metrics.turned(idle=False)
    assert lag() == 20
    metrics.turned(idle=True)
    assert lag() == 0


def test_the_time_of_a_phase_is_counted_though_it_fails() -> None:
    metrics = WorkerMetrics("render")
    with pytest.raises(ValueError, match="x"), metrics.time("handle"):
        _raise()
    assert (
        metrics.registry.get_sample_value("postbag_loop_seconds_total", {"stage": "render", "phase": "handle"}) or 0
    ) > 0


def test_a_batch_is_timed_from_when_it_was_read_and_its_transaction_alone(
    new_bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = [0.0]
    monkeypatch.setattr("services.pipeline.metrics.perf_counter", lambda: at[0])

    class Slow(MemoryClient):
        def poll(self, timeout: float, most: int = 0) -> Batch:
            at[0] += 100
            return super().poll(timeout, most)

        def commit(self, offsets: Mapping[Partition, int], member: Member) -> None:
            at[0] += 0.25
            super().commit(offsets, member)

    def settle(records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        at[0] += 2
        return each(as_told)(records)

    bench = new_bench(settle, client=Slow)
    bench.put(b"emit", b"done")
    bench.drain()
    assert [bench.sample(f"postbag_batch_seconds_{part}") for part in ("count", "sum")] == [1, 2.25]
    assert [bench.sample(f"postbag_commit_seconds_{part}") for part in ("count", "sum")] == [1, 0.25]
    assert bench.sample("postbag_loop_seconds_total", phase="poll") == 200, "that which found nothing is in it"


def _raise() -> None:
    raise ValueError("x")


def test_two_workers_in_one_process_do_not_share_their_counts() -> None:
    one, other = WorkerMetrics("render"), WorkerMetrics("render")
    one.rewound()
    assert other.registry.get_sample_value("postbag_rewinds_total", {"stage": "render"}) == 0
