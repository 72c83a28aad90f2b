"""``postbag campaign check``: a good file is good, and of a bad one every fault is named, in words, without a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from click.testing import CliRunner, Result

from services.cli.__main__ import postbag

EXAMPLE: Final = Path(__file__).parents[2] / "campaigns" / "syria-accountability.yaml"
Check = Callable[..., Result]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Checks the example with ``changes`` made to it (None: taken out), or a file of just these bytes."""

    def run(content: bytes | None = None, *options: str, **changes: Any) -> Result:
        if content is None:
            fields = yaml.safe_load(EXAMPLE.read_text("utf-8")) | changes
            kept = {name: value for name, value in fields.items() if value is not None}
            content = yaml.safe_dump(kept, allow_unicode=True).encode()
        (tmp_path / "campaign.yaml").write_bytes(content)
        return CliRunner().invoke(postbag, ["campaign", "check", str(tmp_path / "campaign.yaml"), *options])

    return run


def faults(result: Result) -> str:
    """What a refused check says; it says nothing on standard output."""
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit), "a fault of the file is no crash of the command"
    assert result.stdout == ""
    return result.stderr


@pytest.mark.parametrize("file", sorted(EXAMPLE.parent.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_campaigns_that_the_project_ships_are_well_formed(file: Path) -> None:
    result = CliRunner().invoke(postbag, ["campaign", "check", str(file)])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{file}: {file.stem}, version ")


def test_a_program_gets_json(check: Check) -> None:
    result = check(None, "--json", version=7, targets=["HNY12"])
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    about = {"slug": "syria-accountability", "version": 7, "recipients": 0, "offices": 1, "reach": {"text": 1}}
    assert found | about | {"ok": True, "errors": [], "warnings": []} == found


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slug": None}, "slug"),
        ({"slug": "Syria Accountability"}, "slug"),
        ({"version": "one"}, "version"),
        ({"version": 0}, "version"),
        ({"version": True}, "version"),
        ({"subject": ["a", "b"]}, "subject"),
        ({"subject": ""}, "subject"),
        ({"letter": "x" * 10_001}, "letter"),
        ({"targets": []}, "targets"),
        ({"targets": "your_representative"}, "targets"),
        ({"targets": ["your_representative", "the_president"]}, "targets.1"),
        ({"targets": ["SNY04"]}, "targets.0"),
        ({"targets": ["list:The Board"]}, "targets.0"),
        ({"lists": {"The Board": "board.csv"}}, "lists.The Board.[key]"),
        ({"lists": {"board": 7}}, "lists.board"),
        ({"recipients": [{"id": "x-chair", "list": "board", "name": "Ada"}]}, "recipients"),  # they stand in a list
        ({"required_fields": ["address.zip", "shoe_size"]}, "required_fields.1"),
        ({"topics": ["Foreign Affairs"]}, "topics.0"),
        ({"opens": "tomorrow"}, "opens"),
        ({"opens": "2026-03-04T12:00:00"}, "opens"),  # without a zone
        ({"bill": {"congress": 113, "type": "bill", "number": 229}}, "bill.type"),
        ({"bill": {"congress": 113, "type": "hres"}}, "bill.number"),
        ({"stance": "maybe"}, "stance"),
        # a field that nobody reads is a slip
        ({"require_fields": ["email"]}, "require_fields"),
        ({"bill": {"congress": 113, "type": "hres", "number": 229, "nummer": 1}}, "bill.nummer"),
    ],
)
def test_a_wrong_field_is_named(check: Check, changes: dict[str, Any], field: str) -> None:
    said = faults(check(None, **changes))
    assert "is not a campaign:\n" in said
    assert f"\n  {field}: " in said
    assert said.endswith("The fields are explained in docs/campaigns.md.\n")


def test_every_fault_is_told_at_once(check: Check) -> None:
    said = faults(check(None, slug=None, version="one", requird_fields=[]))
    assert [line.split(":")[0].strip() for line in said.splitlines()[1:-1]] == ["slug", "version", "requird_fields"]


def test_what_no_worker_would_take_up_is_refused_here(check: Check) -> None:
    assert "forbidden_character" in faults(check(None, headline="A NUL: \0"))


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"letter": "Dear {{ decision_maker },\n"}, "letter (syntax)"),
        ({"letter": "Dear you,\n\n{% iff message %}\n"}, "letter (statement)"),
        ({"subject": "{{ city | shout }}"}, "subject (filter)"),
    ],
)
def test_a_template_that_no_worker_would_take_up_is_in_the_report(
    check: Check, changes: dict[str, str], place: str
) -> None:
    result = check(None, **changes)
    assert (result.exit_code, result.stderr) == (1, "")
    assert f": {place}\n" in result.stdout
    assert result.stdout.endswith("it cannot be published.\n")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"slug: [unclosed\n", "is not YAML in UTF-8: while parsing a flow sequence"),
        (b"slug: a\n\tversion: 1\n", "is not YAML in UTF-8: while scanning"),
        ("organization: Café\n".encode("latin-1"), "is not YAML in UTF-8: 'utf-8' codec can't decode byte 0xe9"),
        (b"\xff\xfes\x00l\x00", "is not YAML in UTF-8"),
        (b"slug: a\nsubject: One\nsubject: Two\n", "subject stands here twice\n"),
        (b"!!python/object/apply:os.getcwd []\n", "is not YAML in UTF-8: could not determine a constructor"),
        (b"2026-03-04: a date for a key\n", "has no place in a campaign"),
        (b"slug: &a [*a]\n", "has no place in a campaign"),
        (b"slug: !!binary aGVsbG8=\n", "a value of type bytes has no place in a campaign"),
        (b"slug: !!set {a}\n", "a value of type set has no place in a campaign"),
        (b"", "\n  file: Input should be an object"),
        (b"Dear Representative,\n", "\n  file: Input should be an object"),
        (b"- slug\n", "\n  file: Input should be an object"),
    ],
)
def test_a_file_that_is_something_else_is_refused_in_words(check: Check, content: bytes, fault: str) -> None:
    assert fault in faults(check(content))


def test_a_line_number_leads_to_a_fault_of_form(check: Check) -> None:
    assert "line 3, column 1" in faults(check(b"slug: a\nsubject: One\nsubject: Two\n"))


def test_a_date_may_be_written_as_yaml_writes_it(check: Check) -> None:
    content = EXAMPLE.read_bytes() + b"opens: 2026-03-04T12:00:00Z\ncloses: '2026-03-05T12:00:00+01:00'\n"
    assert check(content).exit_code == 0


def test_a_file_that_is_not_there_is_a_wrong_call(tmp_path: Path) -> None:
    result = CliRunner().invoke(postbag, ["campaign", "check", str(tmp_path / "none.yaml")])
    assert result.exit_code == 2
    assert "does not exist" in result.stderr
