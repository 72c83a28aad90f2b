"""An exchange is broken off at every point, and nobody can tell how it went: what follows is the channel's policy.

Where the office answers a repeated id without acting twice, the letter is tried again under its id until somebody answers.
Where it does not, the letter is in doubt and is never sent again by itself: not by a later batch, not by the next worker,
not by a replay of the whole topic. Only what surely did not leave this machine is tried again on both.
"""

import signal
import time
from pathlib import Path

import pytest
import yaml

from deploy.local.office_control import OfficeControl
from schemas.letter import LetterRendered
from schemas.topics import DEAD, LETTERS, TIERS
from tests.integration.harness.corner import Corner
from tests.integration.harness.gate import Gate
from tests.integration.harness.offices import (
    OFFICES,
    assert_balanced,
    delivery,
    drain,
    final_states,
    ledger,
    letters,
    offers,
    office,
    post,
    states,
)
from tests.integration.harness.processes import eventually
from tests.integration.harness.replays import rewind

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(120)]

EACH = 3
"""Letters an office: few enough that no breaker opens."""
SHUT, HEAD_ONLY, HALF, ALL, SILENT, TAKEN, DRIPS = POINTS = OFFICES[:7]
TOOK = (SILENT, TAKEN, DRIPS)
"""Those that have the letter when the exchange breaks off."""
BROKEN = POINTS[1:]


def break_off(control: OfficeControl) -> None:
    """Every office breaks off each of its letters once, at a point of its own; before one of them stands a gate."""
    control.reset(HEAD_ONLY, "before_reading", times=EACH)
    control.reset(HALF, "while_reading", times=EACH)
    control.reset(ALL, "after_reading", times=EACH)
    control.hang(SILENT, 600, accept=True, times=EACH)
    control.reset(TAKEN, "after_accepting", times=EACH)
    control.drip(DRIPS, 1.0, times=EACH)


def behind(gate: Gate, folder: Path) -> Path:
    """An offices file in which one office stands behind the gate."""
    hop = {"channel": "webhook", "to": f"{gate.base_url}/offices/{{office}}/letters"}
    file = folder / "offices.yaml"
    file.write_text(yaml.safe_dump({"offices": [{"match": SHUT, "channels": [hop]}]}), "utf-8")
    return file


def of(made: list[LetterRendered], *names: str) -> set[str]:
    return {one.data.letter_id for one in made if one.data.office in names}


def met(control: OfficeControl) -> dict[str, int]:
    """How many requests broke off, by office."""
    return {name: sum(fault["hits"] for fault in faults) for name, faults in control.faults().items()}


def test_where_a_repeat_is_harmless_it_is_tried_again_under_its_id(corner: Corner) -> None:
    made = letters(EACH * len(POINTS), POINTS)
    with office(corner.folder) as control, Gate(control.base_url) as gate:
        break_off(control)
        post(corner, made)
        settings = delivery(control, attempt_seconds=1, offices=behind(gate, corner.folder))
        with corner.start("deliver", **settings) as worker:
            assert eventually(lambda: of(made, *BROKEN) <= accepted(corner), 40), states(corner)
            assert not of(made, SHUT) & accepted(corner)
            gate.open()
            assert eventually(lambda: states(corner)["accepted"] == len(made), 40), states(corner)
            drain(worker)
        assert met(control) == dict.fromkeys(BROKEN, EACH)
        books = assert_balanced(corner, control, made)
        assert books["duplicates_offered"] >= EACH * len(TOOK), "these had it, and were asked again"
    assert all(entry["attempts"] >= 2 for entry in final_states(corner).values())
    assert len({(entry["letter_id"], entry["body_sha256"]) for entry in ledger(corner) if entry["attempts"]}) == len(
        made
    )


def test_where_a_repeat_could_deliver_twice_it_is_in_doubt_and_never_sent_again(corner: Corner) -> None:
    made = letters(EACH * len(POINTS), POINTS)
    with office(corner.folder) as control, Gate(control.base_url) as gate:
        break_off(control)
        post(corner, made)
        settings = delivery(control, attempt_seconds=1, offices=behind(gate, corner.folder), webhook_idempotent=False)
        with corner.start("deliver", log_name="first", **settings) as worker:
            assert eventually(lambda: states(corner)["in_doubt"] == EACH * len(BROKEN), 40), states(corner)
            assert not control.report()["per_office"].get(SHUT)
            gate.open()
            assert eventually(lambda: states(corner)["accepted"] == EACH, 40), states(corner)
            drain(worker)
        ends = final_states(corner)
        again = rewind(corner, "deliver", (LETTERS, *TIERS))
        with corner.start("deliver", log_name="again", **settings) as worker:
            assert eventually(lambda: sum(corner.committed("deliver").values()) >= again, 40)
            time.sleep(2.5)  # longer than the tiers that a letter could have been put into
            drain(worker)
        assert final_states(corner) == ends
        assert met(control) == dict.fromkeys(BROKEN, EACH)
        assert {name: counts["offers"] for name, counts in control.report()["per_office"].items()} == dict.fromkeys(
            (SHUT, ALL, *TOOK), EACH
        ), "one offer a letter: the two missing ones cut it off before they had it"
        assert {to.letter_id for to, _ in control.accepted()} == of(made, SHUT, *TOOK)
    assert {name for name, end in ends.items() if end["state"] == "in_doubt"} == of(made, *BROKEN)
    assert {end["reason"] for end in ends.values() if end["state"] == "in_doubt"} <= {"connection_lost", "no_answer"}
    assert all(end["unsure"] and end["attempts"] == 1 for end in ends.values() if end["state"] == "in_doubt")
    assert all(end["attempts"] >= 2 for end in ends.values() if end["office"] == SHUT), "nothing was sent: tried again"
    assert corner.read(DEAD) == []


@pytest.mark.parametrize("patience", [10, 0.2], ids=["while its batch waits", "after its batch"])
@pytest.mark.parametrize("idempotent", [True, False])
def test_when_the_worker_is_killed_in_the_middle(corner: Corner, patience: float, idempotent: bool) -> None:
    made = letters(3, OFFICES[:3])
    *hung, other = made
    with office(corner.folder) as control:
        for one in hung:  # two of three: a batch does not wait long for the smaller half
            control.hang(one.data.office, 600, accept=True, times=1)
        settings = delivery(
            control, webhook_idempotent=idempotent, patience_seconds=patience, attempt_seconds=4, short_retries=0
        )
        post(corner, made)
        with corner.start("deliver", log_name="killed", **settings) as worker:
            assert eventually(lambda: len(offers(corner)) == len(made), 30)
            if patience < 1:
                assert eventually(lambda: all("under_way" in reasons(corner, one) for one in hung), 10), ledger(corner)
            if not idempotent:
                for one in hung:
                    assert "attempt_started" in reasons(corner, one), "it must be on record before the office has it"
            worker.signal(signal.SIGKILL)
            worker.wait(10)
        with corner.start("deliver", log_name="heir", **settings) as worker:
            assert eventually(lambda: states(corner)["accepted"] + states(corner)["in_doubt"] == len(made), 30)
            time.sleep(1)
            drain(worker)
        if idempotent:
            assert assert_balanced(corner, control, made)["duplicates_offered"] >= 1
            return
        assert len(offers(corner)) == len(made), "silently sent again"
        ends = final_states(corner)
        for one in hung:
            end = ends[one.data.letter_id]
            assert (end["state"], end["reason"], end["attempts"]) == ("in_doubt", "worker_lost", 1)
        # The other one's answer died with the worker, unless it was entered before.
        assert ends[other.data.letter_id]["state"] == ("in_doubt" if patience > 1 else "accepted")


def accepted(corner: Corner) -> set[str]:
    return {name for name, entry in final_states(corner).items() if entry["state"] == "accepted"}


def reasons(corner: Corner, one: LetterRendered) -> list[str]:
    """What the ledger says of a letter, one entry after another."""
    return [entry["reason"] for entry in ledger(corner) if entry["letter_id"] == one.data.letter_id]
