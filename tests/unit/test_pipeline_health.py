"""/livez, /readyz and /metrics as a probe and a scraper see them."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.pipeline.errors import SettingsRefused
from services.pipeline.health import HealthServer
from services.pipeline.metrics import WorkerMetrics

HOST = "127.0.0.1"


class Served:
    """A worker's health server, and what the worker says of itself."""

    def __init__(self) -> None:
        self.alive = self.ready = True
        self.metrics = WorkerMetrics("render")
        self.server = HealthServer(self.metrics.registry, lambda: self.alive, lambda: self.ready, HOST, 0)

    def get(self, path: str, method: str = "GET") -> tuple[int, str, str]:
        """Status, content type and body."""
        request = urllib.request.Request(f"http://{HOST}:{self.server.port}{path}", method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.headers["Content-Type"], answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers["Content-Type"], error.read().decode()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    made = Served()
    yield made
    made.server.close()


@pytest.mark.parametrize("alive", [True, False])
@pytest.mark.parametrize("ready", [True, False])
def test_alive_and_ready_are_told_apart(served: Served, alive: bool, ready: bool) -> None:
    served.alive, served.ready = alive, ready
    assert served.get("/livez")[0] == (200 if alive else 503)
    assert served.get("/readyz")[0] == (200 if ready else 503)


def test_metrics_are_served_in_the_format_that_prometheus_reads(served: Served) -> None:
    served.metrics.rewound()
    status, kind, body = served.get("/metrics")
    assert status == 200
    assert kind.startswith("text/plain; version=")
    assert 'postbag_rewinds_total{stage="render"} 1.0' in body


def test_any_other_path_is_told_what_there_is_and_any_other_verb_is_refused(served: Served) -> None:
    assert served.get("/../etc/passwd")[0] == 404
    assert "/readyz" in served.get("/")[2]
    assert served.get("/metrics", method="POST")[0] == 501


def test_a_taken_port_is_refused_by_the_name_of_its_setting(served: Served) -> None:
    with pytest.raises(
        SettingsRefused, match=rf"POSTBAG_METRICS_PORT: cannot listen on {HOST}:{served.server.port} .*0 for"
    ):
        HealthServer(served.metrics.registry, lambda: True, lambda: True, HOST, served.server.port)


def test_a_scraper_that_says_nothing_holds_up_nobody(served: Served) -> None:
    with socket.create_connection((HOST, served.server.port)) as silent, ThreadPoolExecutor(20) as pool:
        silent.sendall(b"GET /metrics HT")
        answers = list(pool.map(lambda _: served.get("/metrics")[0], range(60)))
    assert answers == [200] * 60


def test_it_is_gone_when_closed() -> None:
    made = Served()
    made.server.close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((HOST, made.server.port), timeout=5)
