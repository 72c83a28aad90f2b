"""Every line of the catalogue of bad input, shown to the real intake stage: the right answer, in every form of input.

A line changes the valid submission by `fields` and `without`, or gives the record's value itself (`raw`, `raw_base64`).
`pieces` stands for a long text, as strings and how often each. Where a line names no form, all three must agree.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from services.ingest.codes import DEAD, FAULTS, FLAGS
from services.ingest.stage import IngestStage
from services.pipeline.memory import MemoryRecord
from tests.badinput import desk

CATALOGUE = Path(__file__).parents[1] / "badinput" / "catalogue.jsonl"
LINES = [json.loads(line) for line in CATALOGUE.read_text(encoding="ascii").splitlines()]
ITEMS = [*range(1, 24), 25, *range(31, 80), *range(80, 90), *range(96, 104)]
"""The items of the catalogue that concern a record; the others are about HTTP requests. 101: points; 102: districts;
103: edited letters."""


@dataclass(frozen=True)
class Case:
    """One line, in one form."""

    line: dict[str, Any]
    form: str

    def __str__(self) -> str:
        return f"{self.line['id']}-{self.form}"


def cases() -> Iterator[Case]:
    for line in LINES:
        given = "raw" in line or "raw_base64" in line
        for form in ["raw"] if given else [line["form"]] if "form" in line else desk.FORMS:
            yield Case(line, form)


def expand(value: Any) -> Any:
    """`{"pieces": [[text, times], …]}` as text; `#` counts, so that keys can differ."""
    if isinstance(value, dict) and value.keys() == {"pieces"}:
        return "".join(
            "".join(text.replace("#", str(n)) for n in range(times)) if "#" in text else text * times
            for text, times in value["pieces"]
        )
    return value


def build(line: dict[str, Any], form: str) -> MemoryRecord:
    """The record that a line describes."""
    submission_id = expand(line.get("submission_id", desk.ID))
    if form == "raw":
        headers = [(name, None if value is None else b64decode(value)) for name, value in line.get("headers", ())]
        raw = expand(line.get("raw"))
        value = b64decode(line["raw_base64"]) if "raw_base64" in line else None if raw is None else raw.encode()
    else:
        fields = {path: expand(given) for path, given in line.get("fields", {}).items()}
        inner = desk.data(fields, line.get("without", ()))
        headers, value = desk.FORMS[form](inner, submission_id, line.get("source", desk.SOURCE))
        if "envelope" in line:
            value = json.dumps(json.loads(value) | line["envelope"]).encode()
    key = submission_id.encode() if "key" not in line else None if line["key"] is None else b64decode(line["key"])
    return desk.record(value, headers, key, line.get("timestamp", desk.NOW_MS))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IngestStage]:
    opened = desk.open_stage(tmp_path_factory.mktemp("store"), desk.broker())
    yield opened
    opened.close()


@pytest.mark.parametrize("case", list(cases()), ids=str)
def test_the_right_answer(case: Case, stage: IngestStage) -> None:
    line, expect = case.line, case.line["expect"]
    before = [build(line["before"], case.form)] if "before" in line else []
    *earlier, outcomes = stage.settle([*before, build(line, case.form)])
    stage.aborted()
    assert all(desk.read_outcome(one).outcome == "accepted" for one in earlier)

    answer = desk.read_outcome(outcomes)
    assert answer.outcome == expect["outcome"], answer
    if answer.outcome == "dead":
        assert answer.said == expect["code"]
    if answer.rejected:
        wanted = expect.get("faults") or [[expect["field"], expect["code"]]]
        assert answer.faults == [tuple(fault) for fault in wanted]
        assert answer.rejected.submission_id == line.get("submission_id", desk.ID)
    if answer.accepted:
        assert list(answer.accepted.flags) == expect.get("flags", [])
        if "field" in expect:
            assert value_at(answer.accepted.model_dump(), expect["field"]) == expand(expect["value"])


def value_at(found: Any, path: str) -> Any:
    if path == "constituent.address.zip":
        address = found["constituent"]["address"]
        return [address["zip5"], address["plus4"]]
    for name in path.split("."):
        found = found[name]
    return found


def test_the_catalogue_has_every_item_that_concerns_a_record() -> None:
    assert sorted({line["item"] for line in LINES}) == ITEMS
    assert len({line["id"] for line in LINES}) == len(LINES)


def test_every_code_is_given_by_some_line() -> None:
    expected = [line["expect"] for line in LINES]
    faults = {code for e in expected for _, code in e.get("faults", ())}
    faults |= {e["code"] for e in expected if e["outcome"] == "rejected" and "code" in e}
    assert faults == set(FAULTS)
    assert {flag for e in expected for flag in e.get("flags", ())} == set(FLAGS)
    assert {e["code"] for e in expected if e["outcome"] == "dead"} == set(DEAD)
