"""Recipes: what is written wrong is refused with its place, and what is left out follows from the law."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from services.cli.refdata.pulling import SHIPPED
from services.resolve.geoids import FIPS_BY_STATE
from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.recipe import Recipe, read_recipe, wanted
from tests.unit.small_recipe import write_recipe


def written(folder: Path, content: Any) -> Recipe:
    file = folder / "recipe.yaml"
    file.write_text(content if isinstance(content, str) else yaml.safe_dump(content), "utf-8")
    return read_recipe(file)


def test_a_map_is_in_force_while_its_congress_sits(tmp_path: Path) -> None:
    plan = read_recipe(write_recipe(tmp_path)).plans[0]
    assert plan.name == "us-cd-119"
    assert (plan.since.isoformat(), plan.until.isoformat()) == (
        "2025-01-03T17:00:00+00:00",
        "2027-01-03T17:00:00+00:00",
    )


def test_a_court_s_map_can_have_a_name_and_times_of_its_own(tmp_path: Path) -> None:
    times = {"plan": "us-cd-120", "valid_from": "2025-06-01T00:00:00Z", "valid_to": "2026-06-01T00:00:00+02:00"}
    plan = read_recipe(write_recipe(tmp_path, plan=times)).plans[0]
    assert (plan.name, plan.since.month, plan.until.isoformat()) == ("us-cd-120", 6, "2026-06-01T00:00:00+02:00")


def test_the_recipe_that_ships_fetches_every_state_s_map_of_two_congresses() -> None:
    recipe = read_recipe(SHIPPED)
    assert [plan.congress for plan in recipe.plans] == [118, 119]
    files = list(wanted(recipe))
    assert all(one.url and one.url.startswith("https://") for one in files)
    maps = [one for one in files if "geometry" in one.place]
    assert len(maps) == 2 * len(FIPS_BY_STATE) == 112
    assert len({one.file for one in files}) == len(files) == 116
    assert "{" not in "".join(f"{one.file}{one.url}" for one in files)


PLAN = {"congress": 119, "zips": [{"format": "pairs", "file": "pairs.csv"}]}


def zips(**source: Any) -> dict[str, Any]:
    return {"plans": [{**PLAN, "zips": [{"format": "pairs", "file": "pairs.csv", **source}]}]}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({}, "plans: Field required"),
        ({"plans": []}, "plans: "),
        ({"plans": [PLAN], "rosters": {}}, "rosters: Extra inputs"),
        ({"plans": [{**PLAN, "congres": 3}]}, "plans.0.congres: Extra inputs"),
        ({"plans": [{**PLAN, "congress": 12}]}, "plans.0.congress: "),
        ({"plans": [{**PLAN, "congress": "119"}]}, "plans.0.congress: "),
        ({"plans": [{**PLAN, "valid_from": "2025-01-03T12:00:00"}]}, "plans.0.valid_from: "),
        ({"plans": [{**PLAN, "valid_to": "2020-01-03T12:00:00Z"}]}, "valid_from must be before valid_to"),
        ({"plans": [PLAN, PLAN]}, "us-cd-119 stands here twice"),
        ({"plans": [{"congress": 119}]}, "can answer nothing"),
        (zips(format="xml"), "plans.0.zips.0.format: Input should be 'relationship' or 'pairs'"),
        (zips(url="ftp://data.example/pairs.csv"), "plans.0.zips.0.url: "),
        (zips(url="https://data.example/x", file="../pairs.csv"), "one plain name below the recipe's folder"),
        (zips(url="https://data.example/x", file="*.csv"), "one plain name below the recipe's folder"),
        (zips(url="https://data.example/{fips}"), "file and url must both have {fips}"),
        (zips(file="{fips}.csv", sha256="0" * 64), "a checksum belongs to one file"),
        (zips(sha256="12"), "plans.0.zips.0.sha256: "),
        (zips(states=["MA"]), "the file has none"),
        (zips(file="{fips}.csv", states=["FM"]), "FM has no seat in Congress"),
        (zips(file="*/pairs.csv"), "not of a folder's"),
        ("plans: [", "is not YAML in UTF-8"),
        ("plans: 1\nplans: 2\n", "plans stands here twice"),
        ("plans: !!python/object:os.system {}", "is not YAML in UTF-8"),
        ("plans: !!binary aGVsbG8=", "holds what has no place in it"),
        ("plans: [.nan]", "holds what has no place in it"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, content: Any, says: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        written(tmp_path, content)
    assert says in str(refused.value)
    assert "docs/refdata.md" in str(refused.value)
    assert ("after validation" in str(refused.value)) == (content == {"plans": []}), (
        "a list with a bad part is not empty"
    )


def test_weights_and_blocks_are_not_taken_together(tmp_path: Path) -> None:
    blocks = {name: {"file": name} for name in ("equivalency", "population", "zips")}
    with pytest.raises(ImportRefused, match="give one of them"):
        read_recipe(write_recipe(tmp_path, plan={"weights": {"file": "w.csv"}, "blocks": blocks}))
