"""One worker process: wires a stage to its client, turns the loop, and ends with an exit code that says why.

``main`` is what every service's ``__main__`` calls. SIGTERM stops polling and lets the batch in hand commit; a second
one, or a drain longer than its grace, ends the process at once (nothing is lost: the batch is read again). A watchdog ends
a loop that does not turn, because the client has calls that can wait for ever.
"""

from __future__ import annotations

import gc
import logging
import signal
import threading
from collections.abc import Callable
from time import monotonic
from types import FrameType
from typing import TYPE_CHECKING, TypeVar

from services.pipeline import logs
from services.pipeline.errors import Evicted, PostbagError, ShutdownOverdue, Stuck
from services.pipeline.health import HealthServer
from services.pipeline.journal import CrashJournal
from services.pipeline.kafka_client import KafkaClient
from services.pipeline.loop import Loop
from services.pipeline.metrics import WorkerMetrics
from services.pipeline.openings import count_opening
from services.pipeline.process import end_at_once, run_process
from services.pipeline.settings import WorkerSettings
from services.pipeline.tiers import Tiers

if TYPE_CHECKING:
    from schemas.topics import Topic
    from services.pipeline.stage import Stage

log = logging.getLogger(__name__)
S = TypeVar("S", bound=WorkerSettings)
_SURVEY_SECONDS = 1.0
"""Between two looks at what costs too much to look at every turn."""

MakeStage = Callable[[S, WorkerMetrics], "Stage"]


def main(kind: type[S], service: str, make_stage: MakeStage[S], retries: tuple[Topic, ...] = ()) -> int:
    """Run ``service`` until it is told to stop; returns the exit code (``services.pipeline.errors``)."""

    def run(settings: S) -> None:
        logs.configure(service, settings.slot, settings.log_level)
        Worker(settings, service, make_stage, retries).run()

    return run_process(kind, service, run)


class Worker:
    """A stage, its client and its surroundings."""

    def __init__(self, settings: S, service: str, make_stage: MakeStage[S], retries: tuple[Topic, ...]) -> None:
        self._settings, self._service = settings, service
        self._stopping = threading.Event()
        self._stop_by: float | None = None
        self._turned = monotonic()
        self._ready = False
        self.metrics = WorkerMetrics(service)
        self.health = HealthServer(
            self.metrics.registry, self._alive, self._is_ready, settings.metrics_host, settings.metrics_port
        )
        log.info("starting", extra={"metrics_port": self.health.port})
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._on_signal)
        self.stage = make_stage(settings, self.metrics)
        self.stage.stopping = self._stopping.is_set
        self.stage.beat = self._beat
        self._client = KafkaClient(settings, service, self.stage.reads)
        place = settings.state_dir / f"{settings.topic_prefix}{service}-{settings.slot}"
        self.metrics.opened(count_opening(place.with_name(place.name + ".opened")))
        self._journal = CrashJournal(place.with_name(place.name + ".journal"))
        self._tiers = Tiers(self._client, frozenset(self._client.name(topic) for topic in retries))
        self._loop = Loop(self.stage, self._client, self._journal, self._tiers, self.metrics)

    def run(self) -> None:
        """Turn the loop until a signal, then drain."""
        # What exists now lives for ever: keep the collector off it. A batch in hand is found alive by each run, and its
        # cycles are let go of only by a run over what is old, so that these must not be seldom: batches would pile up.
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 1, 1)
        log.info("running", extra={"reads": [topic.name for topic in self.stage.reads]})
        surveyed = 0.0
        while not self._stopping.is_set():
            try:
                done = self._loop.turn(self._settings.poll_seconds)
            except PostbagError:  # about the worker: what was in hand is not to blame
                self._journal.close()
                raise
            self._beat()
            self.metrics.turned(idle=not done)
            if self._turned - surveyed > _SURVEY_SECONDS:
                surveyed = self._turned
                self._ready = bool(self._client.assignment())
                self.metrics.waiting(sum(self._client.lag().values()), self._tiers.asleep)
        self._ready = False
        try:
            self.stage.drain()
        except Evicted:
            log.warning("drained_without_partitions")
        self._client.close()
        self.stage.close()
        self._journal.close()
        log.info("stopped")

    def _beat(self) -> None:
        self._turned = monotonic()
        self.metrics.beat()

    def _alive(self) -> bool:
        return monotonic() - self._turned < self._settings.stuck_seconds

    def _is_ready(self) -> bool:
        return self._ready

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._stopping.is_set():
            end_at_once(ShutdownOverdue("a second signal came before the drain ended"))
        self._stop_by = monotonic() + self._settings.grace_seconds
        self._stopping.set()
        log.info("draining", extra={"signal": signal.Signals(number).name})

    def _watch(self) -> None:
        """Ends the process from outside the loop, because a call that never returns cannot be interrupted."""
        while True:
            threading.Event().wait(0.5)
            now = monotonic()
            if self._stop_by is not None and now > self._stop_by:
                end_at_once(ShutdownOverdue(f"the drain took longer than {self._settings.grace_seconds:g} s"))
            if now - self._turned > self._settings.stuck_seconds:
                end_at_once(Stuck(f"the loop made no turn for {self._settings.stuck_seconds:g} s"))
