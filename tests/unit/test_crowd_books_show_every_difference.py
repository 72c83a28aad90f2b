"""The books' oracle: it adds up with the crowd, forgives only what Kafka leaves open, and shows all else."""

from __future__ import annotations

from collections import Counter

import pytest

from deploy.local.crowd import Mix, crowd
from deploy.local.crowd_books import Expectations, expectations

CAMPAIGN = "syria-accountability"


@pytest.fixture(scope="module")
def books() -> Expectations:
    return expectations(3, 2000, CAMPAIGN)


def test_every_record_of_the_crowd_is_in_the_books_once(books: Expectations) -> None:
    sent = list(crowd(3, 2000, CAMPAIGN))
    assert books.counts.total() == len(sent) == 2000
    assert set(books.states()) == {one.submission_id for one in sent}
    assert len(books.states()) == 2000 - books.counts["repeat"]
    assert books.offices.total() == books.letters == books.counts["letter"]
    assert books.ids["repeat"] < books.ids["letter"]
    assert len(books.twins) == books.counts["suppressed"]
    assert books.offices == Counter(one.office for one in sent if one.kind == "good")


def test_books_that_are_right_show_no_difference_whichever_twin_came_first(books: Expectations) -> None:
    found: dict[str, str] = dict(books.states())
    assert books.differences(found) == {}
    for first, second in books.twins[::2]:
        found[first], found[second] = found[second], found[first]
    assert books.differences(found) == {}


def test_a_lost_a_misplaced_and_an_unknown_submission_are_shown(books: Expectations) -> None:
    found: dict[str, str] = dict(books.states())
    lost, misplaced = min(books.ids["held"]), min(books.ids["rejected"])
    del found[lost]
    found[misplaced] = "letter"
    found["nobody-sent-this"] = "dead"
    assert books.differences(found) == {
        lost: ("held", None),
        misplaced: ("rejected", "letter"),
        "nobody-sent-this": (None, "dead"),
    }


def test_two_letters_for_one_person_and_none_for_another_are_shown(books: Expectations) -> None:
    found: dict[str, str] = dict(books.states())
    (_, second), (first, _), *_ = books.twins
    found[second] = "letter"
    found[first] = "suppressed"
    assert books.differences(found) == {second: ("suppressed", "letter"), first: ("letter", "suppressed")}


def test_states_that_a_mix_leaves_out_are_there_and_empty() -> None:
    mix = Mix(good=0.5, bad_fields=0.5, garbage=0, repeat=0, again=0, unclear=0, abroad=0)
    books = expectations(3, 10, CAMPAIGN, mix)
    assert books.counts == {"letter": 5, "rejected": 5}
    assert books.ids["dead"] == frozenset()
