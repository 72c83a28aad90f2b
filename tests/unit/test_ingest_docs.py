"""docs/input.md says what the code says: every code with its meaning, and an example that is really accepted."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

from schemas.completion import SentAmendment
from schemas.submission import SentDistrict, SentLocation
from services.ingest import codes
from services.resolve import completion
from tests.badinput import desk

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "input.md").read_text(encoding="utf-8")


def table(heading: str) -> dict[str, str]:
    """The rows of the first table under a heading."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| `([a-z_]+)` \| (.+) \|$", section, re.MULTILINE))


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("Codes of rejections", codes.FAULTS),
        ("Flags", codes.FLAGS),
        ("Reasons of dead letters", codes.DEAD),
        ("Completing a held submission", completion.CODES),
    ],
)
def test_the_page_has_every_code_with_its_meaning_and_no_other(heading: str, words: dict[str, str]) -> None:
    assert table(heading) == words


def test_every_code_is_one_that_the_type_checker_holds_the_code_to() -> None:
    assert set(get_args(codes.FaultCode)) == set(codes.FAULTS)
    assert set(get_args(codes.FlagCode)) == set(codes.FLAGS)


def test_every_code_is_used_somewhere_beside_the_list_of_codes() -> None:
    used = {
        node.value
        for folder in ("services/ingest", "schemas")
        for path in (ROOT / folder).glob("*.py")
        if path.name != "codes.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert {*codes.FAULTS, *codes.FLAGS, *codes.DEAD} <= used


def test_the_examples_are_accepted(tmp_path: Path) -> None:
    blocks = re.findall(r"```json\n(.+?)```", PAGE, re.DOTALL)
    stage = desk.open_stage(tmp_path, desk.broker())
    found = [
        desk.settle_one(stage, desk.record(block.replace("syria-accountability", "open").encode())) for block in blocks
    ]
    stage.close()
    assert [answer.outcome for answer in found] == ["accepted", "completed", "completed"]


def test_every_field_of_an_address_is_told() -> None:
    for name in (*SentAmendment.model_fields, *SentLocation.model_fields, *SentDistrict.model_fields):
        assert f"`{name}`" in PAGE, name
