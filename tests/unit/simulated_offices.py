"""Offices and the loop in front of them, simulated: batches, flights and tiers, with a clock that is moved by hand.

A letter that has to wait comes back at its time or up to a second later, as through the shortest tier. Attempts begin as
flights do: as many at once as the lane says, the others are put back after a second. Days pass in seconds.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from services.deliver.answers import Answer
from services.deliver.lanes import Lanes, Want
from services.deliver.offices import Offices
from services.deliver.offices_file import OfficesFile

START = 1_790_000_000.0
ACCEPTED = Answer("accepted", "accepted", 200)
UNKNOWN = Answer("unknown", "no_answer")
NO_CONNECTION = Answer("retry", "no_connection")
UNAVAILABLE = Answer("throttle", "unavailable", 503)
FORBIDDEN = Answer("retry", "not_authorized", 403, pauses=True)

Behaviour = Callable[[float], tuple[Answer, float]]
"""What an attempt that begins at a moment is answered, and after how many seconds."""


def well(_: float) -> tuple[Answer, float]:
    return ACCEPTED, 0.05


def throttled(retry_after: float | None = None) -> Answer:
    return Answer("throttle", "throttled", 429, None, retry_after)


def offices(content: object = None, usual: str = "webhook") -> Offices:
    return Offices(OfficesFile.model_validate(content or {}), usual, 32)


@dataclass(slots=True)
class Clock:
    at: float = START

    def __call__(self) -> float:
        return self.at


ONE = Want("HNY13", "webhook", "clean-rivers")


def lanes(content: object = None, clock: Clock | None = None) -> tuple[Lanes, Clock]:
    clock = clock or Clock()
    return Lanes(offices(content), clock, dice=random.Random(1)), clock


def paced(rate: float, **more: object) -> dict[str, object]:
    return {"offices": [{"match": "*", "rate": rate, **more}]}


def go(some: Lanes, count: int, want: Want = ONE) -> int:
    """How many of so many equal letters may go; they end at once."""
    admitted = sum(wait is None for wait in some.admit([want] * count))
    for _ in range(admitted):
        some.ended(want, ACCEPTED, 0.01)
    return admitted


@dataclass(slots=True)
class Letter:
    want: Want
    reads: int = 0
    asked: float = 0.0  # when it was admitted


@dataclass(slots=True)
class Simulation:
    """``begun`` has every attempt: when, office, campaign; ``done`` when each letter of a campaign was answered for good."""

    known: Offices
    behave: dict[str, Behaviour] = field(default_factory=dict)
    step: float = 0.25
    batch: int = 1000
    seed: int = 1
    channel: str = "webhook"
    latest: float = 1.0
    now: float = START
    begun: list[tuple[float, str, str]] = field(default_factory=list)
    done: dict[str, list[float]] = field(default_factory=dict)
    reads: list[int] = field(default_factory=list)
    most: Counter[str] = field(default_factory=Counter)
    waits: Counter[str] = field(default_factory=Counter)
    read: int = 0
    dice: random.Random = field(init=False)
    lanes: Lanes = field(init=False)
    fresh: deque[Letter] = field(default_factory=deque)
    waiting: list[tuple[float, int, Letter]] = field(default_factory=list)
    flying: list[tuple[float, int, Letter, Answer, float]] = field(default_factory=list)
    at_gate: dict[str, deque[Letter]] = field(default_factory=dict)
    under_way: Counter[str] = field(default_factory=Counter)
    late: set[int] = field(default_factory=set)
    serial: int = 0

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.lanes = Lanes(self.known, lambda: self.now, dice=random.Random(self.seed))

    def add(self, office: str, campaign: str, count: int) -> None:
        self.fresh.extend(Letter(Want(office, self.channel, campaign)) for _ in range(count))

    def run(self, seconds: float) -> None:
        """Turn the loop for so long, or until no letter is left."""
        end = self.now + seconds
        while self.now < end and (self.fresh or self.waiting or self.flying or any(self.at_gate.values())):
            self.turn()

    def turn(self) -> None:
        """One batch and the time it takes."""
        self._admit([*self._next()])
        self.now += self.step
        self._land()

    def span(self, campaign: str) -> float:
        """Seconds until the last letter of a campaign was done."""
        return max(self.done[campaign]) - START

    def _next(self) -> list[Letter]:
        letters: list[Letter] = []
        while len(letters) < self.batch and self.waiting and self.waiting[0][0] <= self.now:
            letters.append(heappop(self.waiting)[2])
        while len(letters) < self.batch and self.fresh:
            letters.append(self.fresh.popleft())
        return letters

    def _admit(self, letters: list[Letter]) -> None:
        for letter, wait in zip(letters, self.lanes.admit([one.want for one in letters]), strict=True):
            letter.reads += 1
            self.read += 1
            if wait is None:
                letter.asked = self.now
                self.at_gate.setdefault(letter.want.office, deque()).append(letter)
            else:
                self.waits[wait.reason] += 1
                self._later(letter, wait.until)
        for office in list(self.at_gate):
            self._begin(office)

    def _later(self, letter: Letter, until: float) -> None:
        assert until >= self.now, "a letter was asked back at once"
        self.serial += 1
        heappush(self.waiting, (until + self.dice.uniform(0, self.latest), self.serial, letter))

    def _begin(self, office: str) -> None:
        queue = self.at_gate[office]
        while queue and self.under_way[office] < self.lanes.at_once(office, self.channel):
            letter = queue.popleft()
            answer, seconds = self.behave.get(office, well)(self.now)
            self.begun.append((self.now, office, letter.want.campaign))
            self.under_way[office] += 1
            self.most[office] = max(self.most[office], self.under_way[office])
            self.serial += 1
            heappush(self.flying, (self.now + seconds, self.serial, letter, answer, seconds))
        while queue and queue[0].asked + 1 <= self.now:
            letter = queue.popleft()
            self.lanes.put_back(letter.want)
            self._later(letter, self.now)

    def _land(self) -> None:
        then, until = self.now, self.now
        while self.flying and self.flying[0][0] <= until:
            self.now, _, letter, answer, seconds = heappop(self.flying)
            self.late.discard(id(letter))
            self.under_way[letter.want.office] -= 1
            self.lanes.ended(letter.want, answer, seconds)
            if answer.verdict in ("accepted", "refused"):
                self.done.setdefault(letter.want.campaign, []).append(self.now)
                self.reads.append(letter.reads)
            else:
                self._later(letter, self.now + max(15.0, answer.retry_after or 0.0))
            self._begin(letter.want.office)
        self.now = then
        for _, _, letter, _, seconds in self.flying:
            if seconds > 1 and letter.asked + 1 <= self.now and id(letter) not in self.late:
                self.late.add(id(letter))
                self.lanes.overdue(letter.want)
