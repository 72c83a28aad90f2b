"""The objectives' rules, run by promtool: what they record, and at which burn rates they page or write a ticket."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml

from deploy.alerts.rules import FOLDER
from tests.ops.burning import ALERTS, STEPS, Test, alerts, shares

PROMTOOL = shutil.which("promtool") or ""
needs_promtool = pytest.mark.skipif(not PROMTOOL, reason="promtool is not installed; make ops-check does")


def run(folder: Path, step: str, tests: Iterable[Test]) -> None:
    """Have promtool run ``tests`` with the rules evaluated every ``step``.

    The groups read what others record, and promtool takes groups at the same moment in no order of its own: the file's is
    prescribed, or a window would now and then lack its last sample.
    """
    rules = FOLDER / "rules" / "slo.yml"
    document = {
        "rule_files": [str(rules)],
        "evaluation_interval": step,
        "group_eval_order": [group["name"] for group in yaml.safe_load(rules.read_text("utf-8"))["groups"]],
        "tests": list(tests),
    }
    file = folder / f"every-{step}.yml"
    file.write_text(yaml.safe_dump(document), "utf-8")
    done = subprocess.run(
        [PROMTOOL, "test", "rules", str(file)], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_each_burn_alert_fires_above_both_thresholds_and_not_above_one(tmp_path: Path) -> None:
    tests = list(alerts())
    assert sum(bool(one["promql_expr_test"][0]["exp_samples"]) for one in tests) == 4 * len(ALERTS)
    run(tmp_path, "5m", tests)


@needs_promtool
@pytest.mark.parametrize("step", sorted(set(STEPS.values())))
def test_the_bad_share_of_each_window_is_recorded_as_it_is(tmp_path: Path, step: str) -> None:
    run(tmp_path, step, [test for every, test in shares() if every == step])


@needs_promtool
def test_objectives_are_recorded_for_the_dashboards(tmp_path: Path) -> None:
    samples = [
        {"labels": f'postbag:slo_objective:ratio{{slo="{slo}"}}', "value": 1 - budget}
        for slo, (_, budget) in ALERTS.items()
    ]
    expected = [{"expr": "postbag:slo_objective:ratio", "eval_time": "1m", "exp_samples": samples}]
    run(tmp_path, "1m", [{"interval": "1m", "input_series": [], "promql_expr_test": expected}])


@needs_promtool
def test_a_lag_of_few_records_is_no_bad_time(tmp_path: Path) -> None:
    series = [
        {"series": 'postbag_topic_lag_seconds{stage="ingest", topic="submissions"}', "values": "5000x5"},
        {"series": 'postbag_topic_lag_records{stage="ingest", topic="submissions"}', "values": "10x5"},
    ]
    samples = [{"labels": f'postbag:slo_bad:bool{{slo="{slo}"}}', "value": 0} for slo in ("intake", "freshness")]
    expected = [{"expr": "postbag:slo_bad:bool", "eval_time": "5m", "exp_samples": samples}]
    run(tmp_path, "1m", [{"interval": "1m", "input_series": series, "promql_expr_test": expected}])
