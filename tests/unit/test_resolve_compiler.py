"""Nothing wrong gets into a reference file, and a file that does not answer its golden cases is never kept."""

from __future__ import annotations

import io
import re
from array import array
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.resolve.lookup import resolve
from services.resolve.question import Question
from services.resolve.reference.compiler import compile_reference
from services.resolve.reference.container import Section, open_container, write_container
from services.resolve.reference.contents import Golden, PlanContents, Roster, Source, Term, ZipTable
from services.resolve.reference.manifest import Manifest, shrinkage
from services.resolve.reference.reference import open_reference, opened
from services.resolve.tables import InvalidReferenceError
from tests.unit import reference_made as made


def golden(question: Mapping[str, Any], outcome: str, *geoids: str, plan: str = "us-cd-119") -> Golden:
    return Golden(plan, question, outcome, geoids)


def shares(**changes: Mapping[str, float | None]) -> PlanContents:
    """The plain map with a table of shares; names are ZIPs after a z."""
    table = {zip5[1:]: districts for zip5, districts in changes.items()}
    return replace(made.plan(), zips=ZipTable(table, "population"))


def manifest(*plans: PlanContents, **changes: Any) -> Manifest:
    return opened(open_container(made.compiled(made.contents(*plans, **changes)))).manifest


NAIVE = datetime(2025, 1, 3, 17)  # noqa: DTZ001 - what is refused


@pytest.mark.parametrize(
    ("plan", "complaint"),
    [
        (made.plan(119, {"10027": "3613 3627"}), "10027 has a district 3627, which does not exist"),
        (made.plan(119, {"10027": "36ZZ"}), "10027 has a district 36ZZ, which does not exist"),
        (made.plan(119, {"10027": ""}), "10027 has no district"),
        (made.plan(119, {"1002": "3613"}), "a ZIP in the table has no five digits"),
        (made.plan(119, {"100\uff127": "3613"}), "a ZIP in the table has no five digits"),
        (made.plan(119, {"09001": "3613"}), "09001 has a district, and is mail of AE, which has none"),
        (made.plan(119, {"96960": "6698"}), "96960 has a district, and is mail of MH, which has none"),
        (shares(z10027={"3613": 0.5, "3612": 0.4}), "the shares of 10027 sum to 0.9"),
        (shares(z10027={"3613": 0.9, "3612": 0.9, "3614": None}), "the shares of 10027 sum to 1.8"),
        (shares(z10027={"3613": 1.5, "3612": -0.5}), "10027 has a share that is none"),
        (shares(z10027={"3613": float("nan"), "3612": 1.0}), "10027 has a share that is none"),
        (made.plan(119, {"10027": {"3613": 1.0}}), "10027 has shares, and the table does not say of what"),
        (made.plan(plus4=[("10027", 0, 9, "3627")]), "there is no district 3627"),
        (made.plan(plus4=[("10027", 9, 0, "3613")]), "a range of ZIP+4 of 10027 ends before it begins"),
        (made.plan(plus4=[("10027", 0, 10_000, "3613")]), "a range of ZIP+4 has a ZIP or an end that is none"),
        (made.plan(plus4=[("1002x", 0, 9, "3613")]), "a range of ZIP+4 has a ZIP or an end that is none"),
        (
            made.plan(plus4=[("10027", 0, 9, "3613"), ("10028", 0, 9, "3612"), ("10028", 9, 9, "3613"),
                             ("10029", 0, 9, "3612"), ("10029", 4, 5, "3613")]),
            "2 ranges of ZIP+4 overlap one of another district, the first in 10028",
        ),
        (made.plan(shapes=[made.box("3627", 40, -74, 41, -73)]), "there is no district 3627"),
        (replace(made.plan(), valid_from=NAIVE), "it must hold from an aware time until a later one"),
        (replace(made.plan(), valid_to=datetime(2025, 1, 3, 17, tzinfo=UTC)), "until a later one"),
    ],
)  # fmt: skip
def test_contents_that_cannot_be_are_refused_by_name(plan: PlanContents, complaint: str) -> None:
    with pytest.raises(InvalidReferenceError, match=re.escape(complaint)) as caught:
        made.compiled(made.contents(plan))
    assert str(caught.value).startswith("us-cd-119: ")


def test_maps_that_would_hold_at_the_same_time_and_no_maps_at_all_are_refused() -> None:
    longer = replace(made.plan(118), valid_to=made.congress_begins(119) + timedelta(seconds=1))
    with pytest.raises(InvalidReferenceError, match="us-cd-118 and us-cd-119 would be in force at the same time"):
        made.compiled(made.contents(longer, made.plan(119)))
    with pytest.raises(InvalidReferenceError, match="us-cd-119 is there twice"):
        made.compiled(made.contents(made.plan(119), made.plan(119)))
    with pytest.raises(InvalidReferenceError, match="there is no map"):
        made.compiled(replace(made.contents(), plans=()))


@pytest.mark.parametrize(
    ("case", "complaint"),
    [
        (golden({"zip5": "10027"}, "resolved", "3612"), "resolved 3613, not resolved 3612"),
        (golden({"zip5": "10027"}, "ambiguous", "3613"), "resolved 3613, not ambiguous 3613"),
        (golden({"zip5": "10002"}, "ambiguous", "3612", "3613"), "ambiguous 3613 3612, not ambiguous 3612 3613"),
        (golden({"zip5": "10002"}, "ambiguous", "3613"), "ambiguous 3613 3612, not ambiguous 3613"),
        (golden({"zip": "10027"}, "resolved", "3613"), "a question has no zip"),
        (golden({"zip5": "10027"}, "sure", "3613"), "the golden cases cannot be read"),
        (golden({"zip5": "10027"}, "resolved", "3613", plan="us-cd-118"), "a golden case is of us-cd-118"),
    ],
)
def test_a_file_that_does_not_answer_a_golden_case_is_not_kept(tmp_path: Path, case: Golden, complaint: str) -> None:
    plan = shares(z10027={"3613": 1.0}, z10002={"3613": 0.6, "3612": 0.4})
    target = tmp_path / "x.ref"
    target.write_bytes(b"the old one")
    with pytest.raises(InvalidReferenceError, match=complaint):
        compile_reference(made.contents(plan, golden=[case]), target)
    assert [path.name for path in tmp_path.iterdir()] == ["x.ref"]
    assert target.read_bytes() == b"the old one"


def test_a_good_file_is_put_in_place_whole_and_says_what_is_in_it(tmp_path: Path) -> None:
    cases = [
        golden({"zip5": "10002", "state": "NY"}, "ambiguous", "3613", "3612"),
        golden({"zip5": "10003"}, "ambiguous", "3612", "3613"),
        golden({"point": {"lat": 41.0, "lon": -73.5, "accuracy": "rooftop"}}, "resolved", "3613"),
        golden(
            {"zip5": "10027", "asserted": {"geoid": "3613", "congress": 119, "proof": "geocoder"}}, "resolved", "3613"
        ),
    ]
    plan = made.plan(
        119,
        {"10002": {"3612": 0.4, "3613": 0.6}, "30165": {"0103": 0.0, "1314": 1.0}},
        weight_kind="population",
        plus4=[
            ("10002", 0, 9, "3612"),
            ("10002", 10, 19, "3612"),
            ("10002", 5, 12, "3612"),
            ("10002", 30, 39, "3612"),
            ("10002", 31, 32, "3612"),
        ],
        zip_points=[("10108", 41.0, -73.5), ("10109", 0.0, 0.0), ("10002", 41.0, -73.5), ("90001", 41.0, -73.5)],
        shapes=[made.box("3613", 40.0, -74.0, 42.0, -73.0)],
    )
    plan = replace(plan, zips=replace(plan.zips, zips={**plan.zips.zips, "10003": {"3612": None, "3613": 1.0}}))
    source = Source("tab.txt", "census", "0" * 64, 40_147, published_on=date(2025, 1, 1), counts={"zips": 33_791})
    term = Term("HNY12", "N000002", "Jerrold Nadler", "Nadler", "D", date(2025, 1, 3), date(2027, 1, 3))
    known = Roster((term,), date(2026, 6, 15), date(2023, 1, 3))
    target, steps = tmp_path / "x.ref", []
    contents = made.contents(plan, roster=known, golden=cases, sources=[source])
    told = compile_reference(contents, target, progress=lambda done, of: steps.append((done, of)))
    reference = open_reference(target)
    assert reference.manifest == told
    assert reference.verify() == []
    assert [path.name for path in tmp_path.iterdir()] == ["x.ref"]
    assert target.stat().st_mode & 0o777 == 0o644
    assert steps
    (note,) = told.plans
    assert note.counts.model_dump() == {
        "districts": 4, "zips": 3, "split_zips": 3, "pairs": 6, "weighted_zips": 2, "plus4_ranges": 2, "zip_points": 1,
        "shapes": 1,
    }  # fmt: skip
    assert {state: (has.districts, has.zips) for state, has in note.states.items()} == {
        "AL": (1, 1), "GA": (1, 1), "NY": (2, 2),
    }  # fmt: skip
    assert (told.counts["seats"], told.counts["golden"], note.coverage) == (541, 4, "part")
    assert told.sources[0].published_on == date(2025, 1, 1)
    assert told.roster is not None
    assert told.built_at is None
    assert resolve(reference.plans[0], Question("10002", "0039")).basis == "zip9"
    unknown = resolve(reference.plans[0], Question("10003"))
    assert (unknown.weights, unknown.confidence) == ((), 0.5), "one share that is not known leaves none"
    assert [seat.office for seat in unknown.candidates] == ["HNY12", "HNY13"]


def test_when_a_file_was_built_is_in_it_only_if_asked_for(tmp_path: Path) -> None:
    when = datetime(2026, 11, 22, 12, tzinfo=UTC)
    plain, dated = tmp_path / "a.ref", tmp_path / "b.ref"
    compile_reference(made.contents(), plain)
    assert compile_reference(made.contents(), dated, built_at=when).built_at == when
    assert open_reference(plain).version != open_reference(dated).version
    first = plain.read_bytes()
    compile_reference(made.contents(), plain)
    assert plain.read_bytes() == first


def test_verify_counts_what_is_there_and_not_what_the_manifest_says() -> None:
    reference = made.reference(made.plan(119, {"10027": "3613", "02139": "2505 2507"}))
    note = reference.manifest.plans[0]
    wrong = note.model_copy(update={"counts": note.counts.model_copy(update={"zips": 3, "shapes": 1}), "states": {}})
    object.__setattr__(reference, "manifest", reference.manifest.model_copy(update={"plans": (wrong,)}))
    assert reference.verify() == [
        "us-cd-119: 2 zips, and the manifest says 3",
        "us-cd-119: the states do not have what the manifest says",
        "us-cd-119: the manifest says 1 shapes, which the file does not have",
    ]


def test_verify_finds_shares_that_cannot_be_and_those_out_of_order() -> None:
    zips = {"10001": {"3612": 0.6, "3613": 0.4}, "10002": {"3612": 0.6, "3613": 0.4}, "10003": {"3612": 1.0}}
    good = open_container(made.compiled(made.contents(made.plan(119, zips, weight_kind="population"))))
    sections: dict[str, Section] = {
        name: array("B" if view.format == "B" else view.format, view.tolist()) for name, view in good.below("").items()
    }
    sections["us-cd-119/zips/weights"] = array("d", [0.6, 0.3, 0.4, 0.6, 1.0])
    stream = io.BytesIO()
    write_container(stream, sections)
    assert opened(open_container(stream.getvalue())).verify() == [
        "us-cd-119: the shares of 10001 sum to 0.9, or one is less than nothing",
        "us-cd-119: the shares of 10002 are not in their order",
    ]


def test_a_file_that_shrinks_is_told_from_one_that_changes() -> None:
    zips = {f"10{number:03}": "3613 3612" if number % 2 else "3613" for number in range(400)}
    many = made.plan(119, zips | {"07102": "3408", "82001": "5600"}, plus4=[("10000", 0, 9, "3613")])
    term = Term("HNY12", "N000002", "Jerrold Nadler", "Nadler", "D", date(2025, 1, 3), date(2027, 1, 3))
    old = manifest(made.plan(118), many, roster=Roster((term,), date(2026, 6, 15), date(2023, 1, 3)))
    assert shrinkage(old, old) == []
    few = dict(list(zips.items())[:390])
    assert shrinkage(old, manifest(made.plan(118), made.plan(119, few | {"07102": "3408"}))) == [
        "us-cd-119: 3 districts where there were 4",
        "us-cd-119: 391 zips where there were 402",
        "us-cd-119: 586 pairs where there were 602",
        "us-cd-119: 0 plus4_ranges where there were 1",
        "us-cd-119: WY has lost all its districts",
        "us-cd-119: WY has lost all its zips",
        "the roster is gone",
    ]
    assert shrinkage(old, manifest(many))[0] == "us-cd-118 is gone"
    assert shrinkage(manifest(many), manifest(made.plan(118), made.plan(120), many)) == []
    four_less = dict(list(zips.items())[4:]) | {"07102": "3408", "82001": "5600"}
    assert shrinkage(manifest(many), manifest(replace(many, zips=made.plan(119, four_less).zips))) == []
