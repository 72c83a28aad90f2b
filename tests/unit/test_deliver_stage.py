"""The deliver stage in the loop, on a broker in memory: from a letter to its ledger entry, whatever the office says."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from schemas.ledger import Entry
from schemas.topics import DEAD, LEDGER, LETTERS, RETRY
from schemas.wire import write
from services.deliver.answers import Answer, of_failure, of_status
from tests.unit import made
from tests.unit.deliver_worker import OpenWorker, open_worker
from tests.unit.scripted_channel import ACCEPTED, NO_ANSWER, NO_CONNECTION, REFUSED, THROTTLED, ScriptedChannel

__all__ = ["open_worker"]


def test_an_accepted_letter_is_entered_with_what_proves_it(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel(ACCEPTED))
    worker.send(made.letter(), partition=1)
    assert worker.turn() == 1
    ((partition, key, entry),) = worker.ledger()
    assert (partition, key) == (1, made.identity(1)), "on its office's partition, under its own id"
    assert entry == Entry(
        letter_id=made.identity(1),
        submission_id=made.identity(1),
        campaign="open",
        office="HNY13",
        state="accepted",
        channel="scripted",
        attempts=1,
        reason="accepted",
        answer=201,
        receipt="HNY13-0000001",
        body_sha256=hashlib.sha256(worker.channel.seen[0][1]).hexdigest(),
        accepted_at=made.NOW,
    )
    assert not worker.waiting()


def test_a_refused_letter_is_entered_and_let_be(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel(REFUSED))
    worker.send(made.letter())
    worker.turn()
    assert worker.last().state == "refused"
    assert (worker.last().answer, worker.last().reason) == (422, "refused")
    assert not worker.waiting()


@pytest.mark.parametrize(
    ("answer", "wait"),
    [(THROTTLED, 100.0), (of_status(503), 15.0), (of_status(429, retry_after=3.0), 15.0), (of_status(408), 15.0),
     (NO_CONNECTION, 15.0), (NO_ANSWER, 15.0), (of_status(500), 15.0)],
)  # fmt: skip
def test_what_may_yet_go_through_is_handed_on_as_it_came_and_tried_again_when_due_and_no_sooner(
    open_worker: OpenWorker, answer: Answer, wait: float
) -> None:
    worker = open_worker(ScriptedChannel(answer), short_retries=0)
    letter = made.letter()
    worker.send(letter, partition=1)
    worker.turn()
    state = "unknown" if answer.verdict == "unknown" else "retrying"
    assert (worker.last().state, worker.last().reason, worker.last().attempts) == (state, answer.reason, 1)
    assert worker.last().unsure == (state == "unknown")
    (retry,) = worker.broker.log(RETRY.name, 1)
    (fresh,) = worker.broker.log(LETTERS.name, 1)
    assert (retry.key, retry.value) == (fresh.key, fresh.value)
    headers = dict(retry.headers)
    due = int(headers.get("postbag-hold-until") or headers["postbag-not-before"] or b"") / 1000
    assert worker.now + wait <= due <= worker.now + wait + 15 / 2, "later than asked by some jitter, and never sooner"

    worker.channel.script = ACCEPTED
    worker.later(due - 0.01 - worker.now, step=5)
    assert len(worker.channel.seen) == 1, "however often it comes by, it is not tried before its time"
    worker.later(15 * 1.5)
    assert (worker.last().state, worker.last().attempts) == ("accepted", 2)
    bodies = {body for _, body in worker.channel.seen}
    assert bodies == {write(letter)}, "byte for byte the same in every attempt"


def test_attempts_and_the_first_of_them_are_remembered_over_many_retries(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel(NO_CONNECTION), short_retries=1)
    worker.send(made.letter())
    worker.turn()
    worker.later(1.5 * (15 + 120 + 900) + 300, step=5)
    assert [entry.attempts for _, _, entry in worker.ledger()] == [2, 4, 6, 8]
    firsts = {dict(record.headers)["postbag-first-attempt"] for record in worker.waiting()}
    assert firsts == {b"%d" % round(made.NOW.timestamp() * 1000)}
    assert {body for _, body in worker.channel.seen} == {write(made.letter())}


@pytest.mark.parametrize("answer", [NO_ANSWER, of_failure("connection_lost"), of_failure("bad_answer"), of_status(502)])
def test_an_unknown_outcome_is_in_doubt_where_the_receiver_would_act_twice(
    open_worker: OpenWorker, answer: Answer
) -> None:
    worker = open_worker(ScriptedChannel(answer, idempotent=False))
    worker.send(made.letter())
    worker.turn()
    assert (worker.last().state, worker.last().attempts) == ("in_doubt", 1)
    assert not worker.waiting()
    worker.replay()
    assert len(worker.channel.seen) == 1, "and only a person may send it again"


def test_what_certainly_did_not_arrive_is_tried_again_on_any_channel(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel(THROTTLED, idempotent=False))
    worker.send(made.letter())
    worker.turn()
    assert worker.last().state == "retrying"


def test_an_office_that_asks_for_a_day_holds_up_no_other(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel(of_status(429, retry_after=86_400)), short_retries=0)
    worker.send(made.letter(), partition=1)
    worker.turn()
    worker.channel.script = NO_CONNECTION
    worker.send(made.letter(2, office="SNY01"), partition=1)
    worker.turn()
    worker.channel.script = ACCEPTED
    worker.later(23)
    assert [entry.state for _, _, entry in worker.ledger()] == ["retrying", "retrying", "accepted"]
    assert worker.last().letter_id == made.letter(2).letter_id
    worker.later(86_400 - 60, step=50)
    assert worker.states(1) == ["retrying"], "and it is left alone for that day"
    worker.later(30_000, step=50)
    assert worker.states(1) == ["retrying", "accepted"]


@pytest.mark.parametrize(
    ("answer", "state"), [(THROTTLED, "expired"), (NO_CONNECTION, "expired"), (NO_ANSWER, "in_doubt")]
)
def test_a_letter_ends_that_would_be_too_old_when_tried_again(
    open_worker: OpenWorker, answer: Answer, state: str
) -> None:
    worker = open_worker(ScriptedChannel(answer), max_age_seconds=110, short_retries=0)
    worker.now += 100
    worker.send(made.letter())
    worker.turn()
    assert (worker.last().state, worker.last().reason) == (state, answer.reason)
    assert not worker.waiting()


@pytest.mark.parametrize("late", [{"max_age_seconds": 60}, {}])
def test_a_letter_that_is_worth_nothing_any_more_is_not_sent(open_worker: OpenWorker, late: dict[str, Any]) -> None:
    """It waited too long somewhere, or the vote that it is about is over."""
    worker = open_worker(ScriptedChannel(ACCEPTED), **late)
    worker.send(made.letter(deliver_before=made.NOW + timedelta(minutes=1)))
    worker.now += 60
    worker.turn()
    assert (worker.last().state, worker.last().reason, worker.last().attempts) == ("expired", "too_late", 0)
    assert worker.channel.seen == []


def test_a_letter_that_was_not_begun_waits_at_no_charge(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel(ACCEPTED))
    worker.stage.stopping = lambda: True
    worker.send(made.letter())
    worker.turn()
    assert (worker.last().state, worker.last().reason, worker.last().attempts) == ("held", "not_begun", 0)
    assert worker.last().body_sha256 is None, "nothing was sent"
    worker.stage.stopping = lambda: False
    worker.later(2)
    assert (worker.last().state, worker.last().attempts) == ("accepted", 1)


def test_a_letter_that_is_never_begun_expires_too(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel(ACCEPTED), max_age_seconds=60)
    worker.stage.stopping = lambda: True
    worker.send(made.letter())
    worker.later(80)
    assert worker.states() == ["held", "expired"], "entered once while it waits, however often it comes by"
    assert worker.last().attempts == 0
    assert worker.channel.seen == []


def test_a_letter_that_cannot_be_read_is_parked_and_the_others_go_out(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel(ACCEPTED))
    worker.send(made.letter(1))
    worker.broker.append(LETTERS.name, 0, b"HNY13", b"garbage")
    worker.send(made.letter(2))
    assert worker.turn() == 3
    assert [entry.state for _, _, entry in worker.ledger()] == ["accepted", "accepted"]
    (dead,) = worker.broker.records(DEAD)
    assert (dead.value, dict(dead.headers)["postbag-dead-reason"]) == (b"garbage", b"not_json")


def test_nothing_of_a_person_gets_into_ledger_headers_metrics_or_log(
    open_worker: OpenWorker, caplog: pytest.LogCaptureFixture
) -> None:
    answers = [ACCEPTED, REFUSED, THROTTLED, NO_ANSWER, of_failure("bad_answer")]
    worker = open_worker(ScriptedChannel(lambda letter: answers[int(letter.letter_id[-1]) % 5]))
    with caplog.at_level("DEBUG"):
        for number in range(1, 6):
            worker.send(made.letter(number))
        worker.send(made.letter(9, letter_id=made.identity(1)))
        worker.turn()
    assert len(worker.ledger()) == 6
    written = [bytes(record.value or b"") + bytes(record.key or b"") for record in worker.broker.records(LEDGER)]
    written += [repr(record.headers).encode() for record in worker.waiting()]
    written += [worker.scrape(), caplog.text.encode()]
    assert b"postbag_attempts_total" in worker.scrape()
    for text in written:
        assert made.CANARY.encode() not in text.lower()
        for typed in (b"10027", b"5550123", b"maria"):
            assert typed not in text.lower()


def test_attempts_are_counted_by_what_they_came_to(open_worker: OpenWorker) -> None:
    answers = [ACCEPTED, REFUSED, THROTTLED, NO_CONNECTION]
    worker = open_worker(ScriptedChannel(lambda letter: answers[int(letter.letter_id[-1])]), short_retries=1)
    for number in range(4):
        worker.send(made.letter(number))
    worker.turn()
    text = worker.scrape().decode()
    for result, count in (("accepted", 1), ("refused", 1), ("throttle", 1), ("retry", 2)):
        assert f'postbag_attempts_total{{channel="scripted",result="{result}"}} {count}.0' in text


def test_closing_closes_the_channel(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel())
    worker.send(made.letter())
    worker.turn()
    worker.close()
    assert worker.channel.closed
