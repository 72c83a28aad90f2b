"""Channels in order: the next one is tried only after proof that the one before it did not deliver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ledger import Entry
from services.deliver.answers import Answer, of_cwc, of_failure, of_status
from services.pipeline.memory import MemoryBroker
from tests.unit import made
from tests.unit.deliver_worker import TOPICS, Worker
from tests.unit.scripted_channel import ACCEPTED, CONNECTION_LOST, NO_ANSWER, NO_CONNECTION, REFUSED
from tests.unit.slow_channel import BRIEF, SlowChannel
from tests.unit.three_ways import BUSY, NAMES, Way, attempts, offices, open_three, until_it_ends

Open = Callable[..., Worker]
KNOWN: Final = of_status(409)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Open]:
    """Opens workers over the given ways, one after another; the first is handed a letter."""
    broker = MemoryBroker(TOPICS, partitions=2)
    opened: list[Worker] = []

    def open_one(*ways: Way, **given_: Any) -> Worker:
        for before in opened:
            before.close()
        opened.append(open_three(broker, tmp_path, ways, **given_))
        if len(opened) == 1:
            opened[0].send(made.letter())
        else:
            opened[-1].now = opened[-2].now
        return opened[-1]

    yield open_one
    for worker in opened:
        worker.close()


def entered(worker: Worker) -> list[tuple[str, str | None, str, int]]:
    """What became of the letter."""
    return [(entry.state, entry.reason, entry.channel, entry.attempts) for entry in ends(worker)]


def ends(worker: Worker) -> list[Entry]:
    """The entries, but for those that an attempt is about to begin."""
    return [entry for _, _, entry in worker.ledger() if entry.reason != "attempt_started"]


def test_what_a_channel_cannot_carry_goes_by_the_next_one_at_once(start: Open) -> None:
    ways = [Way("outbox", unfit="military_address"), Way("webhook", unfit="no_address"), Way("print")]
    worker = start(*ways)
    worker.turn()
    assert entered(worker) == [("accepted", "accepted", "print", 1)]
    assert attempts(ways) == {"outbox": [], "webhook": [], "print": ["accepted"]}


def test_what_no_channel_can_carry_is_refused_for_the_reason_of_the_first(start: Open) -> None:
    worker = start(Way("outbox", unfit="military_address"), Way("webhook", unfit="no_address"))
    worker.turn()
    assert entered(worker) == [("refused", "military_address", "outbox", 0)]
    assert worker.waiting() == []


def test_what_was_refused_goes_by_the_next_one_with_its_record(start: Open) -> None:
    ways = [
        Way("outbox", BUSY, REFUSED),
        Way("webhook", unfit="no_address"),
        Way("print", NO_CONNECTION, ACCEPTED),
    ]
    worker = start(*ways)
    until_it_ends(worker, seconds=400)
    assert entered(worker) == [
        ("retrying", "unavailable", "outbox", 1),
        ("retrying", "refused", "print", 2),
        ("retrying", "no_connection", "print", 3),
        ("accepted", "accepted", "print", 4),
    ]
    assert ends(worker)[1].answer == 422, "what proves it"


def test_what_the_last_one_refuses_is_refused(start: Open) -> None:
    ways = [Way(name, REFUSED) for name in NAMES]
    worker = start(*ways)
    until_it_ends(worker)
    assert [entry[0] for entry in entered(worker)] == ["retrying", "retrying", "refused"]
    assert worker.last().channel == "print"
    assert attempts(ways) == {name: ["refused"] for name in NAMES}


@pytest.mark.parametrize("first", [NO_ANSWER, CONNECTION_LOST, of_status(502)])
def test_what_may_have_arrived_and_is_then_refused_is_in_doubt_and_no_other_channel_is_tried(
    start: Open, first: Answer
) -> None:
    ways = [Way("outbox", first, BUSY, REFUSED), Way("webhook"), Way("print")]
    worker = start(*ways)
    until_it_ends(worker)
    assert [entry[:3] for entry in entered(worker)] == [
        ("unknown", first.reason, "outbox"),
        ("retrying", "unavailable", "outbox"),
        ("in_doubt", "refused_after_unknown", "outbox"),
    ]
    assert [entry.unsure for entry in ends(worker)] == [True, True, True]
    assert attempts(ways)["webhook"] == attempts(ways)["print"] == []


def test_a_doubt_is_not_carried_over_from_a_channel_that_surely_did_not_deliver(start: Open) -> None:
    ways = [Way("outbox", REFUSED), Way("webhook", NO_ANSWER, ACCEPTED), Way("print")]
    worker = start(*ways)
    until_it_ends(worker)
    assert [(entry.state, entry.unsure) for entry in ends(worker)] == [
        ("retrying", False), ("unknown", True), ("accepted", False)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "state"),
    [((NO_ANSWER, KNOWN), "accepted"), ((NO_CONNECTION, KNOWN), "refused"), ((KNOWN,), "refused"),
     ((NO_ANSWER, BUSY, KNOWN), "accepted"), ((NO_ANSWER, of_cwc(409)), "accepted")],
)  # fmt: skip
def test_a_repeat_that_is_known_there_was_accepted_before_if_one_may_have_arrived(
    start: Open, answers: tuple[Answer, ...], state: str
) -> None:
    worker = start(Way("outbox", *answers))
    until_it_ends(worker)
    assert worker.last().state == state


def test_a_channel_that_refuses_what_it_knows_without_a_doubt_is_followed_by_the_next(start: Open) -> None:
    ways = [Way("outbox", KNOWN), Way("webhook")]
    worker = start(*ways)
    until_it_ends(worker)
    assert (worker.last().state, worker.last().channel) == ("accepted", "webhook")


@pytest.mark.parametrize(
    ("answer", "state", "channel", "reason"),
    [(NO_ANSWER, "in_doubt", "outbox", "channel_gone"), (BUSY, "accepted", "webhook", "accepted")],
)
def test_a_channel_that_is_taken_out_of_the_offices_file_is_left_for_another_only_if_nothing_can_have_arrived(
    start: Open, answer: Answer, state: str, channel: str, reason: str
) -> None:
    start(Way("outbox", answer)).turn()
    way = Way("webhook")
    worker = start(way)
    until_it_ends(worker)
    assert (worker.last().state, worker.last().channel, worker.last().reason) == (state, channel, reason)
    assert len(way.seen) == (state == "accepted")


def test_a_worker_that_ends_in_an_attempt_leaves_a_doubt_that_no_refusal_clears_where_there_is_another_way(
    start: Open,
) -> None:
    """The office may have taken it, and refuse the repeat as one: no proof, and nothing to try another channel on."""
    first, second = Way("outbox", REFUSED), Way("webhook")
    worker = start(first, second)
    commit, tried = worker._client.commit, []

    def die_with_the_batch(offsets: Any, member: Any) -> None:
        tried.append(1)
        if len(tried) > 1:  # the first is what goes on record before the attempt
            raise KeyboardInterrupt
        commit(offsets, member)

    worker._client.commit = die_with_the_batch  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        worker.turn()
    successor = start(Way("outbox", REFUSED), second)
    until_it_ends(successor)
    assert entered(successor)[-1][:3] == ("in_doubt", "refused_after_unknown", "outbox")
    assert attempts([second]) == {"webhook": []}


def test_a_letter_that_waits_for_its_second_channel_goes_there_after_a_restart(start: Open) -> None:
    worker = start(Way("outbox", REFUSED), Way("webhook"))
    worker.turn()
    ways = [Way("outbox"), Way("webhook")]
    until_it_ends(start(*ways))
    assert attempts(ways) == {"outbox": [], "webhook": ["accepted"]}


def test_a_refusal_that_lands_late_leads_on_only_when_its_record_comes_by(tmp_path: Path) -> None:
    slow, other = SlowChannel(name="outbox"), Way("webhook")
    given_ = {"patience_seconds": BRIEF, "offices": offices(tmp_path, "outbox", "webhook")}
    broker = MemoryBroker(TOPICS, partitions=2)
    with closing(Worker(broker, slow, tmp_path, others={"webhook": lambda: other}, **given_)) as worker:
        worker.send(made.letter())
        worker.turn()
        slow.land(worker, answer=REFUSED)
        worker.turn()
        assert ([entry.state for entry in ends(worker)], other.seen) == (["unknown"], [])
        until_it_ends(worker)
        assert [entry.state for entry in ends(worker)] == ["unknown", "retrying", "accepted"]
        assert len(other.seen) == 1


def test_a_refusal_that_lands_late_ends_the_letter_at_once_where_there_is_no_other_way(tmp_path: Path) -> None:
    slow = SlowChannel(name="outbox")
    with closing(Worker(MemoryBroker(TOPICS, partitions=2), slow, tmp_path, patience_seconds=BRIEF)) as worker:
        worker.send(made.letter())
        worker.turn()
        slow.land(worker, answer=REFUSED)
        worker.turn()
        assert worker.states() == ["unknown", "refused"]


said = st.sampled_from(
    [ACCEPTED, REFUSED, BUSY, NO_CONNECTION, NO_ANSWER, KNOWN, of_status(502), of_failure("bad_answer")]
)


@given(
    st.tuples(*(st.lists(said, min_size=1, max_size=4) for _ in NAMES)),
    st.tuples(*(st.booleans() for _ in NAMES)),
    st.tuples(*(st.sampled_from(["", "", "", "no_form"]) for _ in NAMES)),
)
@settings(max_examples=60)
def test_no_letter_is_given_to_two_channels_whatever_they_answer(
    answers: tuple[list[Answer], ...], idempotent: tuple[bool, ...], unfit: tuple[str, ...]
) -> None:
    ways = [
        Way(name, *some, idempotent=same, unfit=why)
        for name, some, same, why in zip(NAMES, answers, idempotent, unfit, strict=True)
    ]
    broker = MemoryBroker(TOPICS, partitions=2)
    with TemporaryDirectory() as folder, closing(open_three(broker, Path(folder), ways)) as worker:
        worker.send(made.letter())
        until_it_ends(worker)
        state, found = worker.last().state, attempts(ways)
    may_have_it = [name for name, verdicts in found.items() if {"accepted", "unknown"} & {*verdicts}]
    assert len(may_have_it) <= 1
    assert sum(verdicts.count("accepted") for verdicts in found.values()) <= 1
    for way in ways:
        assert way.idempotent or found[way.name].count("unknown") <= 1, "and is not asked again where that is not safe"
    if "accepted" in [verdict for verdicts in found.values() for verdict in verdicts]:
        assert state == "accepted"
    elif may_have_it:
        assert state in ("in_doubt", "accepted"), "accepted: a repeat was known there"
    else:
        assert state in ("refused", "expired")
