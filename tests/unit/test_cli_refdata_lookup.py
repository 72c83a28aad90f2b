"""``postbag refdata lookup``: a person asks, and is told who represents the place, or why that cannot be said, in words."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from click.testing import CliRunner, Result

from schemas.resolved import Outcome, SeatStatus, WeightKind
from services.cli.__main__ import postbag
from services.cli.refdata import words
from services.cli.refdata.typed import NotUnderstood, a_point, an_address, recognise
from services.resolve.question import Point, Question
from services.resolve.resolution import Basis, Conflict, Reason
from tests.unit.far_geocoder import district, far_geocoder, match, said, saying
from tests.unit.small_recipe import PAIRS, write_pairs, write_recipe

THEN = ("--as-of", "2026-06-15")


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POSTBAG_REFERENCE", raising=False)
    monkeypatch.delenv("POSTBAG_GEOCODER_URL", raising=False)


def lookup(*arguments: str) -> Result:
    return CliRunner().invoke(postbag, ["refdata", "lookup", *arguments])


def answer(*arguments: str) -> Any:
    result = lookup(*arguments, *THEN, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        (words.REASONS, Reason),
        (words.BASES, Basis),
        (words.OUTCOMES, Outcome),
        (words.STATUSES, SeatStatus),
        (words.STATUS_SENTENCES, SeatStatus),
        (words.WEIGHTS, WeightKind),
    ],
    ids=["reasons", "bases", "outcomes", "statuses", "status sentences", "weights"],
)
def test_every_code_has_its_words_and_no_other(table: Mapping[str, str], codes: Any) -> None:
    assert set(table) == set(get_args(codes))


def test_every_reason_outcome_and_conflict_is_a_sentence_of_its_own() -> None:
    conflicts = [words.conflict(code) for code in get_args(Conflict)]
    sentences = [*words.REASONS.values(), *words.OUTCOMES.values(), *conflicts]
    assert len(set(sentences)) == len(sentences)
    assert all(sentence[0].isupper() and sentence.endswith((".", "ask the person.")) for sentence in sentences)
    assert all("_" not in sentence for sentence in sentences)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("02139", Question("02139")),
        (" 02139-1234 ", Question("02139", "1234")),
        ("021391234", Question("02139", "1234")),
        ("2139", Question("2139")),
        ("wy", Question(state="WY")),
        ("M5V 2T6", Question("M5V 2T6")),
        ("42.3601,-71.0942", Question(point=Point(42.3601, -71.0942, "rooftop"))),
        ("42.3601 -71.0942", Question(point=Point(42.3601, -71.0942, "rooftop"))),
        ("-14.27; -170.7", Question(point=Point(-14.27, -170.7, "rooftop"))),
        ("1 Main St, Cambridge MA 02139", Question("02139", None, "MA")),
        ("1 Main St, Cambridge, ma, 02139-1234.", Question("02139", "1234", "MA")),
        ("12345 Main St, Cheyenne, WY", Question(state="WY")),
        ("12345 Main St 82001", Question("82001")),
        ("Main St\nCheyenne WY\n82001", Question("82001", None, "WY")),
        ("1 Main St, Somewhere XX 82001", Question("82001")),
    ],
)
def test_what_is_typed_is_taken_for_what_it_looks_like(text: str, question: Question) -> None:
    assert recognise(text, "rooftop", None).question == question


@pytest.mark.parametrize("text", ["1 Canary Lane, Canaryville", "12 Canary Lane 2139", "91,0,0 degrees"])
def test_an_address_line_without_zip_or_state_is_refused_without_being_repeated(text: str) -> None:
    result = lookup(text)
    assert result.exit_code == 2
    assert "An address line ends with a state, a ZIP or both" in result.stderr
    assert text not in result.output


@pytest.mark.parametrize("text", ["91,10", "10,181", "north", "1,2,3", "nan,nan"])
def test_what_is_no_point_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        a_point(text, "rooftop", None)


def test_street_and_city_are_kept_for_a_geocoder_and_never_shown() -> None:
    typed = an_address("1 Canary Lane, Apt 2, Canaryville TX 78702", None)
    assert (typed.street, typed.city) == ("1 Canary Lane, Apt 2", "Canaryville")
    assert "Canary" not in repr(typed)
    assert "78702" not in repr(typed)


def test_a_zip_of_one_district_is_answered_with_its_seats() -> None:
    result = lookup("10027", *THEN)
    assert result.exit_code == 0
    for part in (
        "the small sample that comes with Postbag", "The district is certain.", "99.5% confidence", "HNY13", "NY-13",
        "Senator for NY, class 1", "Who holds a seat is not known",
    ):  # fmt: skip
        assert part in result.stdout


def test_a_district_in_doubt_still_has_its_senators_and_says_what_would_help() -> None:
    result = lookup("02139", *THEN)
    for part in (
        "The district is in doubt.", "nothing says which of the 2 is likelier", "HMA05", "HMA07", "SMA01", "SMA02",
        "a street address, a ZIP+4 or a point can tell which",
    ):  # fmt: skip
        assert part in result.stdout
    whole = answer("02139")
    assert [seat["office"] for seat in whole["candidates"]] == ["HMA05", "HMA07"]
    assert [seat["office"] for seat in whole["seats"]] == ["SMA01", "SMA02"]
    assert whole["reasons"] == [{"code": "zip_split", "meaning": words.REASONS["zip_split"]}]


def test_a_conflict_is_told_in_words() -> None:
    said_of = lookup("02139", "--state", "ny", *THEN).stdout
    assert "The state and the ZIP contradict each other" in said_of
    assert answer("02139", "--state", "NY")["conflicts"][0]["code"] == "state_vs_zip"


@pytest.mark.parametrize(
    ("text", "outcome", "says"),
    [
        ("2139", "invalid", "Did they mean 02139?"),
        ("00000", "unknown_zip", "No ZIP begins with these three digits."),
        ("M5V 2T6", "not_us", "as Canada or the United Kingdom"),
        ("96960", "no_representation", "no seat in Congress"),
        ("09001", "needs_voting_residence", "ask for that address"),
        ("20001", "resolved", "no senators"),
        ("wy", "resolved", "WY at large"),
        ("tx", "state_only", "the district is not known"),
    ],
)
def test_what_is_out_of_the_ordinary_is_told_for_what_it_is(text: str, outcome: str, says: str) -> None:
    assert answer(text)["outcome"] == outcome
    assert says in lookup(text, *THEN).stdout


def test_of_an_address_line_it_says_what_was_used() -> None:
    result = lookup("--address", "1 Canary Lane, Cambridge MA 02139-9999", *THEN)
    assert "Of the address line, only the ZIP 02139-9999 and the state MA was used." in result.stdout
    assert "Canary" not in result.output


def test_the_whole_answer_says_which_data_it_is_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    CliRunner().invoke(
        postbag, ["refdata", "build", str(write_recipe(tmp_path / "sources")), "--out", str(tmp_path / "shelf")]
    )
    monkeypatch.setenv("POSTBAG_REFERENCE", str(tmp_path / "shelf"))
    by_environment = answer("10027")
    assert by_environment["source"] == str(tmp_path / "shelf")
    assert (by_environment["plan"], by_environment["purpose"]) == ("us-cd-119", "represented_by")
    assert by_environment["as_of"] == "2026-06-15T12:00:00Z"
    monkeypatch.delenv("POSTBAG_REFERENCE")
    assert answer("10027")["source"] == "sample"


def test_the_map_follows_the_time_the_congress_or_the_purpose(tmp_path: Path) -> None:
    before = write_recipe(tmp_path / "sources", {**PAIRS, "02139": ("2505",)}, plan={"congress": 118})
    second = {"congress": 119, "zips": [{"format": "pairs", "file": "later.csv"}]}
    write_pairs(before.parent / "later.csv")
    before.write_text(before.read_text().replace("plans:\n", f"plans:\n- {json.dumps(second)}\n"), "utf-8")
    shelf = str(tmp_path / "shelf")
    assert CliRunner().invoke(postbag, ["refdata", "build", str(before), "--out", shelf]).exit_code == 0

    def plan(*arguments: str) -> tuple[str, int]:
        found = json.loads(lookup("02139", "--reference", shelf, "--json", *arguments).stdout)
        return found["plan"], len(found["candidates"])

    assert plan("--as-of", "2024-06-01") == ("us-cd-118", 1)
    assert plan("--as-of", "2024-06-01", "--purpose", "elects") == ("us-cd-119", 2)
    assert plan("--as-of", "2025-01-03T16:59:59Z") == ("us-cd-118", 1)
    assert plan("--as-of", "2025-01-03T17:00:00Z") == ("us-cd-119", 2)
    assert plan("--congress", "118") == ("us-cd-118", 1)
    past = json.loads(lookup("02139", "--reference", shelf, "--json", "--congress", "118").stdout)
    assert past["as_of"] == "2025-01-03T16:59:59Z", "the last moment of a map that is over"
    missing = lookup("02139", "--reference", shelf, "--as-of", "2031-01-01")
    assert missing.exit_code == 1
    assert "us-cd-119 (2025-01-03 to 2027-01-03)" in missing.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (), ("02139", "--zip", "02139"), ("02139", "--congress", "119", "--purpose", "elects"), ("02139", "--state", "XX"),
        ("02139", "--as-of", "soon"), ("--point", "north"),
    ],
)  # fmt: skip
def test_what_is_asked_wrongly_ends_with_2(arguments: tuple[str, ...]) -> None:
    result = lookup(*arguments)
    assert result.exit_code == 2
    assert "Error: " in result.stderr


def test_nothing_that_is_typed_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        lookup("1 Canary Lane, Canaryville TX 78702", *THEN)
        lookup("30.26271,-97.73948", *THEN)
    assert "Canary" not in caplog.text
    assert "30.26" not in caplog.text


def test_a_geocoder_that_is_set_up_settles_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    place = match(42.3601, -71.0942, "MA", "02139", {"119th Congressional Districts": [district("2507")]})
    line = "1 Canary Lane, Cambridge MA 02139"
    with far_geocoder() as far:
        far.behave = saying(said(place))
        assert answer(line)["outcome"] == "ambiguous"
        assert far.asked == [], "without the setting nothing is sent anywhere"
        monkeypatch.setenv("POSTBAG_GEOCODER_URL", far.url)
        found, in_words = answer(line), lookup(line, *THEN).stdout
        assert (far.asked[0]["street"], far.asked[0]["city"]) == ("1 Canary Lane", "Cambridge")
        asked_before = len(far.asked)
        answer("1 Canary Lane, New York NY 10027")
        assert len(far.asked) == asked_before, "where there is no doubt, no street is sent"
    assert [seat["office"] for seat in found["candidates"]] == ["HMA07"]
    assert "geocoded" in {reason["code"] for reason in found["reasons"]}
    assert words.REASONS["geocoded"] in in_words
    assert "Canary" not in in_words
