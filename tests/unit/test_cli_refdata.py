"""``postbag refdata``: what each command prints and returns, and the exit codes that scripts rely on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services.cli.__main__ import postbag
from services.resolve.importers.shelf import SUFFIX, current
from services.resolve.reference.compiler import compile_reference
from services.resolve.reload import CURRENT
from tests.unit.reference_made import box, contents, plan
from tests.unit.small_recipe import PAIRS, without, write_recipe

ROOT = Path(__file__).parents[2]


def refdata(*arguments: str | Path) -> Result:
    return CliRunner().invoke(postbag, ["refdata", *map(str, arguments)])


def json_of(*arguments: str | Path) -> Any:
    result = refdata(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refused(result: Result) -> str:
    """What a refusal says on standard error, in words and without a traceback."""
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert result.stderr.startswith(("Error: ", "FAULT: ")) or "\nError: " in result.stderr
    return result.stderr


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    json_of("build", write_recipe(tmp_path / "sources"), "--out", tmp_path / "shelf")
    return tmp_path / "shelf"


def in_use(shelf: Path) -> Path:
    found = current(shelf)
    assert found is not None
    return found


def test_build_says_what_was_built(tmp_path: Path) -> None:
    result = refdata("build", write_recipe(tmp_path / "sources"), "--out", tmp_path / "shelf")
    assert result.exit_code == 0, result.output
    words = " ".join(result.stdout.split())
    for part in (
        "us-cd-119",
        "ZIPs 99",
        "pairs of ZIP and district 127",
        "pairs.csv",
        "golden cases",
        "It is in use now",
    ):
        assert part in words
    assert "pairs.csv …" in result.stderr, "progress does not mix with what a program may read"


def test_a_build_in_json_is_json_and_nothing_else(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path / "sources")
    built = json_of("build", recipe, "--out", tmp_path / "shelf")
    assert Path(built["file"]).name == (tmp_path / "shelf" / CURRENT).read_text().strip()
    assert built["manifest"]["plans"][0]["counts"]["zips"] == len(PAIRS)
    assert built["seats_by_status"] == {"unknown": 541}
    again = json_of("build", recipe, "--out", tmp_path / "shelf", "--no-activate")
    assert (again["version"], again["active"]) == (built["version"], False)


def test_a_refused_build_ends_with_1_and_the_old_one_stays(tmp_path: Path, shelf: Path) -> None:
    before = (shelf / CURRENT).read_bytes()
    recipe = write_recipe(tmp_path / "new", without(state="72"))
    said = refused(refdata("build", recipe, "--out", shelf))
    assert "PR has lost all its districts" in said
    assert (shelf / CURRENT).read_bytes() == before
    forced = refdata("build", recipe, "--out", shelf, "--force")
    assert forced.exit_code == 0
    assert "FORCED: us-cd-119: PR has lost all its districts" in forced.stderr, "what is forced is told loudly"
    assert (shelf / CURRENT).read_bytes() != before


def test_the_exit_codes_of_the_real_command(tmp_path: Path, shelf: Path) -> None:
    def code(*arguments: str | Path) -> int:
        command = [sys.executable, "-m", "services.cli", "refdata", *map(str, arguments)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert "Traceback" not in done.stderr
        return done.returncode

    lost = write_recipe(tmp_path / "new", without("02139"))
    assert code("build", lost, "--out", shelf) == 1
    assert code("build", tmp_path / "none.yaml", "--out", shelf) == 2
    assert code("verify", shelf) == 0
    damaged = tmp_path / f"damaged{SUFFIX}"
    content = bytearray(in_use(shelf).read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    assert code("verify", damaged) == 1
    assert code("lookup", "82601", "--congress", "119") == 0
    assert code("lookup", "82601", "--congress", "118") == 1
    assert code("lookup") == 2


@pytest.mark.parametrize("command", ["info", "verify", "activate", "lookup"])
def test_a_damaged_file_is_refused_by_every_command(tmp_path: Path, shelf: Path, command: str) -> None:
    damaged = tmp_path / f"damaged{SUFFIX}"
    damaged.write_bytes(in_use(shelf).read_bytes()[:-10])
    arguments = ("--reference", damaged, "02139") if command == "lookup" else (damaged,)
    assert "build it again" in refused(refdata(command, *arguments))


def test_verify_names_every_failure(tmp_path: Path) -> None:
    """A file whose checksum is good and whose golden cases are not: compiled by hand, past the compiler's own proof."""
    from services.resolve.reference.checks import pack_golden
    from services.resolve.reference.container import open_container, write_container
    from services.resolve.reference.contents import Golden
    from services.resolve.reference.sample import compiled_sample

    container = open_container(compiled_sample())
    sections = {
        name: container.raw(name) if code == "B" else _array(container, name, code) for name, code in _codes(container)
    }
    cases = [Golden("us-cd-119", {"zip5": zip5}, "resolved", ("0200",)) for zip5 in ("02139", "10027")]
    with (tmp_path / f"wrong{SUFFIX}").open("w+b") as file:
        write_container(file, {**sections, "golden": pack_golden(cases)})
    result = refdata("verify", tmp_path / f"wrong{SUFFIX}")
    said = refused(result)
    assert said.count("FAULT: golden case") == 2
    assert "02139" in said
    assert "10027" in said
    faults = json.loads(refdata("verify", tmp_path / f"wrong{SUFFIX}", "--json").stdout)
    assert (faults["ok"], len(faults["faults"])) == (False, 2)
    assert "stays out of use" in refused(refdata("activate", tmp_path / f"wrong{SUFFIX}"))


def _codes(container: Any) -> list[tuple[str, str]]:
    return [(name, container.below(name)[""].format) for name in container]


def _array(container: Any, name: str, code: str) -> Any:
    from array import array

    return array(code, container.section(name, code))


def test_info_tells_of_the_sample_of_a_file_and_of_what_is_in_use(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = json_of("info")
    assert sample["plans"][0]["id"] == "us-cd-119"
    by_folder, by_file = json_of("info", shelf), json_of("info", in_use(shelf))
    assert by_folder["version"] == by_file["version"] == in_use(shelf).name.removesuffix(SUFFIX)
    assert by_folder["sources"][0]["name"] == "pairs.csv"
    monkeypatch.setenv("POSTBAG_REFERENCE", str(shelf))
    assert json_of("info")["version"] == json_of("verify")["version"] == by_folder["version"]
    assert "No roster" in refdata("info", shelf).stdout


def test_info_puts_what_is_known_of_a_map_under_its_name(tmp_path: Path) -> None:
    file = tmp_path / "two.postbag-ref"
    compile_reference(contents(plan(119), plan(118, shapes=[box("3601", 40.0, -75.0, 41.0, -74.0, 30.0)])), file)
    table = {
        line.split("  ")[0].strip(): line.split()[-2:] for line in refdata("info", file).stdout.splitlines() if line
    }
    assert table["Maps"] == ["us-cd-118", "us-cd-119"]
    assert table["areas"] == ["1", "0"]
    assert table["from"] == ["2023-01-03", "2025-01-03"]


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    assert "is not there" in refused(refdata("info", tmp_path / "none"))
    assert "has no reference file in use" in refused(refdata("verify", tmp_path))


def test_activate_goes_back_and_forth(tmp_path: Path, shelf: Path) -> None:
    old = in_use(shelf)
    json_of("build", write_recipe(tmp_path / "new", {**PAIRS, "02139": ("2505", "2507", "2508")}), "--out", shelf)
    new = in_use(shelf)
    back = refdata("activate", old)
    assert back.stdout == f"{old.name} is in use now. Before, it was {new.name}.\n"
    assert in_use(shelf) == old
    assert json_of("activate", new)["before"] == old.name


def test_activate_refuses_what_has_lost_something_unless_forced(tmp_path: Path, shelf: Path) -> None:
    small = Path(
        json_of("build", write_recipe(tmp_path / "new", without("02139")), "--out", tmp_path / "other")["file"]
    )
    moved = shelf / small.name
    moved.write_bytes(small.read_bytes())
    before = (shelf / CURRENT).read_bytes()
    assert "98 zips where there were 99" in refused(refdata("activate", moved))
    assert (shelf / CURRENT).read_bytes() == before
    assert "us-cd-119: 98 zips where there were 99" in json_of("activate", moved, "--force")["lost"]
    assert (shelf / CURRENT).read_text() == f"{moved.name} force\n"


def test_diff_shows_which_zips_and_seats_change(tmp_path: Path, shelf: Path) -> None:
    pairs = {**without("10027"), "02139": ("2507",), "10026": ("3613",)}
    roster = {"published_on": "2026-06-15", "current": {"file": "roster.json"}}
    recipe = write_recipe(tmp_path / "new", pairs, roster=roster)
    term = {
        "type": "sen",
        "state": "NY",
        "class": 1,
        "start": "2025-01-03",
        "end": "2031-01-03",
        "party": "Independent",
    }
    person = {"id": {"bioguide": "X000001"}, "name": {"first": "Ada", "last": "Example"}, "terms": [term]}
    (recipe.parent / "roster.json").write_text(json.dumps([person]))
    json_of("build", recipe, "--out", tmp_path / "other")
    found = json_of("diff", shelf, tmp_path / "other", "--as-of", "2026-11-22")
    assert {(one["zip"], one["kind"]) for one in found["zips"]} == {
        ("02139", "changed"), ("10026", "added"), ("10027", "removed")
    }  # fmt: skip
    changed = next(one for one in found["zips"] if one["zip"] == "02139")
    assert (changed["before"], changed["after"]) == ({"HMA05": None, "HMA07": None}, {"HMA07": None})
    seats = {one["office"]: one["after"] for one in found["seats"]}
    assert (seats["SNY01"]["status"], seats["SNY01"]["holder"]["name"]) == ("held", "Ada Example")
    words = refdata("diff", shelf, tmp_path / "other", "--first", "1").stdout
    assert "1 added, 1 changed, 1 removed" in words
    assert "HMA05, HMA07" in words
    assert refdata("diff", shelf, shelf).stdout.endswith("No ZIP and no seat changes.\n")


def test_diff_shows_weights_that_moved(tmp_path: Path) -> None:
    def weighted(name: str, first: int) -> Path:
        recipe = write_recipe(tmp_path / name, plan={"weights": {"file": "weights.csv"}})
        rows = f"zip,geoid,population\n02139,2505,{first}\n02139,2507,{100 - first}\n"
        (recipe.parent / "weights.csv").write_text(rows)
        json_of("build", recipe, "--out", tmp_path / f"{name}-shelf")
        return tmp_path / f"{name}-shelf"

    old, new = weighted("old", 30), weighted("new", 40)
    (moved,) = json_of("diff", old, new)["zips"]
    assert moved["kind"] == "moved"
    assert moved["after"]["HMA05"] == pytest.approx(0.4)
    assert json_of("diff", old, new, "--moved", "0.2")["zips"] == []
    assert "HMA07 70%" in refdata("diff", old, new).stdout
