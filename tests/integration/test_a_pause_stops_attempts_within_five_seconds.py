"""In the middle of a stream of letters an office is paused, then everything: attempts stop in time, and nothing is lost.

The letters keep coming meanwhile. What is paused waits in a tier without being counted as tried, and goes out when it
is resumed, or when the pause ends by itself.
"""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from schemas.control import Control, ControlGiven, Scope
from schemas.letter import LetterRendered
from schemas.topics import CONTROLS, LETTERS
from schemas.wire import write
from services.pipeline.controls import key_of
from services.pipeline.publisher import Publisher
from tests.integration.harness.corner import Corner
from tests.integration.harness.offices import (
    OFFICES,
    assert_balanced,
    delivery,
    drain,
    final_states,
    letters,
    offers,
    office,
    states,
)
from tests.integration.harness.processes import eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

PAUSED = OFFICES[0]
A_SECOND = 60
PROMISED_S = 5.0
STILL_S = 3.0
"""Watched for so long after that, while letters keep coming."""


class Stream(threading.Thread):
    """Posts letters to all offices at an even pace until told to end."""

    def __init__(self, corner: Corner) -> None:
        super().__init__(name="stream", daemon=True)
        self._corner, self._over = corner, threading.Event()
        self.posted: list[LetterRendered] = []

    def run(self) -> None:
        publisher = Publisher(self._corner.settings)
        while not self._over.wait(1 / A_SECOND):
            (one,) = letters(1, OFFICES[len(self.posted) % len(OFFICES) :], first=len(self.posted))
            publisher.publish(LETTERS, one.data.office.encode(), write(one))
            self.posted.append(one)
        publisher.close()

    def end(self) -> list[LetterRendered]:
        """The letters that were posted."""
        self._over.set()
        self.join()
        return self.posted


def pause(corner: Corner, scope: Scope, name: str, seconds: float | None = None) -> float:
    """Give the order, which is acknowledged when this returns: at which moment."""
    now = datetime.now(UTC)
    until = now + timedelta(seconds=seconds) if seconds else None
    order = Control(scope=scope, name=name, action="pause", reason="they asked us to wait", until=until)
    event = ControlGiven(id=f"{scope}/{name}", source="/postbag/cli", time=now, data=order)
    corner.publish(CONTROLS, [(key_of(scope, name), write(event))])
    return time.time()


def resume(corner: Corner, scope: Scope, name: str) -> None:
    publisher = Publisher(corner.settings)
    publisher.publish(CONTROLS, key_of(scope, name), None)
    publisher.close()


def attempts(corner: Corner, start: float, end: float) -> dict[bool, int]:
    """How many letters reached the paused office (True) and the others between two moments."""
    found = {True: 0, False: 0}
    for one in offers(corner):
        if start < one.at < end:
            found[one.office == PAUSED] += 1
    return found


def test_in_the_middle_of_a_stream(corner: Corner) -> None:
    with office(corner.folder) as control, corner.start("deliver", **delivery(control)) as worker:
        worker.await_event("assigned")
        stream = Stream(corner)
        stream.start()
        assert eventually(lambda: attempts(corner, 0, time.time())[True] > 5, 30)

        ordered = pause(corner, "office", PAUSED)
        time.sleep(PROMISED_S + STILL_S)
        found = attempts(corner, ordered + PROMISED_S, time.time())
        assert found[True] == 0, "it was paused"
        assert found[False] > A_SECOND, "and nobody else"
        waiting = [end for end in final_states(corner).values() if end["office"] == PAUSED and end["state"] == "held"]
        assert {(end["reason"], end["attempts"]) for end in waiting} == {("paused", 0)}
        resume(corner, "office", PAUSED)
        resumed = time.time()
        assert eventually(lambda: attempts(corner, resumed, time.time())[True] > len(waiting), 30)

        ordered = pause(corner, "all", "*", seconds=PROMISED_S + STILL_S)
        time.sleep(PROMISED_S + STILL_S)
        assert attempts(corner, ordered + PROMISED_S, ordered + PROMISED_S + STILL_S - 1) == {True: 0, False: 0}
        assert eventually(lambda: attempts(corner, ordered + PROMISED_S + STILL_S, time.time())[False] > A_SECOND, 30)

        made = stream.end()
        assert eventually(lambda: control.report()["accepted"] == len(made), 30), states(corner)
        drain(worker)
        books = assert_balanced(corner, control, made)
        assert books["offers"] == len(made), "nothing was sent twice"
    assert {end["attempts"] for end in final_states(corner).values()} == {1}
