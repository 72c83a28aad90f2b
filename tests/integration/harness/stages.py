"""Stages that misbehave on command, run as real workers: ``python -m tests.integration.harness.stages copy``.

Services must not be made to fail on purpose, so what a handler can do wrong is shown with these, on the very loop and client
that services run on. ``copy`` reads ``accepted`` and writes ``resolved``; each record says what is to be done with it.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from schemas.topics import ACCEPTED, RESOLVED
from schemas.wire import Wire, read, write
from services.pipeline.outcomes import Outcome, emit
from services.pipeline.settings import WorkerSettings
from services.pipeline.stage import EachRecord, Stage
from services.pipeline.worker import main

if TYPE_CHECKING:
    from services.pipeline.broker import Record
    from services.pipeline.metrics import WorkerMetrics

log = logging.getLogger(__name__)

Deed = Literal["copy", "raise", "die", "sleep"]


class Task(Wire):
    """What to do with this record. ``seconds`` is for ``sleep``, ``filling`` makes it as large as it should be."""

    name: str
    deed: Deed = "copy"
    seconds: int = 0
    filling: str = ""


def task(name: str, deed: Deed = "copy", seconds: int = 0, filling: str = "") -> tuple[bytes, bytes]:
    """Key and value of a record for ``copy``."""
    return name.encode(), write(Task(name=name, deed=deed, seconds=seconds, filling=filling))


class CopySettings(WorkerSettings):
    """``raise_on_all`` makes it a bad deploy; with ``longest_sleep`` (seconds) the same records are quick for one worker."""

    raise_on_all: bool = Field(default=False, description="Raise on every record.")
    longest_sleep: float = Field(default=60, description="Cuts every sleep.")


def decode(record: Record) -> Task:
    """The task of a record of ``accepted``."""
    return read(Task, record.value)


def handle(event: Task, settings: CopySettings) -> Sequence[Outcome]:
    """Do as told."""
    if event.deed == "raise" or settings.raise_on_all:
        raise RuntimeError(f"cannot handle {event.name} of noor@example.org")
    if event.deed == "die":
        log.warning("dying")
        os._exit(99)
    if event.deed == "sleep":
        log.warning("sleeping")
        time.sleep(min(event.seconds, settings.longest_sleep))
        log.warning("slept")
    return (emit(RESOLVED, event.name.encode(), event),)


def make_copy(settings: CopySettings, _metrics: WorkerMetrics) -> Stage:
    """The stage."""
    return EachRecord("copy", (ACCEPTED,), decode, handle, settings)


if __name__ == "__main__":
    sys.argv.remove("copy")  # a word for whoever reads `ps`
    raise SystemExit(main(CopySettings, "copy", make_copy))
