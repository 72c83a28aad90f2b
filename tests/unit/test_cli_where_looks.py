"""Where ``postbag where`` looks: each place once, and none that the keys, the ledger or the times rule out."""

from __future__ import annotations

from collections import Counter

import pytest

from schemas.topics import DEAD, LEDGER, LETTERS, RETRY, SUBMISSIONS
from services.cli.where import waiting
from tests.unit import made
from tests.unit.way import Asked, Way

LETTER, OTHER = "5f0c9e1a-b7d8-5c1e-8a2d-4b6f9e3a7c10", "5f0c9e1a-b7d8-5c1e-8a2d-4b6f9e3a7c11"
OFFICES = ("HNY13", "HTX02")
"""In partitions 0 and 1."""


def places(asked: Asked, topic: str) -> list[int]:
    return [number for name, number in asked.search.looked if name == topic]


def test_a_letter_is_looked_for_in_the_ledger_and_then_where_its_entry_lies(way: Way, asked: Asked) -> None:
    way.send(1)
    way.accept(1)
    way.resolve(1, tuple(OFFICES))
    way.write(LETTERS, made.rendered(made.letter(1, letter_id=LETTER, office=OFFICES[1])), OFFICES[1])
    for letter, office in ((OTHER, OFFICES[0]), (LETTER, OFFICES[1])):
        way.tell(1, "accepted", letter_id=letter, office=office)
    assert asked.json(LETTER)["letters"][0]["state"] == "accepted"
    assert set(places(asked, LETTERS.name)) == set(places(asked, RETRY.name)) == {1}
    assert asked.json(OTHER)["letters"][0]["state"] == "accepted"
    assert places(asked, LEDGER.name)[:1] == [0], "its entry says that the others are beside it"
    assert set(places(asked, LEDGER.name)) == set(places(asked, LETTERS.name)) == {0}


def test_an_old_letter_is_known_from_the_ledger_and_looked_for_beside_its_entry(way: Way, asked: Asked) -> None:
    way.tell(1, "accepted", letter_id=LETTER, office=OFFICES[1])
    assert asked.json(LETTER)["letters"][0]["state"] == "accepted"
    assert set(places(asked, LETTERS.name)) == set(places(asked, RETRY.name)) == {1}


@pytest.mark.parametrize("unknown", [LETTER, "0192f0a4-7a51-4c3e-9d0f-3b8e5a1c2d4e", "01ARZ3NDEKTSV4RRFFQ69G5FAV"])
def test_no_place_is_read_twice_for_an_id_that_nobody_knows(way: Way, asked: Asked, unknown: str) -> None:
    way.carry(1)
    assert asked.text(unknown).exit_code == 1
    looked = Counter(place for place in asked.search.looked if place[0] != DEAD.name)
    assert set(looked.values()) == {1}
    assert {(topic.name, number) for topic in (SUBMISSIONS, LETTERS, LEDGER) for number in (0, 1)} < set(looked)


def test_a_letter_is_found_though_its_broker_s_clock_is_behind(way: Way, asked: Asked) -> None:
    way.carry(1)
    log = way.log(LETTERS.name, way.place("HNY13"))
    log[-1] = log[-1]._replace(timestamp=log[-1].timestamp - 20_000)
    assert LETTERS.name in [step["topic"] for step in asked.json(made.identity(1))["timeline"]]


def test_an_id_that_an_office_gave_as_a_receipt_hides_no_letter(way: Way, asked: Asked) -> None:
    way.tell(8, "accepted", office=OFFICES[0], receipt=LETTER)
    way.tell(9, "accepted", office=OFFICES[1], letter_id=LETTER)
    found = asked.json(LETTER)["letters"]
    assert [(one["letter_id"], one["office"]) for one in found] == [(LETTER, OFFICES[1])]


def test_who_waits_at_a_terminal_is_told_how_much_is_left_and_nobody_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [0.0]
    for is_terminal in (True, False):
        monkeypatch.setattr("sys.stderr.isatty", lambda: is_terminal)  # noqa: B023 - used at once
        now[0] = 0.0
        one = waiting.Waiting(lambda: now[0])
        for seconds, left in ((1.9, 3000), (2.1, 2000), (2.2, 1500), (2.7, 1000)):
            now[0] = seconds
            one(left)
        one.over()
        told = capsys.readouterr()
        said = "\r\x1b[KSearching: 2,000 records to go ...\r\x1b[KSearching: 1,000 records to go ...\r\x1b[K"
        assert (told.out, told.err) == ("", said if is_terminal else "")
