"""Dashboards ask only for what is served: metrics and labels of the catalogue, in queries that Prometheus can parse."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.grafana.queries import filled, panels
from schemas.topics import ALL, TIERS
from services.cli.books import LETTER_STATES
from services.pipeline.catalogue import BUCKETS, CATALOGUE
from tests.unit.dashboards import BOARDS, EVERY, GROUPED, SAMPLES, SELECTOR, inside


def test_every_metric_is_in_the_catalogue_with_the_labels_that_it_is_narrowed_by() -> None:
    for asked in EVERY:
        for name, matchers in SELECTOR.findall(asked.expr):
            assert name in SAMPLES, asked
            assert set(re.findall(r"(\w+)(?:=~|!=|!~|=)", matchers)) <= SAMPLES[name], asked


def test_nothing_is_grouped_by_a_label_that_it_has_not() -> None:
    for asked in EVERY:
        for found in GROUPED.finditer(asked.expr):
            labels = set(found[1].split(", "))
            after = asked.expr[found.end() :].lstrip()
            within = inside(after, 0) if after.startswith("(") else asked.expr
            for name, _ in SELECTOR.findall(within):
                assert labels <= SAMPLES[name], (asked, name)


def test_a_legend_names_only_labels_that_are_left() -> None:
    for asked in EVERY:
        kept = {label for found in GROUPED.finditer(asked.expr) for label in found[1].split(", ")} | {"instance"}
        assert set(re.findall(r"{{(\w+)}}", asked.legend)) <= kept - {"le"}, asked


def test_what_is_said_to_be_of_tiers_asks_for_tiers_alone() -> None:
    asked = [one for one in EVERY if "postbag_topic_lag" in one.expr and "tiers" in one.panel["title"].lower()]
    assert asked
    for one in asked:
        wanted = re.search(r'topic=~"([^"]+)"', one.expr)
        assert wanted, one
        matched = {topic.name for topic in ALL if re.fullmatch(wanted[1], topic.name)}
        assert matched == {topic.name for topic in TIERS}


def _served() -> dict[tuple[str, str], set[str]]:
    """The values of closed labels, by metric and label."""
    found = {
        ("postbag_records", "outcome"): {"emit", "retry", "dead", "done"},
        ("postbag_records", "detail"): {topic.name for topic in ALL},
        ("postbag_topic_lag_records", "topic"): {topic.name for topic in ALL},
        ("postbag_books_letters", "state"): set(LETTER_STATES),
        ("postbag_office_attempts", "result"): {"accepted", "refused", "retry", "unknown"},
    }
    for declared in CATALOGUE:
        for values in declared.values:
            for label, value in zip([one for one in declared.labels if one != "stage"], values, strict=True):
                found.setdefault((declared.name, label), set()).add(value)
        if "stage" in declared.labels:
            found[declared.name, "stage"] = {"ingest", "resolve", "render", "deliver"}
    return found


def test_a_value_that_a_query_picks_is_one_that_is_served() -> None:
    served = _served()
    picked = set()
    for asked in EVERY:
        for name, matchers in SELECTOR.findall(asked.expr):
            metric = re.sub(r"_(total|bucket|sum|count)$", "", name)
            for label, values in re.findall(r'(\w+)(?:=~|!=|=)"([^"$]+)"', matchers):
                picked.add((metric, label))
                assert set(values.split("|")) <= served[metric, label], asked
    assert len(picked) > 5


def test_a_counter_is_only_looked_at_by_its_rise_and_a_histogram_by_its_buckets_or_sum() -> None:
    counters = {declared.name for declared in CATALOGUE if declared.kind == "counter"}
    for asked in EVERY:
        for found in SELECTOR.finditer(asked.expr):
            rising = found[1].removesuffix("_total") in counters or found[1].endswith(("_bucket", "_sum"))
            before = asked.expr[: found.start()]
            assert not rising or before.endswith(("rate(", "increase(")), asked
            assert found[1] not in BUCKETS, asked


def test_the_observers_figures_are_never_added_up_over_observers() -> None:
    ours = {declared.name for declared in CATALOGUE if declared.name.startswith(("postbag_topic_", "postbag_books_"))}
    for asked in EVERY:
        for found in SELECTOR.finditer(asked.expr):
            if found[1] in ours:
                before = asked.expr[: found.start()].removesuffix("deriv(").rstrip("( ")
                assert re.search(r"(max|min)( by \([a-z_, ]+\))?$", before), asked


def test_the_list_for_the_live_check_is_what_grafana_asks_with_nothing_left_to_fill_in() -> None:
    assert [(one.dashboard, one.panel, one.expr) for one in panels()] == [
        (asked.board, asked.panel["title"], asked.expr) for asked in EVERY
    ]
    for one in panels():
        assert "$" not in filled(one.expr)
    shown = filled('rate(x{job=~"$job", stage=~"$stage", campaign=~"$campaign"}[$__rate_interval])', campaign="clean")
    assert shown == 'rate(x{job=~".+", stage=~".+", campaign=~"clean"}[1m])'


def test_prometheus_parses_every_query(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: the package prometheus)")
    rules = [{"record": f"postbag:panel:{n}", "expr": filled(one.expr)} for n, one in enumerate(panels())]
    assert len(rules) == len(EVERY)
    file = tmp_path / "queries.yml"
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}), "utf-8")  # JSON is YAML
    done = subprocess.run(
        [promtool, "check", "rules", str(file)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(rules)} rules found" in done.stdout


def test_a_query_for_a_variables_values_asks_for_a_label_that_the_metric_has() -> None:
    for board, made in BOARDS.items():
        for variable in made["templating"]["list"]:
            if variable["type"] == "query":
                found = re.fullmatch(r"label_values\((\w+)(?:{job=~\"\$job\"})?, (\w+)\)", variable["query"]["query"])
                assert found, board
                assert found[1] == "up" or found[2] in SAMPLES[found[1]], board
