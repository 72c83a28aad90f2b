"""A schema may only grow: each kind of change that an older event would not survive is caught, and HEAD's is not broken."""

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from schemas.compatibility import faults
from schemas.publish import DIALECT, EXAMPLES, FOLDER, schema
from tests.unit.schema_examples import EACH_TYPE

_ROOT = Path(__file__).parents[2]

OLD: dict[str, Any] = {
    "$schema": DIALECT,
    "type": "object",
    "required": ["id", "part"],
    "properties": {
        "id": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 80, "minLength": 1},
        "code": {"type": "string", "pattern": "^(A|B)$"},
        "state": {"type": "string", "enum": ["open", "shut"]},
        "type": {"type": "string", "const": "one", "default": "one"},
        "count": {"type": "number", "minimum": 0, "maximum": 9},
        "time": {"type": "string", "format": "date-time"},
        "note": {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}], "default": None},
        "list": {"type": "array", "items": {"type": "string", "maxLength": 60}, "maxItems": 5, "default": []},
        "part": {"$ref": "#/$defs/Part"},
    },
    "$defs": {
        "Part": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "part": {"anyOf": [{"$ref": "#/$defs/Part"}, {"type": "null"}]}},
        }
    },
}


def changed(path: str, value: object) -> dict[str, Any]:
    """OLD with ``value`` at a slash-separated path; None takes away what is there."""
    new: Any = copy.deepcopy(OLD)
    part = new
    *way, last = path.split("/")
    for step in way:
        part = part[int(step)] if isinstance(part, list) else part[step]
    if value is None:
        del part[last]
    else:
        part[last] = value
    return dict(new)


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("properties/state", None, "$.state: removed"),
        ("$defs/Part/properties/city", None, "$.part.city: removed"),
        ("$defs/Part/properties", {"town": {"type": "string"}, "part": {}}, "$.part.city: removed"),
        ("required", ["id", "part", "state"], "$.state: required now"),
        ("$defs/Part/required", ["district"], "$.part.district: required now"),
        ("properties/state/enum", ["open"], "$.state: no longer takes shut"),
        ("properties/type/const", "two", "$.type: no longer takes one"),
        ("properties/type/default", "two", "$.type: default changed"),
        ("properties/id/enum", ["a", "b"], "$.id: no longer takes values outside a set"),
        ("properties/id/type", "integer", "$.id: no longer takes type string"),
        ("properties/count/type", "integer", "$.count: no longer takes type number"),
        ("$defs/Part/properties/city/type", "array", "$.part.city: no longer takes type string"),
        ("properties/id/maxLength", 79, "$.id: maxLength lowered to 79"),
        ("properties/list/maxItems", 4, "$.list: maxItems lowered to 4"),
        ("properties/list/items/maxLength", 59, "$.list[]: maxLength lowered to 59"),
        ("$defs/Part/properties/city/maxLength", 200, "$.part.city: maxLength lowered to 200"),
        ("properties/count/maximum", 8, "$.count: maximum lowered to 8"),
        ("properties/count/exclusiveMaximum", 9, "$.count: exclusiveMaximum lowered to 9"),
        ("properties/id/minLength", 2, "$.id: minLength raised to 2"),
        ("properties/list/minItems", 1, "$.list: minItems raised to 1"),
        ("properties/count/minimum", 1, "$.count: minimum raised to 1"),
        ("properties/id/pattern", "^[a-z]{2,}$", "$.id: pattern changed"),
        ("properties/code/pattern", "^(A|BB|C)$", "$.code: pattern changed"),
        ("properties/code/pattern", "^(A)$", "$.code: pattern changed"),
        ("$defs/Part/properties/city/pattern", "^[A-Z]", "$.part.city: pattern changed"),
        ("properties/time/format", "date", "$.time: format changed"),
        ("properties/count/multipleOf", 2, "$.count: multipleOf changed"),
        ("properties/note/anyOf/0/maxLength", 8, "$.note: maxLength lowered to 8"),
        ("properties/note", {"type": "string", "maxLength": 9}, "$.note: no longer takes type null"),
        ("properties/note/anyOf", [{"type": "null"}], "$.note: no longer takes type string"),
        ("additionalProperties", False, "$: unknown fields refused now"),
        ("$defs/Part/additionalProperties", False, "$.part: unknown fields refused now"),
        ("properties/part/allOf", [{"required": ["city"]}], "$.part: allOf changed"),
    ],
)
def test_what_an_older_event_would_not_survive_is_caught_and_named(path: str, value: object, fault: str) -> None:
    assert fault in faults(OLD, changed(path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("properties/state/enum", ["open", "shut", "ajar"]),
        ("properties/id/maxLength", 81),
        ("properties/id/maxLength", None),
        ("properties/id/pattern", None),
        ("properties/count/minimum", -1),
        ("properties/list/minItems", 0),
        ("properties/new", {"type": "string", "default": ""}),
        ("$defs/Part/properties/new", {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}),
        ("properties/type", {"type": "string", "enum": ["one", "two"], "default": "one"}),
        ("properties/note/anyOf", [{"type": "string", "maxLength": 10}, {"type": "integer"}, {"type": "null"}]),
        ("properties/id", {"anyOf": [{"type": "integer"}, OLD["properties"]["id"]]}),
        ("properties/id/description", "in other words"),
        ("required", ["id"]),
        ("properties/part", OLD["$defs"]["Part"]),
    ],
)
def test_growth_is_allowed(path: str, value: object) -> None:
    assert faults(OLD, changed(path, value)) == []


@EACH_TYPE
def test_a_schema_is_compatible_with_itself_and_a_lost_field_anywhere_in_it_is_caught(name: str) -> None:
    old = schema(name)
    assert faults(old, old) == []
    for definition in (old, *old.get("$defs", {}).values()):
        for field in list(definition["properties"]):
            kept = definition["properties"].pop(field)
            assert faults(schema(name), old), f"{definition['title']} lost {field}"
            definition["properties"][field] = kept


def _earlier(revision: str, folder: Path) -> dict[str, bytes]:
    """The files of ``folder`` in a git revision, by path; skips where there is no such revision."""
    under = folder.relative_to(_ROOT).as_posix()

    def git(*arguments: str) -> bytes:
        done = subprocess.run(["git", "-C", str(_ROOT), *arguments], capture_output=True, check=False)  # noqa: S607
        if done.returncode:
            pytest.skip(f"no git revision {revision} to compare with")
        return done.stdout

    try:
        names = git("ls-tree", "-r", "--name-only", "--full-tree", revision, f"{under}/").decode().split()
    except FileNotFoundError:
        pytest.skip("no git to ask for the earlier schemas")
    if not names:
        pytest.skip(f"revision {revision} has nothing in {under}")
    return {name: git("show", f"{revision}:{name}") for name in names}


@pytest.mark.parametrize("revision", ["HEAD", "HEAD^"])
def test_todays_models_take_what_the_schemas_of_an_earlier_revision_took(revision: str) -> None:
    broken = {}
    for path, raw in _earlier(revision, FOLDER).items():
        name = Path(path).stem
        assert (FOLDER / f"{name}.json").exists(), f"{name} is no longer published: an event type is never taken back"
        if found := faults(json.loads(raw), schema(name)):
            broken[name] = found
    assert broken == {}, "make it a new event type (….v2), published beside the old one"


@pytest.mark.parametrize("revision", ["HEAD", "HEAD^"])
def test_an_example_is_never_edited_or_taken_away(revision: str) -> None:
    for path, raw in _earlier(revision, EXAMPLES).items():
        assert (_ROOT / path).read_bytes() == raw, f"{path} is what a writer once wrote: add another example instead"
