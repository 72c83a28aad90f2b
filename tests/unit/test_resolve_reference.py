"""The sample as a reference: one object for one question, answers from its own tables, contradictory tables refused."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from importlib.resources.abc import Traversable
from pathlib import Path

import pytest

from services.resolve.lookup import resolve_zip
from services.resolve.reference.compiler import compile_reference
from services.resolve.reference.container import open_container
from services.resolve.reference.ground import load_ground
from services.resolve.reference.plans import Plan
from services.resolve.reference.reference import Reference, open_reference, opened
from services.resolve.reference.sample import sample_contents
from services.resolve.tables import SAMPLE, InvalidReferenceError
from tests.unit import reference_made as made

TABLES = ("apportionment.csv", "zip3.csv", "state_lines.csv", "zips.csv")
Edit = Callable[[str, str, str], Path]


def load(folder: Traversable = SAMPLE) -> Reference:
    stream = io.BytesIO()
    compile_reference(sample_contents(folder), stream, ground=load_ground(folder))
    return opened(open_container(stream.getvalue()))


def plan(reference: Reference) -> Plan:
    (found,) = reference.plans
    return found


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


def test_the_shipped_sample_is_good_and_says_that_it_is_of_a_part_of_the_nation() -> None:
    reference = open_reference(None)
    assert reference.verify() == []
    assert reference.plan_ids == ("us-cd-119",)
    (note,) = reference.manifest.plans
    assert (note.coverage, note.states["NY"].districts, note.states["NY"].zips) == ("part", 10, 7)
    assert len(reference.seats) == 541
    assert reference.at(0.0).plan("represented_by") is None


def test_the_version_follows_the_content_and_not_the_line_ends(edited: Edit) -> None:
    version = load().version
    assert re.fullmatch(r"[0-9a-f]{12}", version)
    assert open_reference(None).version == version
    assert load(edited("zips.csv", "\n", "\r\n")).version == version
    assert load(edited("zips.csv", "10001,NY-12,", "10001,NY-13,")).version != version
    assert load(edited("zip3.csv", "980,986,WA", "980,985,WA")).version != version


def test_an_answer_comes_from_the_tables_that_were_loaded(edited: Edit) -> None:
    other = plan(load(edited("zips.csv", "10001,NY-12,", "10001,NY-12 NY-13,")))
    assert resolve_zip(plan(load()), "10001", None, "NY").outcome == "resolved"
    assert resolve_zip(other, "10001", None, "NY").outcome == "ambiguous"


def test_the_same_question_gets_the_same_object_and_says_so() -> None:
    sample = plan(open_reference(None))
    for question in (
        ("10027", None, "NY"), ("10118", None, "NY"), ("10027", None, "CA"), ("00000", None, None), ("", None, "NY"),
        ("02139", "4307", "MA"), ("M5V 2T6", None, None), ("abcde", None, None), ("09001", "1234", None),
    ):  # fmt: skip
        answer = resolve_zip(sample, *question)
        assert answer is resolve_zip(sample, *question)
        assert answer.kept
    assert not resolve_zip(sample, "2139", None, None).kept, "it repeats what a person typed"


def test_places_that_are_alike_are_equal_so_that_they_share_their_answers() -> None:
    (unweighted,) = made.reference(made.plan(119, {"10001": "3612 3613", "10002": "3613 3612"})).plans
    assert unweighted.answers["10001"] is unweighted.answers["10002"]
    shares = {"3612": 0.6, "3613": 0.4}
    (weighted,) = made.reference(made.plan(119, {"10001": shares, "10002": shares}, weight_kind="land")).plans
    assert weighted.answers["10001"] is weighted.answers["10002"]


def test_only_zips_are_kept_in_memory_whatever_is_asked() -> None:
    sample = plan(load())
    for text in ("", " ", "2139", "x" * 1000, "M5V 2T6", *(f"{number}-x" for number in range(1000))):
        for state in ("NY", "nowhere", "x" * 1000):
            resolve_zip(sample, text, "x" * 10, state)
    assert list(sample.answers) == [""]
    for number in range(2_000):
        resolve_zip(sample, f"{number:05}", None, f"state {number}")
    assert len(sample.answers) == 2_001
    assert all(
        set(answers) <= {None, "", *answers.place.states} for answers in sample.answers.values() if answers.place
    )
    assert len({id(answers) for answers in sample.answers.values()}) < 20, "places that are alike share their answers"


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
        ("state_lines.csv", "301,AL", "301,AE", "301 lies in a state and in none"),
        ("state_lines.csv", "301,AL", "987,AL", "987 is not in zip3.csv"),
        ("zips.csv", "10027,NY-13,", "10027,NY-27,", "NY-27, which does not exist"),
        ("zips.csv", "10027,NY-13,", "10027,NY-AL,", "NY-AL, which does not exist"),
        ("zips.csv", "10027,NY-13,", "10027,,", "10027 is not in a state of its prefix"),
        ("zips.csv", "10027,NY-13,", "10027,NJ-1,", "10027 is not in a state of its prefix"),
        ("zips.csv", "10027,NY-13,", "00027,NY-13,", "00027 is not in a state of its prefix"),
        ("zips.csv", "10027,NY-13,", "10001,NY-13,", "10001 is given twice"),
        ("zips.csv", "10027,NY-13,", "1002,NY-13,", "1002 is given twice or is not a ZIP"),
        ("zips.csv", "10027,NY-13,", '"10027,NY-13,', "zips.csv: ',' expected after"),
        ("zips.csv", "10027,NY-13,", "10027,NY-12,", 'golden case {"state": "NY", "zip5": "10027"}'),
    ],
)
def test_tables_that_contradict_one_another_are_refused_by_name(
    edited: Edit, table: str, piece: str, by: str, complaint: str
) -> None:
    with pytest.raises(InvalidReferenceError, match=re.escape(complaint)):
        load(edited(table, piece, by))


def test_a_table_without_rows_is_refused(edited: Edit) -> None:
    folder = edited("zips.csv", "10027,NY-13,", "10027,NY-13,")
    (folder / "zips.csv").write_text("# nothing yet\nzip,districts,place\n", encoding="utf-8")
    with pytest.raises(InvalidReferenceError, match=re.escape("zips.csv: no rows")):
        load(folder)
