"""What was admitted and may not begin any more when its moment comes: the letter's time is over, or somebody held it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.letter import Letter
from services.deliver.answers import Answer
from tests.unit import made
from tests.unit.deliver_worker import OpenWorker, Worker, open_worker
from tests.unit.scripted_channel import ACCEPTED, NO_CONNECTION, ScriptedChannel
from tests.unit.slow_channel import BRIEF, COMES_BY, SlowChannel, eventually, under_way

__all__ = ["open_worker"]

SOON = made.NOW + timedelta(seconds=30)


def test_no_letter_is_tried_again_in_place_once_its_time_is_over(open_worker: OpenWorker) -> None:
    def take_long(_: Letter) -> Answer:
        worker.now += 40
        return NO_CONNECTION

    worker = open_worker(ScriptedChannel(take_long), short_retries=2)
    worker.send(made.letter(deliver_before=SOON))
    worker.turn()
    assert len(worker.channel.seen) == 1
    assert (worker.last().state, worker.last().reason, worker.last().attempts) == ("expired", "no_connection", 1)


@pytest.mark.parametrize("action", ["pause", "cancel"])
def test_nor_once_an_operator_holds_it_back(open_worker: OpenWorker, action: str) -> None:
    channel = SlowChannel()
    worker = open_worker(channel, patience_seconds=BRIEF, short_retries=2)
    worker.send(made.letter())
    worker.turn()
    worker.order(scope="campaign", name="open", action=action, reason="asked for")
    worker.turn()
    eventually(lambda: bool(channel.up))
    channel.land(worker, answer=NO_CONNECTION)
    assert len(channel.seen) == 1
    worker.later(COMES_BY + 40)
    assert (len(channel.seen), worker.states()[1:]) == (
        1,
        ["retrying"] if action == "pause" else ["retrying", "cancelled"],
    )


def test_nor_once_the_partition_of_its_office_is_another_worker_s(open_worker: OpenWorker) -> None:
    channel = SlowChannel()
    worker = open_worker(channel, patience_seconds=BRIEF, short_retries=2)
    worker.send(made.letter())
    worker.turn()
    worker.stage.assigned(frozenset())
    channel.land(worker, answer=NO_CONNECTION)
    assert len(channel.seen) == 1


@pytest.mark.parametrize("slow", [False, True])
def test_nothing_begins_late_because_it_took_long_to_put_it_on_record(open_worker: OpenWorker, slow: bool) -> None:
    worker = open_worker(ScriptedChannel(idempotent=False, name="outbox"))
    if slow:
        teach_that_it_is_slow(worker)
    commit = worker._client.commit

    def linger(*given: Any) -> None:
        commit(*given)
        worker.now += 40

    worker._client.commit = linger  # type: ignore[method-assign, assignment]
    worker.send(made.letter(deliver_before=SOON))
    worker.turn()
    worker._client.commit = commit  # type: ignore[method-assign]
    worker.later(60)
    assert worker.channel.seen == []
    assert worker.states() == ["unknown", "held", "expired"]
    assert under_way(worker) == 0


@pytest.mark.parametrize("slow", [False, True])
def test_nothing_begins_at_an_office_that_closed_since_it_was_admitted(open_worker: OpenWorker, slow: bool) -> None:
    worker = open_worker(ScriptedChannel())
    if slow:
        teach_that_it_is_slow(worker)
    worker.tools.lanes.at_once = lambda *_: 0  # type: ignore[method-assign]
    worker.send(made.letter())
    worker.turn()
    assert (worker.channel.seen, worker.last().state, under_way(worker)) == ([], "held", 0)


def test_a_letter_that_is_cancelled_ends_when_its_record_is_handed_from_tier_to_tier(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel())
    worker.send(made.letter(letter_id=made.identity(2**127), drip_hours=60))  # in 30 hours
    worker.turn()
    worker.order(scope="campaign", name="open", action="cancel", reason="withdrawn")
    worker.later(13 * 3600, step=300)
    assert [entry.state for _, _, entry in worker.ledger()] == ["held", "cancelled"]


def test_what_was_put_on_record_and_not_begun_is_in_no_doubt_when_its_batch_is_lost(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel(ACCEPTED, idempotent=False, name="outbox"))
    commit, commits = worker._client.commit, iter(range(9))

    def lose(*given: Any) -> None:
        if next(commits) == 1:
            worker.broker.evict("deliver")
        commit(*given)

    worker._client.commit = lose  # type: ignore[method-assign, assignment]
    worker.stage.stopping = lambda: True
    worker.send(made.letter())
    assert worker.turn() == 0
    worker.stage.stopping = lambda: False
    worker.later(5)
    assert worker.states() == ["unknown", "held", "unknown", "accepted"]
    assert (len(worker.channel.seen), under_way(worker)) == (1, 0)


def teach_that_it_is_slow(worker: Worker) -> None:
    lanes = worker.tools.lanes
    case = worker.stage._look_at([made.letter_record(made.letter(7))], [()])[0]
    assert lanes.admit([case.want]) == [None]
    lanes.overdue(case.want)
    lanes.put_back(case.want)
