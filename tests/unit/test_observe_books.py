"""The observer's sums are those of the books, whatever happened, in whatever order, and read in whatever pieces."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from schemas.ledger import State
from schemas.settlement import Action, DeadSettled, Settlement
from schemas.topics import DEAD, DEAD_SETTLED, LEDGER, LETTERS, TIERS, Topic
from schemas.wire import write
from services.cli import books
from services.observe import seen
from services.observe.seen import Survey
from services.observe.settings import ObserveSettings
from services.observe.sources import Sources
from services.observe.survey import Surveyor
from services.pipeline.broker import Partition, Record
from services.pipeline.memory import MemoryReader
from tests.unit import made
from tests.unit.ground import Ground
from tests.unit.observed import MemoryGroups, surveyor

STATES = get_args(State)


def agree(ground: Ground, survey: Survey) -> None:
    """Every letter's state, and what is a fault of letters, is as the books say."""
    found = ground.books()
    assert {state: n for state, n in survey.letters.items() if n} == {s: n for s, n in found.letters.items() if n}
    said = [fault for fault in found.faults if "ledger entries" in fault or "hold their ids" in fault]
    assert survey.faults == sum(int(fault.split()[0]) for fault in said)
    assert sum(survey.letters.values()) == sum(found.letters.values())


def test_the_states_of_a_letter_are_those_of_the_books() -> None:
    assert get_args(seen.LetterState) == books.LETTER_STATES
    assert seen.OPEN == books.OPEN


@pytest.mark.parametrize("state", [*STATES, None])
def test_each_state_is_counted_as_the_books_count_it(ground: Ground, tmp_path: Path, state: State | None) -> None:
    ground.carry(1, "accepted")
    ground.carry(2, state, letter=1 if state == "suppressed" else None)
    survey = surveyor(ground, tmp_path).look()
    agree(ground, survey)
    assert survey.letters[state or "pending"] == (2 if state == "accepted" else 1)


def test_a_letter_parked_in_a_tier_is_dead_until_the_ledger_says_how_it_ended(ground: Ground, tmp_path: Path) -> None:
    looks = surveyor(ground, tmp_path)
    ground.carry(1, "retrying")
    agree(ground, looks.look())
    ground.bury(ground.wait(1, TIERS[1]), "deliver", "handler_raised")
    survey = looks.look()
    agree(ground, survey)
    assert (survey.letters["dead"], survey.dead) == (1, {("deliver", "handler_raised"): 1})
    ground.enter(1, "accepted")
    survey = looks.look()
    agree(ground, survey)
    assert survey.letters["accepted"] == 1


def test_a_letter_that_came_back_after_it_was_accepted_is_in_one_state(ground: Ground, tmp_path: Path) -> None:
    looks = surveyor(ground, tmp_path)
    ground.carry(1, "accepted")
    agree(ground, looks.look())
    ground.report(1)
    ground.enter(1, "refused")
    survey = looks.look()
    agree(ground, survey)
    assert (survey.letters["refused"], survey.letters["accepted"]) == (1, 0)


def test_a_letter_that_is_twice_in_letters_is_one_letter(ground: Ground, tmp_path: Path) -> None:
    ground.carry(1, "accepted")
    again = ground.log(LETTERS.name, 0)[0]
    ground.append(LETTERS.name, 1, again.key, again.value)
    survey = surveyor(ground, tmp_path).look()
    agree(ground, survey)
    assert sum(survey.letters.values()) == 1


def test_an_entry_of_nobodys_letter_and_a_letter_with_two_owners_are_faults(ground: Ground, tmp_path: Path) -> None:
    looks = surveyor(ground, tmp_path)
    ground.carry(1)
    ground.enter(1, "suppressed")
    ground.enter(2)
    ground.enter(3, "suppressed", letter=1)
    survey = looks.look()
    agree(ground, survey)
    assert survey.faults == 3
    ground.carry(2, None)
    ground.carry(3, None, letter=1)
    survey = looks.look()
    agree(ground, survey)
    assert survey.faults == 1


def test_an_entry_that_is_taken_out_of_the_ledger_is_gone(ground: Ground, tmp_path: Path) -> None:
    looks = surveyor(ground, tmp_path)
    ground.carry(1, "accepted")
    ground.carry(2, "suppressed", letter=1)
    agree(ground, looks.look())
    for key in (made.identity(1), f"{made.identity(1)}/{made.identity(2)}"):
        ground.append(LEDGER.name, 0, key.encode(), None)
    survey = looks.look()
    agree(ground, survey)
    assert survey.letters["pending"] == 2


def test_garbage_on_any_topic_is_passed_over(ground: Ground, tmp_path: Path) -> None:
    ground.carry(1)
    for topic in (LETTERS, LEDGER, DEAD):
        ground.append(topic.name, 1, b"\xff", b"garbage")
        ground.append(topic.name, 1, None, None)
    survey = surveyor(ground, tmp_path).look()
    agree(ground, survey)
    assert survey.dead == {("unknown", "unknown"): 2}


def test_letters_that_retention_deleted_before_they_were_read_are_counted_by_the_ledger(
    ground: Ground, tmp_path: Path
) -> None:
    groups = MemoryGroups(ground)
    ground.enter(1, "accepted")
    ground.enter(2, "suppressed", letter=1)
    ground.carry(3, "retrying")
    looks = surveyor(ground, tmp_path, groups=groups)
    survey = looks.look()
    assert (survey.faults, sum(survey.letters.values())) == (2, 1)
    groups.begins[Partition(LETTERS.name, 1)] = 7  # of partition 1 nothing is left
    survey = surveyor(ground, tmp_path, groups=groups, name=None).look()
    assert (survey.faults, survey.letters["accepted"], survey.letters["suppressed"]) == (0, 1, 1)
    groups.begins = {Partition(LETTERS.name, 0): 0}
    assert surveyor(ground, tmp_path, groups=groups, name=None).look().faults == 2


class Busy(MemoryReader):
    """While it reads the ledger, a letter more goes all the way."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self.ground, self.number = ground, 100

    def read(self, topic: Topic, partition: int, start: int) -> Iterator[Record]:
        if topic is LEDGER and partition == 0:
            self.number += 1
            self.ground.carry(self.number)
        yield from super().read(topic, partition, start)


def test_what_goes_on_while_it_looks_is_no_fault(ground: Ground, tmp_path: Path) -> None:
    reader, settings = Busy(ground), ObserveSettings(state_dir=tmp_path)
    looks = Surveyor(settings, sources=lambda: Sources(MemoryGroups(ground), reader))
    for number in range(1, 4):
        ground.carry(number, None)
        looks.look()
        ground.enter(number)  # so that there is news of the ledger alone
        survey = looks.look()
        assert (survey.faults, survey.letters["accepted"]) == (0, reader.number - 100 + number)


def step(ground: Ground, dice: random.Random, number: int) -> None:
    """Something that can happen to a letter, sensible or not."""
    letter = dice.choice([number, number, dice.randrange(1, number + 1)])
    deed = dice.randrange(8)
    if deed < 3:
        ground.render(number, letter)
    elif deed < 5:
        ground.enter(number, dice.choice(STATES), letter)
    elif deed == 5 and ground.log(LETTERS.name, 0):
        ground.bury(dice.choice(ground.log(LETTERS.name, 0)), "deliver", "handler_raised")
    elif deed == 6 and ground.log(DEAD.name, 0):
        settle(ground, dice)
    else:
        ground.append(LEDGER.name, 0, made.identity(letter).encode(), None)


def settle(ground: Ground, dice: random.Random) -> None:
    """An operator puts one dead letter back, or discards it, if nobody has settled it."""
    one = dice.choice(ground.log(DEAD.name, 0))
    key = f"0/{one.offset}".encode()
    if any(record.key == key for record in ground.log(DEAD_SETTLED.name, 0)):
        return
    action: Action = dice.choice(["replayed", "discarded"])
    if action == "replayed":
        ground.append(LETTERS.name, 0, one.key, one.value)
    data = Settlement(partition=0, offset=one.offset, action=action, reason="handler_raised", at=datetime.now(UTC))
    event = DeadSettled(id=key.decode(), source="/postbag/cli", time=made.NOW, data=data)
    ground.append(DEAD_SETTLED.name, 0, key, write(event))


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_the_sums_are_those_of_the_books_after_every_look(tmp_path: Path, seed: int) -> None:
    ground, dice = Ground(), random.Random(seed)
    looks = surveyor(ground, tmp_path)
    for number in range(1, 60):
        for _ in range(dice.randrange(1, 6)):
            step(ground, dice, dice.randrange(1, number + 1))
        if dice.random() < 0.3:
            agree(ground, looks.look())
        if dice.random() < 0.1:
            looks.close()
            looks = surveyor(ground, tmp_path)  # a restart goes on where it stood
    agree(ground, looks.look())
    fresh = surveyor(ground, tmp_path, name=None).look()
    agree(ground, fresh)
