"""Worker processes under measurement: started with the settings of the run, and read through /proc and /metrics."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep

import psutil

from deploy.local.ports import free_port
from deploy.local.tether import tethered

PATIENCE_S = 180.0


class Running:
    """One worker of ``service``; its log is ``folder/<service>.log``."""

    def __init__(self, service: str, settings: dict[str, str], folder: Path) -> None:
        self.service = service
        self._port = free_port()
        self._log = (folder / f"{service}.log").open("ab")
        env = {**os.environ, **settings, "POSTBAG_METRICS_PORT": str(self._port)}
        command = tethered((sys.executable, "-m", f"services.{service}"))
        self._process = subprocess.Popen(command, env=env, stdout=self._log, stderr=subprocess.STDOUT)
        self._seen = psutil.Process(self._process.pid)

    def cpu(self) -> float:
        """CPU seconds so far, user and system."""
        times = self._seen.cpu_times()
        return float(times.user + times.system)

    def peak_mb(self) -> float:
        """The largest resident set so far, in MiB (VmHWM)."""
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("no VmHWM: the benchmark reads memory from Linux's /proc")

    def written(self, topic: str) -> int:
        """Records that it has committed to ``topic``, by its own count."""
        wanted = f'detail="{topic}",outcome="emit",stage="{self.service}"'
        for line in self._fetch("/metrics").splitlines():
            if line.startswith("postbag_records_total{") and wanted in line:
                return int(float(line.rsplit(" ", 1)[1]))
        return 0

    def is_ready(self) -> bool:
        """Whether it owns its partitions."""
        try:
            return self._fetch("/readyz") == "ok\n"
        except (urllib.error.URLError, OSError):
            return False

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def check(self) -> None:
        """Raise if it ended."""
        if self._process.poll() is not None:
            raise RuntimeError(f"{self.service} ended with {self._process.returncode}; see {self._log.name}")

    def stop(self) -> None:
        """Drain it."""
        self._process.send_signal(signal.SIGCONT)
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(40)
        self._log.close()

    def _fetch(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=5) as answer:
            return str(answer.read(), "utf-8")


@contextmanager
def running(services: Sequence[str], settings: dict[str, str], folder: Path) -> Iterator[list[Running]]:
    """The workers, all ready; stopped at the end."""
    with ExitStack() as stack:
        workers = []
        for service in services:
            worker = Running(service, settings, folder)
            stack.callback(worker.stop)
            workers.append(worker)
        wait(workers, lambda: all(worker.is_ready() for worker in workers))
        yield workers


def wait(workers: Sequence[Running], done: Callable[[], bool], every: float = 0.1) -> None:
    """Wait until ``done()``; raises if a worker ends, or after three minutes."""
    until = monotonic() + PATIENCE_S
    while not done():
        for worker in workers:
            worker.check()
        if monotonic() > until:
            raise RuntimeError("the pipeline made no progress in time; see the logs")
        sleep(every)
