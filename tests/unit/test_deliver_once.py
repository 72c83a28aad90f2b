"""At most once, whatever is read again: a person's second letter, a replay, a lost batch, a worker on another machine."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.topics import RETRY
from schemas.wire import write
from services.pipeline.outcomes import Done
from tests.unit import made
from tests.unit.deliver_worker import OpenWorker, open_worker
from tests.unit.scripted_channel import ACCEPTED, REFUSED, THROTTLED, ScriptedChannel

__all__ = ["open_worker"]


def test_the_second_letter_of_a_person_is_suppressed_and_cannot_hide_the_first(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel(ACCEPTED))
    again: dict[str, Any] = {"letter_id": made.identity(1)}
    for number in (1, 2):  # in one batch
        worker.send(made.letter(number, **again))
    worker.turn()
    worker.send(made.letter(3, **again))  # and later
    worker.turn()
    first, second, third = worker.ledger()
    assert (first[1], first[2].state) == (made.identity(1), "accepted")
    for number, (_, key, entry) in ((2, second), (3, third)):
        assert key == f"{made.identity(1)}/{made.identity(number)}"
        assert (entry.state, entry.reason, entry.attempts) == ("suppressed", "duplicate", 0)
        assert entry.body_sha256 is None
    assert len(worker.channel.seen) == 1


def test_a_person_s_second_letter_is_suppressed_even_while_the_first_waits(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel(THROTTLED))
    worker.send(made.letter(1))
    worker.turn()
    worker.send(made.letter(2, letter_id=made.identity(1)))
    worker.turn()
    assert [entry.state for _, _, entry in worker.ledger()] == ["retrying", "suppressed"]


def test_a_replay_of_everything_sends_nothing_and_changes_nothing(open_worker: OpenWorker) -> None:
    answers = {made.identity(1): ACCEPTED, made.identity(2): REFUSED, made.identity(3): THROTTLED}
    worker = open_worker(ScriptedChannel(lambda letter: answers[letter.letter_id]))
    for number in (1, 2, 3):
        worker.send(made.letter(number))
    worker.send(made.letter(4, letter_id=made.identity(1)))
    worker.turn()
    before = {key: entry for _, key, entry in worker.ledger()}
    worker.replay()
    assert {key: entry for _, key, entry in worker.ledger()} == before
    assert len(worker.channel.seen) == 3
    assert len(worker.broker.records(RETRY)) == 1, "what waits goes on waiting, once"
    answers[made.identity(3)] = ACCEPTED
    worker.now += 200
    worker.turn()
    assert worker.last().state == "accepted"


def test_a_batch_that_was_not_committed_is_attempted_again_with_the_same_ids_and_bodies(
    open_worker: OpenWorker,
) -> None:
    first = open_worker(ScriptedChannel(ACCEPTED))
    first.send(made.letter())

    def die(*_: Any) -> None:
        raise SystemExit

    first._client.commit = die  # type: ignore[method-assign, assignment]
    with pytest.raises(SystemExit):
        first.turn()
    first.crash()
    successor = open_worker(ScriptedChannel(ACCEPTED))
    assert successor.ledger() == []
    assert successor.turn() == 1
    assert successor.last().state == "accepted"
    assert first.channel.seen == successor.channel.seen == [(made.identity(1), write(made.letter()))]


def test_a_successor_knows_what_was_sent_from_the_ledger_alone(open_worker: OpenWorker) -> None:
    first = open_worker(ScriptedChannel(ACCEPTED))
    first.send(made.letter())
    first.turn()
    successor = open_worker(ScriptedChannel(ACCEPTED), folder="another machine")
    successor.send(made.letter())
    successor.send(made.letter(2, letter_id=made.identity(1)))
    successor.turn()
    assert successor.channel.seen == []
    assert [entry.state for _, _, entry in successor.ledger()] == ["accepted", "suppressed"]


def test_what_was_aborted_never_happened(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel(ACCEPTED))
    letter = made.letter_record(made.letter())
    (first,) = worker.stage.settle([letter])
    assert worker.stage.settle([letter]) == [(Done("settled"),)], "a batch is settled in portions"
    worker.stage.aborted()
    (again,) = worker.stage.settle([letter])
    assert again == first
    assert len(worker.channel.seen) == 1, "but for the attempt, whose answer is still known"
    worker.stage.committed()
    worker.stage.aborted()
    assert worker.stage.settle([letter]) == [(Done("settled"),)]
