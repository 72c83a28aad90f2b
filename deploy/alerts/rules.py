"""Both rule files, as data and as text: what is written, and what a test compares the committed files with."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from deploy.alerts.burn import MONTH, Rule, alerts, records, share
from deploy.alerts.model import Symptom, read_objectives, read_symptoms
from deploy.alerts.pace import Pace

FOLDER: Final = Path(__file__).resolve().parents[1] / "prometheus"
_NOTE: Final = "# Generated from {source} by `python -m deploy.alerts`; do not edit.\n"


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as it is read."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def files(pace: Pace | None = None, runbooks: str | None = None) -> dict[str, str]:
    """The text of each rule file by its name; ``runbooks`` replaces where alerts.yaml says that the pages are found."""
    pace = pace or Pace()
    objectives, symptoms = read_objectives(FOLDER / "slo.yaml").slos, read_symptoms(FOLDER / "alerts.yaml")
    pages = (runbooks or symptoms.runbooks).rstrip("/")
    slo = [
        _group("postbag-slo", [rule for one in objectives for rule in records(one, pace)]),
        _group("postbag-slo-month", [share(one, pace, MONTH) for one in objectives], pace.wait("5m")),
        _group("postbag-slo-alerts", [rule for one in objectives for rule in alerts(one, pace, pages)]),
    ]
    return {
        "slo.yml": _dumped("slo.yaml", slo),
        "symptoms.yml": _dumped(
            "alerts.yaml", [_group("postbag-symptoms", [_symptom(one, pace, pages) for one in symptoms.alerts])]
        ),
    }


def _symptom(one: Symptom, pace: Pace, runbooks: str) -> Rule:
    return {
        "alert": one.alert,
        "expr": pace.expr(one.expr.strip()),
        **({"for": pace.wait(one.wait)} if one.wait else {}),
        "labels": {"severity": one.severity},
        "annotations": {
            "summary": one.summary,
            "description": one.description,
            "runbook_url": f"{runbooks}/{one.alert}.md",
        },
    }


def _group(name: str, rules: list[Rule], interval: str | None = None) -> dict[str, Any]:
    return {"name": name, **({"interval": interval} if interval else {}), "rules": rules}


def _dumped(source: str, groups: list[dict[str, Any]]) -> str:
    body = yaml.dump({"groups": groups}, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)
    return _NOTE.format(source=f"deploy/prometheus/{source}") + body
