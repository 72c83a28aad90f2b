"""``postbag refdata pull``: from a publisher to a folder that can be built from, with one command after the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services.cli.__main__ import postbag
from services.cli.refdata.pulling import SHIPPED
from services.resolve.importers.recipe import read_recipe, wanted
from tests.unit.publisher import Publisher, site
from tests.unit.small_recipe import PAIRS, write_pairs, write_recipe

__all__ = ["site"]


def refdata(*arguments: str | Path) -> Result:
    return CliRunner().invoke(postbag, ["refdata", *map(str, arguments)])


def own_recipe(folder: Path, site: Publisher, **source: Any) -> Path:
    """A recipe whose pairs the site has."""
    site.put("/rel/pairs.csv", write_pairs(folder / "published.csv").read_bytes())
    zips = {"format": "pairs", "file": "sources/pairs.csv", "url": "https://data.example/rel/pairs.csv", **source}
    return write_recipe(folder / "recipe", plan={"zips": [zips]})


def test_what_was_pulled_can_be_built(tmp_path: Path, site: Publisher) -> None:
    recipe = own_recipe(tmp_path, site)
    missing = refdata("build", recipe, "--out", tmp_path / "shelf")
    assert missing.exit_code == 1
    assert "postbag refdata pull" in missing.stderr
    pulled = refdata("pull", recipe, "--base-url", site.url)
    assert pulled.exit_code == 0, pulled.output
    assert "1 fetched, 0 unchanged, 0 failed." in pulled.stdout
    assert f"Next: postbag refdata build {recipe} --out FOLDER" in pulled.stdout
    built = json.loads(refdata("build", recipe, "--out", tmp_path / "shelf", "--json").stdout)
    (source,) = built["manifest"]["sources"]
    assert source["url"] == "https://data.example/rel/pairs.csv"
    assert source["published_on"] is not None
    assert built["manifest"]["plans"][0]["counts"]["zips"] == len(PAIRS)


def test_into_another_folder_the_recipe_comes_along(tmp_path: Path, site: Publisher) -> None:
    recipe = own_recipe(tmp_path, site)
    into = tmp_path / "elsewhere"
    found = json.loads(refdata("pull", recipe, "--into", into, "--base-url", site.url, "--json").stdout)
    assert found["recipe"] == str(into / recipe.name)
    assert found["fetched"] == ["sources/pairs.csv"]
    assert found["files"]["sources/pairs.csv"]["sha256"]
    assert refdata("build", into / recipe.name, "--out", tmp_path / "shelf").exit_code == 0


def test_a_file_that_was_changed_after_it_was_pulled_is_not_built(tmp_path: Path, site: Publisher) -> None:
    recipe = own_recipe(tmp_path, site)
    refdata("pull", recipe, "--base-url", site.url)
    with (recipe.parent / "sources" / "pairs.csv").open("a") as file:
        file.write("02139,2508\n")
    result = refdata("build", recipe, "--out", tmp_path / "shelf")
    assert result.exit_code == 1
    assert "it was pulled with" in result.stderr


def test_the_recipe_that_ships_asks_for_every_public_file_and_tells_of_each_that_fails(
    tmp_path: Path, site: Publisher
) -> None:
    site.put("/congress-legislators/legislators-current.json", b"[]")
    result = refdata("pull", "--into", tmp_path, "--base-url", site.url)
    assert result.exit_code == 1
    assert "1 fetched, 0 unchanged, 115 failed." in result.stdout
    assert result.stderr.count("answers 404 Not Found") == 115
    assert "plans.1.geometry.0 (WY)" in result.stderr
    assert (tmp_path / SHIPPED.name).read_bytes() == SHIPPED.read_bytes()
    assert {path for path, _ in site.asked} == {
        "/" + str(one.url).split("/", 3)[3] for one in wanted(read_recipe(SHIPPED))
    }


@pytest.mark.parametrize("arguments", [(), ("--into", "x", "--base-url", "file:///etc")])
def test_what_is_asked_wrongly_ends_with_2(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert refdata("pull", *arguments).exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, site: Publisher) -> None:
    (tmp_path / "file").write_text("in the way")
    result = refdata("pull", own_recipe(tmp_path, site), "--into", tmp_path / "file" / "below", "--base-url", site.url)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert "Not a directory" in result.stderr
