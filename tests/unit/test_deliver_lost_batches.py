"""Batches that are lost after attempts were begun, by eviction or by a fault: no attempt is lost, and none made twice."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.letter import Letter
from schemas.topics import DEAD, SLOW
from services.deliver.answers import Answer
from services.pipeline.memory import MemoryMember
from tests.unit import made
from tests.unit.deliver_worker import OpenWorker, Worker, open_worker
from tests.unit.scripted_channel import ACCEPTED, NO_CONNECTION, REFUSED, THROTTLED, ScriptedChannel
from tests.unit.slow_channel import BRIEF, COMES_BY, SlowChannel, start, under_way

__all__ = ["open_worker"]


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


def test_what_lands_while_its_batch_is_handled_record_by_record_is_entered_after_it(open_worker: OpenWorker) -> None:
    """Entered before, the word that it goes on would be the last one in the ledger, and nobody could keep it."""
    channel = SlowChannel(idempotent=False, name="outbox")
    worker = open_worker(channel, patience_seconds=BRIEF, short_retries=0)
    for number, office in enumerate(("HNY13", "SNY02", "SNY01"), start=1):
        worker.send(made.letter(number, office=office))
    conclude, left = worker.stage._desk.conclude, iter([False, True])

    def fail(case: Any, *rest: Any) -> Any:
        if case.letter.office != "SNY02":
            return conclude(case, *rest)
        if next(left):
            channel.land(worker, 1)
        raise ValueError

    worker.stage._desk.conclude = fail  # type: ignore[method-assign, assignment]
    assert worker.turn() == 3
    worker.turn()
    assert worker.states(1) == ["unknown", "unknown", "accepted"]
    worker.later(COMES_BY)
    assert (worker.states(1)[-1], worker.states(3)[-1], under_way(worker)) == ("accepted", "accepted", 0)


@pytest.mark.parametrize("idempotent", [True, False])
@pytest.mark.parametrize("answer", [ACCEPTED, REFUSED, THROTTLED])
def test_an_answer_is_not_lost_with_its_batch(open_worker: OpenWorker, answer: Answer, idempotent: bool) -> None:
    worker = open_worker(ScriptedChannel(idempotent=idempotent, name="outbox"), short_retries=0)

    def lose_the_partitions(_: object) -> Answer:
        worker.broker.evict("deliver")
        return answer

    worker.channel.script = lose_the_partitions
    worker.send(made.letter())
    assert worker.turn() == 0
    worker.turn()
    state = {"accepted": "accepted", "refused": "refused"}.get(answer.verdict, "retrying")
    assert (worker.last().state, worker.last().reason, worker.last().attempts) == (state, answer.reason, 1)
    assert (len(worker.channel.seen), under_way(worker)) == (1, 0)


def test_what_is_read_again_beside_a_letter_whose_attempt_is_here_leaves_no_doubt(open_worker: OpenWorker) -> None:
    """A replay brings its first record again; the one that waits for the attempt is read later."""
    channel = SlowChannel(idempotent=False, name="outbox")
    worker = open_worker(channel, patience_seconds=BRIEF, short_retries=0)
    channel.script = THROTTLED
    worker.send(made.letter())
    worker.turn()

    async def lose(letter: Letter) -> Answer:
        worker.broker.groups["deliver"].offsets.clear()
        worker.broker.evict("deliver")
        return await channel._wait(letter)

    channel.script = lose
    worker.now += 200
    assert worker.turn() == 0
    while worker.turn():
        pass
    channel.land(worker)
    worker.later(COMES_BY)
    assert worker.states() == ["unknown", "retrying", "unknown", "unknown", "accepted"]
    assert (len(channel.seen), under_way(worker), worker.stage._landing.up) == (2, 0, 0)


def losing(worker: Worker, channel: SlowChannel) -> Any:
    async def script(letter: Letter) -> Answer:
        worker.broker.evict("deliver")
        return await channel._wait(letter)

    return script


def slow_or(channel: SlowChannel, answer: Answer) -> Any:
    async def script(letter: Letter) -> Answer:
        return await channel._wait(letter) if letter.office in channel.offices else answer

    return script
