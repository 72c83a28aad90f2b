"""``python -m tests.benchmark``: measure, print a table, keep the figures as JSON. See ``--help``."""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from deploy.local.broker import LocalBroker
from deploy.local.config import kafka_version
from tests.benchmark import measure
from tests.benchmark.receiver import is_installed
from tests.benchmark.report import END, START, table


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description=__doc__)
    parser.add_argument("--people", type=int, default=50_000, help="submissions a measurement (default 50,000)")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds; medians are reported (default 3)")
    parser.add_argument("--partitions", type=int, default=4, help="partitions of each topic (default 4)")
    parser.add_argument("--seconds", type=int, default=30, help="length of the paced run (default 30)")
    parser.add_argument("--reference", type=Path, metavar="FILE", help="also measure lookups in this reference file")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    parser.add_argument("--docs", type=Path, metavar="FILE", help="also write the table between the markers of FILE")
    options = parser.parse_args()
    if options.people < 3_000:
        parser.error("--people: with fewer than 3,000 a stage is done before it can be measured")
    with tempfile.TemporaryDirectory(prefix="postbag-bench-") as folder:
        figures = _measure(options, Path(folder))
    text = table(figures)
    print(text)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    if options.docs:
        page = options.docs.read_text()
        head, rest = page.split(START)
        options.docs.write_text(f"{head}{START}\n\n{text}\n\n{END}{rest.split(END)[1]}")
    return 0


def _measure(options: argparse.Namespace, home: Path) -> dict[str, Any]:
    channels = ["discard", "outbox", *(["webhook"] if is_installed() else [])]
    if "webhook" not in channels:
        _say("nginx is not installed: delivery over HTTP is left out (apt-get install nginx-light)")
    rounds: list[dict[str, Any]] = []
    with LocalBroker(home / "kafka") as broker:
        for number in range(1, options.rounds + 1):
            _say(f"round {number} of {options.rounds}: each stage beside a bare copy")
            found: dict[str, Any] = {"stages": measure.stages(broker, home, options.people, options.partitions)}
            found["pipeline"] = {}
            for channel in channels:
                _say(f"round {number} of {options.rounds}: the whole pipeline, delivery by {channel}")
                figures = measure.pipeline(broker, home, options.people, options.partitions, channel)
                found["pipeline"][channel] = figures
            _say(f"round {number} of {options.rounds}: latency at 200 a second for {options.seconds} s")
            if options.reference:
                _say(f"round {number} of {options.rounds}: lookups in a reference file")
                found["lookups"] = measure.apart("lookups", str(options.reference))
            _say(f"round {number} of {options.rounds}: letters without Kafka")
            found["letters"] = measure.apart("letters", "20000")
            found["latency"] = measure.latency(broker, home, 200, options.seconds, options.partitions)
            rounds.append(found)
    merged: dict[str, Any] = _median(rounds)
    merged["conditions"] = (
        f"{datetime.now(UTC):%Y-%m-%d}, {psutil.cpu_count()} cores of a shared machine, {platform.system()}, CPython"
        f" {platform.python_version()}, Kafka {kafka_version()} on the same cores, kafka-python {version('kafka-python')};"
        f" {options.people:,} submissions a measurement, {options.partitions} partitions, medians of {options.rounds} rounds."
    )
    return merged


def _median(values: list[Any]) -> Any:
    """The same structure, with the median of each number."""
    if isinstance(values[0], dict):
        return {key: _median([value[key] for value in values]) for key in values[0]}
    return median(values)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
