"""The light receiver for letters over HTTP: nginx, which answers 200 to everything. Its CPU is told apart."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.local.ports import free_port
from deploy.local.tether import tethered

_CONFIG = """
daemon off;
worker_processes 1;
pid {home}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  keepalive_requests 10000000;
  server {{
    listen 127.0.0.1:{port};
    location / {{ default_type application/json; return 200 '{{"receipt":"taken"}}'; }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where letters go; no ``process`` where there is no nginx."""

    url: str
    process: psutil.Process | None

    def cpu(self) -> float:
        """CPU seconds so far, of nginx and its worker."""
        if self.process is None:
            return 0.0
        everyone = [self.process, *self.process.children()]
        return float(sum(sum(one.cpu_times()[:2]) for one in everyone))


def is_installed() -> bool:
    """Whether nginx is there."""
    return shutil.which("nginx") is not None


@contextmanager
def receiver(home: Path) -> Iterator[Receiver]:
    """An nginx on a free port, ended with the block."""
    nginx = shutil.which("nginx")
    if nginx is None:
        yield Receiver("http://127.0.0.1:9/", None)
        return
    port = free_port()
    config = home / "nginx.conf"
    config.write_text(_CONFIG.format(home=home, port=port))
    process = subprocess.Popen(
        tethered((nginx, "-c", str(config), "-p", str(home))), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield Receiver(f"http://127.0.0.1:{port}/offices/{{office}}/letters", psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait(10)
