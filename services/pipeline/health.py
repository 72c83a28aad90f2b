"""/metrics, /livez and /readyz of one worker.

Alive means that the loop turns: it never depends on Kafka, or a broker's outage would make every worker restart at once.
Ready means that the worker owns partitions (or none were left for it) and its deps are loaded. The server runs in
daemon threads with a timeout, so that a slow scraper can never hold up the loop.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry

from services.pipeline.errors import SettingsRefused
from services.pipeline.exposition import Exposition

log = logging.getLogger(__name__)


class HealthServer:
    """Serves on ``host:port`` (0 picks a free port) until the process ends. Raises ``SettingsRefused`` if it is taken."""

    def __init__(
        self,
        registry: CollectorRegistry,
        alive: Callable[[], bool],
        ready: Callable[[], bool],
        host: str,
        port: int,
    ) -> None:
        exposition = Exposition(registry)

        class Handler(BaseHTTPRequestHandler):
            timeout = 10

            def do_GET(self) -> None:
                if self.path == "/metrics":
                    self._answer(200, exposition.text(), CONTENT_TYPE_LATEST)
                elif self.path == "/livez":
                    self._say(alive())
                elif self.path == "/readyz":
                    self._say(ready())
                else:
                    self._answer(404, b"/metrics, /livez or /readyz\n", "text/plain")

            def _say(self, well: bool) -> None:
                self._answer(200 if well else 503, b"ok\n" if well else b"not now\n", "text/plain")

            def _answer(self, status: int, body: bytes, kind: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
                """Scrapes are not news."""

        try:
            self._server = ThreadingHTTPServer((host, port), Handler)
        except OSError as error:
            raise SettingsRefused(
                f"POSTBAG_METRICS_PORT: cannot listen on {host}:{port} ({error.strerror}); choose another, or 0 for any"
            ) from None
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
