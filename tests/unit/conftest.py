"""What unit tests share: a bench to put the loop on, taken down again afterwards; brokers in memory, and who asks them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.ground import Ground
from tests.unit.pipeline_bench import Bench, MakeBench
from tests.unit.settling_desk import Operators
from tests.unit.way import Asked, Way


@pytest.fixture
def new_bench(tmp_path: Path) -> Iterator[MakeBench]:
    """Makes a ``Bench`` in a folder of the test's own; the arguments are the bench's."""
    made: list[Bench] = []

    def make(*given: Any, **options: Any) -> Bench:
        made.append(Bench(tmp_path, *given, **options))
        return made[-1]

    yield make
    for bench in made:
        bench.journal.close()


@pytest.fixture
def logs_restored() -> Iterator[None]:
    """For tests that set up logging as a worker does: afterwards it is as it was."""
    kept = [(log, log.handlers[:], log.level, log.propagate) for log in map(logging.getLogger, (None, "kafka"))]
    yield
    for log, handlers, level, propagate in kept:
        log.handlers[:], log.propagate = handlers, propagate
        log.setLevel(level)


@pytest.fixture
def ground() -> Ground:
    """A broker in memory, on which tests lay what they look at."""
    return Ground()


@pytest.fixture
def operators(monkeypatch: pytest.MonkeyPatch, ground: Ground) -> Operators:
    """Those who put dead letters of ``ground`` back and discard them."""
    return Operators(monkeypatch, ground)


@pytest.fixture
def way() -> Way:
    """What became of people, for ``postbag where`` to tell."""
    return Way()


@pytest.fixture
def asked(way: Way, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """``postbag where``, asked about ``way``."""
    return Asked(way, monkeypatch)
