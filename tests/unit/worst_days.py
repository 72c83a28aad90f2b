"""A deliver worker's worst days, by a script that follows from a seed, and the promises that are kept on each of them.

People write, some of them twice; far sides take letters, refuse them, fall silent or hang; the worker is evicted, killed
before or after a commit, restarted here or on another machine, made to read everything again, and given orders.
"""

from __future__ import annotations

import shutil
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Final

from schemas.ledger import TERMINAL, State
from schemas.letter import LetterRendered
from schemas.topics import CONTROLS, DEAD, LETTERS, TIERS
from schemas.wire import read
from services.deliver.claims import Claim, standing
from services.deliver.delays import attempts_of
from services.pipeline.broker import Partition
from services.pipeline.errors import Evicted
from services.pipeline.memory import MemoryBroker
from tests.unit import made
from tests.unit.deliver_worker import TOPICS, Worker
from tests.unit.receivers import MOODS, Receiver
from tests.unit.three_ways import NAMES, offices

if TYPE_CHECKING:
    from collections.abc import Callable

OFFICES: Final = (("HNY13", 0), ("SNY01", 1), ("SNY02", 1))
GIVEN: Final[dict[str, Any]] = {
    "retry_delays": (0.5, 1, 2, 4, 8, 16), "short_retries": 0, "max_age_seconds": 150, "patience_seconds": 0.02,
    "attempt_seconds": 1.0, "grace_seconds": 3.0, "concurrency": 8,
}  # fmt: skip


class WorstDays:
    """One worker at a time; ``step`` does one thing, ``check`` holds what was done to the promises."""

    def __init__(self, random: Random) -> None:
        self.random, self.folder, self.machines = random, Path(mkdtemp()), 0
        self.broker = MemoryBroker(TOPICS, partitions=2)
        self.receivers = [Receiver(name, idempotent=random.random() < 0.5) for name in NAMES]
        self.letters = self.people = self.replays = 0
        self.worker = self.open()
        self.steps: dict[Callable[[], None], int] = {
            self.write: 4, self.work: 6, self.let_go: 3, self.evict: 2, self.evict_at_a_commit: 2, self.die: 2, self.stop: 1,
            self.pause: 1, self.stumble: 2,
        }  # fmt: skip

    def step(self) -> None:
        """Whatever comes next."""
        (step,) = self.random.choices([*self.steps], [*self.steps.values()])
        step()

    def write(self) -> None:
        """Some people write, one of them perhaps for the second time."""
        accepted = made.NOW + timedelta(seconds=self.worker.now - made.NOW.timestamp())
        for _ in range(self.random.randint(1, 4)):
            self.letters += 1
            again = self.people > 0 and self.random.random() < 0.3
            self.people += not again
            person = self.random.randint(1, self.people) if again else self.people
            office, partition = OFFICES[person % len(OFFICES)]
            ends = accepted + timedelta(seconds=self.random.randint(1, 60)) if self.random.random() < 0.2 else None
            given = {"office": office, "accepted_at": accepted, "deliver_before": ends}
            self.worker.send(made.letter(1000 + self.letters, letter_id=made.identity(person), **given), partition)
        self.worker.turn()

    def feel(self) -> None:
        """Far sides change their moods."""
        for one in self.receivers:
            (one.mood,) = self.random.choices(MOODS, [3, 2, 1, 1, 2, 2, 2, 1, 0.2])

    def work(self) -> None:
        """Some time passes."""
        self.feel()
        self.worker.later(self.random.choice([0.7, 2.1, 7.0]), step=0.7)

    def let_go(self) -> None:
        """Those that hang wake up."""
        for one in self.receivers:
            one.let_go(self.random.choice(["takes", "refuses", "busy", "away", "takes_silently", "loses"]))
        self.worker.later(self.random.choice([0.7, 7.0]), step=0.7)

    def evict(self) -> None:
        """The group gives the partitions away, and back."""
        self.broker.evict("deliver")
        self.worker.later(0.7)

    def evict_at_a_commit(self) -> None:
        """The same, between a batch and its commit."""
        self.at_a_commit(partial(self.broker.evict, "deliver"))
        self.write()

    def die(self) -> None:
        """The process ends before a commit, or after it and before anything else."""
        self.at_a_commit(_die)
        with suppress(SystemExit):
            self.write()
            self.work()
        self.restart()

    def stop(self) -> None:
        """The worker is told to stop, and does."""
        with suppress(Evicted):  # as ``services.pipeline.worker`` does
            self.worker.drain()
        self.restart()

    def replay(self) -> None:
        """All that there is is read again."""
        self.replays += 1
        self.worker.replay()

    def pause(self) -> None:
        """An operator holds something back for a while."""
        scope, name = self.random.choice([("all", "*"), ("office", "HNY13"), ("channel", NAMES[1])])
        self.worker.order(scope=scope, name=name, action="pause", reason="asked for")
        self.work()
        self.broker.append(CONTROLS.name, 0, f"{scope}/{name}".encode(), None)
        self.worker.now += 1.1

    def stumble(self) -> None:
        """A handler fails once, so that its batch is handled record by record; those that hang wake up meanwhile."""
        stage, desk, records, failed = self.worker.stage, self.worker.stage._desk, 0, False
        settle, conclude, under_way = stage.settle, desk.conclude, desk.under_way

        def count(some: Any) -> Any:
            nonlocal records
            records = len(some)
            return settle(some)

        def fail(*given: Any) -> Any:
            nonlocal failed
            if records > 1 and not failed:
                failed = True
                raise ValueError
            return conclude(*given)

        def wake(*given: Any) -> Any:
            outcomes = under_way(*given)
            if failed:
                for one in self.receivers:
                    one.let_go("takes")
            return outcomes

        stage.settle, desk.conclude, desk.under_way = count, fail, wake  # type: ignore[method-assign, assignment]
        self.write()
        stage.settle, desk.conclude, desk.under_way = settle, conclude, under_way  # type: ignore[method-assign]

    def check(self) -> None:
        """Nothing is given away twice; an open letter has the one record that will be read; an end is an end."""
        assert self.broker.records(DEAD) == []
        states: dict[str, list[State]] = {}
        claims: dict[str, Claim] = {}
        for _, key, entry in self.worker.ledger():
            if "/" not in key:
                states.setdefault(key, []).append(entry.state)
                claims[key] = Claim.of(entry)
        for some in states.values():
            assert not {*some[:-1]} & TERMINAL, "nothing is entered after the end"
        sent = Counter(read(LetterRendered, one.value).data.letter_id for one in self.broker.records(LETTERS))
        alive = self.alive(claims)
        for letter, number in sent.items():
            took = [one.took[letter] for one in self.receivers]
            assert sum(took) <= 1, took
            assert len({body for one in self.receivers for body in one.bodies.get(letter, ())}) <= 1
            claim = claims.get(letter)
            if claim is None:
                assert alive[letter] == number, "nobody has looked at it yet"
            elif claim.state not in TERMINAL:
                assert alive[letter] == 1 or (self.replays and alive[letter]), (claim, alive[letter])

    def alive(self, claims: dict[str, Claim]) -> Counter[str]:
        """Of each letter, the records that are yet to be read and will not be put aside then."""
        found: Counter[str] = Counter()
        offsets = self.broker.groups["deliver"].offsets
        for topic in (LETTERS, *TIERS):
            for record in self.broker.records(topic):
                if record.offset >= offsets.get(Partition(record.topic, record.partition), 0):
                    letter = read(LetterRendered, record.value).data
                    stands = standing(claims.get(letter.letter_id), letter.submission_id, attempts_of(record))
                    found[letter.letter_id] += stands in ("new", "due", "lost")
        return found

    def end_well(self) -> None:
        """All far sides are well; every letter ends as their books say, and nothing is left over."""
        for one in self.receivers:
            one.mood = "takes"
            one.let_go("takes")
        self.worker.later(400, step=2)
        self.check()
        ends = {key: entry.state for _, key, entry in self.worker.ledger() if "/" not in key}
        for person in range(1, self.people + 1):
            took = any(one.took[made.identity(person)] for one in self.receivers)
            assert ends[made.identity(person)] in (
                ("accepted", "in_doubt") if took else ("refused", "expired", "in_doubt")
            )
        assert self.worker.tools.lanes.gauges()["under_way"] == 0

    def at_a_commit(self, act: Callable[[], None]) -> None:
        """Have ``act`` done at one of the next commits, before it or after it."""
        commit, left, before = self.worker._client.commit, self.random.randint(0, 2), self.random.random() < 0.7

        def instead(*given: Any) -> None:
            nonlocal left
            left -= 1
            if left == -1 and before:
                act()
            commit(*given)
            if left == -1 and not before:
                act()

        self.worker._client.commit = instead  # type: ignore[method-assign, assignment]

    def restart(self) -> None:
        """Another process, on this machine or another one."""
        now = self.worker.now
        self.worker.crash()
        for one in self.receivers:
            one.forget_the_dead()
        self.machines += self.random.random() < 0.5
        self.worker = self.open()
        self.worker.now = now

    def open(self) -> Worker:
        folder = self.folder / f"machine-{self.machines}"
        folder.mkdir(exist_ok=True)
        makers = {one.name: partial(_same, one) for one in self.receivers}
        return Worker(self.broker, self.receivers[0], folder, makers, offices=offices(folder, *NAMES), **GIVEN)

    def close(self) -> None:
        """The test is over."""
        self.worker.close()
        shutil.rmtree(self.folder)


def _die() -> None:
    raise SystemExit


def _same(one: Receiver) -> Receiver:
    return one
