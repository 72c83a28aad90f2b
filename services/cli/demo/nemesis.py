"""Kills the services and the broker at random moments, from a seed, so that a failed run can be had again."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from time import sleep

from deploy.local.broker import LocalBroker
from deploy.local.supervise import Supervisor
from services.cli.demo.theatre import SERVICES


class Nemesis:
    """Every service and the broker, twice each, in random order at random moments. Every deed is reported."""

    def __init__(
        self, workers: Supervisor, broker: LocalBroker | None, seed: int, report: Callable[[str], None]
    ) -> None:
        self._workers, self._broker, self._report = workers, broker, report
        self._random = random.Random(seed)  # noqa: S311 - a seed is what makes a failed run repeatable
        self._thread = threading.Thread(target=self._work, name="nemesis", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self) -> None:
        """Wait until every deed is done."""
        self._thread.join()

    def _work(self) -> None:
        due = [*SERVICES, "broker"] * 2 if self._broker else [*SERVICES] * 2
        self._random.shuffle(due)
        for victim in due:
            sleep(self._random.uniform(0.5, 3.0))
            if victim == "broker" and self._broker:
                self._broker.kill()
                self._broker.start()
                self._report("killed the broker and started it again")
            elif self._workers.kill(victim) is not None:
                self._report(f"killed {victim}")
