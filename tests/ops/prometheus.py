"""A real Prometheus, with the committed configuration and rules at another pace and at other addresses.

The configuration is read from deploy/prometheus and only its addresses and intervals are changed, so that a job under another
name, or a service that nobody scrapes, shows here.
"""

from __future__ import annotations

import http.client
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import yaml

from deploy.alerts.pace import Pace
from deploy.alerts.rules import FOLDER, files
from deploy.local.supervise import Worker

PACE: Final = Pace(90)
"""6 hours are 4 minutes; windows under half an hour are 20 seconds, and waits under a quarter of an hour 10."""

LONGEST: Final = "30m"
"""Longer than any run."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One series of an answer."""

    labels: Mapping[str, str]
    value: float


class Unanswered(RuntimeError):
    """Prometheus did not take a question; the message is its own."""


def configuration(ports: Mapping[str, int], rules: Path) -> dict[str, Any]:
    """The committed configuration for services on 127.0.0.1. Raises ``KeyError`` for a target that is none of ``ports``."""
    config: dict[str, Any] = yaml.safe_load((FOLDER / "prometheus.yml").read_text("utf-8"))
    config["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(rules / Path(pattern).name) for pattern in config["rule_files"]]
    del config["alerting"]
    config["scrape_configs"] = [job for job in config["scrape_configs"] if job["job_name"] == "postbag"]
    for job in config["scrape_configs"]:
        job["scrape_timeout"] = "1s"
        for group in job["static_configs"]:
            group["targets"] = [f"127.0.0.1:{ports[target.partition(':')[0]]}" for target in group["targets"]]
    return config


def worker(folder: Path, ports: Mapping[str, int], port: int) -> Worker:
    """Prometheus as a command, with its files written to ``folder``."""
    (folder / "rules").mkdir(parents=True)
    for name, text in files(PACE).items():
        (folder / "rules" / name).write_text(text, "utf-8")
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(configuration(ports, folder / "rules")), "utf-8")
    command = ("prometheus", f"--config.file={file}", f"--storage.tsdb.path={folder / 'data'}",
               f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=1d", "--log.level=warn")  # fmt: skip
    return Worker("prometheus", command)


class Prometheus:
    """Asks a Prometheus on 127.0.0.1. Every call raises ``OSError`` where none answers."""

    def __init__(self, port: int) -> None:
        self._port = port

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            self._get("/api/v1/status/buildinfo")
        except OSError:
            return False
        return True

    def query(self, expr: str) -> list[Sample]:
        """What ``expr`` is now. Raises ``Unanswered`` if it is none."""
        found = self._get("/api/v1/query", query=expr)
        if found["resultType"] == "scalar":
            return [Sample({}, float(found["result"][1]))]
        return [Sample(one["metric"], float(one["value"][1])) for one in found["result"]]

    def shows(self, expr: str) -> bool:
        """Whether there is anything to draw."""
        return any(not math.isnan(one.value) for one in self.query(expr))

    def names(self) -> set[str]:
        """The names of all series that were ever scraped or recorded."""
        return set(self._get("/api/v1/label/__name__/values"))

    def fired(self) -> set[str]:
        """The alerts that have fired at any time."""
        expr = f'count by (alertname) (present_over_time(ALERTS{{alertstate="firing"}}[{LONGEST}]))'
        return {one.labels["alertname"] for one in self.query(expr)}

    def firing(self) -> dict[str, str]:
        """What fires now, with the summary that a person would read."""
        found = self._get("/api/v1/alerts")["alerts"]
        return {one["labels"]["alertname"]: one["annotations"]["summary"] for one in found if one["state"] == "firing"}

    def _get(self, path: str, **query: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        try:
            connection.request("GET", f"{path}?{urlencode(query)}")
            answer = json.loads(connection.getresponse().read())
        except http.client.HTTPException as error:
            raise OSError(type(error).__name__) from error
        finally:
            connection.close()
        if answer["status"] != "success":
            raise Unanswered(answer["error"])
        return answer["data"]
