"""The page on reference data leaves nothing out, and its recipe and its figures are those of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, get_args

import pytest

from services.resolve import evidence, resolution, sight
from services.resolve.importers.cases import read_cases
from services.resolve.importers.recipe import (
    Geometry,
    PlanRecipe,
    Recipe,
    RosterRecipe,
    SourceFile,
    Zips,
    read_recipe,
    wanted,
)
from services.resolve.reference.manifest import MOST_LOST
from services.resolve.reference.sample import sample_contents
from services.resolve.resolution import Basis

PAGE: Final = (Path(__file__).parents[2] / "docs" / "refdata.md").read_text("utf-8")
ROWS: Final = {
    cells[0].strip("` "): [cell.strip() for cell in cells[1:]]
    for line in PAGE.splitlines()
    if line.startswith("| `")
    for cells in [line.strip("|").split("|")]
}
BLOCKS: Final = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_every_field_of_a_recipe_is_explained_and_no_other() -> None:
    fields = {*Recipe.model_fields, *SourceFile.model_fields, "weighs"}
    fields |= {f"plans.{name}" for name in PlanRecipe.model_fields} | {"roster.published_on"}
    explained = {name for name in ROWS if "," not in name} - set(get_args(Basis))
    bare = {"zips", "weights", "blocks", "plus4", "points", "geometry"}  # in the table of formats
    assert explained - bare == fields - {"file"}
    for model in (RosterRecipe, Geometry, Zips):
        assert all(f"`{name}`" in PAGE for name in set(model.model_fields) - {"format"}), model.__name__


def test_the_example_of_a_recipe_is_one_and_shows_every_kind_of_source(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(BLOCKS[0], "utf-8")
    recipe = read_recipe(tmp_path / "recipe.yaml")
    shown = {re.sub(r"\.\d+", "", one.place.split(" (")[0]) for one in wanted(recipe)}
    kinds = {"zips", "weights", "plus4", "points", "geometry"}
    assert shown == {f"plans.{kind}" for kind in kinds} | {"roster.current", "golden"}


def test_the_example_of_a_golden_case_is_one(tmp_path: Path) -> None:
    (tmp_path / "cases.yaml").write_text(BLOCKS[1], "utf-8")
    (case,) = read_cases(tmp_path / "cases.yaml")
    districts = sample_contents().plans[0].zips.zips[str(case.question["zip5"])]
    assert set(case.geoids) == set(districts)


def test_every_basis_is_explained() -> None:
    assert set(get_args(Basis)) <= ROWS.keys()


@pytest.mark.parametrize(
    ("basis", "figures"),
    [
        ("asserted", list(evidence.PROOF.values())),
        ("zip9", [evidence.RANGE]),
        ("point", list(sight.CONFIDENCE.values())),
        ("zip_unique", [resolution.UNIQUE, resolution.ONE_IN_STATE]),
        ("zip_dominant", [resolution.CERTAIN]),
        ("zip_split", [resolution.LAND_AT_MOST]),
        ("po_box_point", [resolution.LOCATED_ZIP]),
        ("state_atlarge", [resolution.ONE_IN_STATE]),
    ],
)
def test_the_confidences_are_those_of_the_code(basis: str, figures: list[float]) -> None:
    said = {float(number) for number in re.findall(r"0\.\d+", " ".join(ROWS[basis]))}
    assert set(figures) <= said


def test_the_radii_and_limits_are_those_of_the_code() -> None:
    radii = {accuracy: f"{radius:.0f} m" for accuracy, radius in sight.RADIUS_M.items()}
    assert radii == {"rooftop": "15 m", "parcel": "50 m", "interpolated": "150 m"}
    assert "15 m for a rooftop, 50 m for a parcel, 150 m for an interpolated place" in PAGE
    assert f"confidence of {resolution.CERTAIN} or more" in PAGE
    assert f"more than {MOST_LOST:.0%}".replace("%", " %") in PAGE


def test_the_sample_is_as_large_as_is_said() -> None:
    assert f"a sample of {len(sample_contents().plans[0].zips.zips)} ZIPs" in PAGE
