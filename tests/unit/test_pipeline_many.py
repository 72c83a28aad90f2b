"""Metrics with very many children: the numbers and the text are as the library's own would be."""

from __future__ import annotations

import threading

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from services.pipeline.catalogue import CATALOGUE, Declared
from services.pipeline.many import Many
from services.pipeline.metrics import WorkerMetrics

COUNTED = Declared("postbag_made_up", "counter", ("office", "channel"), "Of made-up.", "None.", many=True)
SHOWN = Declared("postbag_made_up", "gauge", ("office",), "Of made-up.", "None.", many=True)


def served(many: Many) -> bytes:
    registry = CollectorRegistry()
    registry.register(many)
    return generate_latest(registry)


def test_a_counter_is_served_as_the_librarys_own() -> None:
    many, registry = Many(COUNTED), CollectorRegistry()
    own = Counter(COUNTED.name, COUNTED.help, COUNTED.labels, registry=registry)
    assert served(many) == generate_latest(registry), "before anything is counted, too"
    for office, count in (("HNY13", 2), ("SNY01", 0), ("HNY13", 3)):
        many.add(count, office, "smtp")
        own.labels(office, "smtp").inc(count)
    assert served(many) == generate_latest(registry)


def test_a_gauge_is_served_as_the_librarys_own_and_can_be_forgotten() -> None:
    many, registry = Many(SHOWN), CollectorRegistry()
    own = Gauge(SHOWN.name, SHOWN.help, SHOWN.labels, registry=registry)
    for office, value in (("HNY13", 2), ("SNY01", 1), ("HNY13", 0)):
        many.set(value, office)
        own.labels(office).set(value)
    assert served(many) == generate_latest(registry)
    many.forget("SNY01")
    own.remove("SNY01")
    assert served(many) == generate_latest(registry)
    many.set(1, "SNY01")
    own.labels("SNY01").set(1)
    assert served(many) == generate_latest(registry), "it may come back"


def test_other_labels_than_were_declared_are_refused() -> None:
    many = Many(COUNTED)
    for labels in ((), ("HNY13",), ("HNY13", "smtp", "accepted")):
        with pytest.raises(ValueError, match="argument"):
            many.add(1, *labels)
    assert served(many).count(b"\n") == 2, "its help and its type, and no sample"


def test_it_can_be_scraped_while_it_grows() -> None:
    many, done, failed = Many(COUNTED), threading.Event(), []

    def scrape() -> None:
        while not done.is_set():
            try:
                served(many)
            except Exception as error:  # noqa: BLE001 - whatever it is, the test is to say so
                failed.append(error)
                return

    reader = threading.Thread(target=scrape)
    reader.start()
    for number in range(20_000):
        many.add(1, f"x-{number}", "smtp")
        if number % 3 == 0:
            many.forget(f"x-{number // 2}", "smtp")
    done.set()
    reader.join(20)
    assert failed == []


def test_a_worker_keeps_what_is_by_office_so_and_nothing_else() -> None:
    metrics = WorkerMetrics("deliver")
    for declared in CATALOGUE:
        assert declared.many is ("office" in declared.labels)
    metrics.many("postbag_office_breaker").set(2, "HNY13", "smtp")
    labels = {"office": "HNY13", "channel": "smtp"}
    assert metrics.registry.get_sample_value("postbag_office_breaker", labels) == 2
    with pytest.raises(KeyError):
        metrics.gauge("postbag_office_breaker", "HNY13", "smtp")
    with pytest.raises(KeyError):
        metrics.many("postbag_lanes")
