"""An office gets each letter once, whatever becomes of the worker and of the answers on the way."""

import random
import shutil
import signal
import time

import pytest

from deploy.local.supervise import Supervisor
from schemas.topics import DEAD, LEDGER
from tests.integration.harness.corner import Corner, seed
from tests.integration.harness.offices import (
    OFFICES,
    assert_balanced,
    delivery,
    drain,
    final_states,
    ledger,
    letter,
    letters,
    office,
    post,
    states,
)
from tests.integration.harness.processes import eventually

PARTITIONS = 4
pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(180)]


def tried(corner: Corner, office_id: str) -> set[str | None]:
    """What the ledger says of the attempts at an office."""
    return {entry["reason"] for entry in ledger(corner) if entry["office"] == office_id and entry["attempts"]}


@pytest.mark.slow  # its like, with more faults, is in test_deliver_and_the_broker_are_killed_at_random.py
def test_when_deliver_is_killed_at_random_moments(corner: Corner) -> None:
    dice = random.Random(seed())
    made = letters(3_000)
    with office(corner.folder) as control:
        control.slow("*", 0.05)
        worker = corner.worker("deliver", **delivery(control, batch_records=300))
        with Supervisor([worker], corner.folder / "logs") as supervisor:
            post(corner, made)
            kills = 0
            while kills < 5:
                before = control.report()["offers"]
                assert eventually(lambda: control.report()["offers"] > before, 30)  # noqa: B023 - in its turn
                time.sleep(dice.uniform(0, 0.7))
                kills += supervisor.kill("deliver") is not None
            assert control.report()["accepted"] < len(made), "every kill must have met work under way"
            assert eventually(lambda: states(corner)["accepted"] == len(made), 90), states(corner)
            assert supervisor.restarts == {"deliver": kills}
            assert supervisor.stop() == {"deliver": 0}
        books = assert_balanced(corner, control, made)
        print(f"{books['offers']} offers of {len(made)} letters, {books['duplicates_offered']} known already")
    assert corner.read(DEAD) == []


def test_when_deliver_is_killed_and_the_office_is_slow(corner: Corner) -> None:
    """What was in hand at the death is suspect, and handled apart: that must not take longer than the watchdog allows."""
    made = letters(400, OFFICES[:2])
    with office(corner.folder) as control:
        control.slow("*", 0.15)
        worker = corner.worker("deliver", **delivery(control, stuck_seconds=10))
        with Supervisor([worker], corner.folder / "logs") as supervisor:
            post(corner, made)
            assert eventually(lambda: control.report()["offers"] > 50, 30)
            supervisor.kill("deliver")
            assert eventually(lambda: states(corner)["accepted"] == len(made), 60), states(corner)
            assert supervisor.restarts == {"deliver": 1}
        assert_balanced(corner, control, made)
    assert corner.read(DEAD) == []


def test_when_a_person_submits_twice(corner: Corner) -> None:
    """In one batch, in a later one, and to a worker that has only the ledger to know the first from."""
    made = letters(20)
    now = made[0].time
    others = [str(one.data.submission_id)[:-4] + "ffff" for one in made]
    again = [letter(number, OFFICES[number], now, others[number]) for number in range(20)]
    with office(corner.folder) as control:
        post(corner, [*made, *again[:7]])
        with corner.start("deliver", log_name="first", **delivery(control)) as worker:
            assert eventually(lambda: len(ledger(corner)) == 27, 40)
            post(corner, again[7:14])
            assert eventually(lambda: len(ledger(corner)) == 34, 40)
            drain(worker)
        shutil.rmtree(corner.folder / "state")
        post(corner, again[14:])
        with corner.start("deliver", log_name="second", **delivery(control)) as worker:
            assert eventually(lambda: len(ledger(corner)) == 40, 40)
            drain(worker)
        books = assert_balanced(corner, control, made)
        assert books["offers"] == len(made), "a suppressed letter must not be offered"
    suppressed = [entry for entry in ledger(corner) if entry["state"] == "suppressed"]
    assert sorted(entry["submission_id"] for entry in suppressed) == sorted(others)
    keys = {record.key for record in corner.read(LEDGER)}
    assert {f"{one.data.letter_id}/{one.data.submission_id}".encode() for one in again} < keys


def test_when_a_worker_froze_while_another_did_its_work(corner: Corner) -> None:
    """Back in the group it owns what it owned before, and must look up what the other one settled in the meantime."""
    made = letters(40)
    others = [str(one.data.submission_id)[:-4] + "ffff" for one in made]
    again = [letter(number, made[number].data.office, made[0].time, others[number]) for number in range(40)]
    with office(corner.folder) as control:
        settings = delivery(control, session_timeout_seconds=3)
        with corner.start("deliver", slot=0, **settings) as frozen:
            frozen.await_event("store_caught_up", count=PARTITIONS)
            frozen.freeze()
            with corner.start("deliver", slot=1, **settings) as heir:
                heir.await_event("assigned")
                post(corner, made)
                assert eventually(lambda: states(corner)["accepted"] == len(made), 40)
                drain(heir)
            frozen.signal(signal.SIGCONT)
            frozen.await_event("store_caught_up", 40, count=2 * PARTITIONS)
            post(corner, again)
            assert eventually(lambda: len(ledger(corner)) == 2 * len(made), 60)
            drain(frozen)
        assert assert_balanced(corner, control, made)["offers"] == len(made)
    suppressed = [entry for entry in ledger(corner) if entry["state"] == "suppressed"]
    assert sorted(entry["submission_id"] for entry in suppressed) == sorted(others)


@pytest.mark.slow
def test_when_it_refuses_for_a_while(corner: Corner) -> None:
    made = letters(200)
    with office(corner.folder) as control:
        control.refuse("*", 503, retry_after="1", times=300)
        post(corner, made)
        with corner.start("deliver", **delivery(control)) as worker:
            assert eventually(lambda: states(corner)["accepted"] == len(made), 60), states(corner)
            drain(worker)
        books = assert_balanced(corner, control, made)
        assert books["offers"] == len(made) + 300
        assert sum(entry["attempts"] for entry in final_states(corner).values()) == books["offers"]
        assert books["duplicates_offered"] == 0
    waiting = [entry for entry in ledger(corner) if entry["state"] == "retrying"]
    assert {(entry["reason"], entry["answer"]) for entry in waiting} == {("unavailable", 503)}
    assert corner.read(DEAD) == []


def test_when_it_accepts_and_says_nothing(corner: Corner) -> None:
    made = letters(200)
    with office(corner.folder) as control:
        control.reset("*", "after_accepting", share=0.6, times=250)
        post(corner, made)
        with corner.start("deliver", **delivery(control)) as worker:
            assert eventually(lambda: states(corner)["accepted"] == len(made), 60), states(corner)
            drain(worker)
        books = assert_balanced(corner, control, made)
        assert books["duplicates_offered"] > 50, "it must have been asked again under the same ids"
        assert sum(entry["attempts"] for entry in final_states(corner).values()) == books["offers"]


@pytest.mark.slow
def test_when_one_of_them_hangs_the_others_get_theirs(corner: Corner) -> None:
    hung = "HNY13"
    others = letters(300)
    stuck = letters(40, (hung,), first=1_000)
    with office(corner.folder) as control:
        control.hang(hung, 600)
        post(corner, [*stuck[:20], *others, *stuck[20:]])
        with corner.start("deliver", **delivery(control, attempt_seconds=1, patience_seconds=0.5)) as worker:
            assert eventually(lambda: states(corner)["accepted"] == len(others), 40), states(corner)
            assert sorted({to.office for to, _ in control.accepted()}) == sorted(OFFICES)
            assert eventually(lambda: "no_answer" in tried(corner, hung), 10), "an attempt must end at its deadline"
            assert tried(corner, hung) <= {"no_answer", "under_way"}
            waiting = states(corner)
            assert waiting["held"] + waiting["unknown"] == len(stuck), waiting
            control.clear()
            assert eventually(lambda: states(corner)["accepted"] == len(others) + len(stuck), 60), states(corner)
            drain(worker)
        assert_balanced(corner, control, [*others, *stuck])
