"""The check on live data judges rightly: what is missing, too much or excused without need is a fault."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from deploy.alerts.rules import files
from services.pipeline.catalogue import CATALOGUE
from tests.ops import expected, prometheus, tools
from tests.ops.findings import Findings
from tests.ops.installation import SERVICES
from tests.ops.prometheus import Prometheus, Unanswered


@contextmanager
def answering(answers: dict[str, Any]) -> Iterator[Prometheus]:
    """A server that gives ``answers`` by query, or by path where there is none; an exception's text is an error."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            given = answers[parse_qs(asked.query).get("query", [asked.path])[0]]
            wrong = isinstance(given, Exception)
            body = {"status": "error", "error": str(given)} if wrong else {"status": "success", "data": given}
            self.send_response(400 if wrong else 200)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
            """Nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Prometheus(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


def vector(*values: str) -> dict[str, Any]:
    return {
        "resultType": "vector",
        "result": [{"metric": {"stage": "render"}, "value": [0, value]} for value in values],
    }


def findings() -> Findings:
    return Findings(lambda _: None)


def all_names() -> set[str]:
    return {one.name + {"counter": "_total", "gauge": "", "histogram": "_bucket"}[one.kind] for one in CATALOGUE}


def test_every_alert_is_expected_to_fire_or_to_be_silent_and_few_are_excused() -> None:
    alerts = {line.split()[-1] for text in files().values() for line in text.splitlines() if "alert: " in line}
    assert expected.to_be_seen() | expected.SILENT.keys() == alerts
    assert not expected.to_be_seen() & expected.SILENT.keys()
    assert len(expected.SILENT) <= 6
    assert len(expected.UNSEEN) <= 5
    assert len(expected.EMPTY) <= 5
    assert expected.UNSEEN.keys() <= {one.name for one in CATALOGUE}


def test_a_run_in_which_everything_was_seen_has_no_faults() -> None:
    found = findings()
    found.unshown = {one for one in found.queries if f"{one.dashboard}: {one.panel}" in expected.EMPTY}
    found.alerts = dict.fromkeys(expected.to_be_seen(), 1.0)
    found.judge_calm(dict.fromkeys(expected.AT_ANY_TIME, "as ever"))
    found.judge_panels()
    found.judge_metrics({name for name in all_names() if name.removesuffix("_total") not in expected.UNSEEN})
    found.judge_alerts()
    assert found.faults == []


def test_a_metric_that_no_scrape_shows_is_a_fault() -> None:
    found = findings()
    found.judge_metrics(all_names() - {"postbag_batch_seconds_bucket"})
    assert [fault for fault in found.faults if "postbag_batch_seconds" in fault]


def test_an_alert_that_did_not_fire_or_should_not_have_is_a_fault() -> None:
    found = findings()
    found.alerts = dict.fromkeys(expected.to_be_seen() - {"PostbagBooksOff"} | {"PostbagLoopStale"}, 1.0)
    found.judge_alerts()
    assert [fault.split()[0] for fault in found.faults] == ["PostbagBooksOff", "PostbagLoopStale"]


def test_what_fires_while_all_is_well_is_a_fault() -> None:
    found = findings()
    found.judge_calm({"PostbagWatchdog": "as ever", "PostbagStageFallsBehind": "render is behind."})
    assert found.faults == ["PostbagStageFallsBehind fires while all is well: render is behind."]


def test_a_panel_shows_something_or_is_a_fault_and_a_query_that_is_none_is_one_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(expected, "EMPTY", {})
    found = findings()
    first, second, third, fourth, *_ = sorted(found.queries, key=lambda one: (one.dashboard, one.panel, one.expr))
    found.unshown = {first, second, third, fourth}
    from deploy.grafana.queries import filled

    answers = {filled(first.expr): vector("1"), filled(second.expr): vector("NaN"), filled(third.expr): vector()}
    assert len({first.expr, second.expr, third.expr, fourth.expr}) == 4
    with answering({**answers, filled(fourth.expr): ValueError("parse error")}) as server:
        found.look_at_panels(server)
    assert found.unshown == {second, third}
    found.judge_panels()
    assert sorted(fault.partition(": ")[0] for fault in found.faults) == sorted(
        [fourth.dashboard, *{one.dashboard + ": " + one.panel: one.dashboard for one in (second, third)}.values()]
    )


def test_alerts_are_noted_once_as_they_fire() -> None:
    found = findings()
    expr = f'count by (alertname) (present_over_time(ALERTS{{alertstate="firing"}}[{prometheus.LONGEST}]))'
    fired = {"resultType": "vector", "result": [{"metric": {"alertname": "PostbagBooksOff"}, "value": [0, "1"]}]}
    now = {"alerts": [{"state": state, "labels": {"alertname": name}, "annotations": {"summary": "So."}}
                      for state, name in (("firing", "PostbagBooksOff"), ("pending", "PostbagLoopStale"))]}  # fmt: skip
    with answering({expr: fired, "/api/v1/alerts": now, "bad(": ValueError("parse error")}) as server:
        found.look(server)
        first = dict(found.alerts)
        found.look(server)
        assert server.firing() == {"PostbagBooksOff": "So."}
        with pytest.raises(Unanswered, match="parse error"):
            server.query("bad(")
    assert found.alerts == first
    assert found.alerts.keys() == {"PostbagBooksOff"}


def test_the_committed_configuration_scrapes_every_service_under_the_job_that_rules_ask_for(tmp_path: Path) -> None:
    ports = {service: 9000 + number for number, service in enumerate(SERVICES)}
    config = prometheus.configuration(ports, tmp_path)
    (job,) = config["scrape_configs"]
    assert job["job_name"] == "postbag"
    targets = [target for group in job["static_configs"] for target in group["targets"]]
    assert sorted(targets) == sorted(f"127.0.0.1:{port}" for port in ports.values())
    assert config["rule_files"] == [str(tmp_path / "*.yml")]
    with pytest.raises(KeyError):
        prometheus.configuration({"ingest": 1}, tmp_path)


def test_without_the_tools_and_without_apt_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(tools.ToolsMissing, match="prometheus, promtool, amtool must be on the PATH"):
        tools.require(lambda _: None)


def test_what_is_missing_is_installed_by_apt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    script = '#!/bin/sh\necho "$@" >> {0}/asked\ncase "$*" in *install*) for n in prometheus promtool amtool; do : > {0}/$n; '
    script += "/bin/chmod +x {0}/$n; done;; esac\n"
    (tmp_path / "apt-get").write_text(script.format(tmp_path))
    (tmp_path / "env").symlink_to("/usr/bin/env")
    (tmp_path / "apt-get").chmod(0o755)
    tools.require(lambda _: None)
    assert tools.missing() == []
    assert (tmp_path / "asked").read_text().splitlines()[-1].endswith("prometheus prometheus-alertmanager")
