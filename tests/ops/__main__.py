"""``python -m tests.ops``: the check of everything that operators look at, on live data; ``make ops-check`` runs it.

It ends with 0 and one line that says so if all is well, and otherwise with 1 and what is wrong. Prometheus, the broker and
every process end with it; its folder stays if something was wrong, or if POSTBAG_OPS_HOME names one.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from time import monotonic

from deploy.alerts.rules import FOLDER
from services.cli.output import print_table
from tests.ops import expected, tools
from tests.ops.course import Course
from tests.ops.findings import Findings
from tests.ops.installation import Installation
from tests.ops.tools import ToolsMissing

_STARTED = monotonic()


def say(text: str) -> None:
    """A line of progress, with the seconds since the start."""
    print(f"[{monotonic() - _STARTED:4.0f} s] {text}", flush=True)


def main() -> int:
    """The check; returns the exit code."""
    try:
        tools.require(say)
    except ToolsMissing as missing:
        print(f"ops-check: {missing}", file=sys.stderr)
        return 1
    given = os.environ.get("POSTBAG_OPS_HOME")
    home = Path(given or tempfile.mkdtemp(prefix="postbag-ops-")).resolve()
    home.mkdir(parents=True, exist_ok=True)
    findings = Findings(say)
    check_files(findings)
    say("Starting a broker, an office, the services and Prometheus ...")
    with Installation(home).open() as installation:
        Course(installation, findings, say).play()
        findings.judge_panels()
        metrics = findings.judge_metrics(installation.prometheus.names())
        findings.judge_alerts()
    show(findings)
    shown = {(one.dashboard, one.panel) for one in findings.queries}
    counts = f"{len(shown)} panels, {metrics} metrics, {len(findings.alerts) + len(expected.SILENT)} alerts"
    if findings.faults:
        print(f"ops-check: {counts}: {len(findings.faults)} faults, see above. Logs: {home}")
        return 1
    if not given:
        shutil.rmtree(home, ignore_errors=True)
    print(f"ops-check: {counts}: all well")
    return 0


def check_files(findings: Findings) -> None:
    """The committed files, by the checkers of those who read them."""
    rules = sorted(map(str, (FOLDER / "rules").glob("*.yml")))
    manager = FOLDER.parent / "alertmanager" / "alertmanager.yml"
    for command in (
        ("promtool", "check", "rules", "--lint=all", "--lint-fatal", *rules),
        ("promtool", "check", "config", str(FOLDER / "prometheus.yml")),
        ("amtool", "check-config", str(manager)),
    ):
        if complaint := tools.checked(*command):
            findings.fault(f"{' '.join(command[:3])}: {complaint}")
    say("Rules and configurations are checked.")


def show(findings: Findings) -> None:
    """Each alert, what was expected of it, and when it first fired."""
    rows = [
        (name, "fire", f"after {findings.alerts[name]:.0f} s" if name in findings.alerts else "NEVER")
        for name in sorted(expected.to_be_seen())
    ]
    rows += [(name, "be silent", "FIRED" if name in findings.alerts else "silent") for name in sorted(expected.SILENT)]
    print_table("Alerts", ("alert", "was to", "did"), rows)
    for fault in findings.faults:
        print(f"FAULT: {fault}")


if __name__ == "__main__":
    sys.exit(main())
