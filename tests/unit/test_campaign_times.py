"""Deadlines and drips: what would surely expire is not published, what would for late writers is said, and all is shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.cli.campaign import load_campaign
from services.render.linter import lint
from tests.unit.campaign_desk import campaign_file, on_memory, run

TODAY = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()
BEFORE, OPENS = "2026-11-20T12:00:00Z", "2026-12-01T12:00:00Z"
CLOSES, DEADLINE = "2026-12-08T12:00:00Z", "2026-12-10T12:00:00Z"


def found(tmp_path: Path, now: float | None = TODAY, **changes: Any) -> list[tuple[str, str, str]]:
    times = {"deliver_before", "drip_hours"}
    campaign = load_campaign(campaign_file(tmp_path, **changes))
    return [(str(one.path[0]), one.code, one.severity) for one in lint(campaign, now) if one.path[0] in times]


@pytest.mark.parametrize(
    ("times", "faults"),
    [
        ({}, []),
        ({"drip_hours": 48}, []),
        ({"deliver_before": DEADLINE, "closes": CLOSES}, []),
        ({"deliver_before": DEADLINE, "closes": DEADLINE}, []),
        ({"deliver_before": DEADLINE, "closes": CLOSES, "drip_hours": 48}, []),
        ({"deliver_before": BEFORE, "closes": BEFORE}, [("deliver_before", "deadline_passed", "error")]),
        (
            {"deliver_before": DEADLINE, "opens": DEADLINE, "closes": "2026-12-09T12:00:00Z"},
            [("deliver_before", "deadline_too_early", "error")],
        ),
        ({"deliver_before": DEADLINE}, [("deliver_before", "late_letters", "warning")]),
        ({"deliver_before": CLOSES, "closes": DEADLINE}, [("deliver_before", "late_letters", "warning")]),
        (
            {"deliver_before": DEADLINE, "closes": CLOSES, "drip_hours": 48.5},
            [("drip_hours", "drip_too_long", "warning")],
        ),
        (
            {"deliver_before": CLOSES, "opens": OPENS, "closes": OPENS, "drip_hours": 168},
            [],
        ),
        (
            {"deliver_before": CLOSES, "opens": "2026-12-01T13:00:00Z", "closes": "2026-12-01T14:00:00Z",
             "drip_hours": 168},
            [("drip_hours", "drip_too_long", "error")],
        ),
        (
            {"deliver_before": "2026-11-23T12:00:00Z", "closes": "2026-11-23T00:00:00Z", "drip_hours": 25},
            [("drip_hours", "drip_too_long", "error")],
        ),
    ],
)  # fmt: skip
def test_each_slip_in_the_times_is_found_and_good_times_pass(
    tmp_path: Path, times: dict[str, Any], faults: list[tuple[str, str, str]]
) -> None:
    assert found(tmp_path, **times) == faults


def test_without_a_day_nothing_is_said_to_be_over(tmp_path: Path) -> None:
    assert found(tmp_path, None, deliver_before=BEFORE, closes=BEFORE) == []


def test_a_slip_is_told_in_words_with_its_place_in_the_file_and_keeps_it_from_being_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_memory(monkeypatch)
    path = campaign_file(tmp_path, deliver_before="2020-01-01T00:00:00Z")
    result = run("publish", path)
    assert result.exit_code == 1
    line = path.read_text("utf-8").splitlines().index("deliver_before: '2020-01-01T00:00:00Z'") + 1
    assert f"{path}:{line}:18: deliver_before (deadline_passed)" in result.stdout
    assert "Letters expire at 2020-01-01T00:00Z, which has passed. Set deliver_before later, or take it out." in (
        result.stdout
    )
    then = json.loads(run("check", path, "--as-of", "2019-06-01", "--json").stdout)
    assert [one["code"] for one in then["errors"]] == [], "on that day it was well"


def test_the_list_of_campaigns_tells_their_deadlines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_memory(monkeypatch)
    times = {"closes": "2998-12-31T00:00:00Z", "deliver_before": "2999-01-01T00:00:00Z", "drip_hours": 12}
    assert run("publish", campaign_file(tmp_path, **times)).exit_code == 0
    assert ", letters expire 2999-01-01T00:00:00Z, letters spread over 12 hours" in run("list").stdout
    (told,) = json.loads(run("list", "--json").stdout)
    assert (told["deliver_before"], told["drip_hours"]) == ("2999-01-01T00:00:00Z", 12)
