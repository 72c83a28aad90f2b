"""A loaded reference cannot change, its version tells its content, and contradictory tables are refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, is_dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from services.resolve.lookup import resolve
from services.resolve.reference import load_reference
from services.resolve.tables import SAMPLE, TABLES, InvalidReferenceError

Edit = Callable[[str, str, str], Path]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """A copy of the sample in which one piece of one table is replaced."""

    def edit(table: str, piece: str, by: str) -> Path:
        for name in TABLES:
            text = SAMPLE.joinpath(name).read_text(encoding="utf-8")
            if name == table:
                assert piece in text
                text = text.replace(piece, by)
            (tmp_path / name).write_text(text, encoding="utf-8", newline="")
        return tmp_path

    return edit


def test_the_version_follows_the_content_and_not_the_line_ends(edited: Edit) -> None:
    version = load_reference().version
    assert re.fullmatch(r"[0-9a-f]{12}", version)
    assert load_reference(edited("zips.csv", "\n", "\r\n")).version == version
    assert load_reference(edited("zips.csv", "10027,NY-13,", "10027,NY-12,")).version != version


def test_an_answer_comes_from_the_tables_that_were_loaded(edited: Edit) -> None:
    other = load_reference(edited("zips.csv", "10027,NY-13,", "10027,NY-12 NY-13,"))
    assert resolve(load_reference(), "10027", None, "NY").outcome == "resolved"
    assert resolve(other, "10027", None, "NY").outcome == "ambiguous"


def test_nothing_reachable_from_a_reference_can_be_changed() -> None:
    seen: set[int] = set()

    def walk(value: Any) -> None:
        if id(value) in seen:
            return
        seen.add(id(value))
        if is_dataclass(value):
            for field in fields(value):
                with pytest.raises(FrozenInstanceError):
                    setattr(value, field.name, None)
                walk(getattr(value, field.name))
            with pytest.raises((AttributeError, TypeError)):
                value.another = 1  # type: ignore[union-attr]
        elif isinstance(value, MappingProxyType):
            with pytest.raises(TypeError):
                value["10027"] = None  # type: ignore[index]
            for item in value.values():
                walk(item)
        elif isinstance(value, tuple):
            for item in value:
                walk(item)
        else:
            assert value is None or isinstance(value, str | int), type(value)

    walk(load_reference())
    assert len(seen) > 1_000


def test_the_same_question_gets_the_same_object() -> None:
    reference = load_reference()
    for question in (("10027", None, "NY"), ("10118", None, "NY"), ("10027", None, "CA"), ("00000", None, None)):
        assert resolve(reference, *question) is resolve(reference, *question)


@pytest.mark.parametrize(
    ("table", "piece", "by", "complaint"),
    [
        ("zip3.csv", "100,149,NY", "100,150,NY", "150 is given twice"),
        ("zip3.csv", "100,149,NY", "149,100,NY", "149-100 is not a range"),
        ("zip3.csv", "100,149,NY", "100,14900,NY", "100-14900 is not a range"),
        ("zip3.csv", "100,149,NY", "1000,1499,NY", "1000-1499 is not a range"),
        ("zip3.csv", "100,149,NY", "100,14x,NY", "100-14x is not a range"),
        ("zip3.csv", "100,149,NY", "100,149,XX", "100 lies in XX"),
        ("state_lines.csv", "301,AL", "301,GA", "301 is given twice"),
        ("state_lines.csv", "301,AL", "987,AL", "987 is not in zip3.csv"),
        ("zips.csv", "10027,NY-13,", "10027,NY-27,", "NY-27, which does not exist"),
        ("zips.csv", "10027,NY-13,", "10027,NY-AL,", "NY-AL, which does not exist"),
        ("zips.csv", "10027,NY-13,", "10027,,", "10027 is not in a state of its prefix"),
        ("zips.csv", "10027,NY-13,", "10027,NJ-1,", "10027 is not in a state of its prefix"),
        ("zips.csv", "10027,NY-13,", "00027,NY-13,", "00027 is not in a state of its prefix"),
        ("zips.csv", "10027,NY-13,", "10001,NY-13,", "10001 is given twice"),
        ("zips.csv", "10027,NY-13,", "1002,NY-13,", "1002 is given twice or is not a ZIP"),
        ("zips.csv", "10027,NY-13,", '"10027,NY-13,', "zips.csv: ',' expected after"),
    ],
)
def test_tables_that_contradict_one_another_are_refused_by_name(
    edited: Edit, table: str, piece: str, by: str, complaint: str
) -> None:
    with pytest.raises(InvalidReferenceError, match=re.escape(complaint)):
        load_reference(edited(table, piece, by))


def test_a_table_without_rows_is_refused(edited: Edit) -> None:
    folder = edited("zips.csv", "10027,NY-13,", "10027,NY-13,")
    (folder / "zips.csv").write_text("# nothing yet\nzip,districts,place\n", encoding="utf-8")
    with pytest.raises(InvalidReferenceError, match=re.escape("zips.csv: no rows")):
        load_reference(folder)
