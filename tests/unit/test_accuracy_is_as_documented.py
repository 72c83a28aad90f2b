"""The documented accuracy of ZIPs is what the data gives, and the measurement would see a wrong answer."""

from __future__ import annotations

import csv
import dataclasses
from io import BytesIO
from pathlib import Path

import pytest

from services.resolve.importers.pairs import read_pairs
from services.resolve.reference.compiler import compile_reference
from services.resolve.reference.container import open_container
from services.resolve.reference.plans import Plan
from services.resolve.reference.reference import opened
from tests.benchmark.accuracy import measure, table
from tests.unit.real_data import data, needs_data
from tests.unit.reference_made import contents
from tests.unit.reference_made import plan as made_plan

PAGE = Path(__file__).parents[2] / "docs" / "accuracy.md"
pytestmark = needs_data


@pytest.fixture(scope="module")
def plan() -> Plan:
    zips, _ = read_pairs(data("zcta_cd119_merged.csv"))
    file = BytesIO()
    compile_reference(contents(dataclasses.replace(made_plan(119), zips=zips)), file)
    return opened(open_container(file.getvalue())).plans[0]


def rows() -> list[dict[str, str]]:
    with data("golden_points.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_documented_table_is_what_the_data_gives(plan: Plan) -> None:
    assert table(measure(plan, rows())) in PAGE.read_text("utf-8")


def test_a_wrong_district_would_show(plan: Plan) -> None:
    right = measure(plan, rows())
    wrong = measure(plan, [{**row, "pip_geoid": "0100"} for row in rows() if row["pip_geoid"]])
    assert right.named["one"] > 200
    assert right.named["several"] == right.asked["several"]
    assert wrong.asked == right.asked
    assert not wrong.named.total()
