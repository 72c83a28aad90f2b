"""The dashboards' queries as a list, and filled in: for a check that each one answers.

Read from the JSON that is committed, and not from the boards: what is checked is what Grafana asks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from deploy.grafana.make import FOLDER


@dataclass(frozen=True, slots=True)
class Query:
    """A query of a panel, with its variables as they stand."""

    dashboard: str
    panel: str
    expr: str


def panels() -> tuple[Query, ...]:
    """Every query of every panel."""
    return tuple(
        Query(path.stem, panel["title"], target["expr"])
        for path in sorted(FOLDER.glob("*.json"))
        for panel in json.loads(path.read_text("utf-8"))["panels"]
        for target in panel.get("targets", ())
    )


def filled(
    expr: str,
    *,
    job: str = ".+",
    instance: str = ".+",
    campaign: str = ".+",
    stage: str = ".+",
    interval: str = "1m",
) -> str:
    """``expr`` as Prometheus takes it: regular expressions for the variables, and a duration for the interval."""
    for name, value in (
        ("$__rate_interval", interval),
        ("$job", job),
        ("$instance", instance),
        ("$campaign", campaign),
        ("$stage", stage),
    ):
        expr = expr.replace(name, value)
    return expr
