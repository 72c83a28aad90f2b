"""The observer as a process: looks, serves what it saw, waits, until it is told to stop.

A look that fails is counted and told, and the values of the last good one stay: whoever reads them sees by
``postbag_survey_timestamp_seconds`` how old they are. The process outlives an outage of the broker; only a look that never
ends (a call of the client that waits for ever) makes it end itself, to be started again.
"""

from __future__ import annotations

import logging
import signal
import sqlite3
import threading
from collections.abc import Callable
from math import inf
from time import monotonic
from types import FrameType
from typing import TYPE_CHECKING, Final, Protocol

from services.observe.gauges import Gauges
from services.pipeline.errors import PostbagError, SettingsRefused, ShutdownOverdue, Stuck
from services.pipeline.health import HealthServer
from services.pipeline.process import end_at_once

if TYPE_CHECKING:
    from services.observe.seen import Survey
    from services.observe.settings import ObserveSettings

log = logging.getLogger(__name__)

_STUCK_SECONDS: Final = 120.0
"""Longer than any call to the broker may take: the client gives up after 30 s at most."""
_GRACE_SECONDS: Final = 25.0


class _StopNow(Exception):
    """It was told to stop in the middle of a look."""


class Looks(Protocol):
    """Who looks; ``survey.Surveyor`` does."""

    def look(self, beat: Callable[[], None]) -> Survey: ...
    def close(self) -> None: ...


class Observer:
    """Serves the metrics of what ``surveyor`` sees."""

    def __init__(self, settings: ObserveSettings, surveyor: Looks) -> None:
        self._settings, self._surveyor = settings, surveyor
        self._stopping = threading.Event()
        self._beaten = inf  # while it does not look
        self._stop_by = inf
        self._seen = False
        self.gauges = Gauges()
        self.health = HealthServer(
            self.gauges.registry, self._alive, self._is_ready, settings.metrics_host, settings.metrics_port
        )
        log.info("starting", extra={"metrics_port": self.health.port})

    def run(self) -> None:
        """Look until a signal."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._on_signal)
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
        log.info("running", extra={"every_seconds": self._settings.survey_seconds})
        try:
            while not self._stopping.is_set():
                self.look()
                self._stopping.wait(self._settings.survey_seconds)
        except _StopNow:
            pass  # the page in hand was not counted, and is read again
        self._surveyor.close()
        self.health.close()
        log.info("stopped")

    def look(self) -> None:
        """One look; a failure is counted and logged, unless it is about the settings and no look can ever succeed."""
        self._beat()
        try:
            survey = self._surveyor.look(self._beat)
        except SettingsRefused:
            raise
        except (PostbagError, sqlite3.Error) as error:
            self.gauges.failed()
            about = {"error_type": type(error).__name__, "error": str(error)}
            log.warning("survey_failed", extra=about)
            return
        finally:
            self._beaten = inf
        self.gauges.show(survey)
        if not self._seen:
            self._seen = True
            log.info("surveyed", extra={"seconds": round(survey.took, 3), "letters": sum(survey.letters.values())})
        if survey.missing:
            log.warning("topics_missing", extra={"topics": list(survey.missing)})

    def _beat(self) -> None:
        if self._stopping.is_set():
            raise _StopNow
        self._beaten = monotonic()

    def _alive(self) -> bool:
        return monotonic() - self._beaten < _STUCK_SECONDS

    def _is_ready(self) -> bool:
        """Whether it has seen anything yet; that the broker is away now, its metrics tell."""
        return self._seen

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._stopping.is_set():
            end_at_once(ShutdownOverdue("a second signal came before the look ended"))
        self._stop_by = monotonic() + _GRACE_SECONDS
        self._stopping.set()
        log.info("draining", extra={"signal": signal.Signals(number).name})

    def _watch(self) -> None:
        """Ends the process from outside the look, because a call that never returns cannot be interrupted."""
        while True:
            threading.Event().wait(0.5)
            if monotonic() > self._stop_by:
                end_at_once(ShutdownOverdue(f"the look did not end within {_GRACE_SECONDS:g} s"))
            if not self._alive():
                end_at_once(Stuck(f"a look at the topics made no progress for {_STUCK_SECONDS:g} s"))
