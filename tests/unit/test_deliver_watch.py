"""What deliver counts: each entry once it is on record, attempts by office up to a limit, and how breakers stand."""

from __future__ import annotations

from collections import Counter
from typing import Any
from zlib import crc32

import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.deliver.by_office import ByOffice
from services.deliver.lanes import Want
from services.pipeline.metrics import WorkerMetrics
from tests.unit import made
from tests.unit.deliver_worker import OpenWorker, Worker, open_worker
from tests.unit.scripted_channel import ACCEPTED, NO_CONNECTION, REFUSED, THROTTLED, ScriptedChannel
from tests.unit.simulated_offices import NO_CONNECTION as FAILED
from tests.unit.simulated_offices import lanes

__all__ = ["open_worker"]
Counts = dict[tuple[str, ...], float]


def shown(worker: Worker, name: str) -> Counts:
    """Values above 0 by the values of the labels, in the order of the labels' names."""
    return {
        tuple(sample.labels[label] for label in sorted(sample.labels)): sample.value
        for family in text_string_to_metric_families(worker.scrape().decode())
        if family.name == name
        for sample in family.samples
        if sample.value
    }


def in_ledger(worker: Worker) -> Counts:
    return dict(Counter((entry.channel, entry.reason or "", entry.state) for _, _, entry in worker.ledger()))


@pytest.mark.parametrize("idempotent", [True, False])
def test_what_is_counted_of_letters_is_what_stands_in_the_ledger(open_worker: OpenWorker, idempotent: bool) -> None:
    answers = {1: ACCEPTED, 2: REFUSED, 3: THROTTLED, 4: NO_CONNECTION}
    channel = ScriptedChannel(lambda one: answers[int(one.letter_id[-1])], idempotent=idempotent, name="outbox")
    worker = open_worker(channel)
    for number in answers:
        worker.send(made.letter(number, office=f"HNY0{number}"))
    worker.send(made.letter(1, office="HNY01", submission_id=made.identity(9)))
    worker.turn()
    assert {"accepted", "refused", "retrying", "suppressed"} <= {state for _, _, state in in_ledger(worker)}
    assert ("outbox", "attempt_started", "unknown") in in_ledger(worker) or idempotent
    assert shown(worker, "postbag_letters") == in_ledger(worker)
    worker.later(40)
    assert shown(worker, "postbag_letters") == in_ledger(worker)


@pytest.mark.parametrize("idempotent", [True, False])
def test_entries_of_a_batch_that_is_lost_are_not_counted(open_worker: OpenWorker, idempotent: bool) -> None:
    worker = open_worker(ScriptedChannel(idempotent=idempotent, name="outbox"))
    commit, lost = worker._client.commit, iter([False] * (not idempotent) + [True])

    def lose(*given: Any) -> None:
        if next(lost, False):
            worker.broker.evict("deliver")
        commit(*given)

    worker._client.commit = lose  # type: ignore[method-assign, assignment]
    worker.send(made.letter())
    assert worker.turn() == 0
    assert shown(worker, "postbag_letters") == in_ledger(worker), "what was on record before the attempt is there"
    worker.later(2)
    assert shown(worker, "postbag_letters") == in_ledger(worker)
    assert worker.last().state == "accepted"


def test_attempts_are_counted_by_office_and_as_one_sum(open_worker: OpenWorker) -> None:
    answers = {"HNY01": ACCEPTED, "HNY02": REFUSED, "HNY03": THROTTLED}
    worker = open_worker(ScriptedChannel(lambda one: answers[one.office], name="outbox"), short_retries=0)
    for number, office in enumerate((*answers, "HNY01"), 1):
        worker.send(made.letter(number, office=office))
    worker.turn()
    assert shown(worker, "postbag_office_attempts") == {
        ("outbox", "HNY01", "accepted"): 2,
        ("outbox", "HNY02", "refused"): 1,
        ("outbox", "HNY03", "retry"): 1,
    }
    assert shown(worker, "postbag_attempts") == {
        ("outbox", "accepted"): 2,
        ("outbox", "refused"): 1,
        ("outbox", "throttle"): 1,
    }


def test_with_its_first_attempt_an_office_has_every_result_so_that_no_later_rise_goes_unseen() -> None:
    metrics = WorkerMetrics("deliver")
    ByOffice(metrics, 600).attempts({("HNY13", "smtp", "throttle"): 3})
    (found,) = [one for one in metrics.registry.collect() if one.name == "postbag_office_attempts"]
    by_result = {sample.labels["result"]: sample.value for sample in found.samples}
    assert by_result == {"accepted": 0, "refused": 0, "retry": 3, "unknown": 0}


@pytest.mark.parametrize(
    ("most", "expected"),
    [(0, {}), (1, {"HNY01": 1, "other": 2}), (2, {"HNY01": 1, "HNY02": 1, "other": 1})],
)
def test_offices_beyond_the_limit_are_others_and_a_limit_of_0_counts_none(
    open_worker: OpenWorker, most: int, expected: dict[str, float]
) -> None:
    worker = open_worker(ScriptedChannel(name="outbox"), office_metrics=most)
    for number in (1, 2, 3):
        worker.send(made.letter(number, office=f"HNY0{number}"))
        worker.turn()
    found = {office: count for (_, office, _), count in shown(worker, "postbag_office_attempts").items()}
    assert found == expected


def test_a_breaker_is_seen_to_open_to_be_half_open_and_to_close() -> None:
    metrics = WorkerMetrics("deliver")
    some, clock = lanes()
    want, offices = Want("HNY13", "webhook", "open"), ByOffice(metrics, 600)

    def breaker() -> float | None:
        offices.breakers(some.breakers())
        return metrics.registry.get_sample_value("postbag_office_breaker", {"office": "HNY13", "channel": "webhook"})

    assert breaker() is None, "nothing is known of it"
    offices.attempts({("HNY13", "webhook", "accepted"): 1})
    assert breaker() == 0
    for _ in range(5):
        assert some.admit([want]) == [None]
        some.ended(want, FAILED, 0.1)
    assert breaker() == 2
    clock.at += 60
    assert breaker() == 1
    some.admit([want])
    some.ended(want, ACCEPTED, 0.1)
    assert breaker() == 0


def test_breakers_of_offices_that_went_to_another_worker_are_shown_no_longer() -> None:
    metrics = WorkerMetrics("deliver")
    offices = ByOffice(metrics, 600)
    by_partition = {crc32(name.encode()) % 2: name for name in ("HNY01", "HNY02", "HNY03", "HNY04")}
    states = {(name, "smtp"): 2 for name in by_partition.values()} | {("*", "cwc-house"): 1}

    def breakers() -> dict[str, float]:
        offices.breakers(states)
        (found,) = [one for one in metrics.registry.collect() if one.name == "postbag_office_breaker"]
        return {sample.labels["office"]: sample.value for sample in found.samples}

    assert len(by_partition) == 2
    offices.assigned({0, 1}, 2)
    assert breakers() == {by_partition[0]: 2, by_partition[1]: 2, "*": 1}
    offices.assigned({1}, 2)
    assert breakers() == {by_partition[1]: 2, "*": 1}
    offices.assigned({0, 1}, 2)
    assert breakers() == {by_partition[0]: 2, by_partition[1]: 2, "*": 1}
