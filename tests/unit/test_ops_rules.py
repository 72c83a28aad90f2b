"""The rule files: as generated, about metrics that exist, accepted by promtool, and each alert shown firing and silent."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.alerts.model import Objectives, Symptoms, read_symptoms
from deploy.alerts.pace import Pace
from deploy.alerts.rules import FOLDER, files
from services.pipeline.catalogue import CATALOGUE

ROOT = Path(__file__).parents[2]
CASES = sorted((ROOT / "tests" / "ops" / "rules").glob("*.yml"))
ALWAYS_FIRES = {"PostbagWatchdog"}
OF_PROMETHEUS = {"up": {"job", "instance"}, "ALERTS": set[str]()}
ADDED = {"job", "instance"}
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed; make ops-check does"
)
needs_amtool = pytest.mark.skipif(shutil.which("amtool") is None, reason="amtool is not installed; make ops-check does")


def rules(kind: str) -> Iterator[dict[str, Any]]:
    """Every rule that is an ``alert`` or a ``record``."""
    for text in files().values():
        for group in yaml.safe_load(text)["groups"]:
            yield from (rule for rule in group["rules"] if kind in rule)


def series() -> dict[str, set[str]]:
    """Labels by the name of every series that can be asked for."""
    served = {
        one.name + suffix: {*one.labels, *ADDED, *(["le"] if suffix == "_bucket" else [])}
        for one in CATALOGUE
        for suffix in SUFFIXES[one.kind]
    }
    recorded = {rule["record"]: {*rule["labels"]} for rule in rules("record")}
    return {**served, **recorded, **OF_PROMETHEUS}


def wrong_names(expr: str) -> set[str]:
    """Metrics in ``expr`` that nothing serves, and labels that their metric does not have."""
    known, wrong = series(), set()
    labels = {label for name in re.findall(r"[a-zA-Z_:][\w:]*", expr) for label in known.get(name, ())}
    for name, matchers in re.findall(r"\b(postbag[\w:]+|up)\b(?:\{([^}]*)\})?", expr):
        asked = set(re.findall(r"(\w+)\s*[=!]~?", matchers))
        wrong |= {name} if name not in known else {f"{name}.{one}" for one in asked - known[name]}
    for grouped in re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", expr):
        wrong |= {one for one in re.split(r"[,\s]+", grouped) if one} - labels
    return wrong


def checked(*command: str) -> str:
    """What a tool says of files that it finds in order."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_committed_rules_are_what_the_two_files_say() -> None:
    committed = {path.name: path.read_text("utf-8") for path in (FOLDER / "rules").iterdir()}
    assert committed == files(), "run `python -m deploy.alerts`"


def test_every_metric_and_label_of_a_rule_exists() -> None:
    asked = {
        rule.get("alert") or rule["record"]: wrong_names(rule["expr"])
        for kind in ("alert", "record")
        for rule in rules(kind)
    }
    assert {name: wrong for name, wrong in asked.items() if wrong} == {}


def test_a_name_that_does_not_exist_would_be_seen() -> None:
    assert wrong_names('sum by (stage) (rate(postbag_record_total{stage="x"}[5m]))') == {
        "postbag_record_total",
        "stage",
    }
    assert wrong_names('postbag_lanes{state="open"}') == {"postbag_lanes.state"}
    assert wrong_names('absent(postbag_assigned_partitions{stage="ingest"})') == set()
    assert wrong_names("max by (campaign) (postbag_dead_records)") == {"campaign"}


def test_every_alert_says_how_urgent_it_is_and_where_to_read_on() -> None:
    for rule in rules("alert"):
        allowed = {"none"} if rule["alert"] in ALWAYS_FIRES else {"page", "ticket"}
        assert rule["labels"]["severity"] in allowed, rule["alert"]
        assert rule["annotations"].keys() == {"summary", "description", "runbook_url"}, rule["alert"]
        assert (ROOT / rule["annotations"]["runbook_url"]).is_file(), rule["alert"]


def test_every_symptom_is_shown_firing_and_silent_and_fills_its_sentences() -> None:
    fired: dict[str, set[str]] = {}
    silent: set[str] = set()
    for case in (one for path in CASES for one in yaml.safe_load(path.read_text("utf-8"))["tests"]):
        for expected in case["promql_expr_test"]:
            found = re.search(r'ALERTS\{alertname="(\w+)"', expected["expr"])
            assert found, case["name"]
            if not expected["exp_samples"]:
                silent.add(found[1])
            for sample in expected["exp_samples"]:
                fired.setdefault(found[1], set(re.findall(r"(\w+)=", sample["labels"])))
    symptoms = {one.alert: one for one in read_symptoms(FOLDER / "alerts.yaml").alerts}
    assert fired.keys() == symptoms.keys()
    assert silent == symptoms.keys() - ALWAYS_FIRES
    for name, one in symptoms.items():
        assert set(re.findall(r"\$labels\.(\w+)", one.summary + one.description)) <= fired[name], name


def test_a_check_on_live_data_shortens_time_and_changes_nothing_else() -> None:
    pace = Pace(90)
    assert pace.expr('increase(a{topic!~"letters[.].+"}[15m]) > 20 and b > seconds(6h)') == (
        'increase(a{topic!~"letters[.].+"}[20000ms]) > 20 and b > 240'
    )
    assert (pace.window("10s"), pace.window("1m"), pace.window("1h")) == ("10000ms", "20000ms", "40000ms")
    assert (pace.wait("1m"), pace.wait("1h"), Pace().wait("1m"), Pace().window("1m")) == (
        "10000ms",
        "40000ms",
        "1m",
        "1m",
    )
    assert files(pace).keys() == files().keys()
    for name in ("5x", "", "1h30m", "0m"):
        with pytest.raises(ValueError, match="is no duration"):
            pace.window(name)
    with pytest.raises(ValueError, match="at least 1"):
        Pace(0.5)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"objective": 99.9}, "less than 1"),
        ({"bad": "x[window]"}, "either"),
        ({"promise": "fast"}, "promise"),
        ({"tgt": 1}, "tgt"),
    ],
)
def test_a_slip_in_an_objective_is_named(change: dict[str, Any], complaint: str) -> None:
    given = {
        "slo": "x",
        "alert": "PostbagX",
        "objective": 0.99,
        "promise": "It is fast enough.",
        "bad_while": "a > bool 1",
    }
    Objectives.model_validate({"slos": [given]})
    with pytest.raises(ValueError, match=complaint):
        Objectives.model_validate({"slos": [given | change]})


@pytest.mark.parametrize(
    ("change", "complaint"), [({"for": "5 min"}, "duration"), ({"severity": "warning"}, "severity")]
)
def test_a_slip_in_an_alert_is_named(change: dict[str, Any], complaint: str) -> None:
    given = {
        "alert": "PostbagX",
        "severity": "page",
        "for": "5m",
        "expr": "a",
        "summary": "It is so.",
        "description": "It is so now.",
    }
    given["summary"] = "It is so today."
    Symptoms.model_validate({"runbooks": "x", "alerts": [given]})
    with pytest.raises(ValueError, match=complaint):
        Symptoms.model_validate({"runbooks": "x", "alerts": [given | change]})


@needs_promtool
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_alerts_fire_and_stay_silent(path: Path) -> None:
    checked("promtool", "test", "rules", str(path))


@needs_promtool
def test_promtool_finds_nothing_to_complain_of(tmp_path: Path) -> None:
    for name, text in files(Pace(90)).items():
        (tmp_path / name).write_text(text, "utf-8")
    found = [*map(str, (FOLDER / "rules").iterdir()), *map(str, tmp_path.iterdir())]
    assert "duplicate" not in checked("promtool", "check", "rules", "--lint=all", "--lint-fatal", *found)
    checked("promtool", "check", "config", str(FOLDER / "prometheus.yml"))


@needs_amtool
def test_amtool_takes_the_configuration_and_routes_pages_tickets_and_the_dead_man() -> None:
    config = "deploy/alertmanager/alertmanager.yml"
    checked("amtool", "check-config", config)
    for labels, receiver in (
        ("severity=page", "page"), ("severity=ticket", "ticket"), ("alertname=PostbagWatchdog severity=none", "dead-man"),
    ):  # fmt: skip
        said = checked("amtool", "config", "routes", "test", f"--config.file={config}", *labels.split())
        assert said.split()[0] == receiver
