"""Deliver and the broker are killed again and again while letters go out to offices that misbehave: each comes to an end.

The oracle is the office's own journal, held against the ledger and the books: nothing lost, nothing accepted twice, the same
bytes in every attempt. Times, victims and faults come from one printed seed.
"""

import random
import time
from collections import defaultdict

import pytest

from deploy.local.broker import LocalBroker
from deploy.local.office_control import OfficeControl
from deploy.local.supervise import Supervisor
from schemas.ledger import TERMINAL
from schemas.letter import LetterRendered
from schemas.topics import DEAD, LEDGER
from services.cli.books import balance
from services.pipeline.kafka_reader import KafkaReader
from tests.integration.harness.corner import Corner, seed
from tests.integration.harness.offices import OFFICES, delivery, final_states, ledger, letters, offers, office, post
from tests.integration.harness.processes import eventually
from tests.integration.harness.watch import Watch

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(900)]

SHORT = {
    "request_timeout_seconds": 3,
    "session_timeout_seconds": 6,
    "transaction_timeout_seconds": 6,
    "stuck_seconds": 15,
    "attempt_seconds": 2,
    "batch_records": 300,
}
REFUSES = OFFICES[-1]
SLOW_S = 0.15
"""What an office takes for a letter: then there is work under way at every moment."""


def misbehave(control: OfficeControl, chosen: int) -> None:
    """Of some kinds a little everywhere, but never so much that a breaker must open; one office wants no letters at all."""
    control.slow("*", SLOW_S)
    control.reset("*", "after_accepting", share=0.03, seed=chosen)
    control.hang("*", 600, accept=True, share=0.002, seed=chosen + 1)
    control.refuse("*", 429, retry_after="1", share=0.002, times=5, seed=chosen + 2)
    control.refuse(REFUSES, 422)
    control.reset(REFUSES, "after_accepting", share=0)
    control.hang(REFUSES, 600, share=0)


class Nemesis:
    """Kills workers of deliver and the broker, at random moments between two signs of progress in the ledger."""

    def __init__(
        self, dice: random.Random, supervisor: Supervisor, broker: LocalBroker, watch: Watch[tuple[str, str]]
    ) -> None:
        self._dice, self._supervisor, self._broker, self._watch = dice, supervisor, broker, watch

    def strike(self, workers: list[str], brokers: int) -> None:
        """Each name in ``workers`` is killed once for each time that it stands there."""
        victims = [*workers, *["broker"] * brokers]
        self._dice.shuffle(victims)
        for victim in victims:
            before = self._watch.count(LEDGER)
            assert eventually(lambda: self._watch.count(LEDGER) > before, 60), "nothing goes on"  # noqa: B023 - in its turn
            time.sleep(self._dice.uniform(0, 1))
            print(f"{time.strftime('%X')} kill {victim}, {self._watch.count(LEDGER)} entries")
            if victim == "broker":
                self._broker.kill()
                self._broker.start()
            else:
                assert eventually(lambda: self._supervisor.kill(victim), 20)  # noqa: B023 - ditto


@pytest.mark.parametrize(
    ("count", "kills", "brokers", "workers"),
    [(2_000, 2, 1, 1), pytest.param(20_000, 12, 4, 2, marks=pytest.mark.slow)],
)
def test_every_letter_comes_to_one_end(
    own_broker: LocalBroker, own_corner: Corner, count: int, kills: int, brokers: int, workers: int
) -> None:
    corner, chosen = own_corner, seed()
    made = letters(count)
    with office(corner.folder) as control:
        misbehave(control, chosen)
        names = [f"deliver-{slot}" for slot in range(workers)]
        team = [
            corner.worker("deliver", names[slot], slot=slot, **delivery(control, **SHORT)) for slot in range(workers)
        ]
        post(corner, made)
        with (
            Watch(corner, (LEDGER,), lambda record: (record.key, record.offset)) as watch,
            Supervisor(team, corner.folder / "logs") as supervisor,
        ):
            nemesis = Nemesis(random.Random(chosen), supervisor, own_broker, watch)
            nemesis.strike([names[number % workers] for number in range(kills)], brokers)
            assert len({one.letter_id for one in offers(corner)}) < count, "every kill must have met work under way"
            print(f"{time.strftime('%X')} no more")
            assert eventually(lambda: ended(corner) == count, 240), f"{count - ended(corner)} letters have no end"
            print(f"{time.strftime('%X')} all ended")
            print(f"restarts: {supervisor.restarts}")
            assert set(supervisor.stop().values()) == {0}
        assert_one_end_each(corner, control, made)


def ended(corner: Corner) -> int:
    time.sleep(1)  # the whole ledger is read
    return sum(entry["state"] in TERMINAL for entry in final_states(corner).values())


def assert_one_end_each(corner: Corner, control: OfficeControl, made: list[LetterRendered]) -> None:
    ends = final_states(corner)
    assert ends.keys() == {one.data.letter_id for one in made}, "lost"
    report = control.report()
    assert (report["accepted_twice"], report["changed_body"], report["malformed"]) == (0, 0, {})
    bodies = defaultdict(set)
    for one in offers(corner):
        bodies[one.letter_id].add(one.sha256)
    for entry in ledger(corner):
        if entry.get("body_sha256"):
            bodies[entry["letter_id"]].add(entry["body_sha256"])
    assert {len(found) for found in bodies.values()} == {1}, "an attempt sent other bytes"
    accepted = {to.letter_id for to, _ in control.accepted()}
    assert {name for name, end in ends.items() if end["state"] == "accepted"} == accepted
    # Where a worker died in the middle, not even a refusal tells that the office has nothing.
    assert {name for name, end in ends.items() if end["state"] in ("refused", "in_doubt")} == {
        one.data.letter_id for one in made if one.data.office == REFUSES
    }
    reader = KafkaReader(corner.settings)
    books = balance(reader)
    reader.close()
    print(f"{len(offers(corner))} offers, {report['duplicates_offered']} known already, ends: {dict(books.letters)}")
    assert (books.faults, books.letters.total()) == ([], len(made))
    assert corner.read(DEAD) == []
