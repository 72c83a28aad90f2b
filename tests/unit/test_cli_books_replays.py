"""The books after dead letters were put back or discarded: what lies in a topic twice for that is counted once."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from schemas.topics import ACCEPTED, DEAD, DEAD_SETTLED, LETTERS, RESOLVED, SUBMISSIONS, TIERS, Topic
from services.cli.books import Books, balance
from services.pipeline.broker import Record
from services.pipeline.memory import MemoryReader, MemoryRecord
from tests.unit.ground import Ground
from tests.unit.test_cli_books import run

STAGES = {"ingest": SUBMISSIONS, "resolve": ACCEPTED, "render": RESOLVED, "deliver": LETTERS}
EACH_STAGE = pytest.mark.parametrize("stage", STAGES)


def buried(ground: Ground, stage: str, number: int = 1) -> MemoryRecord:
    """Submission ``number``, which died at ``stage``."""
    ground.send(number)
    for step in (ground.accept, ground.resolve, ground.render)[: [*STAGES].index(stage)]:
        step(number)
    ground.bury(ground.log(STAGES[stage].name, 0)[-1], stage, "handler_raised")
    return ground.log(DEAD.name, 0)[-1]


def go_on(ground: Ground, stage: str, number: int = 1) -> None:
    """What the stages make of the copy."""
    for step in (ground.accept, ground.resolve, ground.render, ground.enter)[[*STAGES].index(stage) :]:
        step(number)


@EACH_STAGE
def test_what_was_put_back_is_one_submission_and_dead_no_longer(ground: Ground, stage: str) -> None:
    ground.settle(buried(ground, stage), "replayed")
    books = ground.books()
    assert (books.balanced, books.settled, books.records) == (True, False, 1)
    assert books.submissions["pending"] + books.letters["pending"] == 1
    go_on(ground, stage)
    books = ground.books()
    assert (books.faults, books.settled, books.records) == ([], True, 1)
    assert books.submissions == {"letter": 1}
    assert books.letters.total() == books.letters["accepted"] == 1
    assert books.dead == {"replayed": 1}


@EACH_STAGE
def test_what_was_discarded_is_accounted_for_as_dead(ground: Ground, stage: str) -> None:
    ground.settle(buried(ground, stage), "discarded")
    books = ground.books()
    assert (books.faults, books.settled) == ([], True)
    assert books.submissions["dead"] + books.letters["dead"] == 1
    assert books.dead == {"discarded": 1}


@EACH_STAGE
def test_what_dies_again_after_it_was_put_back_is_dead_again(ground: Ground, stage: str) -> None:
    ground.settle(buried(ground, stage), "replayed")
    ground.bury(ground.log(STAGES[stage].name, 0)[-1], stage, "handler_raised")
    books = ground.books()
    assert (books.faults, books.settled, books.records) == ([], True, 1)
    assert books.submissions["dead"] + books.letters["dead"] == 1
    assert books.dead == {"replayed": 1, "open": 1}
    ground.settle(ground.log(DEAD.name, 0)[-1], "replayed")
    go_on(ground, stage)
    books = ground.books()
    assert (books.faults, books.settled, books.submissions) == ([], True, {"letter": 1})


@pytest.mark.parametrize("topic", [ACCEPTED, RESOLVED, LETTERS])
def test_a_copy_too_many_is_a_fault_still(ground: Ground, topic: Topic) -> None:
    """Put back once by the settlements, and twice in the topic: somebody wrote it by hand as well."""
    stage = next(name for name, of in STAGES.items() if of is topic)
    ground.settle(buried(ground, stage), "replayed")
    go_on(ground, stage)
    again = ground.log(topic.name, 0)[0]
    ground.append(topic.name, 1, again.key, again.value)
    assert ground.books().faults == [f"1 ids are in {topic.name} more than once"]


@pytest.mark.parametrize("topic", [ACCEPTED, RESOLVED, LETTERS])
def test_where_retention_took_the_record_that_died_its_copy_counts(ground: Ground, topic: Topic) -> None:
    stage = next(name for name, of in STAGES.items() if of is topic)
    ground.settle(buried(ground, stage), "replayed")
    go_on(ground, stage)
    log = ground.log(topic.name, 0)
    del log[0]
    assert ground.books().faults == []
    ground.append(topic.name, 0, log[0].key, log[0].value)
    assert ground.books().faults == [f"1 ids are in {topic.name} more than once"]


def test_a_letter_put_back_into_its_tier_is_the_one_letter_that_it_was(ground: Ground) -> None:
    ground.carry(1, "retrying")
    ground.bury(ground.wait(1, TIERS[1]), "deliver", "killed_worker")
    assert ground.books().letters["dead"] == 1
    ground.settle(ground.log(DEAD.name, 0)[0], "replayed")
    books = ground.books()
    assert (books.faults, books.letters["dead"], books.letters["retrying"]) == ([], 0, 1)
    ground.enter(1, "accepted")
    assert ground.books().settled


def test_a_report_that_was_put_back_is_one_report(ground: Ground) -> None:
    ground.carry(1)
    ground.bury(ground.report(1), "deliver", "handler_raised")
    ground.settle(ground.log(DEAD.name, 0)[0], "replayed")
    books = ground.books()
    assert (books.faults, books.reports) == ([], {"refused": 1})


@pytest.mark.parametrize("stage", ["ingest", "resolve"])
def test_a_completion_that_was_put_back_is_one_completion(ground: Ground, stage: str) -> None:
    ground.send(1)
    ground.accept(1)
    ground.hold(1)
    ground.complete(1)
    if stage == "resolve":
        ground.amend(1)
    ground.bury(ground.log(STAGES[stage].name, 0)[-1], stage, "handler_raised")
    ground.settle(ground.log(DEAD.name, 0)[0], "replayed")
    assert ground.books().completions == {"pending": 1}
    if stage == "ingest":
        ground.amend(1)
    for step in (ground.release, ground.resolve, ground.render, ground.enter):
        step(1)
    books = ground.books()
    assert (books.faults, books.settled, books.submissions) == ([], True, {"letter": 1})
    assert books.completions == {"released": 1}


def test_what_was_never_one_of_ours_is_no_submission_for_having_been_put_back(ground: Ground) -> None:
    ground.append(ACCEPTED.name, 0, b"stranger", b"garbage")
    ground.bury(ground.log(ACCEPTED.name, 0)[0], "resolve", "not_json")
    ground.settle(ground.log(DEAD.name, 0)[0], "replayed")
    assert ground.books().faults == ["2 records of accepted cannot be read"]


class Meanwhile(MemoryReader):
    """While ``topic`` is about to be read, what happens meanwhile happens."""

    def __init__(self, ground: Ground, topic: Topic, stage: str) -> None:
        super().__init__(ground)
        self._ground, self._topic, self._stage = ground, topic, stage

    def read(self, topic: Topic, partition: int, start: int) -> Iterator[Record]:
        if topic is self._topic:
            self._topic = Topic("none", "", "", "")
            ground, stage = self._ground, self._stage
            ground.settle(ground.log(DEAD.name, 0)[0], "replayed")
            go_on(ground, stage)
        yield from super().read(topic, partition, start)


@EACH_STAGE
@pytest.mark.parametrize("topic", [LETTERS, RESOLVED, ACCEPTED, DEAD_SETTLED, SUBMISSIONS], ids=lambda one: one.name)
def test_what_is_put_back_while_the_books_are_read_is_never_lost_or_doubled(
    ground: Ground, stage: str, topic: Topic
) -> None:
    buried(ground, stage)
    books = balance(Meanwhile(ground, topic, stage))
    assert books.faults == []
    assert books.submissions.total() == 1 or topic is SUBMISSIONS
    assert ground.books().submissions == {"letter": 1}


class DiesAndIsPutBack(Meanwhile):
    """The same, of a record that had not died when the books were opened."""

    def read(self, topic: Topic, partition: int, start: int) -> Iterator[Record]:
        if topic is self._topic:
            self._ground.bury(self._ground.log(STAGES[self._stage].name, 0)[-1], self._stage, "handler_raised")
        yield from super().read(topic, partition, start)


@EACH_STAGE
@pytest.mark.parametrize("topic", [LETTERS, RESOLVED, ACCEPTED, SUBMISSIONS], ids=lambda one: one.name)
def test_what_dies_and_is_put_back_while_the_books_are_read_is_no_fault(
    ground: Ground, stage: str, topic: Topic
) -> None:
    buried(ground, stage)
    ground.log(DEAD.name, 0).clear()
    assert balance(DiesAndIsPutBack(ground, topic, stage)).faults == []
    assert ground.books().faults == []


def test_the_command_tells_what_was_done(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    ground.settle(buried(ground, "render", 1), "discarded")
    ground.settle(buried(ground, "render", 2), "replayed")
    buried(ground, "render", 3)
    shown = run(ground, monkeypatch)
    assert shown.exit_code == 0
    assert "Dead letters" in shown.output
    found = json.loads(run(ground, monkeypatch, "--json").stdout)
    assert found["dead"] == {"open": 1, "replayed": 1, "discarded": 1}
    assert found["submissions"] == {"dead": 2, "pending": 1}


def test_what_cannot_be_read_among_the_settlements_is_a_fault(ground: Ground) -> None:
    ground.append(DEAD_SETTLED.name, 0, b"0/0", b"garbage")
    books: Books = ground.books()
    assert books.faults == ["1 records of dead.settled cannot be read"]
