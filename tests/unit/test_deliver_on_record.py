"""Channels where a repeat could deliver twice: that an attempt is about to begin is on record before it does."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.ledger import LedgerWritten
from schemas.letter import Letter
from schemas.topics import LEDGER
from schemas.wire import read
from services.deliver.answers import Answer
from services.pipeline.errors import Fenced
from services.pipeline.memory import MemoryClient
from tests.unit import made
from tests.unit.deliver_worker import OpenWorker, Worker, open_worker
from tests.unit.scripted_channel import ACCEPTED, NO_CONNECTION, REFUSED, THROTTLED, ScriptedChannel
from tests.unit.slow_channel import BRIEF, SlowChannel

__all__ = ["open_worker"]


def once(**given: Any) -> ScriptedChannel:
    return ScriptedChannel(**given, idempotent=False, name="outbox")


def told(worker: Worker) -> list[tuple[str, str | None, int]]:
    return [(entry.state, entry.reason, entry.attempts) for _, _, entry in worker.ledger()]


@pytest.mark.parametrize("idempotent", [False, True])
def test_an_attempt_is_on_record_before_it_begins_where_a_repeat_could_deliver_twice(
    open_worker: OpenWorker, idempotent: bool
) -> None:
    there: list[list[tuple[str, str | None, int]]] = []

    def look(_: Letter) -> Answer:
        there.append(
            [
                (found.state, found.reason, found.attempts)
                for found in (read(LedgerWritten, one.value).data for one in worker.broker.records(LEDGER))
            ]
        )
        return ACCEPTED

    worker = open_worker(ScriptedChannel(look, idempotent=idempotent))
    worker.send(made.letter())
    worker.turn()
    assert there == [[] if idempotent else [("unknown", "attempt_started", 1)]]
    assert told(worker)[-1] == ("accepted", "accepted", 1)
    started = [entry for _, _, entry in worker.ledger() if entry.reason == "attempt_started"]
    assert {entry.body_sha256 for entry in started} <= {worker.last().body_sha256}, "what is about to be sent"


def test_a_worker_that_was_evicted_never_begins_and_its_places_are_free_again(open_worker: OpenWorker) -> None:
    worker = open_worker(once())
    worker.send(made.letter())
    commit = MemoryClient.commit
    tried: list[int] = []

    def too_late(self: MemoryClient, *args: Any) -> None:
        if not tried:
            worker.broker.evict("deliver")
        tried.append(1)
        commit(self, *args)

    worker._client.commit = too_late.__get__(worker._client)  # type: ignore[method-assign]
    assert worker.turn() == 0
    assert (worker.channel.seen, worker.ledger()) == ([], [])
    assert worker.tools.lanes.gauges()["under_way"] == 0, "or its office would never be written to again"
    assert worker.turn() == 1
    assert (len(worker.channel.seen), worker.last().state) == (1, "accepted")


def test_a_worker_whose_slot_was_taken_over_never_begins(open_worker: OpenWorker) -> None:
    worker = open_worker(once())
    worker.send(made.letter())
    worker.turn()
    worker.send(made.letter(2))
    begin = worker._client.begin

    def taken_over() -> None:
        open_worker(once(), folder="successor")
        begin()

    worker._client.begin = taken_over  # type: ignore[method-assign]
    with pytest.raises(Fenced):
        worker.turn()
    assert [identity for identity, _ in worker.channel.seen] == [made.identity(1)]


@pytest.mark.parametrize("folder", ["machine", "another machine"])
def test_a_crash_in_the_midst_of_an_attempt_leaves_the_letter_in_doubt_and_it_is_never_sent_again(
    open_worker: OpenWorker, folder: str
) -> None:
    first = open_worker(once())
    first.send(made.letter())
    die_in_attempt(first, 1)
    successor = open_worker(once(), folder=folder)
    successor.turn()
    assert told(successor) == [("unknown", "attempt_started", 1), ("in_doubt", "worker_lost", 1)]
    assert successor.last().unsure
    successor.replay()
    successor.later(100, step=10)
    assert (successor.channel.seen, len(successor.ledger())) == ([], 2)


def test_a_record_that_counts_less_tells_of_a_crash_as_well(open_worker: OpenWorker) -> None:
    """The one that is read next is the one that says it, whichever it is: here the fresh one, which a replay brings."""
    first = open_worker(once(script=THROTTLED))
    first.send(made.letter())
    first.turn()
    die_in_attempt(first, 2)
    successor = open_worker(once(), folder="another machine")
    successor.now = first.now  # so that the one that waited is read as well, in the same batch
    successor.replay()
    assert (successor.last().state, successor.last().reason) == ("in_doubt", "worker_lost")
    assert successor.channel.seen == []


def test_what_was_not_begun_after_all_is_held_and_delivered_later(open_worker: OpenWorker) -> None:
    worker = open_worker(once())
    worker.stage.stopping = lambda: True
    worker.send(made.letter())
    worker.turn()
    assert told(worker) == [("unknown", "attempt_started", 1), ("held", "not_begun", 0)]
    worker.crash()
    successor = open_worker(once())
    successor.later(3)
    assert told(successor)[2:] == [("unknown", "attempt_started", 1), ("accepted", "accepted", 1)]


def test_what_surely_did_not_arrive_is_begun_anew_on_record(open_worker: OpenWorker) -> None:
    answers = iter([NO_CONNECTION, REFUSED])
    worker = open_worker(once(script=lambda _: next(answers)), short_retries=0)
    worker.send(made.letter())
    worker.later(30)
    assert told(worker) == [
        ("unknown", "attempt_started", 1),
        ("retrying", "no_connection", 1),
        ("unknown", "attempt_started", 2),
        ("refused", "refused", 2),
    ]


def test_what_a_lost_batch_would_have_entered_of_other_letters_is_not_believed(open_worker: OpenWorker) -> None:
    """The claims of the letters that are begun are kept ahead of their batch; those of the others only with it."""
    worker = open_worker(once())
    worker.order(scope="office", name="SNY01", action="pause", reason="asked for")
    worker.send(made.letter(1))
    worker.send(made.letter(2, office="SNY01"))
    worker.send(made.letter(3, letter_id=made.identity(1)))

    def lose_the_partitions(_: Letter) -> Answer:
        worker.broker.evict("deliver")
        return ACCEPTED

    worker.channel.script = lose_the_partitions
    assert worker.turn() == 0
    worker.crash()
    successor = open_worker(once())
    successor.turn()
    assert successor.states(1) == ["unknown", "in_doubt"]
    assert successor.states(2) == ["held"], "it is entered now, and has a record that waits"
    successor.broker.append("controls", 0, b"office/SNY01", None)
    successor.later(300, step=5)
    assert successor.states(2) == ["held", "unknown", "accepted"]


def test_an_answer_that_comes_after_its_batch_was_lost_is_still_entered(open_worker: OpenWorker) -> None:
    """The worker is the same, and knows how it ended: there is no doubt to leave to a person."""
    channel = SlowChannel(idempotent=False, name="outbox")
    worker = open_worker(channel, patience_seconds=BRIEF)
    worker.send(made.letter(1))
    worker.send(made.letter(2, office="SNY01"))
    channel.script = lose_once(worker, channel)
    assert worker.turn() == 0
    assert told(worker) == [("unknown", "attempt_started", 1)] * 2
    channel.land(worker, 1)
    worker.turn()
    assert (worker.states(1)[-1], worker.states(2)[-1]) == ("accepted", "accepted")
    assert sorted(identity for identity, _ in channel.seen) == [made.identity(1), made.identity(2)]
    assert worker.tools.lanes.gauges()["under_way"] == 0


def lose_once(worker: Worker, channel: SlowChannel) -> Any:
    async def script(letter: Letter) -> Answer:
        if letter.office == "SNY01":
            worker.broker.evict("deliver")
        return await channel._wait(letter)

    return script


def die_in_attempt(worker: Worker, attempt: int) -> None:
    """Turn until the process ends: it has made that attempt, and has not entered how it went."""
    commit = worker._client.commit

    def die(*args: Any) -> None:
        if worker.ledger() and told(worker)[-1] == ("unknown", "attempt_started", attempt):
            raise SystemExit
        commit(*args)

    worker._client.commit = die  # type: ignore[method-assign, assignment]
    with pytest.raises(SystemExit):
        worker.later(1000)
    worker.crash()
