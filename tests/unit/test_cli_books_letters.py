"""The books of letters: one letter is in one state, whatever tiers it went through and whatever came back later."""

from __future__ import annotations

import pytest

from schemas.ledger import State
from schemas.topics import LETTERS, TIERS, Topic
from tests.unit.ground import Ground


@pytest.mark.parametrize("state", ["held", "retrying", "unknown"])
def test_a_letter_that_waits_or_whose_end_is_not_known_is_in_that_state_and_not_settled(
    ground: Ground, state: State
) -> None:
    ground.carry(1, state)
    books = ground.books()
    assert (books.balanced, books.settled) == (True, False)
    assert {state: count for state, count in books.letters.items() if count} == {state: 1}


def test_what_was_cancelled_is_settled(ground: Ground) -> None:
    ground.carry(1, "held")
    ground.enter(1, "cancelled")
    books = ground.books()
    assert (books.balanced, books.settled, books.letters["cancelled"]) == (True, True, 1)


def test_a_letter_that_came_back_after_it_was_accepted_is_one_letter_in_one_state(ground: Ground) -> None:
    ground.carry(1, "accepted")
    ground.report(1)
    ground.enter(1, "refused")
    books = ground.books()
    assert (books.faults, books.settled) == ([], True)
    assert {state: count for state, count in books.letters.items() if count} == {"refused": 1}
    assert books.reports == {"refused": 1}


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
@pytest.mark.parametrize("state", ["held", "retrying", "unknown"])
def test_a_letter_that_is_parked_from_a_tier_is_dead_and_no_longer_under_way(
    ground: Ground, tier: Topic, state: State
) -> None:
    ground.carry(1, state)
    ground.carry(2, state)
    ground.bury(ground.wait(1, tier), "deliver", "killed_worker")
    books = ground.books()
    assert books.faults == []
    assert (books.letters["dead"], books.letters[state], books.settled) == (1, 1, False)
    ground.enter(2, "accepted")
    assert ground.books().settled


def test_a_parked_letter_that_was_put_back_and_accepted_is_accepted(ground: Ground) -> None:
    ground.carry(1, "retrying")
    ground.bury(ground.wait(1, TIERS[1]), "deliver", "handler_raised")
    ground.enter(1, "accepted")
    books = ground.books()
    assert (books.letters["accepted"], books.letters["dead"], books.settled) == (1, 0, True)


def test_another_submission_s_parked_letter_says_nothing_of_the_one_that_holds_the_id(ground: Ground) -> None:
    ground.carry(1, "retrying")
    ground.carry(2, None, letter=1)
    ground.bury(ground.log(LETTERS.name, 0)[1], "deliver", "handler_raised")
    books = ground.books()
    assert (books.letters["dead"], books.letters["retrying"]) == (1, 1)


def test_a_letter_that_is_suppressed_by_itself_is_a_fault(ground: Ground) -> None:
    ground.carry(1, "accepted")
    ground.enter(1, "suppressed")
    assert ground.books().faults == ["1 letters are suppressed, and hold their ids themselves"]


def test_a_report_that_was_parked_is_counted_and_is_no_letter(ground: Ground) -> None:
    ground.carry(1)
    ground.bury(ground.report(1), "deliver", "handler_raised")
    books = ground.books()
    assert (books.faults, books.settled, books.letters["dead"]) == ([], True, 0)
    assert books.reports == {"refused": 1, "dead": 1}
