"""A whole Postbag on this machine, to be broken: a broker, a local office, the four services and the observer.

Each service has a supervisor of its own, so that it can be killed and brought back, or taken away and kept away; and a port
for its metrics that it keeps, because Prometheus knows it by that.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from deploy.local.broker import LocalBroker
from deploy.local.office_control import OfficeControl
from deploy.local.ports import free_port
from deploy.local.supervise import Supervisor, Worker
from tests.integration.harness.corner import Corner
from tests.integration.harness.offices import office
from tests.ops import prometheus
from tests.ops.prometheus import Prometheus

STAGES: Final = ("ingest", "resolve", "render", "deliver")
SERVICES: Final = (*STAGES, "observe")


class Installation:
    """Everything below ``home``; ``corner`` is its part of the cluster, ``office`` the other side of deliver."""

    corner: Corner
    office: OfficeControl
    prometheus: Prometheus

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ports: dict[str, int] = {}
        for service in (*SERVICES, "prometheus"):
            self.ports[service] = free_port(*self.ports.values())
        self._running: dict[str, Supervisor] = {}

    @contextmanager
    def open(self) -> Iterator[Installation]:
        """Start all of it. It ends with the block, whatever happened."""
        with ExitStack() as stack:
            broker = stack.enter_context(LocalBroker(self.home / "kafka"))
            self.corner = Corner(broker.bootstrap_servers, self.home, partitions=4).apply_topics()
            self.office = stack.enter_context(office(self.home))
            stack.callback(self._stop)
            for service in SERVICES:
                self.bring_back(service)
            server = prometheus.worker(self.home / "prometheus", self.ports, self.ports["prometheus"])
            stack.enter_context(Supervisor([server], self.home / "logs"))
            self.prometheus = Prometheus(self.ports["prometheus"])
            yield self

    def bring_back(self, service: str) -> None:
        """Start a service, again if need be."""
        self._running[service] = Supervisor([self._worker(service)], self.home / "logs").start()

    def take_away(self, service: str) -> None:
        """Kill a service, and keep it from coming back."""
        supervisor = self._running.pop(service)
        supervisor.kill(service, signal.SIGKILL)
        supervisor.stop(grace_s=0)

    def _worker(self, service: str) -> Worker:
        settings: dict[str, object] = {
            "metrics_port": self.ports[service],
            "survey_seconds": 1,
            "channel": "webhook",
            "webhook_url": self.office.letters_url,
            "webhook_idempotent": "false",  # so that an answer that is lost leaves a letter in doubt
            "retry_delays": "[0.5, 2, 5, 15, 60, 300]",
            "attempt_seconds": 3,
        }
        command = (sys.executable, "-m", f"services.{service}")
        return Worker(service, command, self.corner.environment(**settings))

    def _stop(self) -> None:
        for supervisor in self._running.values():
            supervisor.stop(grace_s=10)
