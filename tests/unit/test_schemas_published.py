"""The published JSON Schemas are what the models say, and say what the reader does."""

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from schemas import publish
from schemas.publish import FOLDER, PUBLISHED, drift, schema
from schemas.wire import Unreadable, read, write
from tests.unit.schema_examples import EACH_EXAMPLE, EACH_TYPE, FILES, compact, found, full, model, places

Validator = jsonschema.Draft202012Validator
_WRONG: tuple[object, ...] = (None, True, -7, 10**12, 0.5, "", "?", "x" * 30_000, [], [None], {})


def published(name: str) -> dict[str, Any]:
    """The committed file, parsed."""
    document: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_bytes())
    return document


def test_the_committed_files_are_what_the_models_say() -> None:
    assert drift() == [], "run `make schemas`"


def test_a_changed_a_missing_and_a_superfluous_file_are_found_and_mended(tmp_path: Path) -> None:
    folder = tmp_path / "published"
    shutil.copytree(FOLDER, folder)
    changed, missing, *_ = sorted(path.name for path in folder.iterdir())
    (folder / changed).write_text((folder / changed).read_text("utf-8").replace("string", "number", 1), "utf-8")
    (folder / missing).unlink()
    (folder / "org.postbag.nothing.v1.json").write_text("{}", "utf-8")
    assert drift(folder) == [changed, missing, "org.postbag.nothing.v1.json"]
    assert publish.publish(folder) == [changed, missing, "org.postbag.nothing.v1.json"]
    assert drift(folder) == []


def test_the_check_says_so_with_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert publish.main(["--check"]) == 0
    assert publish.main(["--write"]) == 2
    assert "usage" in capsys.readouterr().err


@EACH_TYPE
def test_each_is_a_schema_of_its_dialect_under_its_own_id(name: str) -> None:
    Validator.check_schema(published(name))
    assert published(name)["$id"] == f"urn:postbag:schema:{name}"
    assert published(name)["description"], "a reader of the schema is told what it is"


@EACH_TYPE
def test_the_key_order_does_not_depend_on_the_generator(name: str) -> None:
    shuffled = publish._ordered(dict(reversed(schema(name).items())))
    assert json.dumps(shuffled) == json.dumps(schema(name))


@EACH_TYPE
def test_each_type_has_a_minimal_and_a_full_example(name: str) -> None:
    complete = full(name)
    examples = [json.loads(path.read_bytes()) for path in FILES if path.parent.name == name]
    fields = PUBLISHED[name].model_fields
    assert set(complete) == set(fields), "the full example shows every field"
    required = {field for field, info in fields.items() if info.is_required()}
    assert required in [set(example) for example in examples], "one example shows only what must be there"
    assert 2 <= sum(path.parent.name == name for path in FILES) <= 9


@EACH_EXAMPLE
def test_an_example_is_taken_by_our_reader_and_by_the_published_schema(example: Path) -> None:
    read(model(example), example.read_bytes())
    Validator(published(example.parent.name)).validate(json.loads(example.read_bytes()))


@EACH_EXAMPLE
def test_an_example_reads_the_same_after_it_was_written_and_to_the_byte_where_nothing_is_left_out(
    example: Path,
) -> None:
    raw = example.read_bytes().removesuffix(b"\n")
    event = read(model(example), raw)
    assert read(model(example), write(event)) == event
    if example.stem not in ("minimal", "without_time"):
        assert event.model_dump_json(exclude_unset=True, exclude_none=True).encode() == raw
    if json.loads(raw) == full(example.parent.name):
        assert write(event) == raw


@EACH_TYPE
def test_reader_and_published_schema_agree_on_every_damage_to_an_example(name: str) -> None:
    validator, tried = Validator(schema(name)), 0
    for at in places(full(name)):
        for wrong in _WRONG:
            document = _damaged(full(name), at, wrong)
            taken = _takes(name, document)
            if taken is not validator.is_valid(document):
                # JSON Schema does not check formats, and the reader knows that a time is more than text.
                assert _is_time(full(name), at), f"{at} = {wrong!r}: the reader {'takes' if taken else 'refuses'} it"
                assert not taken
            tried += 1
    assert tried > 50


@EACH_TYPE
def test_reader_and_published_schema_agree_on_what_may_be_left_out(name: str) -> None:
    validator = Validator(schema(name))
    for at in places(full(name)):
        if at and not isinstance(at[-1], int):
            document = full(name)
            del found(document, at[:-1])[at[-1]]
            assert _takes(name, document) is validator.is_valid(document), at


def _takes(name: str, document: object) -> bool:
    try:
        read(PUBLISHED[name], compact(document))
    except Unreadable:
        return False
    return True


def _damaged(document: Any, at: tuple[str | int, ...], wrong: object) -> Any:
    if not at:
        return wrong
    document = copy.deepcopy(document)
    found(document, at[:-1])[at[-1]] = wrong
    return document


def _is_time(document: Any, at: tuple[str | int, ...]) -> bool:
    return str(found(document, at)).startswith(("2026-", "2027-"))
