"""Only what passes is published, versions rise, and a campaign's end is its next version: on a broker in memory."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.campaign import Campaign, CampaignPublished
from schemas.topics import CAMPAIGNS
from schemas.wire import read
from services.pipeline.campaigns import Campaigns
from services.pipeline.memory import MemoryBroker, MemoryReader
from tests.unit.campaign_desk import campaign_file, on_memory, run


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> MemoryBroker:
    return on_memory(monkeypatch)


def published(broker: MemoryBroker) -> list[Campaign]:
    return [read(CampaignPublished, record.value).data for record in broker.records(CAMPAIGNS) if record.value]


def test_a_campaign_is_published_as_its_file_has_it(broker: MemoryBroker, tmp_path: Path) -> None:
    result = run("publish", campaign_file(tmp_path))
    assert (result.exit_code, result.stdout) == (0, "Published rivers, version 1.\n")
    (found,) = published(broker)
    assert (found.slug, found.version, found.forms) == ("rivers", 1, ("mail", "cwc"))


def test_a_version_must_be_higher_than_the_published_one(broker: MemoryBroker, tmp_path: Path) -> None:
    assert run("publish", campaign_file(tmp_path, version=4)).exit_code == 0
    same = run("publish", campaign_file(tmp_path, version=4))
    assert same.exit_code == 1
    assert "version 4 of rivers is what is published now. Set version to 5 and publish again." in same.stderr
    lower = run("publish", campaign_file(tmp_path, version=3, subject="Let the rivers run"))
    assert "version 3 of rivers is not higher than the published one, 4. Set version to 5" in lower.stderr
    higher = run("publish", campaign_file(tmp_path, version=5, subject="Let the rivers run"))
    assert higher.stdout == "Published rivers, version 5. It replaces version 4.\n"
    assert [one.version for one in published(broker)] == [4, 5]


def test_what_the_check_finds_wrong_is_not_published_and_told_as_the_check_tells_it(
    broker: MemoryBroker, tmp_path: Path
) -> None:
    path = campaign_file(tmp_path, letter="I live in [City], sir.\n")
    result = run("publish", path)
    assert result.exit_code == 1
    assert "letter (foreign_field)" in result.stdout
    found = json.loads(run("publish", path, "--json").stdout)
    assert (found["published"], found["errors"][0]["code"]) == (False, "foreign_field")
    assert published(broker) == []


def test_warnings_are_shown_and_do_not_stop_it(broker: MemoryBroker, tmp_path: Path) -> None:
    result = run("publish", campaign_file(tmp_path, required_fields=["prefix", "last_name"]))
    assert "required_fields (not_required)" in result.stdout
    assert result.stdout.endswith("Published rivers, version 1.\n")
    assert len(published(broker)) == 1


def test_a_dry_run_does_all_but_publish(broker: MemoryBroker, tmp_path: Path) -> None:
    result = run("publish", campaign_file(tmp_path), "--dry-run")
    assert (result.exit_code, result.stdout) == (0, "Would publish rivers, version 1.\n")
    assert published(broker) == []
    said = json.loads(run("publish", campaign_file(tmp_path), "--json").stdout)
    assert said == {"slug": "rivers", "version": 1, "before": None, "published": True, "warnings": []}
    assert run("publish", campaign_file(tmp_path), "--dry-run").exit_code == 1, "the version is refused there as well"


def test_the_list_has_the_newest_version_and_its_state(broker: MemoryBroker, tmp_path: Path) -> None:
    assert "No campaign is published." in run("list").stdout
    for changes in (
        {"slug": "open"},
        {"slug": "later", "opens": "2999-01-01T00:00:00Z"},
        {"slug": "over", "closes": "2020-01-01T05:00:00-05:00", "version": 2},
    ):
        assert run("publish", campaign_file(tmp_path, **changes)).exit_code == 0
    found = {one["slug"]: one for one in json.loads(run("list", "--json").stdout)}
    assert {slug: one["state"] for slug, one in found.items()} == {
        "open": "open", "later": "not_yet_open", "over": "closed"
    }  # fmt: skip
    assert (found["over"]["closes"], found["over"]["version"]) == ("2020-01-01T10:00:00Z", 2)
    assert found["open"]["targets"] == ["HNY12", "SNY01", "HDC00"]
    table = run("list").stdout
    assert "not yet open" in table
    assert "2999-01-01" in table


def test_to_close_is_to_publish_the_next_version_with_an_end(broker: MemoryBroker, tmp_path: Path) -> None:
    run("publish", campaign_file(tmp_path))
    before = datetime.now(UTC)
    result = run("close", "rivers")
    assert result.exit_code == 0
    assert "rivers is closed (version 2)." in result.stdout
    first, closed = published(broker)
    assert closed.closes is not None
    assert abs((closed.closes - before).total_seconds()) < 60
    assert closed == first.model_copy(update={"version": 2, "closes": closed.closes})
    again = run("close", "rivers")
    assert again.exit_code == 1
    assert "rivers has been closed since" in again.stderr


def test_a_campaign_can_be_closed_at_a_time_and_sooner_than_was_said(broker: MemoryBroker, tmp_path: Path) -> None:
    run("publish", campaign_file(tmp_path, opens="2020-01-01T00:00:00Z"))
    assert json.loads(run("close", "rivers", "--at", "2999-01-02T03:04:05Z", "--json").stdout) == {
        "slug": "rivers", "version": 2, "closes": "2999-01-02T03:04:05Z"
    }  # fmt: skip
    unsaid = run("close", "rivers")
    assert unsaid.exit_code == 1
    assert "rivers closes at 2999-01-02T03:04:05Z. Say --now, or --at and another time." in unsaid.stderr
    assert run("close", "rivers", "--at", "2998-01-02").exit_code == 0
    assert run("close", "rivers", "--now").exit_code == 0
    assert [one.version for one in published(broker)] == [1, 2, 3, 4]
    assert run("close", "rivers", "--now", "--at", "2998-01-02").exit_code == 2


def test_a_campaign_that_never_opened_is_withdrawn_and_not_closed(broker: MemoryBroker, tmp_path: Path) -> None:
    run("publish", campaign_file(tmp_path, opens="2999-01-01T00:00:00Z"))
    assert "opens at 2999-01-01T00:00:00Z, after it would close." in run("close", "rivers").stderr
    follower = Campaigns(lambda: MemoryReader(broker), clock=iter(range(0, 1000, 100)).__next__)
    assert follower.get("rivers") is not None
    assert run("withdraw", "rivers", input="n\n").exit_code == 1
    assert run("withdraw", "rivers", "--yes", "--json").exit_code == 0
    follower.refresh()
    assert follower.get("rivers") is None
    assert json.loads(run("list", "--json").stdout) == []


@pytest.mark.parametrize("command", ["close", "withdraw"])
def test_a_campaign_that_is_not_published_has_no_end(broker: MemoryBroker, command: str) -> None:
    result = run(command, "rivers")
    assert result.exit_code == 1
    assert result.stderr == ("Error: no campaign rivers is published. `postbag campaign list` shows those that are.\n")
