"""Attempts that outlive their batch: they hold up nobody, are made once at a time, and whatever they come to is entered."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.ledger import Entry, LedgerWritten
from schemas.letter import Letter
from schemas.topics import DEAD, LEDGER, LETTERS, SLOW, TIERS
from schemas.wire import write
from services.deliver.answers import Answer
from services.pipeline.broker import Partition
from services.pipeline.memory import MemoryMember
from tests.unit import made
from tests.unit.deliver_worker import OpenWorker, Worker, open_worker
from tests.unit.scripted_channel import ACCEPTED, NO_ANSWER, NO_CONNECTION, REFUSED, THROTTLED, ScriptedChannel
from tests.unit.slow_channel import BRIEF, SlowChannel

__all__ = ["open_worker"]

COMES_BY = 16.0
"""Seconds after which the record of an attempt under way is read again."""


def start(open_worker: OpenWorker, channel: SlowChannel, **settings: Any) -> Worker:
    """A worker with one letter, whose attempt has outlived its batch."""
    worker = open_worker(channel, patience_seconds=BRIEF, short_retries=0, **settings)
    worker.send(made.letter())
    assert worker.turn() == 1
    return worker


def under_way(worker: Worker) -> float:
    return worker.tools.lanes.gauges()["under_way"]


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


def test_a_drain_waits_for_an_attempt_only_as_long_as_one_may_last(open_worker: OpenWorker) -> None:
    worker = start(open_worker, SlowChannel(), attempt_seconds=0.2)
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


def test_a_batch_that_is_lost_loses_no_attempt_and_makes_none_twice(open_worker: OpenWorker) -> None:
    channel = SlowChannel()
    worker = open_worker(channel, patience_seconds=BRIEF)
    channel.script = losing(worker, channel)
    worker.send(made.letter())
    assert worker.turn() == 0
    assert worker.ledger() == []
    assert worker.turn() == 1
    assert worker.states() == ["unknown"]
    channel.land(worker)
    worker.turn()
    assert worker.states() == ["unknown", "accepted"]
    assert (len(channel.seen), channel.most_of_one, under_way(worker)) == (1, 1, 0)


def test_the_batch_that_enters_what_landed_may_be_lost_too(open_worker: OpenWorker) -> None:
    channel = SlowChannel(idempotent=False, name="outbox")
    worker = start(open_worker, channel)
    channel.land(worker, answer=THROTTLED)
    commit, lost = worker._client.commit, iter([True])

    def lose(*args: Any) -> None:
        if next(lost, False):
            worker.broker.evict("deliver")
        commit(*args)

    worker.now += COMES_BY
    worker._client.commit = lose  # type: ignore[method-assign, assignment]
    assert worker.turn() == 0
    assert worker.turn() == 1
    assert (worker.last().state, worker.last().reason) == ("retrying", "unavailable"), "its answer is still known"


def test_an_entry_that_the_group_refuses_is_entered_with_the_record(open_worker: OpenWorker) -> None:
    channel = SlowChannel(idempotent=False)
    worker = start(open_worker, channel)
    channel.land(worker)
    member = worker._client.member

    def gone() -> Any:
        worker._client.member = member  # type: ignore[method-assign]
        return MemoryMember(-1)

    worker._client.member = gone  # type: ignore[method-assign]
    worker.turn()
    assert worker.states()[-1] == "unknown"
    worker.later(COMES_BY)
    assert (worker.states()[-1], worker.last().reason) == ("accepted", "accepted")


@pytest.mark.parametrize("answer", [ACCEPTED, REFUSED, THROTTLED, NO_CONNECTION])
@pytest.mark.parametrize("idempotent", [True, False])
def test_a_fault_after_attempts_parks_its_letter_and_makes_no_attempt_twice(
    open_worker: OpenWorker, answer: Answer, idempotent: bool
) -> None:
    channel = SlowChannel(idempotent=idempotent, name="outbox")
    worker = open_worker(channel, patience_seconds=BRIEF, short_retries=0)
    for number, office in enumerate(("HNY13", "SNY01", "SNY02"), start=1):
        worker.send(made.letter(number, office=office))
    channel.script = slow_or(channel, answer)
    conclude = worker.stage._desk.conclude

    def fail(case: Any, *rest: Any) -> Any:
        if case.letter.office == "SNY02":
            raise ValueError
        return conclude(case, *rest)

    worker.stage._desk.conclude = fail  # type: ignore[method-assign, assignment]
    assert worker.turn() == 3
    assert len(channel.seen) == 3, "each once, though the batch was handled anew"
    (dead,) = worker.broker.records(DEAD)
    assert dict(dead.headers)["postbag-dead-reason"] == b"handler_raised"
    state = {"accepted": "accepted", "refused": "refused"}.get(answer.verdict, "retrying")
    assert worker.states(2)[-1] == state
    assert worker.states(1)[-1] == "unknown"
    channel.land(worker, 1)
    worker.turn()
    assert (worker.states(1)[-1], under_way(worker)) == ("accepted", 0)


def test_a_fault_beside_a_letter_that_landed_does_not_make_its_answer_forgotten(open_worker: OpenWorker) -> None:
    channel = SlowChannel(name="outbox")
    worker = start(open_worker, channel)
    channel.land(worker, answer=THROTTLED)
    judge = worker.stage._desk.judge

    def fail(case: Any, **rest: Any) -> Any:
        if case.letter.office == "SNY02":
            raise ValueError
        return judge(case, **rest)

    worker.stage._desk.judge = fail  # type: ignore[method-assign]
    worker.turn()
    worker.now += COMES_BY
    other = made.letter_record(made.letter(2, office="SNY02"))
    worker.broker.append(SLOW.name, 0, other.key, other.value)  # is read after the letter that landed
    assert worker.turn() == 2
    assert len(worker.broker.records(DEAD)) == 1
    assert (worker.states(1), len(channel.seen)) == (["unknown", "retrying"], 1)


def losing(worker: Worker, channel: SlowChannel) -> Any:
    async def script(letter: Letter) -> Answer:
        worker.broker.evict("deliver")
        return await channel._wait(letter)

    return script


def slow_or(channel: SlowChannel, answer: Answer) -> Any:
    async def script(letter: Letter) -> Answer:
        return await channel._wait(letter) if letter.office in channel.offices else answer

    return script
