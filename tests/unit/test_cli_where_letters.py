"""``postbag where`` of a letter, in every state that the ledger and the tiers tell of, and by whatever it is asked for."""

from __future__ import annotations

from uuid import UUID, uuid5

import pytest

from schemas.ledger import State
from schemas.topics import ACCEPTED, DEAD, LETTERS, RETRY_MINUTES, RETRY_QUARTER, Topic
from tests.unit import made
from tests.unit.way import Asked, Way

LETTER = made.identity(1)
DUE = 1_800_000_000.0
DUE_TOLD = "2027-01-15 08:00:00Z"


@pytest.fixture
def way() -> Way:
    """One submission with a letter that deliver has not taken up."""
    found = Way()
    found.carry(1, None)
    return found


def test_a_letter_that_nobody_took_up_is_pending(asked: Asked) -> None:
    letter = asked.json(LETTER)["letters"][0]
    assert (letter["state"], letter["says"]) == ("pending", "It was made, and deliver has not taken it up yet.")


@pytest.mark.parametrize(
    ("state", "reason", "says"),
    [
        ("accepted", "accepted", "It was delivered. Reason: accepted."),
        ("refused", "gone", "The office does not take it, and it is not tried again. Reason: gone."),
        ("expired", "too_late", "Its time was over before it could be delivered. Reason: too_late."),
        (
            "cancelled",
            "campaign_cancelled",
            "Its campaign was cancelled before it was sent. Reason: campaign_cancelled.",
        ),
        (
            "in_doubt",
            "worker_lost",
            "It may have arrived, and is not tried again, since that could deliver it twice. Reason: worker_lost.",
        ),
    ],
)
def test_a_letter_that_ended_says_how(way: Way, asked: Asked, state: State, reason: str, says: str) -> None:
    way.tell(1, "retrying", reason="server_error")
    way.park(RETRY_MINUTES, 1, DUE, "server_error")
    way.tell(1, state, reason=reason, attempts=2)
    letter = asked.json(LETTER)["letters"][0]
    assert (letter["state"], letter["says"], letter["attempts"]) == (state, says, 2)
    assert letter["due"] is None, "it waits for nothing any more"


@pytest.mark.parametrize(
    ("state", "reason", "says"),
    [
        ("retrying", "server_error", "Attempt 1 did not deliver it (server_error); it is tried again by webhook."),
        ("held", "paused", "It waits for its turn (paused)."),
        ("unknown", "under_way", "Attempt 1 was begun, and nobody knows yet how it ended (under_way)."),
    ],
)
@pytest.mark.parametrize("tier", [RETRY_MINUTES, RETRY_QUARTER])
def test_a_letter_that_waits_says_where_and_until_when(
    way: Way, asked: Asked, state: State, reason: str, says: str, tier: Topic
) -> None:
    way.tell(1, state, reason=reason)
    way.park(RETRY_MINUTES, 1, DUE - 600, reason)
    way.park(tier, 1, DUE - 60, reason, hold_until=DUE)
    letter = asked.json(LETTER)["letters"][0]
    assert letter["state"] == state
    assert letter["says"] == f"{says} It waits in {tier.name} until {DUE_TOLD}."
    assert (letter["waits_in"], letter["due"]) == (tier.name, DUE_TOLD)
    assert asked.whats(LETTER)[-1] == f"deliver: waits until {DUE_TOLD}: {reason}, 2 attempts so far"


def test_a_suppressed_letter_names_the_submission_that_came_first(way: Way, asked: Asked) -> None:
    way.tell(1, "accepted")
    way.carry(2, None, letter=1)
    way.tell(1, "suppressed", 2, reason="duplicate", attempts=0)
    found = asked.json(made.identity(2))
    letter = found["letters"][0]
    assert (found["kind"], letter["letter_id"], letter["state"]) == ("submission", LETTER, "suppressed")
    assert letter["instead"] == made.identity(1)
    assert f"The submission that brought it first: {made.identity(1)}" in asked.text(made.identity(2)).output
    way.tell(1, "refused", 1, reason="mailbox_full")
    assert asked.json(made.identity(2))["letters"][0]["state"] == "suppressed", "whatever becomes of the first"
    assert asked.json(made.identity(1))["letters"][0]["state"] == "refused", "the other one is not touched by it"
    way.carry(3, None, letter=9)
    way.tell(9, "accepted", 3)
    way.carry(4, None, letter=9)
    way.tell(9, "suppressed", 4, reason="duplicate", attempts=0)
    found = asked.json(made.identity(9))
    assert (found["kind"], found["submission_id"]) == ("letter", made.identity(3)), "the letter is whose it was first"
    assert found["letters"][0]["state"] == "accepted"


def test_a_letter_in_dead_says_so_until_it_is_put_back_and_never_once_it_ended(way: Way, asked: Asked) -> None:
    way.tell(1, "retrying", reason="server_error")
    way.park(RETRY_MINUTES, 1, DUE, "server_error")
    way.bury(way.last(RETRY_MINUTES), "deliver", "killed_worker")
    letter = asked.json(LETTER)["letters"][0]
    assert letter["state"] == "dead"
    assert letter["says"].startswith("deliver could not handle it (killed_worker): `postbag dead show ")
    way.settle(way.last(DEAD), "replayed")
    assert asked.json(LETTER)["letters"][0]["state"] == "retrying"
    way.bury(way.last(RETRY_MINUTES), "deliver", "killed_worker")
    way.tell(1, "refused", reason="gone")
    assert asked.json(LETTER)["letters"][0]["state"] == "refused"


def test_what_was_reported_later_stands_in_the_timeline(way: Way, asked: Asked) -> None:
    way.tell(1, "accepted", channel="smtp")
    way.report(1)
    way.tell(1, "refused", channel="smtp", reason="mailbox_full")
    found = asked.json(LETTER)
    assert found["letters"][0]["state"] == "refused"
    assert "report: reported refused by smtp: mailbox_full" in asked.whats(LETTER)


def test_a_letter_is_told_with_its_submission_and_without_the_submissions_other_letters(asked: Asked, way: Way) -> None:
    letters = {office: str(uuid5(UUID(int=7), office)) for office in ("HNY13", "SNY01")}
    way.send(3)
    way.accept(3)
    way.resolve(3, tuple(letters))
    for office, name in letters.items():
        one = made.letter(3, letter_id=name, office=office)
        way.write(LETTERS, made.rendered(one), office)
    found = asked.json(letters["SNY01"])
    assert (found["kind"], found["submission_id"]) == ("letter", made.identity(3))
    assert [one["letter_id"] for one in found["letters"]] == [letters["SNY01"]]
    topics = [one["topic"] for one in found["timeline"]]
    assert topics == ["submissions", "accepted", "resolved", "letters"]
    assert (ACCEPTED.name, 1 - way.place(made.identity(3))) not in asked.search.looked


@pytest.mark.parametrize(
    "given",
    [LETTER.upper(), LETTER.replace("-", ""), f"<{LETTER}@letters.example.org>", "  r-77.A:1_x  ", "r-77.A:1_x"],
)
def test_it_is_found_by_a_delivery_id_a_message_id_and_a_receipt(way: Way, asked: Asked, given: str) -> None:
    way.tell(2, "accepted", receipt="r-77.A:1_xyz")
    way.tell(1, "accepted", receipt="r-77.A:1_x", answer=200)
    found = asked.json(given)
    assert found["letters"][0]["letter_id"] == LETTER
    assert found["letters"][0]["receipt"] == "r-77.A:1_x"
