"""``postbag campaign import``: the alert that the project began from, and what the command says, writes and ends with."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
import yaml
from click.testing import CliRunner, Result

from schemas.campaign import Bill
from services.cli.__main__ import postbag
from services.cli.campaign import load_campaign
from services.cli.campaign.importing import INCOMPLETE
from services.render.importing.merge_fields import SYNTAXES
from services.render.importing.reading import MAX_BYTES
from tests.unit import alerts

_DATA: Final = Path(os.environ.get("POSTBAG_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
SEED: Final = _DATA.parent / "seed" / "action-alert.txt"
needs_seed = pytest.mark.skipif(not SEED.is_file(), reason="the alert that the project began from is not here")
ALERT: Final = alerts.BY_HAND.text
Import = Callable[..., Result]


def imported(*arguments: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(postbag, ["campaign", "import", *arguments], input=given)


@pytest.fixture
def alert(tmp_path: Path) -> str:
    """An alert in which only the organization must be asked."""
    path = tmp_path / "alert.txt"
    path.write_text(ALERT, "utf-8")
    return str(path)


@needs_seed
def test_the_first_alert_is_found_by_field(tmp_path: Path) -> None:
    lines = [line.replace("\xa0", " ").strip() for line in SEED.read_text("utf-8").splitlines()]
    out = tmp_path / "campaign.yaml"
    result = imported(str(SEED), "--out", str(out), "--organization", "Physicians for Human Rights", "--slug", "syria")
    assert (result.exit_code, result.stdout) == (0, "")
    found = load_campaign(out)
    assert (found.slug, found.version, found.organization) == ("syria", 1, "Physicians for Human Rights")
    assert found.headline == lines[2]
    assert found.narrative.split("\n\n") == [*lines[4:13:2][:-1], lines[12] + "\n"]
    assert found.targets == ("your_representative",)
    assert found.required_fields == ()
    assert found.subject == lines[21]
    assert found.salutation == lines[23].replace("[Decision Maker]", "{{ decision_maker }}")
    assert found.letter.rstrip("\n").split("\n\n") == [lines[25], lines[27], lines[29]]
    assert found.closing == "{{ your_name }}\n"
    assert (found.bill, found.stance, found.topics) == (None, None, ()), "they are proposed, and not decided"


@needs_seed
def test_what_the_first_alert_leaves_open_is_proposed_at_its_place(tmp_path: Path) -> None:
    told = json.loads(imported(str(SEED), "--json").stdout)
    asked = {question["field"]: question for question in told["questions"]}
    assert {name for name, question in asked.items() if question["required"]} == {"organization"}
    assert any("Physicians for Human Rights" in one for one in asked["organization"]["proposals"])
    assert (asked["bill"]["line"], asked["required_fields"]["line"]) == (28, 19)
    assert asked["bill"]["proposals"][2:] == ["  type: hres", "  number: 229   # H. Res. 229 in line 28"]
    assert [left["lines"] for left in told["left_out"]] == [[1, 1], [19, 19]]
    text = told["campaign"].replace("organization:\n", "organization: Physicians for Human Rights\n")
    text = re.sub(
        r"^# (bill:|  type: hres|  number: 229|stance: pro|topics:|  - International Affairs)",
        r"\1",
        text,
        flags=re.MULTILINE,
    )
    text = re.sub(r"^#   congress:.*$", "  congress: 113", text, flags=re.MULTILINE)
    (tmp_path / "campaign.yaml").write_text(text, "utf-8")
    found = load_campaign(tmp_path / "campaign.yaml")
    assert found.bill == Bill(congress=113, type="hres", number=229)
    assert (found.stance, found.topics) == ("pro", ("International Affairs",))


def test_the_file_goes_to_standard_output_and_all_else_to_standard_error(alert: str) -> None:
    result = imported(alert)
    assert result.exit_code == INCOMPLETE == 3
    assert yaml.safe_load(result.stdout)["slug"] == "let-night-trains-run"
    said = result.stderr
    assert "  headline: Let the night trains run  [line 4, the first line that is no navigation]" in said
    assert "  left out: Home | About us | Donate  [line 2, navigation]" in said
    assert "? organization: Who runs the campaign?" in said
    assert said.endswith("1 question must be answered in the file above, at “# ?”. Then: postbag campaign check\n")


def test_an_alert_may_be_typed_in(alert: str) -> None:
    result = imported("-", "--organization", "Example Riders", given=ALERT)
    assert result.exit_code == 0
    assert result.stdout == imported(alert, "--organization", "Example Riders").stdout.replace(
        "From alert.txt", "From what was typed in"
    )


def test_a_complete_file_passes_the_check(alert: str, tmp_path: Path) -> None:
    out = tmp_path / "new.yaml"
    assert imported(alert, "--organization", "Example Riders", "--out", str(out)).exit_code == 0
    found = load_campaign(out)
    assert (found.organization, found.closing) == ("Example Riders", alerts.BY_HAND.finds["closing"] + "\n")


def test_a_file_with_answers_in_it_is_never_written_over(alert: str, tmp_path: Path) -> None:
    out = tmp_path / "mine.yaml"
    out.write_text("slug: mine\n", "utf-8")
    result = imported(alert, "--out", str(out))
    assert result.exit_code == 1
    assert "is there already" in result.stderr
    assert out.read_text("utf-8") == "slug: mine\n"


def test_an_incomplete_file_is_written_all_the_same(tmp_path: Path) -> None:
    out = tmp_path / "new.yaml"
    result = imported("-", "--out", str(out), given="Nothing to see here.\n")
    assert (result.exit_code, result.stdout) == (INCOMPLETE, "")
    assert "# ? No letter was found" in out.read_text("utf-8")


def test_a_program_gets_every_finding_with_its_place_and_how_sure_it_is(alert: str) -> None:
    result = imported(alert, "--json")
    assert (result.exit_code, result.stderr) == (INCOMPLETE, "")
    told = json.loads(result.stdout)
    assert (told["complete"], told["file"]) == (False, None)
    assert told["campaign"] == imported(alert).stdout
    by_field = {finding["field"]: finding for finding in told["found"]}
    assert by_field["subject"] == {
        "field": "subject",
        "value": "Keep the night trains",
        "how": "the line above the letter",
        "lines": [13, 13],
        "confidence": "high",
    }
    assert by_field["closing"]["lines"] == [21, 23]
    assert by_field["slug"]["confidence"] == "medium"
    asked = {question["field"] for question in told["questions"]}
    assert asked == {"organization", "required_fields", "topics", "stance", "forms"}
    assert told["left_out"][1] == {"lines": [2, 2], "why": "navigation", "text": "Home | About us | Donate"}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--slug", "Not a slug"),
        ("--slug", "a" * 81),
        ("--organization", ""),
        ("--organization", "Two\nlines"),
        ("--organization", "x" * 301),
    ],
)
def test_a_wrong_option_is_a_wrong_call(alert: str, option: str, value: str) -> None:
    result = imported(alert, option, value)
    assert result.exit_code == 2
    assert option in result.stderr


def test_a_file_that_is_not_there_or_far_too_large_is_refused_in_words(tmp_path: Path) -> None:
    assert imported(str(tmp_path / "none.txt")).exit_code == 2
    large = imported("-", given=b"x" * (MAX_BYTES + 1))
    assert large.exit_code == 1
    assert f"larger than {MAX_BYTES:,} bytes" in large.stderr


def test_the_documentation_names_every_way_to_mark_a_field_and_the_exit_code() -> None:
    text = " ".join((Path(__file__).parents[2] / "docs" / "campaigns.md").read_text("utf-8").split())
    section = text.split("## Importing an alert ")[1].split(" ## ")[0]
    assert [syntax.used_by for syntax in SYNTAXES if f"- {syntax.used_by}. " not in f"{section} "] == []
    assert f"and with {INCOMPLETE} if something" in section
