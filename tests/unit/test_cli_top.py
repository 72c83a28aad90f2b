"""`postbag top`: one screen of eighty columns with what an operator needs, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from math import inf
from pathlib import Path
from time import sleep

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from schemas.control import Control, ControlGiven
from services.cli.__main__ import postbag
from services.cli.top import command
from services.cli.top.screen import screen
from services.cli.top.watching import Watching, open_surveyor
from services.cli.top.words import duration, rate, some
from services.observe.seen import CampaignSeen, StageSeen, Survey, TopicLag
from services.observe.settings import ObserveSettings
from services.observe.survey import Surveyor
from services.pipeline.errors import BrokerFailed, SettingsRefused
from tests.unit import made
from tests.unit.ground import Ground
from tests.unit.observed import MemoryGroups, surveyor

NOW = made.NOW.timestamp()


@pytest.fixture
def survey(tmp_path: Path) -> Survey:
    """A day on which much is wrong."""
    busy = CampaignSeen(
        "save-every-last-river-in-this-country-2026",
        {"accepted": 1_234_567, "pending": 900_000},
        5400,
        NOW + 7200,
        9000,
    )
    done = CampaignSeen("rivers", {"accepted": 90}, None, NOW - 60, 0)
    pause = Control(
        scope="office", name="HNY13", action="pause", reason="it asked us", until=made.NOW + timedelta(hours=2)
    )
    return replace(
        surveyor(Ground(), tmp_path, now=lambda: NOW).look(),
        stages=(StageSeen("ingest", 2, 153.25, 12, 0.2), StageSeen("deliver", 0, 1411, 90_211, 733, waiting=30_934)),
        lags=(TopicLag("ingest", "submissions", 12, 0.2, 600_000), TopicLag("deliver", "letters", 9, 733, 60_000)),
        campaigns=(busy, done),
        dead={("render", "template_failed"): 2, ("ingest", "not_json"): 5},
        held={"ambiguous": 400, "vacant_seat": 12},
        in_doubt={"silent_after_body": 3},
        controls=(ControlGiven(id="1", source="/postbag/cli", time=made.NOW, data=pause),),
    )  # fmt: skip


def drawn(survey: Survey, width: int = 80, **options: str | int | None) -> list[str]:
    console = Console(width=width, force_terminal=False, color_system=None)
    with console.capture() as capture:
        console.print(screen(survey, now=NOW + 34, **options))  # type: ignore[arg-type]
    return capture.get().splitlines()


def line(lines: list[str], start: str) -> str:
    (found,) = (one for one in lines if one.startswith(start))
    return " ".join(found.split())


def test_eighty_columns_hold_every_number_whole(survey: Survey) -> None:
    lines = drawn(survey)
    assert max(map(len, lines)) <= 80
    assert line(lines, "ingest") == "ingest 2 153 12 0.2 s 6.9 d"
    assert line(drawn(replace(survey, lags=())), "ingest") == "ingest 2 153 12 0.2 s -"
    assert line(lines, "deliver") == "deliver 0 1,411 90,211 12 min 30,934 17 h"
    assert line(lines, "save-every").endswith("2,134,567 1,234,567 0 900,000 1.5 h 2.5 h 2.0 h LATE")
    assert line(lines, "rivers") == "rivers 90 90 0 0 - - past"
    assert line(lines, "dead") == "dead 7 ingest not_json 5, render template_failed 2"
    assert line(lines, "held") == "held 412 ambiguous 400, vacant_seat 12"
    assert line(lines, "in doubt") == "in doubt 3 silent_after_body 3"
    assert line(lines, "paused") == "paused office HNY13 until 2026-03-04 14:00 UTC: it asked us"


def test_what_is_wrong_is_said_in_words(survey: Survey) -> None:
    text = "\n".join(drawn(replace(survey, faults=3, hanging=1, missing=("dead.settled",)), trouble="asking failed"))
    for said in (
        "The last look failed: asking failed",
        "What stands here is 34 s old.",
        "Not there: dead.settled.",
        "3 letters do not agree with the ledger: `postbag books`",
        "1 transactions hang: `postbag doctor`",
    ):
        assert said in " ".join(text.split())
    calm = "\n".join(drawn(replace(survey, hanging=None)))
    assert not [word for word in ("failed:", "Not there", "do not agree", "hang") if word in calm]


def test_a_campaign_in_time_is_not_called_late(survey: Survey) -> None:
    busy = survey.campaigns[0]
    for drain, late in ((7200 - 35, False), (7200, True), (inf, True)):
        found = line(drawn(replace(survey, campaigns=(replace(busy, drain=drain),))), "save-every")
        assert ("LATE" in found) == late
    finished = replace(busy, letters={"accepted": 9}, drain=0, deadline=NOW - 9)
    assert "LATE" not in line(drawn(replace(survey, campaigns=(finished,))), "save-every")


def test_one_campaign_and_no_more_rows_than_fit(survey: Survey) -> None:
    alone = drawn(survey, campaign="rivers")
    assert line(alone, "90 letters") == "90 letters of rivers, 0 open: 90 accepted"
    assert not [one for one in alone if one.startswith("save")]
    short = drawn(survey, rows=1)
    assert "and 1 campaigns more" in line(short, " and")
    assert not [one for one in short if one.startswith("rivers")]


def test_a_hostile_reason_cannot_steer_the_terminal(survey: Survey) -> None:
    order = survey.controls[0]
    evil = order.model_copy(update={"data": order.data.model_copy(update={"reason": "a\x1b[2Jb [bold]c[/bold]"})})
    text = "\n".join(drawn(replace(survey, controls=(evil,))))
    assert "\x1b" not in text
    assert "[bold]c[/bold]" in text


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "-"), (inf, "never"), (0, "0 s"), (0.25, "0.2 s"), (12.4, "12 s"), (89, "89 s"), (90, "2 min"),
        (5000, "83 min"), (5400, "1.5 h"), (86_400, "24 h"), (172_800, "2 d"), (600_000, "6.9 d"), (-30, "-30 s"),
    ],
)  # fmt: skip
def test_durations_are_short(seconds: float | None, said: str) -> None:
    assert duration(seconds) == said


def test_rates_and_counts_are_short() -> None:
    assert [rate(one) for one in (None, 0, 0.25, 99.94, 1411.4)] == ["-", "0", "0.2", "99.9", "1,411"]
    assert some({"a": 1, "b": 3, "c": 2, "d": 1}, 2) == "b 3, c 2, 2 more"
    assert some({}, 2) == ""


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ground:
    ground = Ground()
    monkeypatch.setattr(command, "open_surveyor", lambda _: surveyor(ground, tmp_path / "state", name="top"))
    monkeypatch.setattr(command, "_RATES_SECONDS", 0.0)
    return ground


def run(*options: str) -> Result:
    return CliRunner().invoke(postbag, ["top", *options])


def test_once_shows_one_screen_and_ends(ground: Ground) -> None:
    ground.carry(1)
    ground.carry(2, None)
    done = run("--once")
    assert done.exit_code == 0
    assert "2 letters, 1 open: 1 accepted, 1 pending" in done.stdout
    assert [stage for stage in ("ingest", "resolve", "render", "deliver") if f"\n{stage}" in done.stdout][3:] == [
        "deliver"
    ]


def test_json_has_everything_and_nothing_that_is_no_json(ground: Ground) -> None:
    ground.carry(1)
    ground.carry(2, None)
    done = run("--json")
    found = json.loads(done.stdout, parse_constant=pytest.fail)
    (campaign,) = found["campaigns"]
    assert (campaign["slug"], campaign["made"], campaign["open"]) == ("open", 2, 1)
    assert {topic["retention_left"] for topic in found["topics"] if not topic["records"]} == {None}
    assert found["letters"]["accepted"] == 1
    assert [stage["stage"] for stage in found["stages"]] == ["ingest", "resolve", "render", "deliver"]
    other = json.loads(run("--json", "--campaign", "another").stdout)
    assert (other["campaigns"], other["letters"]) == ([], {})


def test_nothing_of_a_person_is_shown(ground: Ground) -> None:
    ground.carry(1)
    ground.hold(2)
    ground.bury(ground.log("letters", 0)[0], "deliver", "handler_raised")
    for options in (["--once"], ["--json"]):
        said = run(*options).output.lower()
        assert made.CANARY not in said
        assert made.identity(1) not in said


def test_a_broker_that_is_away_at_once_ends_with_its_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    groups = MemoryGroups(Ground())
    groups.away = True
    monkeypatch.setattr(command, "open_surveyor", lambda _: surveyor(Ground(), tmp_path, groups=groups))
    assert isinstance(run("--once").exception, BrokerFailed)


def test_watching_goes_on_through_an_outage_with_the_last_survey(tmp_path: Path) -> None:
    ground = Ground()
    groups = MemoryGroups(ground)
    watching = Watching(lambda: surveyor(ground, tmp_path, groups=groups), 0.01)
    watching.start()
    try:
        assert watching.wait(10)
        groups.away = True
        assert soon(lambda: bool(watching.trouble))
        assert watching.survey is not None
        groups.away = False
        ground.carry(1)
        assert soon(lambda: watching.survey is not None and bool(watching.survey.letters) and not watching.trouble)
    finally:
        watching.stop(10)


def soon(condition: Callable[[], bool]) -> bool:
    """Whether it comes true within ten seconds."""
    for _ in range(1000):
        if condition():
            return True
        sleep(0.01)
    return False


def test_a_second_top_works_without_notes_of_its_own(tmp_path: Path) -> None:
    settings = ObserveSettings(state_dir=tmp_path, topic_prefix="t.")
    first = open_surveyor(settings)
    with pytest.raises(SettingsRefused):
        Surveyor(settings, "top")
    second = open_surveyor(settings)
    assert [file.name for file in tmp_path.glob("*.sqlite")] == ["t.top.sqlite"]
    first.close()
    second.close()
