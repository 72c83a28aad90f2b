"""A worker whose offices have three channels in order, each of which answers as a test tells it to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from schemas.ledger import TERMINAL
from services.deliver.answers import of_status
from tests.unit import made
from tests.unit.deliver_worker import Worker
from tests.unit.scripted_channel import ACCEPTED, ScriptedChannel

if TYPE_CHECKING:
    from schemas.letter import Letter
    from services.deliver.answers import Answer
    from services.pipeline.memory import MemoryBroker

NAMES: Final = ("outbox", "webhook", "print")
BUSY: Final = of_status(503, retry_after=3.0)
QUICK: Final[Mapping[str, Any]] = {"retry_delays": (0.5, 1, 2, 4, 8, 16), "short_retries": 0, "max_age_seconds": 100}
"""Settings by which a letter ends within minutes of a worker's clock."""


class Way(ScriptedChannel):
    """Answers from ``answers``, one after another, the last one for ever; ``said`` is what it said of each letter."""

    def __init__(self, name: str, *answers: Answer, idempotent: bool = True, unfit: str = "") -> None:
        super().__init__(self._answer, idempotent=idempotent, name=name, unfit=unfit)
        self.answers = list(answers) or [ACCEPTED]
        self.said: dict[str, list[Answer]] = {}

    def _answer(self, letter: Letter) -> Answer:
        said = self.said.setdefault(letter.letter_id, [])
        said.append(self.answers[min(len(said), len(self.answers) - 1)])
        return said[-1]


def offices(folder: Path, *names: str) -> Path:
    """An offices file by which every letter goes over ``names``, in this order."""
    path = folder / "offices.yaml"
    path.write_text(f"offices: [{{match: '*', channels: [{', '.join(names)}]}}]\n")
    return path


def open_three(broker: MemoryBroker, folder: Path, ways: Sequence[Way], **settings: Any) -> Worker:
    """A worker over ``ways``."""
    given = {"offices": offices(folder, *(way.name for way in ways)), **QUICK, **settings}
    return Worker(broker, ways[0], folder, others={way.name: partial(_same, way) for way in ways}, **given)


def _same(way: Way) -> Way:
    return way


def until_it_ends(worker: Worker, numbers: Sequence[int] = (1,), seconds: float = 700.0) -> None:
    """Let time pass until each of the letters has ended."""
    until = worker.now + seconds
    while not all(worker.states(number)[-1:] and worker.states(number)[-1] in TERMINAL for number in numbers):
        assert worker.now < until, [worker.states(number) for number in numbers]
        worker.now += 0.7
        worker.turn()


def attempts(ways: Sequence[Way], number: int = 1) -> dict[str, list[str]]:
    """The verdicts of each channel on a letter."""
    letter_id = made.identity(number)
    return {way.name: [answer.verdict for answer in way.said.get(letter_id, ())] for way in ways}
