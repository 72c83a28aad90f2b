"""The books: a good set balances, and whatever is lost, doubled, in two states or nobody's shows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from schemas.ledger import State
from schemas.topics import ACCEPTED, HELD, LEDGER, LETTERS, REJECTED, REPORTS, RESOLVED, SUBMISSIONS, Topic
from services.cli.__main__ import postbag
from services.pipeline.memory import MemoryReader
from tests.unit import made
from tests.unit.ground import Ground


def test_a_good_set_balances_with_every_submission_and_letter_in_its_one_state(ground: Ground) -> None:
    states: tuple[State, ...] = ("accepted", "refused", "in_doubt", "expired")
    for number, state in enumerate(states, start=1):
        ground.carry(number, state)
    ground.carry(5, "suppressed", letter=1)
    ground.send(6)
    ground.reject(6)
    ground.send(7)
    ground.accept(7)
    ground.hold(7)
    ground.append(SUBMISSIONS.name, 1, None, b"garbage")
    ground.bury(ground.log(SUBMISSIONS.name, 1)[0], "ingest", "not_json")
    ground.send(1)  # a frontend's own retry
    books = ground.books()
    assert books.faults == []
    assert books.settled
    assert books.records == 9
    assert books.submissions == {"letter": 4, "suppressed": 1, "rejected": 1, "held": 1, "dead": 1, "repeat": 1}
    assert {state: count for state, count in books.letters.items() if count} == dict.fromkeys(
        (*states, "suppressed"), 1
    )
    assert books.states[made.identity(1)] == "letter"
    assert books.states[made.identity(7)] == "held"


def test_no_records_are_no_difference(ground: Ground) -> None:
    books = ground.books()
    assert (books.balanced, books.settled, books.records) == (True, True, 0)


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_what_is_lost_anywhere_on_the_way_stays_pending_for_all_to_see(ground: Ground, steps: int) -> None:
    ground.carry(1)
    ground.send(2)
    for step in (ground.accept, ground.resolve, ground.render)[:steps]:
        step(2)
    books = ground.books()
    assert books.balanced
    assert not books.settled
    letters, submissions = books.letters["pending"], books.submissions["pending"]
    assert (letters, submissions) == ((1, 0) if steps == 3 else (0, 1))


def test_a_letter_that_is_lost_among_others_of_its_submission_shows(ground: Ground) -> None:
    ground.send(1)
    ground.accept(1)
    ground.resolve(1, ("HNY13", "SNY01", "SNY03"))
    ground.render(1, letter=11)
    ground.enter(1, letter=11)
    ground.render(1, letter=12, office="SNY01")
    ground.enter(1, letter=12)
    assert ground.books().submissions == {"pending": 1}
    ground.render(1, letter=13, office="SNY03")
    ground.enter(1, letter=13)
    assert ground.books().submissions == {"letter": 1}
    assert ground.books().settled


def test_a_letter_that_waits_for_another_try_is_not_settled(ground: Ground) -> None:
    ground.carry(1, "retrying")
    books = ground.books()
    assert (books.balanced, books.settled, books.letters["retrying"]) == (True, False, 1)
    ground.enter(1, "accepted")
    assert ground.books().settled, "the newest entry of a letter counts"


@pytest.mark.parametrize("topic", [ACCEPTED, RESOLVED, LETTERS])
def test_what_is_there_twice_is_a_fault(ground: Ground, topic: Topic) -> None:
    ground.carry(1)
    assert ground.books().balanced
    again = ground.log(topic.name, 0)[0]
    ground.append(topic.name, 1, again.key, again.value)
    assert ground.books().faults == [f"1 ids are in {topic.name} more than once"]


def test_a_record_that_is_parked_twice_is_a_fault(ground: Ground) -> None:
    ground.append(SUBMISSIONS.name, 1, None, b"garbage")
    for _ in range(2):
        ground.bury(ground.log(SUBMISSIONS.name, 1)[0], "ingest", "not_json")
    assert ground.books().faults == ["1 records are in dead more than once"]


def test_a_submission_in_two_states_is_a_fault(ground: Ground) -> None:
    ground.carry(1)
    ground.hold(1)
    assert ground.books().faults == ["a submission is held and letter at once"]
    ground.bury(ground.log(RESOLVED.name, 0)[0], "render", "template_failed")
    assert ground.books().faults == ["a submission is held and letter and dead at once"]


def test_a_ledger_entry_of_nobody_s_letter_is_a_fault(ground: Ground) -> None:
    ground.carry(1)
    ground.enter(2)
    assert ground.books().faults == ["1 ledger entries belong to no letter"]
    ground.enter(3, "suppressed", letter=1)
    assert ground.books().faults == ["2 ledger entries belong to no letter"]


def test_an_outcome_of_what_was_never_sent_is_a_fault(ground: Ground) -> None:
    ground.accept(1)
    ground.reject(2)
    assert ground.books().faults == ["2 submissions have an outcome and were never sent"]


@pytest.mark.parametrize("topic", [ACCEPTED, REJECTED, RESOLVED, HELD, LETTERS, LEDGER, REPORTS])
def test_what_cannot_be_read_is_a_fault_and_does_not_stop_the_count(ground: Ground, topic: Topic) -> None:
    ground.carry(1)
    ground.append(topic.name, 1, b"\xff", b"garbage")
    books = ground.books()
    assert books.faults == [f"1 records of {topic.name} cannot be read"]
    assert books.submissions == {"letter": 1}


@pytest.mark.parametrize(
    ("stage", "source", "steps"),
    [("ingest", SUBMISSIONS, 0), ("resolve", ACCEPTED, 1), ("render", RESOLVED, 2), ("deliver", LETTERS, 3)],
)
def test_what_was_parked_at_any_stage_is_settled(ground: Ground, stage: str, source: Topic, steps: int) -> None:
    ground.send(1)
    for step in (ground.accept, ground.resolve, ground.render)[:steps]:
        step(1)
    ground.bury(ground.log(source.name, 0)[0], stage, "handler_raised")
    books = ground.books()
    assert (books.faults, books.settled) == ([], True)
    assert (books.letters if source is LETTERS else books.submissions)["dead"] == 1


def test_a_repeat_under_a_dead_record_s_id_is_a_submission_of_its_own(ground: Ground) -> None:
    ground.send(1)
    ground.bury(ground.log(SUBMISSIONS.name, 0)[0], "ingest", "killed_worker")
    ground.carry(1)
    books = ground.books()
    assert books.submissions == {"dead": 1, "letter": 1}
    assert books.states[made.identity(1)] == "letter"


def run(ground: Ground, monkeypatch: pytest.MonkeyPatch, *options: str) -> Any:
    monkeypatch.setattr("services.cli.books_command.KafkaReader", lambda _: MemoryReader(ground))
    return CliRunner().invoke(postbag, ["books", *options])


def test_the_command_tells_the_sums_and_ends_with_1_where_they_do_not_agree(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground.carry(1)
    good = run(ground, monkeypatch)
    assert good.exit_code == 0
    assert "The books balance." in good.output
    found = json.loads(run(ground, monkeypatch, "--json").stdout)
    assert found["letters"]["accepted"] == found["submissions"]["letter"] == found["records"] == 1
    assert (found["balanced"], found["settled"], found["faults"]) == (True, True, [])
    ground.carry(2, None)
    assert "The books balance. Some are still under way." in run(ground, monkeypatch).output
    ground.enter(9)
    bad = run(ground, monkeypatch)
    assert bad.exit_code == 1
    assert "FAULT: 1 ledger entries belong to no letter" in bad.output
    assert "The books do not balance." in bad.output
    assert run(ground, monkeypatch, "--json").exit_code == 1


def test_nothing_of_a_person_gets_into_what_is_shown(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    ground.carry(1)
    for options in ([], ["--json"]):
        said = run(ground, monkeypatch, *options).output.lower()
        assert made.CANARY not in said
        assert made.identity(1) not in said
