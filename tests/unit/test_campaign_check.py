"""The pre-flight finds what an office would refuse, says where in the file it lies, and how far the campaign reaches."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.cli.campaign.holding import faults_of
from services.cli.campaign.making import Workshop
from services.cli.campaign.offices import offices_of
from services.cli.campaign.places import Place, Places
from services.pipeline.settings import load
from services.render.difficult import DIFFICULT, PLAIN
from services.render.settings import RenderSettings
from services.resolve.reference.contents import Roster, Term
from services.resolve.reference.sample import VALID_FROM
from tests.unit.campaign_desk import GOOD, campaign_file, run
from tests.unit.made import campaign as made_campaign
from tests.unit.reference_made import compiled, contents
from tests.unit.resolve_bench import REFERENCE


def report(folder: Path, *options: str, **changes: Any) -> dict[str, Any]:
    result = run("check", campaign_file(folder, **changes), "--json", *options)
    found: dict[str, Any] = json.loads(result.stdout)
    assert result.exit_code == (0 if found["ok"] else 1)
    return found


def test_a_good_campaign_passes_and_its_reach_is_told_by_form(tmp_path: Path) -> None:
    found = report(tmp_path)
    assert (found["ok"], found["errors"], found["warnings"]) == (True, [], [])
    assert found["reach"] == {"text": 3, "mail": 3, "cwc": 3}
    assert found["offices"] == 3
    assert found["letters"] >= 3 * len(DIFFICULT)


def test_every_seat_of_congress_is_written_to_by_everybody_difficult(tmp_path: Path) -> None:
    found = report(tmp_path, targets=["your_representative", "your_senators"], forms=["cwc"])
    assert found["reach"] == {"text": 541, "cwc": 541}
    assert found["seats"] == {"unknown": 541}
    assert found["letters"] > 541 * len(DIFFICULT)


def test_whoever_would_be_held_is_told_with_the_reason(tmp_path: Path) -> None:
    people = {
        person["name"]: person for person in report(tmp_path, targets=["your_representative"], forms=None)["people"]
    }
    assert people["plain"]["offices"] == ["HNY13"]
    assert people["delegate"]["offices"] == ["HDC00"]
    assert people["at-large"]["offices"] == ["HAK00"]
    assert (people["split-zip"]["held"], people["split-zip"]["needs"]) == ("ambiguous", ["street_address_or_plus4"])
    assert people["military"]["held"] == "needs_voting_residence"
    assert people["unknown-zip"]["held"] == "unknown_zip"


def test_whoever_a_form_cannot_be_made_for_is_told_and_is_no_fault_of_the_campaign(tmp_path: Path) -> None:
    found = report(tmp_path)
    unfit = {person["name"]: person["unfit"] for person in found["people"] if "unfit" in person}
    assert unfit["one-name"] == unfit["no-prefix"] == {"cwc": "prefix_missing"}
    assert unfit["short-words"] == {"cwc": "own_words_too_short"}
    assert "apartment-4b" not in unfit
    assert found["ok"]


@pytest.mark.parametrize(
    ("changes", "code", "field", "letters"),
    [
        ({"subject": "{% if city %}Dams{% endif %}"}, "subject_too_short", "subject", 2),
        (
            {"salutation": "Dear{% if district %} {{ decision_maker }}{% endif %},"},
            "greets_nobody",
            "salutation",
            50,
        ),
        ({"letter": "I ask you.{% if not message %}{{ '{' }}% x %}{% endif %}"}, "code_left", "letter", 50),
    ],
)
def test_what_follows_only_from_making_the_letters_is_found(
    tmp_path: Path, changes: dict[str, str], code: str, field: str, letters: int
) -> None:
    (error,) = [one for one in report(tmp_path, **changes)["errors"] if one.get("letters")]
    assert (error["code"], error["field"]) == (code, field)
    line = (tmp_path / "rivers.yaml").read_text("utf-8").splitlines()[error["line"] - 1]
    assert line.startswith(f"{field}: ")
    assert error["letters"] >= letters
    assert " to " in error["example"]


def test_holders_come_from_the_reference_and_empty_seats_are_told_with_the_campaign_s_policy(tmp_path: Path) -> None:
    term = Term("HNY12", "E000001", "Ana Example", "Example", "", date(2025, 1, 3), date(2027, 1, 3))
    roster = Roster([term], date(2026, 3, 1), date(2025, 1, 3))
    (tmp_path / "reference").write_bytes(compiled(contents(roster=roster)))
    options = ("--reference", str(tmp_path / "reference"), "--as-of", "2026-02-04")
    found = report(tmp_path, *options)
    assert found["seats"] == {"held": 1, "vacant": 2}
    assert found["without_holder"] == {"vacant": ["SNY01", "HDC00"]}
    said = run("check", campaign_file(tmp_path), *options).stdout
    assert "2 seats are vacant (SNY01, HDC00): submissions for them wait." in said
    shown = run("preview", campaign_file(tmp_path), *options, "--out", tmp_path / "out").stdout
    assert "Dear Representative Example,\n" in shown


def test_the_same_fault_in_thousands_of_letters_is_told_once(tmp_path: Path) -> None:
    changes = {"targets": ["your_senators"], "letter": "I ask {{ message }} you, sir.\n", "forms": ["mail"]}
    found = report(tmp_path, **changes)
    (hole,) = [warning for warning in found["warnings"] if warning["code"] == "hole"]
    assert hole["letters"] > 2_000
    assert [warning["code"] for warning in found["warnings"]] == ["may_be_empty", "hole"]


def test_a_template_that_can_fail_is_an_error(tmp_path: Path) -> None:
    letter = (
        "I live in {{ city }}. {% if last_name %}I ask you.{% endif %}" + "{% if message %}{{ message }}{% endif %}" * 3
    )
    found = report(tmp_path, letter=letter, forms=["mail"])
    assert [(error["code"], error["example"]) for error in found["errors"]] == [
        ("template_failed", "long-words to HNY12")
    ]


def test_every_version_is_made_and_faults_lie_in_it(tmp_path: Path) -> None:
    version = {"name": "short", "share": 10, "letter": "Please act. I ask {{ message }} you.\n"}
    found = report(tmp_path, versions=[version])
    assert {warning["field"] for warning in found["warnings"]} == {"versions.0.letter"}
    assert {warning["code"] for warning in found["warnings"]} == {"may_be_empty", "hole"}


def test_a_list_s_recipients_have_no_congressional_intake_and_that_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "board.csv").write_text("id,name\nx-chair,The Chair\n")
    found = report(tmp_path, targets=["HNY12", "list:board"], lists={"board": "board.csv"})
    assert (found["ok"], found["reach"]) == (True, {"text": 2, "mail": 2, "cwc": 1})
    assert found["recipients"] == 1


def test_other_forms_than_the_campaign_s_can_be_asked_for(tmp_path: Path) -> None:
    assert report(tmp_path, "--forms", "none")["reach"] == {"text": 3}
    assert report(tmp_path, "--forms", "mail,paper")["reach"] == {"text": 3, "mail": 3, "paper": 3}
    refused = run("check", campaign_file(tmp_path), "--forms", "fax")
    assert refused.exit_code == 2
    assert "'fax' is no form: there are mail, cwc, paper, and none" in refused.stderr


def test_the_report_names_each_place_as_an_editor_jumps_to_it(tmp_path: Path) -> None:
    path = tmp_path / "rivers.yaml"
    path.write_text(
        GOOD.replace("I live in {{ city }}", "I live in {{ ctiy }}").replace(
            "your_name }}", "your_name }}\n  [Your Name]"
        )
    )
    result = run("check", path)
    assert result.exit_code == 1
    assert f"\n  {path}:12:16: letter (unknown_name)\n" in result.stdout
    assert f"\n  {path}:22:3: closing (foreign_field)\n" in result.stdout
    assert "Did you mean city? Write {{ city }}." in result.stdout
    assert result.stdout.endswith("2 errors: it cannot be published.\n")


def test_places_are_found_in_every_way_of_writing_a_text(tmp_path: Path) -> None:
    path = tmp_path / "any.yaml"
    path.write_text(
        'a: plain text\nb: "quoted text"\nc: >\n  folded\n  text here\nd:\n  - letter: |2\n      two\n      lines\n'
    )
    places = Places(path)
    assert places.of(("a",), 1, 7) == Place(1, 10)
    assert places.of(("b",), 1, 8) == Place(2, 12)
    assert places.of(("c",), 1, 8) == Place(5, 3)
    assert places.of(("d", 0, "letter"), 2, 5) == Place(9, 11)
    assert places.of(("d", 7)) == Place(7, 3)
    assert places.of(("none",)) == Place(1, 1)


def test_a_letter_that_a_form_spoilt_is_seen_by_other_means() -> None:
    campaign = made_campaign(
        "rivers",
        letter="I ask you.",
        salutation="Dear {{ decision_maker }},",
        closing="{{ your_name }}",
        topics=("Congress",),
        forms=("mail", "cwc"),
    )
    workshop = Workshop(load(RenderSettings), campaign.forms)
    offices = offices_of(campaign, REFERENCE.at(VALID_FROM.timestamp()))
    letter = workshop.letters(workshop.template(campaign), PLAIN, ["HNY12"], offices.seats)["HNY12"]
    assert letter is not None
    assert letter.cwc
    assert letter.mail
    assert list(faults_of(letter, PLAIN, "", workshop.opened)) == []
    spoilt = {
        "mail": (letter.mail.replace("I ask", "I do not ask", 1), ("mail", "mail_differs")),
        "cwc": (letter.cwc.replace("<MemberOffice>HNY12", "<MemberOffice>NY12"), ("cwc", "member_office_malformed")),
        "paper": ("AAAA", ("paper", "not_pdf")),
    }
    for name, (value, fault) in spoilt.items():
        assert list(faults_of(letter.model_copy(update={name: value}), PLAIN, "", workshop.opened)) == [fault]
    head, _, html = letter.mail.rpartition("text/html")
    other = letter.model_copy(update={"mail": f"{head}text/html{html.replace('I ask', 'I do not ask')}"})
    assert list(faults_of(other, PLAIN, "", workshop.opened)) == [("mail", "html_differs")]
    active = letter.model_copy(update={"mail": letter.mail.replace("<p dir", "<p onclick='x' dir", 1)})
    assert ("mail", "html_active") in list(faults_of(active, PLAIN, "", workshop.opened))
