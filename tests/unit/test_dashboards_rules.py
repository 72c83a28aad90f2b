"""Dashboards keep the rules that Grafana's dashboard-linter has, and a few more, read from the committed JSON."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any, Final

import pytest
import yaml

from deploy.grafana.make import FOLDER, files
from tests.unit.dashboards import BOARDS, EVERY, ROOT, SAMPLES, SELECTOR, panels

EACH: Final = pytest.mark.parametrize("board", BOARDS)
SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
UNITS: Final = {"s", "short", "cps", "percentunit", "bytes"}
"""Grafana's names of the units that are used; a new one is to be looked up there."""
RATED: Final = re.compile(r"\b(rate|irate|increase|delta|deriv|\w+_over_time)\(")


def variables(board: str) -> dict[str, dict[str, Any]]:
    return {variable["name"]: variable for variable in BOARDS[board]["templating"]["list"]}


def test_the_four_boards_are_there() -> None:
    assert set(BOARDS) == {"overview", "campaign-day", "stage", "delivery"}
    assert all(len(panels(board)) > 10 for board in BOARDS)


def test_the_committed_files_are_what_the_code_writes() -> None:
    assert {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()} == files(), "run `make docs`"


@EACH
def test_nobody_edits_it_and_it_is_the_same_everywhere(board: str) -> None:
    made = BOARDS[board]
    assert made["editable"] is False
    assert made["id"] is None
    assert made["uid"] == f"postbag-{board}"
    assert made["schemaVersion"] >= 39
    assert made["title"].startswith("Postbag: ")
    assert made["description"].endswith(".")


@EACH
def test_the_data_source_is_chosen_and_never_written_down(board: str) -> None:
    assert variables(board)["datasource"]["type"] == "datasource"
    assert variables(board)["datasource"]["query"] == "prometheus"
    for panel in panels(board):
        assert panel["datasource"] == SOURCE
        assert all(target["datasource"] == SOURCE for target in panel["targets"])
    for variable in variables(board).values():
        assert variable["type"] != "query" or variable["datasource"] == SOURCE


@EACH
def test_job_and_instance_are_chosen_many_at_once_and_all_at_first(board: str) -> None:
    assert list(variables(board))[:3] == ["datasource", "job", "instance"]
    for name, variable in variables(board).items():
        if variable["type"] == "query":
            assert variable["query"]["query"].endswith(f", {name})")
            assert (variable["multi"], variable["includeAll"], variable["allValue"]) == (True, True, ".+")
            assert variable["refresh"] == 2, "the choice is looked up again when the time changes"


def test_every_query_is_narrowed_by_job_and_instance() -> None:
    for asked in EVERY:
        selectors = SELECTOR.findall(asked.expr)
        assert selectors, asked
        for _, matchers in selectors:
            assert matchers.startswith('job=~"$job", instance=~"$instance"'), asked


def test_a_variable_that_a_query_uses_can_be_chosen_and_one_that_can_be_is_used() -> None:
    for board in BOARDS:
        asked = "".join(one.expr for one in EVERY if one.board == board)
        used = set(re.findall(r"\$(?:\{)?([a-z]+)\b", asked.replace("$__rate_interval", "")))
        assert used | {"datasource"} == set(variables(board)), board


def test_on_a_campaigns_day_whatever_is_known_by_campaign_is_narrowed_by_it() -> None:
    narrowed = 0
    for asked in EVERY:
        for name, matchers in SELECTOR.findall(asked.expr) if asked.board == "campaign-day" else ():
            assert ("campaign" in SAMPLES[name]) == ('campaign=~"$campaign"' in matchers), asked
            narrowed += "campaign" in SAMPLES[name]
    assert narrowed > 10


def test_a_rate_is_over_the_window_that_fits_the_graph() -> None:
    rated = 0
    for asked in EVERY:
        windows = re.findall(r"\[([^\]]+)\]", asked.expr)
        assert set(windows) <= {"$__rate_interval"}, asked
        assert len(windows) == len(RATED.findall(asked.expr)), asked
        rated += len(windows)
    assert rated > 30


@EACH
def test_every_panel_says_what_it_shows_in_which_unit_and_what_it_means(board: str) -> None:
    seen = set()
    for panel in panels(board):
        assert panel["title"] not in seen, "two panels of one name"
        seen.add(panel["title"])
        assert len(panel["description"].split()) >= 8, panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        units = [p["value"] for o in panel["fieldConfig"]["overrides"] for p in o["properties"] if p["id"] == "unit"]
        assert {panel["fieldConfig"]["defaults"]["unit"], *units} <= UNITS, panel["title"]


@EACH
def test_no_panel_lies_over_another_or_outside(board: str) -> None:
    places = [panel["gridPos"] for panel in BOARDS[board]["panels"]]
    for place in places:
        assert place["x"] + place["w"] <= 24
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above, (one, other)
    assert len({panel["id"] for panel in BOARDS[board]["panels"]}) == len(places)


def test_links_lead_to_the_runbooks_of_alerts_and_every_alert_is_linked_from_where_it_shows() -> None:
    rules = [yaml.safe_load(path.read_text("utf-8")) for path in (ROOT / "deploy/prometheus/rules").glob("*.yml")]
    alerts = {rule["alert"] for one in rules for group in one["groups"] for rule in group["rules"] if "alert" in rule}
    links = [link for board in BOARDS for panel in panels(board) for link in panel.get("links", ())]
    assert all(link["url"] == f"/public/runbooks/{link['title'].removeprefix('Runbook: ')}.md" for link in links)
    linked = {link["title"].removeprefix("Runbook: ") for link in links}
    assert linked == alerts - {"PostbagWatchdog"}, "the watchdog shows nowhere: it fires always"
    assert [name for name in sorted(linked) if not (ROOT / "deploy" / "runbooks" / f"{name}.md").is_file()] == []


def test_grafana_is_told_where_they_are_and_which_data_to_take_first() -> None:
    folder = ROOT / "deploy" / "grafana" / "provisioning"
    (provider,) = yaml.safe_load((folder / "dashboards" / "postbag.yaml").read_text("utf-8"))["providers"]
    (source,) = yaml.safe_load((folder / "datasources" / "prometheus.yaml").read_text("utf-8"))["datasources"]
    assert provider["type"] == "file"
    assert provider["allowUiUpdates"] is False
    assert (source["type"], source["isDefault"]) == ("prometheus", True)
    scraping = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text("utf-8"))["global"]
    assert source["jsonData"]["timeInterval"] == scraping["scrape_interval"], "or rates would fall between scrapes"
