"""A channel whose attempts last until a test lets them land, and what it takes to wait for that."""

from __future__ import annotations

import asyncio
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final

from tests.unit import made
from tests.unit.scripted_channel import ACCEPTED, ScriptedChannel

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemas.letter import Letter
    from services.deliver.answers import Answer
    from tests.unit.deliver_worker import OpenWorker, Worker

BRIEF: Final = 0.15
"""The patience (seconds) of a worker that shall not wait long."""
COMES_BY: Final = 16.0
"""Seconds after which the record of an attempt under way is read again."""
_LIMIT: Final = 20.0


class SlowChannel(ScriptedChannel):
    """Attempts of letters to ``offices`` stay under way until ``land``; those to others are accepted at once."""

    def __init__(self, *offices: str, **given: Any) -> None:
        super().__init__(self._wait, **given)
        self.offices = frozenset(offices or ("HNY13",))
        self._answers: dict[str, Answer] = {}
        self.up: list[str] = []
        self.most_of_one = 0

    def land(self, worker: Worker, number: int = 1, answer: Answer = ACCEPTED) -> None:
        """Let the attempt of letter ``number`` end; returns when it is down."""
        letter_id = made.identity(number)
        eventually(lambda: letter_id in self.up)
        before = worker.tools.flights.up
        self._answers[letter_id] = answer
        eventually(lambda: worker.tools.flights.up < before)

    async def _wait(self, letter: Letter) -> Answer:
        if letter.office not in self.offices:
            return ACCEPTED
        self.up.append(letter.letter_id)
        self.most_of_one = max(self.most_of_one, self.up.count(letter.letter_id))
        try:
            while letter.letter_id not in self._answers:  # noqa: ASYNC110 - the test is on another thread
                await asyncio.sleep(0.002)
            return self._answers.pop(letter.letter_id)
        finally:
            self.up.remove(letter.letter_id)


def eventually(found: Callable[[], bool]) -> None:
    """Wait until ``found``; fail if that takes too long."""
    until = monotonic() + _LIMIT
    while not found():
        assert monotonic() < until, "it never came"
        sleep(0.002)


def start(open_worker: OpenWorker, channel: SlowChannel, **settings: Any) -> Worker:
    """A worker with one letter, whose attempt has outlived its batch."""
    worker = open_worker(channel, patience_seconds=BRIEF, short_retries=0, **settings)
    worker.send(made.letter())
    assert worker.turn() == 1
    return worker


def under_way(worker: Worker) -> float:
    """Attempts that the lanes take to be under way."""
    return worker.tools.lanes.gauges()["under_way"]
