"""What operators see of held submissions, and that releasing them is what a frontend's own completion would be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas.topics import ACCEPTED, HELD, RESOLVED, SUBMISSIONS
from services.pipeline.outcomes import Emit
from tests.badinput import desk
from tests.unit import made
from tests.unit.ground import Ground
from tests.unit.settling_desk import MemorySettler, Operators
from tests.unit.waiting_room import TAKEN_UP, Room


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Two people between two districts and one whose campaign is withdrawn are held; the fourth's letter is out."""
    room = Room(tmp_path / "resolve")
    for number in (1, 2):
        room.submit(number, partition=number % 2)
    room.submit(3, zip5="02108", campaign="withdrawn")
    room.submit(4, zip5="02108")
    room.run()
    return room


@pytest.fixture
def operators(monkeypatch: pytest.MonkeyPatch, room: Room) -> Operators:
    return Operators(monkeypatch, room)


def carry_on(room: Room, folder: Path) -> None:
    """What was sent goes through real intake and real resolve."""
    intake = desk.open_stage(folder, desk.broker())
    for record in room.records(SUBMISSIONS):
        ((outcome,),) = intake.settle([record])
        assert isinstance(outcome, Emit)
        assert outcome.topic is ACCEPTED
        room.append(ACCEPTED.name, record.partition, outcome.key, outcome.value)
    for partition in (0, 1):
        room.log(SUBMISSIONS.name, partition).clear()
    intake.close()
    room.run()


def people(room: Room) -> list[str]:
    """The people of all that was ever held."""
    return sorted(
        json.dumps(json.loads(one.value or b"")["data"]["submission"]["constituent"]) for one in room.records(HELD)
    )


def test_what_waits_is_told_with_its_reason_and_what_it_needs(operators: Operators) -> None:
    found = json.loads(operators.run("held", "list", "--json").stdout)
    assert found["total"] == 3
    by = {(one["campaign"], one["reason"], one["needs"]): one["count"] for one in found["counts"]}
    assert by == {("open", "ambiguous", "street_address_or_plus4"): 2, ("withdrawn", "campaign_withdrawn", ""): 1}
    assert {one["id"] for one in found["held"]} == {made.identity(number) for number in (1, 2, 3)}
    assert {tuple(one["candidates"]) for one in found["held"] if one["campaign"] == "open"} == {("HMA05", "HMA07")}
    only = json.loads(operators.run("held", "list", "--json", "--campaign", "withdrawn").stdout)
    assert [one["id"] for one in only["held"]] == [made.identity(3)]
    assert json.loads(operators.run("held", "list", "--json", "--older", "1h").stdout)["total"] == 0
    assert "Held: 3" in operators.run("held", "list").stdout


def test_a_seat_that_the_person_confirmed_releases_that_person_s_letter(
    room: Room, operators: Operators, tmp_path: Path
) -> None:
    result = operators.run("held", "release", made.identity(1), "--seat", "HMA07", "--yes")
    assert result.exit_code == 0
    (sent,) = room.records(SUBMISSIONS)
    assert (sent.key, sent.partition) == (made.identity(1).encode(), 1), "where its submission is known"
    carry_on(room, tmp_path)
    assert room.told(1) == TAKEN_UP
    assert room.told(2) == ["held"]
    left = json.loads(operators.run("held", "list", "--json").stdout)["held"]
    assert [one["id"] for one in left] == [made.identity(2), made.identity(3)]


def test_a_seat_that_is_not_left_open_is_no_choice_of_an_operator_s(room: Room, operators: Operators) -> None:
    refused = operators.run("held", "release", made.identity(1), "--seat", "HNY12", "--yes")
    assert refused.exit_code == 1
    assert "the districts left open are HMA05, HMA07" in refused.stderr
    two = operators.run("held", "release", made.identity(1), made.identity(2), "--seat", "HMA07", "--yes")
    assert two.exit_code == 2
    assert operators.run("held", "release", "--all", "--seat", "HMA07", "--yes").exit_code == 2
    assert room.records(SUBMISSIONS) == []


def test_a_campaign_that_is_back_lets_its_submissions_go_once(room: Room, operators: Operators, tmp_path: Path) -> None:
    desk.publish(room, made.campaign("withdrawn"))
    for _ in range(2):  # twice before resolve has seen the first
        assert operators.run("held", "release", "--reason", "campaign_withdrawn", "--yes").exit_code == 0
    carry_on(room, tmp_path)
    assert room.told(3) == ["held", "released: completed", "HMA08", "$ not_held"]
    assert operators.run("held", "release", "--reason", "campaign_withdrawn", "--yes").exit_code == 0
    assert len([one for one in room.records(RESOLVED) if one.key == made.identity(3).encode()]) == 1


def test_what_is_in_doubt_still_is_held_again_with_nothing_changed(
    room: Room, operators: Operators, tmp_path: Path
) -> None:
    before = people(room)
    operators.run("held", "release", "--all", "--yes")
    carry_on(room, tmp_path)
    assert people(room) == sorted([*before, *before])
    assert json.loads(operators.run("held", "list", "--json").stdout)["total"] == 3


def test_without_a_yes_or_with_a_dry_run_nothing_is_sent(room: Room, operators: Operators) -> None:
    asked = operators.run("held", "release", "--all", input="n\n")
    assert asked.exit_code == 1
    assert "Have 3 held submissions resolved again?" in asked.stderr
    tried = json.loads(operators.run("held", "release", "--campaign", "open", "--dry-run", "--json").stdout)
    assert (tried["total"], tried["sent"], tried["dry_run"], len(tried["samples"])) == (2, 0, True, 2)
    assert operators.run("held", "release", "--yes").exit_code == 2, "it does not say which"
    assert (room.records(SUBMISSIONS), operators.settlers) == ([], [])


def test_who_is_not_held_is_named(room: Room, operators: Operators) -> None:
    result = operators.run("held", "release", made.identity(1), made.identity(4), "--yes", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert (found["sent"], found["missing"]) == (1, [made.identity(4)])
    assert [one.key for one in room.records(SUBMISSIONS)] == [made.identity(1).encode()]


def test_many_go_in_portions_at_a_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    ground = Ground()
    for number in range(1, 26):
        ground.hold(number)
    operators = Operators(monkeypatch, ground)
    operators.settler = lambda: MemorySettler(ground)
    operators.run("held", "release", "--all", "--limit", "21", "--rate", "10", "--yes")
    assert [len(portion) for portion in operators.settlers[0].portions] == [10, 10, 1]
    assert operators.settlers[0].closed


def test_nothing_of_a_person_is_shown(room: Room, operators: Operators) -> None:
    for command in (("list",), ("release", "--all", "--dry-run"), ("release", made.identity(9), "--yes")):
        for options in ((), ("--json",)):
            said = operators.run("held", *command, *options).output.lower()
            assert made.CANARY not in said
            assert "02139" not in said
