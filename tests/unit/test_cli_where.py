"""``postbag where`` of a submission: its state and its way, whatever became of it, and nothing that the person typed."""

from __future__ import annotations

import pytest

from schemas.topics import ACCEPTED, DEAD, LEDGER, LETTERS, RESOLVED, SUBMISSIONS
from tests.unit import made
from tests.unit.way import Asked, Way

FIRST = made.identity(1)


def test_an_accepted_submission_is_followed_to_its_letters(way: Way, asked: Asked) -> None:
    way.send(1)
    way.accept(1)
    way.resolve(1, ("HNY13", "SNY01"))
    way.render(1, letter=11)
    way.render(1, letter=12, office="SNY01")
    way.tell(11, "accepted", 1, answer=202, receipt="r-77", reason="accepted")
    found = asked.json(FIRST)
    assert (found["kind"], found["submission_id"], found["campaign"]) == ("submission", FIRST, "open")
    assert found["state"] == "letters"
    assert {one["office"]: one["state"] for one in found["letters"]} == {"HNY13": "accepted", "SNY01": "pending"}
    assert asked.whats(FIRST) == [
        "frontend: sent by forms.example",
        "ingest: accepted for open",
        "resolve: resolved to HNY13, SNY01 by zip_unique",
        "render: letter to HNY13 made, version 1 of open",
        "render: letter to SNY01 made, version 1 of open",
        "deliver: accepted by webhook, accepted, answer 202, receipt r-77, 1 attempt",
    ]
    text = asked.text(FIRST).output
    assert f"Letter {made.identity(11)} to HNY13: accepted. It was delivered." in text
    assert f"accepted[{way.place(FIRST)}]@0" in text


@pytest.mark.parametrize(
    ("steps", "state", "says"),
    [
        (0, "pending", "It was sent, and ingest has not dealt with it yet."),
        (1, "pending", "It was accepted, and resolve has not dealt with it yet."),
        (2, "pending", "It is resolved to HNY13 by zip_unique; render has made no letter of it yet."),
    ],
)
def test_one_under_way_says_who_has_it(way: Way, asked: Asked, steps: int, state: str, says: str) -> None:
    way.send(1)
    for step in (way.accept, way.resolve)[:steps]:
        step(1)
    found = asked.json(FIRST)
    assert (found["state"], found["says"], found["letters"]) == (state, says, [])


def test_a_held_one_says_why_and_one_that_was_completed_goes_on(way: Way, asked: Asked) -> None:
    way.send(1)
    way.accept(1)
    way.hold(1)
    found = asked.json(FIRST)
    assert (found["state"], found["says"]) == ("held", "It waits for a person: held: ambiguous.")
    way.complete(1)
    way.amend(1)
    assert asked.json(FIRST)["state"] == "held", "nobody has taken it up"
    way.resolve(1)
    way.release(1)
    assert asked.json(FIRST)["state"] == "pending"
    way.render(1)
    way.tell(1, "accepted")
    assert asked.json(FIRST)["state"] == "letters"
    said = asked.whats(FIRST)
    assert "frontend: sent by forms.example, to complete it" in said
    assert "ingest: what completes it was accepted" in said
    assert "resolve: held no longer: completed" in said


def test_a_rejected_one_says_what_was_wrong_and_what_was_to_complete_it_rejects_nothing(way: Way, asked: Asked) -> None:
    way.send(1)
    way.reject(1)
    found = asked.json(FIRST)
    assert (found["state"], found["says"]) == ("rejected", "It was rejected: campaign unknown_campaign.")
    way.send(2)
    way.accept(2)
    way.hold(2)
    way.turn_away(2)
    found = asked.json(made.identity(2))
    assert found["state"] == "held"
    assert found["timeline"][-1]["what"] == "what was to complete it was rejected: $ not_held"


def test_a_completion_of_nothing_is_told_as_such(way: Way, asked: Asked) -> None:
    way.complete(1)
    way.turn_away(1)
    found = asked.json(FIRST)
    assert (found["state"], found["says"]) == ("pending", "Nothing but what is to complete it has come yet.")
    assert found["timeline"][-1]["what"] == "what was to complete it was rejected: $ not_held"


@pytest.mark.parametrize(
    ("stage", "source", "steps"), [("ingest", SUBMISSIONS, 0), ("resolve", ACCEPTED, 1), ("render", RESOLVED, 2)]
)
def test_a_dead_one_says_where_it_lies_until_it_is_put_back_or_discarded(
    way: Way, asked: Asked, stage: str, source: object, steps: int
) -> None:
    way.send(1)
    for step in (way.accept, way.resolve)[:steps]:
        step(1)
    way.bury(way.last(source), stage, "handler_raised")  # type: ignore[arg-type]
    found = asked.json(FIRST)
    place = f"{way.last(DEAD).partition}/0"
    assert found["state"] == "dead"
    assert found["says"] == f"{stage} could not handle it (handler_raised): `postbag dead show {place}` says more."
    way.settle(way.last(DEAD), "discarded")
    assert asked.json(FIRST)["state"] == "discarded"
    way.settle(way.last(DEAD), "replayed")
    found = asked.json(FIRST)
    assert found["state"] == "pending"
    assert found["timeline"][-1]["what"] == f"{place} was put back"


def test_what_the_person_wrote_is_shown_to_who_asks_for_it_and_to_nobody_else(way: Way, asked: Asked) -> None:
    way.carry(1)
    way.bury(way.last(LETTERS), "deliver", "handler_raised")
    for arguments in ([FIRST], [FIRST, "--json"]):
        done = asked.text(*arguments)
        assert done.exit_code == 0
        assert made.CANARY not in done.output.lower()
        assert "maria" not in done.output.lower()
    assert asked.json(FIRST)["person"] is None
    revealed = asked.json(FIRST, "--reveal")["person"]
    assert (revealed["last_name"], revealed["address"]["line1"]) == ("Canary", made.ADDRESS.line1)
    assert "address.line1: 1 Canary Wharf" in asked.text(FIRST, "--reveal").output
    words = made.accepted(message="My canary\ndied.\x1b[2J", submission_id=made.identity(2))
    way.write(ACCEPTED, words, made.identity(2))
    shown = asked.text(made.identity(2), "--reveal").output
    assert "message: My canary\n    died.\N{REPLACEMENT CHARACTER}[2J\n" in shown, "lines stay lines, and steer nothing"


def test_it_looks_only_where_the_keys_say_that_it_is(way: Way, asked: Asked) -> None:
    way.carry(1)
    assert asked.json(FIRST)["state"] == "letters"
    looked = {
        topic: {number for name, number in asked.search.looked if name == topic} for topic, _ in asked.search.looked
    }
    assert looked[SUBMISSIONS.name] == looked[RESOLVED.name] == {way.place(FIRST)}
    assert looked[LETTERS.name] == looked[LEDGER.name] == {way.place("HNY13")}


def test_one_that_its_frontend_placed_otherwise_is_found_all_the_same(way: Way, asked: Asked) -> None:
    way.send(1, partition=1 - way.place(FIRST))
    assert asked.json(FIRST)["state"] == "pending"


def test_one_whose_topics_have_let_go_of_it_is_known_from_the_ledger(way: Way, asked: Asked) -> None:
    way.tell(11, "accepted", 1)
    way.tell(12, "refused", 1, office="SNY01")
    found = asked.json(FIRST)
    assert (found["state"], found["campaign"]) == ("letters", "open")
    assert {one["state"] for one in found["letters"]} == {"accepted", "refused"}


def test_a_submission_that_only_speaks_of_the_id_is_not_taken_for_it(way: Way, asked: Asked) -> None:
    other = made.constituent(line1=f"{FIRST} Elm Street")
    way.write(ACCEPTED, made.accepted(other, submission_id=made.identity(2)), FIRST)
    done = asked.text(FIRST)
    assert (done.exit_code, "no topic knows of it" in done.output) == (1, True)


@pytest.mark.parametrize("unknown", [made.identity(9), "01ARZ3NDEKTSV4RRFFQ69G5FAV", "no-receipt-of-anybody"])
def test_an_unknown_id_ends_with_1_and_a_sentence(way: Way, asked: Asked, unknown: str) -> None:
    way.carry(1)
    done = asked.text(unknown)
    assert done.exit_code == 1
    assert done.output == (
        "Error: no topic knows of it: it was never sent here, or its topics have let go of it (docs/topics.md says when).\n"
    )
    said = asked.text("Maria Canary, 1 Wharf")
    assert (said.exit_code, "that is no id" in said.output, "Canary" in said.output) == (1, True, False)
