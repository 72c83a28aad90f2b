"""Attempts that outlive their batch: they hold up nobody, are made once at a time, and whatever they come to is entered."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.ledger import Entry, LedgerWritten
from schemas.topics import LEDGER, LETTERS, TIERS
from schemas.wire import write
from services.deliver.answers import Answer
from services.pipeline.broker import Partition
from tests.unit import made
from tests.unit.deliver_worker import OpenWorker, open_worker
from tests.unit.scripted_channel import ACCEPTED, NO_ANSWER, REFUSED, THROTTLED, ScriptedChannel
from tests.unit.slow_channel import COMES_BY, SlowChannel, start, under_way

__all__ = ["open_worker"]


def test_an_attempt_that_takes_long_is_entered_as_under_way_and_its_record_waits_for_it(
    open_worker: OpenWorker,
) -> None:
    worker = start(open_worker, SlowChannel())
    entry = worker.last()
    assert (entry.state, entry.reason, entry.attempts, entry.unsure) == ("unknown", "under_way", 1, False)
    assert entry.body_sha256 is not None
    (record,) = worker.waiting()
    assert record.value == worker.broker.log(LETTERS.name, 0)[0].value
    assert b"postbag_attempts_under_way" in worker.scrape()


@pytest.mark.parametrize(("answer", "state"), [(ACCEPTED, "accepted"), (NO_ANSWER, "in_doubt")])
def test_what_ends_a_letter_is_entered_when_it_lands_without_waiting_for_the_record(
    open_worker: OpenWorker, answer: Answer, state: str
) -> None:
    channel = SlowChannel(idempotent=False)
    worker = start(open_worker, channel)
    channel.land(worker, answer=answer)
    assert worker.turn() == 0, "there is nothing to read"
    assert worker.states()[-1] == state
    assert worker.last().body_sha256 is not None
    assert (worker.last().receipt, worker.last().answer) == (answer.receipt, answer.status)
    worker.later(COMES_BY)
    assert worker.states()[-1] == state, "and the record, when it comes by, changes nothing"
    assert (len(channel.seen), under_way(worker)) == (1, 0)
    assert b'postbag_attempts_under_way{stage="deliver"} 0.0' in worker.scrape()


def test_it_is_entered_between_batches_as_well_where_there_is_no_rest(open_worker: OpenWorker) -> None:
    channel = SlowChannel()
    worker = start(open_worker, channel)
    channel.land(worker)
    worker.send(made.letter(2, office="SNY01"))
    assert worker.turn() == 1
    assert (worker.states(1)[-1], worker.states(2)[-1]) == ("accepted", "accepted")


@pytest.mark.parametrize(("answer", "state"), [(THROTTLED, "retrying"), (NO_ANSWER, "unknown")])
def test_what_goes_on_is_entered_when_its_record_comes_by_and_tried_again_when_due(
    open_worker: OpenWorker, answer: Answer, state: str
) -> None:
    channel = SlowChannel()
    worker = start(open_worker, channel)
    channel.land(worker, answer=answer)
    worker.turn()
    assert worker.states() == ["unknown"]
    worker.later(COMES_BY)
    assert (worker.last().state, worker.last().reason, worker.last().attempts) == (state, answer.reason, 1)
    assert under_way(worker) == 0
    channel.script = ACCEPTED
    worker.later(400, step=5)
    assert (worker.states()[-1], worker.last().attempts, len(channel.seen)) == ("accepted", 2, 2)


def test_a_record_that_comes_by_while_the_attempt_goes_on_waits_a_moment_more(open_worker: OpenWorker) -> None:
    channel = SlowChannel()
    worker = start(open_worker, channel)
    worker.later(60)
    assert (len(channel.seen), worker.states()) == (1, ["unknown"])
    channel.land(worker, answer=REFUSED)
    worker.later(5)
    assert worker.states() == ["unknown", "refused"]


def test_the_letters_of_later_batches_are_not_held_up(open_worker: OpenWorker) -> None:
    worker = start(open_worker, SlowChannel())
    for number in range(2, 6):
        worker.send(made.letter(number, office="SNY01"))
        worker.turn()
        assert worker.states(number) == ["accepted"]
    assert worker.states(1) == ["unknown"]


@pytest.mark.parametrize(("idempotent", "state"), [(True, "accepted"), (False, "in_doubt")])
@pytest.mark.parametrize("folder", ["machine", "another machine"])
def test_a_crash_meanwhile_costs_certainty_and_nothing_else(
    open_worker: OpenWorker, idempotent: bool, state: str, folder: str
) -> None:
    first = start(open_worker, SlowChannel(idempotent=idempotent, name="outbox"))
    first.crash()
    successor = open_worker(ScriptedChannel(idempotent=idempotent, name="outbox"), folder=folder)
    successor.later(COMES_BY + 5)
    assert successor.states()[-1] == state
    assert successor.channel.seen == (first.channel.seen if idempotent else []), "the same id, the same body"
    if not idempotent:
        assert (successor.last().reason, successor.last().unsure, successor.last().attempts) == ("worker_lost", True, 1)


def test_after_a_crash_only_an_acceptance_is_believed(open_worker: OpenWorker) -> None:
    start(open_worker, SlowChannel(name="outbox")).crash()
    successor = open_worker(ScriptedChannel(REFUSED, name="outbox"))
    successor.later(COMES_BY + 5)
    assert (successor.last().state, successor.last().reason) == ("in_doubt", "refused_after_unknown")


def test_a_worker_that_is_told_to_stop_enters_what_lands_meanwhile(open_worker: OpenWorker) -> None:
    channel = SlowChannel()
    worker = start(open_worker, channel)
    channel.land(worker)
    worker.drain()
    assert worker.states()[-1] == "accepted"


def test_a_drain_waits_for_an_attempt_only_as_long_as_there_is_time(open_worker: OpenWorker) -> None:
    worker = start(open_worker, SlowChannel(), grace_seconds=3.2)
    worker.drain()
    assert worker.states() == ["unknown"]


def test_what_is_another_worker_s_now_is_not_entered(open_worker: OpenWorker) -> None:
    channel = SlowChannel()
    worker = start(open_worker, channel)
    others = frozenset(Partition(topic.name, 1) for topic in (LETTERS, *TIERS))
    worker.stage.assigned(others)
    channel.land(worker)
    worker.turn()
    assert (worker.states(), under_way(worker)) == (["unknown"], 0)


@pytest.mark.parametrize("theirs", ["accepted", "unknown"])
def test_what_another_worker_entered_meanwhile_is_not_overwritten(open_worker: OpenWorker, theirs: Any) -> None:
    """It froze, lost its partitions, and has them again: its successor went on with the letter in between."""
    channel = SlowChannel(idempotent=False)
    worker = start(open_worker, channel)
    entry = Entry(**{**worker.last().model_dump(), "state": theirs, "attempts": 2, "reason": "under_way"})
    event = LedgerWritten(id=made.identity(1), source="/x", time=made.NOW, data=entry)
    worker.broker.append(LEDGER.name, 0, made.identity(1).encode(), write(event))
    worker.broker.evict("deliver")
    worker.turn()
    channel.land(worker, answer=NO_ANSWER)
    worker.turn()
    assert (worker.states()[-1], worker.last().attempts) == (theirs, 2)
    assert under_way(worker) == 0
