"""``postbag where`` on a running pipeline: whatever became of a person, it says so, by any id, and how that came."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas.topics import SUBMISSIONS
from tests.integration.harness.corner import Corner
from tests.integration.harness.drill import (
    BROKEN,
    DOUBTFUL,
    MISMATCHED,
    OFFICES,
    PAUSED,
    REFUSED,
    RETRIED,
    SPLIT,
    SUPPRESSED,
    TAKEN,
    Drill,
    drilling,
    identity,
)
from tests.integration.harness.offices import ledger
from tests.integration.harness.processes import eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]

ENDS = {
    TAKEN: "accepted",
    SUPPRESSED: "suppressed",
    RETRIED: "retrying",
    DOUBTFUL: "in_doubt",
    REFUSED: "refused",
    PAUSED: "held",
}
"""What becomes of the one letter of each."""
STATES = {BROKEN: "dead", SPLIT: "held", MISMATCHED: "held", 204: "rejected"}
"""What becomes of those of whom no letter is made."""


def where(drill: Drill, given: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(drill.postbag("where", given, "--json"))
    return found


def test_it_tells_of_everybody_what_became_of_them_and_how(corner: Corner) -> None:
    with drilling(corner) as (drill, _):
        for number, state in STATES.items():
            found = where(drill, identity(number))
            assert (found["state"], found["letters"]) == (state, []), found
        for number, state in ENDS.items():
            found = where(drill, identity(number))
            assert [(one["office"], one["state"]) for one in found["letters"]] == [
                (OFFICES[TAKEN if number == SUPPRESSED else number], state)
            ]
            stages = [step["stage"] for step in found["timeline"]]
            assert stages[:4] == ["frontend", "ingest", "resolve", "render"]
            assert set(stages[4:]) == {"deliver"}
            times = [step["time"] for step in found["timeline"]]
            assert times == sorted(times)
        assert where(drill, identity(SUPPRESSED))["letters"][0]["instead"] == identity(TAKEN)
        waits = where(drill, identity(RETRIED))["letters"][0]
        assert waits["waits_in"].startswith("letters.")
        assert waits["due"] > where(drill, identity(RETRIED))["timeline"][0]["time"]
        the_letter_itself(drill)
        a_dead_one_that_is_put_back(drill)
        drill.postbag("where", "5f0c9e1a-b7d8-5c1e-8a2d-4b6f9e3a7c10", ends=(1,))
        assert "no topic knows of it" in drill.said["where 5f0c9e1a-b7d8-5c1e-8a2d-4b6f9e3a7c10"]


def the_letter_itself(drill: Drill) -> None:
    """It is found by its own id, by the forms that others know it in, and by the office's receipt."""
    entry = next(one for one in ledger(drill.corner) if one["submission_id"] == identity(TAKEN) and one.get("receipt"))
    letter = entry["letter_id"]
    for given in (letter, letter.replace("-", ""), f"<{letter}@letters.example.org>", entry["receipt"]):
        found = where(drill, given)
        assert (found["kind"], found["submission_id"]) == ("letter", identity(TAKEN))
        assert [one["receipt"] for one in found["letters"]] == [entry["receipt"]]


def a_dead_one_that_is_put_back(drill: Drill) -> None:
    """Its way goes on, and says that it was."""
    drill.postbag("dead", "replay", "--id", identity(BROKEN), "--yes")
    assert eventually(lambda: len(parked(drill)) == 2, 60), "its campaign is as broken as before"
    whats = [step["what"] for step in where(drill, identity(BROKEN))["timeline"]]
    assert sum(what.endswith("was put back") for what in whats) == 1
    assert where(drill, identity(BROKEN))["state"] == "dead"


def parked(drill: Drill) -> list[str]:
    return [
        step["what"]
        for step in where(drill, identity(BROKEN))["timeline"]
        if step["topic"] == "dead" and step["what"].startswith("parked")
    ]


def test_one_that_lies_where_its_key_does_not_belong_is_found(corner: Corner) -> None:
    drill = Drill(corner)
    drill.submit_everybody()
    homes = {record.key: record.partition for record in corner.read(SUBMISSIONS)}
    assert len(set(homes.values())) > 1
    for number in (TAKEN, REFUSED, SPLIT, 204):
        assert where(drill, identity(number))["says"] == "It was sent, and ingest has not dealt with it yet."
