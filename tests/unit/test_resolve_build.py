"""Building: a good file is taken into use, and whatever is wrong with a new one, the old one stays in use."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from services.resolve.geoids import geoid
from services.resolve.importers.build import Built, build
from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.shelf import SUFFIX, activate, choose, current
from services.resolve.lookup import resolve_zip
from services.resolve.reference.reference import open_reference
from services.resolve.reload import CURRENT
from services.resolve.tables import InvalidReferenceError
from tests.unit.small_recipe import PAIRS, without, write_pairs, write_recipe


def silent(what: str, done: int, total: int) -> None:
    """Nobody watches."""


def built(recipe: Path, out: Path, *, force: bool = False, use: bool = True) -> Built:
    return build(recipe, out, force=force, use=use, tell=silent)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder with a good file in use."""
    built(write_recipe(tmp_path / "sources"), tmp_path / "shelf")
    return tmp_path / "shelf"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def candidates(file: Path, zip5: str) -> set[str]:
    reference = open_reference(file)
    try:
        return {geoid(seat) for seat in resolve_zip(reference.plans[0], zip5, None, None).candidates}
    finally:
        reference.close()


def test_a_good_file_gets_its_version_s_name_and_is_taken_into_use(tmp_path: Path) -> None:
    made = built(write_recipe(tmp_path / "sources"), tmp_path / "shelf")
    assert made.file == tmp_path / "shelf" / f"{made.version}{SUFFIX}"
    assert (tmp_path / "shelf" / CURRENT).read_text() == f"{made.file.name}\n"
    assert (made.active, made.before, made.lost) == (True, None, ())
    assert names(tmp_path / "shelf") == {made.file.name, CURRENT}
    assert made.manifest.plans[0].counts.zips == len(PAIRS)
    assert made.manifest.counts["golden"] > 90, "cases of every state are drawn from the data"
    assert [source.name for source in made.manifest.sources] == ["pairs.csv"]
    assert candidates(made.file, "02139") == set(PAIRS["02139"])


def test_the_same_sources_make_the_same_file(tmp_path: Path) -> None:
    first = built(write_recipe(tmp_path / "a"), tmp_path / "one")
    second = built(write_recipe(tmp_path / "b"), tmp_path / "two")
    assert first.version == second.version
    assert first.file.read_bytes() == second.file.read_bytes()


def test_a_new_file_takes_over_and_the_old_one_stays_to_go_back_to(tmp_path: Path, shelf: Path) -> None:
    old = current(shelf)
    changed = {**PAIRS, "02139": ("2505",)}
    made = built(write_recipe(tmp_path / "new", changed), shelf)
    assert made.before == old
    assert current(shelf) == made.file
    assert names(shelf) == {made.file.name, old.name if old else "", CURRENT}


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        (without("02139"), "98 zips where there were 99"),
        (without(state="56"), "WY has lost all its"),
        (without(state="72"), "PR has lost all its"),
    ],
)
def test_a_file_that_has_lost_something_is_refused(
    tmp_path: Path, shelf: Path, pairs: dict[str, tuple[str, ...]], says: str
) -> None:
    before, bytes_before = names(shelf), (shelf / CURRENT).read_bytes()
    recipe = write_recipe(tmp_path / "new", pairs)
    with pytest.raises(ImportRefused) as refused:
        built(recipe, shelf)
    assert says in str(refused.value)
    assert "--force" in str(refused.value)
    assert (names(shelf), (shelf / CURRENT).read_bytes()) == (before, bytes_before)
    forced = built(recipe, shelf, force=True)
    assert any(says in one for one in forced.lost)
    assert (shelf / CURRENT).read_text() == f"{forced.file.name} force\n", "workers compare too, and must be told"
    assert current(shelf) == forced.file


def test_a_map_or_a_roster_that_is_gone_is_refused(tmp_path: Path, shelf: Path) -> None:
    with pytest.raises(ImportRefused, match="us-cd-119 is gone"):
        built(write_recipe(tmp_path / "new", plan={"congress": 120}), shelf)


def test_no_activate_leaves_the_file_in_use(tmp_path: Path, shelf: Path) -> None:
    old = current(shelf)
    made = built(write_recipe(tmp_path / "new", {**PAIRS, "02139": ("2505",)}), shelf, use=False)
    assert (made.active, made.file.is_file(), current(shelf)) == (False, True, old)


def test_a_file_can_be_built_by_itself(tmp_path: Path) -> None:
    target = tmp_path / f"mine{SUFFIX}"
    made = built(write_recipe(tmp_path / "sources"), target)
    assert (made.file, made.active) == (target, False)
    assert not (tmp_path / CURRENT).exists()
    with pytest.raises(ImportRefused, match="has lost something"):
        built(write_recipe(tmp_path / "new", without("02139")), target)


def test_a_build_that_is_interrupted_at_any_step_leaves_everything_as_it_was(tmp_path: Path, shelf: Path) -> None:
    recipe = write_recipe(tmp_path / "new", {**PAIRS, "02139": ("2505",)})
    steps: list[tuple[str, int, int]] = []
    build(recipe, tmp_path / "elsewhere", force=False, use=True, tell=lambda *step: steps.append(step))
    before, bytes_before = names(shelf), (shelf / CURRENT).read_bytes()
    assert len(steps) > 2

    def stop_at(number: int) -> Callable[[str, int, int], None]:
        left = iter(range(number))

        def tell(what: str, done: int, total: int) -> None:
            if next(left, None) is None:
                raise KeyboardInterrupt

        return tell

    for number in range(len(steps)):
        with pytest.raises(KeyboardInterrupt):
            build(recipe, shelf, force=False, use=True, tell=stop_at(number))
        assert (names(shelf), (shelf / CURRENT).read_bytes()) == (before, bytes_before)


def test_what_a_killed_build_left_behind_is_swept_away_when_it_is_old(tmp_path: Path, shelf: Path) -> None:
    old, fresh = (shelf / f"..building-{number}{SUFFIX}.x" for number in (1, 2))
    for left in (old, fresh):
        left.write_bytes(b"half")
    os.utime(old, (0, 0))
    built(write_recipe(tmp_path / "new"), shelf)
    assert (old.exists(), fresh.exists()) == (False, True)


def test_a_file_that_does_not_prove_itself_is_not_kept(tmp_path: Path, shelf: Path) -> None:
    case = "- {plan: us-cd-119, question: {zip5: '02139'}, outcome: resolved, geoids: ['2507']}\n"
    recipe = write_recipe(tmp_path / "new", golden=[{"file": "cases.yaml"}])
    (tmp_path / "new" / "cases.yaml").write_text(case)
    before = names(shelf)
    with pytest.raises(InvalidReferenceError, match=r"02139.*ambiguous 2505 2507, not resolved 2507"):
        built(recipe, shelf)
    assert names(shelf) == before


@pytest.mark.parametrize(
    "case",
    [
        "[]: 3",
        "- {plan: us-cd-119}",
        "- {plan: us-cd-119, question: {}, outcome: resolved}",
        "- {plan: us-cd-119, question: {zip5: '02139'}, outcome: sure}",
    ],
)
def test_golden_cases_that_are_none_are_refused(tmp_path: Path, case: str) -> None:
    recipe = write_recipe(tmp_path, golden=[{"file": "cases.yaml"}])
    (tmp_path / "cases.yaml").write_text(case)
    with pytest.raises(ImportRefused, match=r"cases\.yaml"):
        built(recipe, tmp_path / "shelf")


def test_sources_that_are_missing_are_all_named_with_how_to_get_them(tmp_path: Path) -> None:
    url = "https://data.example/{fips}.csv"
    pulled = {"format": "pairs", "file": "{fips}.csv", "url": url, "states": ["MA", "NY"]}
    recipe = write_recipe(tmp_path, plan={"zips": [pulled]})
    with pytest.raises(ImportRefused) as refused:
        built(recipe, tmp_path / "shelf")
    for part in ("plans.0.zips.0 (MA): 25.csv", "36.csv", f"Fetch them with `postbag refdata pull {recipe}`"):
        assert part in str(refused.value)
    assert not (tmp_path / "shelf").exists()


def test_a_source_that_was_changed_after_it_was_pinned_or_pulled_is_refused(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path, plan={"zips": [{"format": "pairs", "file": "pairs.csv", "sha256": "0" * 64}]})
    with pytest.raises(ImportRefused, match="the recipe pins 0000"):
        built(recipe, tmp_path / "shelf")
    recipe = write_recipe(tmp_path)
    lock = '{"pairs.csv": {"url": "https://data.example/p", "sha256": "1", "size": 2, "fetched_at": "2026-06-01T00:00:00Z"}}'
    (tmp_path / "pulled.json").write_text(lock)
    with pytest.raises(ImportRefused, match="it was pulled with 1"):
        built(recipe, tmp_path / "shelf")


def test_tables_are_merged_and_their_totals_can_be_pinned(tmp_path: Path) -> None:
    def recipe(expect: dict[str, int]) -> Path:
        first = {"format": "pairs", "file": "pairs.csv", "expect": expect}
        return write_recipe(tmp_path, plan={"zips": [first, {"format": "pairs", "file": "more.csv"}]})

    write_pairs(tmp_path / "more.csv", {"10027": ["3612"]})
    made = built(recipe({"zips": len(PAIRS)}), tmp_path / "shelf")
    assert candidates(made.file, "10027") == {"3612", "3613"}
    for expect, says in (({"zips": 7}, "99 zips, not 7"), ({"cats": 7}, "nobody counts cats")):
        with pytest.raises(ImportRefused, match=says):
            built(recipe(expect), tmp_path / "shelf")


def test_weights_make_zips_weighted_and_what_does_not_fit_is_told(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path, plan={"weights": {"file": "weights.csv"}})
    (tmp_path / "weights.csv").write_text("zip,geoid,population\n02139,2505,10\n02139,2507,90\n99999,0200,5\n")
    made = built(recipe, tmp_path / "shelf")
    counts = made.manifest.plans[0].counts
    assert (made.manifest.plans[0].weight_kind, counts.weighted_zips) == ("population", 1)
    assert any("98 ZIPs have no weights, 1 ZIPs are not in the table" in remark for remark in made.remarks)


def test_a_roster_without_a_day_is_refused(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path, roster={"current": {"file": "roster.json"}})
    (tmp_path / "roster.json").write_text("[]")
    with pytest.raises(ImportRefused, match=r"Give roster\.published_on"):
        built(recipe, tmp_path / "shelf")


def test_going_back_is_pointing_at_the_file_before(tmp_path: Path, shelf: Path) -> None:
    old = current(shelf)
    assert old is not None
    new = built(write_recipe(tmp_path / "new", {**PAIRS, "02139": ("2505",)}), shelf).file
    assert activate(old) == new
    assert choose(shelf) == old
    for elsewhere in (f"../{shelf.name}/{old.name}", "none", ""):
        (shelf / CURRENT).write_text(elsewhere)
        with pytest.raises(ImportRefused, match="names no file of this folder"):
            choose(shelf)
    assert activate(new) is None, "a CURRENT that names nothing is repaired by naming something"
