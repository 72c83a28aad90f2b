"""The books where held submissions are completed: each is one submission throughout, and each completion has one end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas.topics import ACCEPTED, DEAD, HELD, REJECTED, RESOLVED, SUBMISSIONS
from tests.unit import made
from tests.unit.ground import Ground
from tests.unit.test_cli_books import run
from tests.unit.waiting_room import SEVENTH, Room


@pytest.fixture
def ground() -> Ground:
    """One submission, held."""
    made_ground = Ground()
    made_ground.send(1)
    made_ground.accept(1)
    made_ground.hold(1)
    return made_ground


def take_up(ground: Ground) -> None:
    ground.complete(1)
    ground.amend(1)
    ground.release(1)
    ground.resolve(1)


def carry_on(ground: Ground) -> None:
    ground.render(1)
    ground.enter(1)


def test_what_was_completed_is_one_submission_and_one_letter(ground: Ground) -> None:
    take_up(ground)
    carry_on(ground)
    books = ground.books()
    assert (books.faults, books.settled, books.records) == ([], True, 2)
    assert books.submissions == {"letter": 1}
    assert books.completions == {"released": 1}
    assert books.letters.total() == books.letters["accepted"] == 1


def test_what_is_in_doubt_still_is_held_once(ground: Ground) -> None:
    for _ in range(2):
        ground.complete(1)
        ground.amend(1)
        ground.hold(1)
    books = ground.books()
    assert (books.faults, books.settled) == ([], True)
    assert (books.submissions, books.completions) == ({"held": 1}, {"held": 2})
    take_up(ground)
    carry_on(ground)
    books = ground.books()
    assert (books.faults, books.settled) == ([], True)
    assert (books.submissions, books.completions) == ({"letter": 1}, {"released": 1, "held": 2})


def test_a_rejected_completion_says_nothing_against_the_submission(ground: Ground) -> None:
    ground.complete(1)
    ground.turn_away(1, "ingest")
    ground.carry(2)
    ground.complete(2)
    ground.amend(2)
    ground.turn_away(2)
    books = ground.books()
    assert (books.faults, books.settled) == ([], True)
    assert (books.submissions, books.completions) == ({"held": 1, "letter": 1}, {"rejected": 2})


def test_a_completion_of_what_was_never_sent_is_nobody_s_submission(ground: Ground) -> None:
    ground.complete(7)
    ground.amend(7)
    ground.turn_away(7)
    books = ground.books()
    assert (books.faults, books.settled) == ([], True)
    assert (books.submissions, books.completions) == ({"held": 1}, {"rejected": 1})
    assert made.identity(7) not in books.states


@pytest.mark.parametrize("steps", [1, 2])
def test_a_completion_that_is_lost_on_its_way_stays_pending_for_all_to_see(ground: Ground, steps: int) -> None:
    for step in (ground.complete, ground.amend)[:steps]:
        step(1)
    books = ground.books()
    assert books.balanced
    assert not books.settled
    assert (books.submissions, books.completions) == ({"held": 1}, {"pending": 1})


def test_what_was_released_and_went_no_further_is_pending(ground: Ground) -> None:
    ground.complete(1)
    ground.amend(1)
    ground.release(1)
    books = ground.books()
    assert (books.balanced, books.settled, books.submissions) == (True, False, {"pending": 1})


@pytest.mark.parametrize(("stage", "topic"), [("ingest", SUBMISSIONS), ("resolve", ACCEPTED)])
def test_a_completion_that_was_parked_leaves_its_submission_held(ground: Ground, stage: str, topic: object) -> None:
    ground.complete(1)
    if topic is ACCEPTED:
        ground.amend(1)
    source = ACCEPTED if topic is ACCEPTED else SUBMISSIONS
    ground.bury(ground.log(source.name, 0)[-1], stage, "handler_raised")
    books = ground.books()
    assert (books.faults, books.settled) == ([], True)
    assert (books.submissions, books.completions) == ({"held": 1}, {"dead": 1})


MORE = "1 submissions were held again, released or rejected more often than completed"


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        ("hold", MORE),
        ("release resolve render enter", MORE),
        ("complete amend turn_away turn_away", MORE),
        (
            "complete amend release resolve complete amend release render enter",
            "1 submissions were released more often than held",
        ),
        ("complete amend release resolve resolve render enter", "1 ids are in resolved more than once"),
        ("complete amend resolve render enter", "a submission is held and letter at once"),
        ("amend", "1 submissions have more completions in accepted than were sent"),
    ],
)
def test_what_is_doubled_or_contradicts_itself_shows(ground: Ground, steps: str, fault: str) -> None:
    for step in steps.split():
        getattr(ground, step)(1)
    assert ground.books().faults == [fault]


def test_the_command_has_them_on_a_line_of_their_own(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Completions" not in run(ground, monkeypatch).output
    take_up(ground)
    carry_on(ground)
    shown = run(ground, monkeypatch)
    assert shown.exit_code == 0
    assert "Completions" in shown.output
    assert json.loads(run(ground, monkeypatch, "--json").stdout)["completions"] == {"released": 1}


def test_what_resolve_really_writes_balances(tmp_path: Path, ground: Ground) -> None:
    """The real stage instead of records by hand: held, held again, released, and rejected when repeated."""
    room = Room(tmp_path)
    room.submit(1, zip5="00000")
    for address in ({"zip5": "02139"}, SEVENTH, SEVENTH):
        room.complete(1, **address)
    room.run()
    for topic in (ACCEPTED, HELD, RESOLVED, REJECTED, DEAD):
        ground.log(topic.name, 0).clear()
        for record in room.log(topic.name, 0):
            ground.append(topic.name, 0, record.key, record.value, record.headers)
    for _ in range(3):
        ground.complete(1)
    carry_on(ground)
    books = ground.books()
    assert (books.faults, books.submissions) == ([], {"letter": 1})
    assert books.completions == {"released": 1, "held": 1, "rejected": 1}
