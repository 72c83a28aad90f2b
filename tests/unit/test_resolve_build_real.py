"""The real data, from recipe to answer: built, verified, and right where it is known what is right."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from click.testing import CliRunner

from services.cli.__main__ import postbag
from services.resolve.geoids import geoid
from services.resolve.importers.shelf import choose
from services.resolve.lookup import resolve
from services.resolve.question import Point, Question
from services.resolve.reference.plans import Plan
from services.resolve.reference.reference import Reference, open_reference
from services.resolve.reload import CURRENT
from services.resolve.resolution import Resolution
from tests.unit.real_data import data, needs_data

pytestmark = needs_data

AS_OF: Final = "2026-11-22"


def run(*arguments: str | Path) -> Any:
    """The JSON of a command that ends well."""
    result = CliRunner().invoke(postbag, ["refdata", *map(str, arguments), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    content = {
        "plans": [
            {"congress": 118, "geometry": [{"format": "shapefile", "file": str(data("tl_2022_*_cd118.zip"))}]},
            {
                "congress": 119,
                "zips": [{"format": "pairs", "file": str(data("zcta_cd119_merged.csv")), "expect": {"zips": 33_791}}],
                "geometry": [
                    {
                        "format": "geojson",
                        "file": str(data("cd119_composite_simplified.geojson.gz")),
                        "resolution_m": 30,  # the areas that say nothing coarser of themselves were simplified to that
                    }
                ],
            },
        ],
        "roster": {"published_on": "2026-06-15", "current": {"file": str(data("legislators-current.json"))}},
    }
    file = tmp_path_factory.mktemp("recipe") / "real.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def shelf(recipe: Path) -> Path:
    """A folder with the file built from the real data; built once."""
    folder = recipe.parent / "shelf"
    built = run("build", recipe, "--out", folder)
    assert built["active"]
    return folder


@pytest.fixture(scope="module")
def reference(shelf: Path) -> Iterator[Reference]:
    opened = open_reference(choose(shelf))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def plan(reference: Reference) -> Plan:
    found = reference.at(datetime(2026, 11, 22, tzinfo=UTC).timestamp()).plan("represented_by")
    assert found is not None
    assert found.id == "us-cd-119"
    return found


def named(answer: Resolution) -> list[str]:
    return [geoid(seat) for seat in answer.candidates]


def offices(*kinds: str) -> list[dict[str, str]]:
    with data("golden_points.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["kind"] in kinds]


def asked(row: dict[str, str], *, zip_too: bool) -> Question:
    point = Point(float(row["lat"]), float(row["lon"]), "rooftop")
    return Question(zip5=row["office_zip"][:5] if zip_too else "", point=point)


def test_the_file_holds_what_went_in(shelf: Path) -> None:
    info = run("info", shelf, "--as-of", AS_OF)
    maps = {plan["id"]: plan for plan in info["plans"]}
    counts = maps["us-cd-119"]["counts"]
    assert (counts["zips"], counts["pairs"], counts["districts"], counts["shapes"]) == (33_791, 40_066, 441, 437)
    assert maps["us-cd-119"]["coverage"] == "nation"
    assert (maps["us-cd-118"]["counts"]["shapes"], maps["us-cd-118"]["coverage"]) == (31, "part")
    assert info["seats_by_status"] == {"held": 535, "vacant": 4, "term_ended_unconfirmed": 2}
    assert info["geometry"]["us-cd-118"] == "within 10 m"
    assert len(info["sources"]) == 10
    assert info["counts"]["golden"] > 900


def test_it_verifies(shelf: Path) -> None:
    assert run("verify", shelf)["ok"]


def test_the_zips_that_were_verified_row_by_row_are_right(shelf: Path, plan: Plan) -> None:
    verified: dict[str, list[str]] = json.loads(data("census_cd119_zcta_verified.json").read_text("utf-8"))
    assert len(verified) == 18
    for zip5, geoids in verified.items():
        answer = run("lookup", "--reference", shelf, "--zip", zip5, "--as-of", AS_OF)
        assert sorted(seat["geoid"] for seat in answer["candidates"]) == sorted(geoids), zip5
        assert (answer["outcome"] == "resolved") == (len(geoids) == 1), zip5
        states = {found[:2] for found in geoids}
        senators = [seat for seat in answer["seats"] if seat["chamber"] == "senate"]
        expected = 0 if len(states) > 1 or states == {"78"} else 2
        assert len(senators) == expected, f"{zip5}: senators follow from the state, whatever the district"


@pytest.mark.parametrize("zip_too", [False, True], ids=["point alone", "point and ZIP"])
def test_every_office_that_is_safe_to_assert_is_in_its_member_s_district(plan: Plan, *, zip_too: bool) -> None:
    golden = offices("golden")
    assert len(golden) == 215
    wrong = [
        row["office_id"]
        for row in golden
        if (answer := resolve(plan, asked(row, zip_too=zip_too))).outcome != "resolved"
        or named(answer) != [row["member_geoid"]]
    ]
    assert wrong == []


def test_an_office_near_lines_that_are_coarse_is_right_or_in_doubt_and_never_wrong(plan: Plan) -> None:
    answers = [(row, resolve(plan, asked(row, zip_too=False))) for row in offices("golden_approx_geom")]
    assert len(answers) == 114
    assert [row["office_id"] for row, answer in answers if named(answer)[0] != row["member_geoid"]] == []
    outcomes = Counter(answer.outcome for _, answer in answers)
    assert outcomes["resolved"] >= 80
    assert outcomes.keys() == {"resolved", "ambiguous"}


@pytest.mark.parametrize("zip_too", [False, True], ids=["point alone", "point and ZIP"])
def test_an_office_outside_its_member_s_district_is_reported_for_what_it_is(plan: Plan, *, zip_too: bool) -> None:
    traps = offices("office_outside_own_district")
    assert len(traps) == 12
    for row in traps:
        answer = resolve(plan, asked(row, zip_too=zip_too))
        assert named(answer)[0] == row["pip_geoid"], row["office_id"]
        assert not (answer.outcome == "resolved" and row["member_geoid"] in named(answer)), row["office_id"]
        of_zip = set(filter(None, row["zip_candidates"].split("|")))
        if zip_too and of_zip and not of_zip & set(named(answer)):
            assert "zip_vs_point" in answer.conflicts, row["office_id"]
        if answer.outcome == "resolved" and of_zip and zip_too:
            assert row["pip_geoid"] in of_zip or "zip_vs_point" in answer.conflicts, row["office_id"]


def test_a_trap_is_told_in_words(shelf: Path) -> None:
    (trap,) = [row for row in offices("office_outside_own_district") if row["office_id"] == "M001237-flint"]
    point = f"{trap['lat']},{trap['lon']}"
    arguments = ["refdata", "lookup", "--reference", str(shelf), "--point", point, "--as-of", AS_OF]
    alone = CliRunner().invoke(postbag, arguments).stdout
    assert "HMI07" in alone
    assert "HMI08" not in alone


def test_both_maps_answer_side_by_side(shelf: Path) -> None:
    cambridge = ("lookup", "--reference", shelf, "--point", "42.3601,-71.0942")
    for congress in (118, 119):
        answer = run(*cambridge, "--congress", str(congress))
        assert (answer["plan"], answer["outcome"]) == (f"us-cd-{congress}", "resolved")
        assert answer["candidates"][0]["geoid"] == "2507"
    in_2024 = run(*cambridge, "--as-of", "2024-06-01")
    assert in_2024["plan"] == "us-cd-118"
    assert {seat["status"] for seat in in_2024["seats"]} <= {"held", "unknown"}


def test_seats_without_a_holder_are_seen(shelf: Path) -> None:
    seats = {seat["office"]: seat for seat in run("lookup", "--reference", shelf, "33313", "--as-of", AS_OF)["seats"]}
    assert seats["HFL20"]["status"] == "vacant"
    assert seats["SFL03"]["status"] == "term_ended_unconfirmed"
    assert seats["SFL01"]["holder"]["name"] == "Rick Scott"


def test_a_build_that_is_killed_leaves_the_file_in_use(recipe: Path, shelf: Path) -> None:
    before = (shelf / CURRENT).read_bytes()
    command = [sys.executable, "-m", "services.cli", "refdata", "build", str(recipe), "--out", str(shelf)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as build:
        assert build.stderr is not None
        told = iter(build.stderr.readline, "")
        assert any("cutting lines" in line for line in told)
        time.sleep(0.2)
        os.kill(build.pid, signal.SIGKILL)
    assert build.returncode == -signal.SIGKILL
    assert (shelf / CURRENT).read_bytes() == before
    assert run("verify", shelf)["ok"]
