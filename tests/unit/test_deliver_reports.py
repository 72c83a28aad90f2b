"""What comes back for a letter later, by mail, is entered where it says more than the ledger does, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.topics import DEAD, LEDGER, REPORTS
from services.deliver.answers import Answer
from tests.unit import made
from tests.unit.deliver_worker import OpenWorker, Worker, open_worker
from tests.unit.scripted_channel import ACCEPTED, NO_ANSWER, REFUSED, THROTTLED, ScriptedChannel
from tests.unit.slow_channel import BRIEF, SlowChannel

__all__ = ["open_worker"]


def after(open_worker: OpenWorker, answer: Answer, **given: Any) -> Worker:
    """A worker that has just attempted a letter; of one without an answer nobody knows whether it arrived."""
    worker = open_worker(ScriptedChannel(answer, idempotent=answer is not NO_ANSWER, name="outbox"), **given)
    worker.send(made.letter())
    worker.turn()
    return worker


@pytest.mark.parametrize(
    ("answer", "says", "state"),
    [(ACCEPTED, "refused", "refused"), (NO_ANSWER, "refused", "refused"), (NO_ANSWER, "delivered", "accepted")],
)
@pytest.mark.parametrize("folder", ["machine", "another machine"])
def test_what_says_more_than_the_ledger_is_entered(
    open_worker: OpenWorker, answer: Answer, says: str, state: str, folder: str
) -> None:
    before = after(open_worker, answer).last()
    worker = open_worker(ScriptedChannel(), folder=folder)
    worker.hear(channel="outbox", says=says, reason="mailbox_full")
    worker.turn()
    changed = {
        "state": state,
        "reason": "mailbox_full",
        "answer": None,
        "receipt": None,
        "body_sha256": None,
        "unsure": False,
    }
    assert worker.last() == before.model_copy(update=changed)
    assert worker.ledger()[-1][:2] == (0, made.identity(1)), "beside the letter's other entries"
    entered = worker.ledger()
    worker.replay()
    assert worker.ledger() == entered, "and is no news when it is read again"
    assert worker.channel.seen == []


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (ACCEPTED, "delivered"),
        (REFUSED, "refused"),
        (REFUSED, "delivered"),
        (THROTTLED, "refused"),
        (THROTTLED, "delivered"),
    ],
)
def test_what_is_no_news_changes_nothing(open_worker: OpenWorker, answer: Answer, says: str) -> None:
    worker = after(open_worker, answer)
    before = worker.ledger()
    worker.hear(channel="outbox", says=says, reason="said_so")
    assert worker.turn() == 1
    assert worker.ledger() == before
    assert b'detail="report_without_news"' in worker.scrape()


@pytest.mark.parametrize(
    "report",
    [{"channel": "smtp"}, {"letter_id": made.identity(2)}],
    ids=["of another channel", "of a letter that nobody knows"],
)
def test_what_is_of_no_letter_changes_nothing(open_worker: OpenWorker, report: dict[str, Any]) -> None:
    worker = after(open_worker, ACCEPTED)
    worker.hear(**({"channel": "outbox", "says": "refused", "reason": "said_so"} | report))
    worker.turn()
    assert worker.states() == ["accepted"]
    assert len(worker.ledger()) == 1
    assert b'detail="report_of_no_letter"' in worker.scrape()


def test_the_second_report_of_a_letter_is_no_news(open_worker: OpenWorker) -> None:
    worker = after(open_worker, ACCEPTED)
    for _ in range(2):
        worker.hear(channel="outbox", says="refused", reason="mailbox_full")
        worker.turn()
    assert worker.states() == ["accepted", "refused"]


def test_a_report_of_an_attempt_that_goes_on_waits_for_nobody_and_changes_nothing(open_worker: OpenWorker) -> None:
    channel = SlowChannel()
    worker = open_worker(channel, patience_seconds=BRIEF)
    worker.send(made.letter())
    worker.turn()
    worker.hear(channel="scripted", says="refused", reason="mailbox_full")
    worker.turn()
    channel.land(worker)
    worker.turn()
    assert worker.states() == ["unknown", "accepted"]


def test_a_refused_letter_is_not_sent_again_by_a_record_that_is_left(open_worker: OpenWorker) -> None:
    worker = after(open_worker, ACCEPTED)
    worker.hear(channel="outbox", says="refused", reason="mailbox_full")
    worker.turn()
    worker.send(made.letter())
    worker.send(made.letter(2, letter_id=made.identity(1)))
    worker.turn()
    assert len(worker.channel.seen) == 1
    assert worker.last().state == "suppressed"


def test_what_is_no_report_is_parked(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel())
    worker.broker.append(REPORTS.name, 0, b"key", b"garbage")
    worker.turn()
    assert [record.value for record in worker.broker.records(DEAD)] == [b"garbage"]
    assert worker.broker.records(LEDGER) == []
