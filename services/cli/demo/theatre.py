"""Where the demo is played: a broker, a local office and the four services, all on this machine.

Everything is real: the same services, settings and clients as in production, each in a process of its own, restarted by
a supervisor as a cluster would. Nothing outlives the block that opened it.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from deploy.local.broker import LocalBroker
from deploy.local.crowd_places import SAMPLE_AS_OF
from deploy.local.supervise import Supervisor, Worker
from services.pipeline.errors import BrokerFailed

SERVICES: Final = ("ingest", "resolve", "render", "deliver")
_OFFICE_SECONDS: Final = 20.0


class Theatre:
    """A whole Postbag under ``home``. ``broker`` is None where the environment names a cluster."""

    def __init__(self, home: Path, channel: str) -> None:
        self.home = home
        self.channel = channel
        self.broker: LocalBroker | None = None
        self.servers = os.environ.get("POSTBAG_KAFKA_BOOTSTRAP_SERVERS", "")
        self.prefix = f"demo-{secrets.token_hex(3)}."
        self.office_url = ""
        self._workers: Supervisor | None = None

    @contextmanager
    def open(self) -> Iterator[Theatre]:
        """Start the broker, then the office; the services follow with ``start_services``. All of it ends with the block."""
        with ExitStack() as stack:
            if not self.servers:
                self.broker = stack.enter_context(LocalBroker(self.home / "kafka"))
                self.servers = self.broker.bootstrap_servers
            stack.enter_context(Supervisor([self._office()], self.home / "logs"))
            self.office_url = f"http://127.0.0.1:{self._office_port()}"
            yield self

    @contextmanager
    def services(self) -> Iterator[Supervisor]:
        """The four services, each restarted when it ends without having been asked to."""
        with Supervisor([self._service(name) for name in SERVICES], self.home / "logs") as workers:
            yield workers

    def _service(self, name: str) -> Worker:
        settings = {
            "POSTBAG_KAFKA_BOOTSTRAP_SERVERS": self.servers,
            "POSTBAG_TOPIC_PREFIX": self.prefix,
            "POSTBAG_REFERENCE_AS_OF": SAMPLE_AS_OF,
            "POSTBAG_STATE_DIR": str(self.home / "state"),
            "POSTBAG_OUTBOX_DIR": str(self.home / "outbox"),
            "POSTBAG_CHANNEL": self.channel,
            "POSTBAG_WEBHOOK_URL": f"{self.office_url}/offices/{{office}}/letters",
            "POSTBAG_RETRY_DELAYS": "[0.5, 2, 5, 15, 60, 300]",
            "POSTBAG_ATTEMPT_SECONDS": "3",
            "POSTBAG_REQUEST_TIMEOUT_SECONDS": "5",
            "POSTBAG_STUCK_SECONDS": "20",
        }
        return Worker(name, (sys.executable, "-m", f"services.{name}"), settings)

    def _office(self) -> Worker:
        announce = str(self.home / "office.port")
        command = (sys.executable, "-m", "deploy.local.office", "--port", "0", "--folder", str(self.home / "office"))
        return Worker("office", (*command, "--announce", announce))

    def _office_port(self) -> int:
        announced = self.home / "office.port"
        until = monotonic() + _OFFICE_SECONDS
        while not announced.exists():
            if monotonic() > until:
                raise BrokerFailed(f"the local office did not start; see {self.home / 'logs' / 'office.log'}")
            sleep(0.05)
        return int(announced.read_text())
