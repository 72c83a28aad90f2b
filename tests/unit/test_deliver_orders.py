"""What holds a letter back and what ends it: pauses, cancellations, deadlines, hours over which letters are spread."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid5

import pytest

from schemas.topics import CONTROLS
from services.deliver.answers import Answer
from tests.unit import made
from tests.unit.deliver_worker import OpenWorker, Worker, open_worker
from tests.unit.scripted_channel import ACCEPTED, NO_ANSWER, NO_CONNECTION, ScriptedChannel
from tests.unit.slow_channel import BRIEF, SlowChannel

__all__ = ["open_worker"]

SCOPES = [("campaign", "open"), ("office", "HNY13"), ("channel", "scripted"), ("all", "*")]
ELSEWHERE = [("campaign", "other"), ("office", "HNY12"), ("channel", "smtp")]


def resume(worker: Worker, scope: str, name: str) -> None:
    worker.broker.append(CONTROLS.name, 0, f"{scope}/{name}".encode(), None)
    worker.now += 1.1


def pause(worker: Worker, scope: str, name: str, until: datetime | None = None) -> None:
    worker.order(scope=scope, name=name, action="pause", reason="asked for", until=until)


@pytest.mark.parametrize(("scope", "name"), SCOPES)
@pytest.mark.parametrize("ends", [None, made.NOW + timedelta(days=2)])
def test_a_paused_letter_waits_and_goes_out_within_minutes_of_being_resumed(
    open_worker: OpenWorker, scope: str, name: str, ends: datetime | None
) -> None:
    worker = open_worker(ScriptedChannel())
    pause(worker, scope, name, ends)
    worker.send(made.letter())
    worker.later(3600, step=10)
    assert worker.channel.seen == []
    assert worker.states() == ["held"], "entered once, however often it asks"
    assert (worker.last().reason, worker.last().attempts) == ("paused", 0)
    resume(worker, scope, name)
    worker.later(240, step=5)
    assert (worker.last().state, worker.last().attempts) == ("accepted", 1)


@pytest.mark.parametrize(("scope", "name"), ELSEWHERE)
def test_a_pause_holds_nothing_else(open_worker: OpenWorker, scope: str, name: str) -> None:
    worker = open_worker(ScriptedChannel())
    pause(worker, scope, name)
    worker.send(made.letter())
    worker.turn()
    assert worker.states() == ["accepted"]


def test_a_pause_ends_by_itself(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel())
    pause(worker, "office", "HNY13", made.NOW + timedelta(minutes=10))
    worker.send(made.letter())
    worker.later(598 - 1.1)
    assert worker.channel.seen == []
    worker.later(70)
    assert worker.states()[-1] == "accepted"


def test_a_pause_begins_with_the_next_attempt_of_a_letter_that_was_tried(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel(NO_CONNECTION), short_retries=0)
    worker.send(made.letter())
    worker.turn()
    pause(worker, "office", "HNY13")
    worker.later(600, step=5)
    assert (worker.states(), len(worker.channel.seen)) == (["retrying"], 1)
    resume(worker, "office", "HNY13")
    worker.channel.script = ACCEPTED
    worker.later(300, step=5)
    assert (worker.last().state, worker.last().attempts) == ("accepted", 2)


def test_an_attempt_that_is_under_way_ends_as_it_ends(open_worker: OpenWorker) -> None:
    channel = SlowChannel()
    worker = open_worker(channel, patience_seconds=BRIEF)
    worker.send(made.letter())
    worker.turn()
    pause(worker, "all", "*")
    worker.order(scope="campaign", name="open", action="cancel", reason="withdrawn")
    channel.land(worker)
    worker.turn()
    assert worker.states()[-1] == "accepted"


@pytest.mark.parametrize(
    ("answer", "states"),
    [(None, ["cancelled"]), (NO_CONNECTION, ["retrying", "cancelled"]), (NO_ANSWER, ["unknown", "in_doubt"])],
)
def test_a_cancelled_letter_is_never_sent_and_in_doubt_if_it_may_have_been(
    open_worker: OpenWorker, answer: Answer | None, states: list[str]
) -> None:
    worker = open_worker(ScriptedChannel(answer or ACCEPTED), short_retries=0)
    if answer is None:
        cancel(worker)
    worker.send(made.letter())
    worker.turn()
    if answer is not None:
        cancel(worker)
        worker.later(60)
    assert worker.states() == states
    assert worker.last().reason == "campaign_cancelled"
    assert len(worker.channel.seen) == (answer is not None)
    worker.later(60)
    assert worker.states() == states


def test_a_pause_that_ends_shortly_before_a_deadline_ends_in_time(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel())
    pause(worker, "all", "*")
    worker.send(made.letter(deliver_before=made.NOW + timedelta(seconds=100)))
    worker.later(30)
    resume(worker, "all", "*")
    worker.later(60)
    assert worker.states() == ["held", "accepted"]


def test_a_cancellation_reaches_letters_that_are_paused(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel())
    pause(worker, "all", "*")
    worker.send(made.letter())
    worker.turn()
    cancel(worker)
    worker.later(240, step=5)
    assert worker.states() == ["held", "cancelled"]


def cancel(worker: Worker) -> None:
    worker.order(scope="campaign", name="open", action="cancel", reason="withdrawn")


@pytest.mark.parametrize(
    ("answer", "state", "reasons"),
    [
        (NO_CONNECTION, "expired", {"no_connection", "too_late"}),
        (NO_ANSWER, "in_doubt", {"no_answer", "expired_after_unknown"}),
        (ACCEPTED, "expired", {"too_late"}),
    ],
)
def test_from_its_deadline_on_a_letter_is_not_sent(
    open_worker: OpenWorker, answer: Answer, state: str, reasons: set[str]
) -> None:
    worker = open_worker(ScriptedChannel(answer), short_retries=0)
    if answer is ACCEPTED:
        pause(worker, "all", "*")
    worker.send(made.letter(deliver_before=made.NOW + timedelta(seconds=130)))
    worker.later(129)
    before = len(worker.channel.seen)
    worker.later(400)
    assert worker.last().state == state
    assert worker.last().reason in reasons
    assert len(worker.channel.seen) == before
    assert (before >= 3) == (answer is not ACCEPTED), "now, after 15 s or more, and not two minutes later but in time"


def test_a_letter_that_is_held_ends_at_its_deadline_and_not_after_it(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel())
    pause(worker, "all", "*")
    worker.send(made.letter(deliver_before=made.NOW + timedelta(seconds=50)))
    worker.later(47)
    assert worker.states() == ["held"]
    worker.later(5)
    assert worker.states() == ["held", "expired"]


def sent(worker: Worker, hours: float, numbers: int, **given: Any) -> list[float]:
    """Send so many letters; the seconds after which each was attempted."""
    for number in range(numbers):
        letter_id = str(uuid5(UUID(int=0), f"{number}"))
        worker.send(made.letter(number, letter_id=letter_id, drip_hours=hours, **given), partition=number % 2)
    moments: list[float] = []
    begin = worker.now
    while worker.now < begin + hours * 3600 + 60:
        worker.now += 10
        worker.turn()
        moments += [worker.now - made.NOW.timestamp()] * (len(worker.channel.seen) - len(moments))
    return moments


def test_letters_that_are_spread_go_out_evenly_over_the_hours(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel())
    moments = sent(worker, 2.0, 240)
    assert len(moments) == 240
    assert {entry.state for _, _, entry in worker.ledger()} == {"held", "accepted"}
    for start, end in pairwise(range(0, 7201, 1800)):
        assert 35 <= sum(start < moment <= end for moment in moments) <= 85, (
            "60 in each half hour, by chance more or less"
        )
    assert max(moments) > 6600


def test_every_worker_comes_to_the_same_moment(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel(), folder="one machine")
    worker.send(made.letter(drip_hours=10, letter_id=str(UUID(int=2**127))))
    worker.turn()
    assert worker.last().reason == "drip"
    worker.close()
    second = open_worker(ScriptedChannel(), folder="another machine")
    second.replay()
    second.later(5 * 3600 - 30, step=20)
    assert second.channel.seen == [], "half of the ids are smaller, so half of the hours come first"
    second.later(60, step=10)
    assert len(second.channel.seen) == 1


def test_a_drip_that_is_longer_than_there_is_time_is_shortened(open_worker: OpenWorker) -> None:
    worker = open_worker(ScriptedChannel())
    moments = sent(worker, 2.0, 60, deliver_before=made.NOW + timedelta(hours=1))
    assert len(moments) == 60, "none waits for its moment until it is too late"
    assert 2700 < max(moments) < 3300
    assert {entry.state for _, _, entry in worker.ledger()} == {"held", "accepted"}


def test_a_letter_that_waits_behind_others_is_still_sent_before_its_deadline(open_worker: OpenWorker) -> None:
    """A tier is read in order: beside one that may wait for an hour more, it would be read too late."""
    worker = open_worker(ScriptedChannel())
    worker.send(made.letter(1, letter_id=part_of_all_ids(0.29), drip_hours=10))  # in 2.9 hours
    end = made.NOW + timedelta(hours=2.4)
    worker.send(made.letter(2, letter_id=part_of_all_ids(0.95), drip_hours=10, deliver_before=end))  # in 2.05 hours
    worker.turn()
    worker.later(2.4 * 3600, step=20)
    assert [identity for identity, _ in worker.channel.seen] == [part_of_all_ids(0.95)]


def part_of_all_ids(share: float) -> str:
    """The id below which so many are."""
    return str(UUID(int=int(share * 2**128)))
