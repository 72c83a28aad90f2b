"""The linter finds each slip at its line and column, says what to do, and leaves good letters alone."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final, get_args

import pytest
import yaml

from schemas.campaign import Campaign, LetterForm
from services.cli.campaign import load_campaign
from services.render.letters import NAMES
from services.render.linter import Finding, lint, lint_template
from services.render.linting.codes import CODES
from services.render.linting.names import EMPTY_FOR

HERE: Final = Path(__file__).parent
BAD: Final = yaml.safe_load((HERE / "known_bad_templates.yaml").read_text("utf-8"))
GOOD: Final[dict[str, Any]] = {
    "slug": "rivers",
    "version": 1,
    "organization": "Friends of the River",
    "headline": "Open the rivers",
    "narrative": "Dams.",
    "targets": ("your_representative", "your_senators"),
    "required_fields": ("prefix", "last_name", "address.state"),
    "subject": "Open the rivers of New England",
    "salutation": "Dear {{ decision_maker }},",
    "letter": "I live in {{ city }}.\n{% if message %}\n\n{{ message }}\n{% endif %}\nPlease act (H. Res. 229 [sic]).\n",
    "closing": "Sincerely,\n{{ your_name }}",
    "topics": ("Environmental Protection",),
    "forms": get_args(LetterForm),
}


def campaign(**changes: Any) -> Campaign:
    fields = GOOD | changes
    return Campaign.model_validate_json(
        json.dumps({name: value for name, value in fields.items() if value is not None})
    )


def errors(found: tuple[Finding, ...]) -> list[Finding]:
    return [one for one in found if one.severity == "error"]


def test_a_good_letter_has_no_errors_and_only_the_bracket_is_remarked_on() -> None:
    assert [(one.code, one.line, one.column) for one in lint(campaign())] == [("brackets", 6, 25)]


@pytest.mark.parametrize("file", sorted((HERE.parents[1] / "campaigns").glob("*.yaml")), ids=lambda file: file.stem)
def test_the_campaigns_that_the_project_ships_have_no_findings(file: Path) -> None:
    assert lint(load_campaign(file)) == ()


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["name"])
def test_a_bad_template_is_refused_at_its_line_and_column(case: dict[str, Any]) -> None:
    found = lint(campaign(**{case["field"]: case["text"]}))
    places = [(one.path, one.line, one.column) for one in errors(found) if one.code == case["code"]]
    assert ((case["field"],), case["line"], case["column"]) in places, found
    for one in found:
        assert one.sentence.endswith("."), one
        assert one.remedy[-1] in ".,?", one


def test_every_code_is_explained_and_every_explained_code_is_found() -> None:
    folder = HERE.parents[1] / "services/render/linting"
    source = "".join(path.read_text("utf-8") for path in folder.glob("*.py") if path.name != "codes.py")
    told = {case["code"] for case in BAD} | {
        one.code for case in BAD for one in lint(campaign(**{case["field"]: case["text"]}))
    }
    assert told <= CODES.keys()
    assert {code for code in CODES if f'"{code}"' not in source} == set()
    assert len(BAD) >= 40


def test_a_letter_of_one_text_has_a_place_for_the_person_s_words() -> None:
    whole: dict[str, Any] = {
        "salutation": None,
        "closing": None,
        "forms": ("mail",),
        "letter": "Dear {{ decision_maker }},\n\nPlease act.",
    }
    assert [(one.code, one.severity) for one in lint(campaign(**whole))] == [("message_not_placed", "warning")]
    required = campaign(**whole, required_fields=("message",))
    assert [(one.code, one.severity) for one in lint(required)] == [("message_not_placed", "error")]
    whole["letter"] += "{% if message %} {{ message }}{% endif %}"
    assert lint(campaign(**whole)) == ()


def test_a_bad_version_is_refused_in_its_own_field() -> None:
    versions = [{"name": "b", "share": 50, "letter": "I live in [City].\n"}]
    (found,) = errors(lint(campaign(versions=versions)))
    assert (found.path, found.line, found.column) == (("versions", 0, "letter"), 1, 11)
    assert found.remedy == "Write {{ city }}."


def test_versions_of_one_text_are_found() -> None:
    versions = [{"name": name, "share": 10, "letter": "I write to you."} for name in ("b", "c")]
    (found,) = lint(campaign(versions=versions, letter="Please act now."))
    assert (found.path, found.code, found.severity) == (("versions", 1, "letter"), "same_version", "warning")


def test_cwc_wants_salutation_and_closing_apart_a_topic_and_what_it_asks_of_everyone() -> None:
    found = lint(campaign(salutation=None, closing=None, topics=(), required_fields=()))
    told = Counter((one.path[0], one.code, one.severity) for one in found if one.path[0] != "letter")
    assert told == {
        ("forms", "not_apart", "error"): 2,
        ("forms", "topics_needed", "error"): 1,
        ("required_fields", "not_required", "warning"): 3,
    }
    assert {one.remedy for one in found if one.code == "not_required"} == {
        f"Add {name}." for name in ("prefix", "last_name", "address.state")
    }
    assert errors(lint(campaign(salutation=None, closing=None, topics=(), forms=("mail",)))) == []


@pytest.mark.parametrize(
    ("word", "remedy"),
    [
        ("frist_name", "Did you mean first_name? Write {{ first_name }}."),
        ("LegislatorName", "Did you mean decision_maker? Write {{ decision_maker }}."),
        ("zip_code", "Take it out: the office gets the person's address with the letter."),
        ("shoe_size", f"Take it out, or write one of {', '.join(sorted(NAMES))} between {{{{ and }}}}."),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest_known_one(word: str, remedy: str) -> None:
    (found,) = lint_template(f"I am {{{{ {word} }}}}.")
    assert (found.code, found.remedy) == ("unknown_name", remedy)


@pytest.mark.parametrize(
    "text",
    [
        "{% if last_name %}{{ last_name }}{% endif %}",
        "{{ last_name or first_name }}",
        "{{ last_name if last_name else first_name }}",
        "{% if not message %}No words.{% else %}{{ message }}{% endif %}",
        "{{ last_name | default('friend', true) }}",
        "{{ district and 'district ' }}",
        "{% if message and last_name %}{{ last_name }}{{ message | trim }}{% endif %}",
        "{# a remark: {x} [Your Name] #}Please act.",
    ],
)
def test_a_guarded_name_and_a_remark_are_left_alone(text: str) -> None:
    assert [one for one in lint_template(text) if one.code == "may_be_empty" and "district" not in text] == []
    assert errors(lint_template(text.replace("district", "message"))) == []


def test_a_name_that_is_empty_for_somebody_is_remarked_on_where_it_shows() -> None:
    text = "{% if message %}{{ message }}{% endif %} {{ message }}\n{{ last_name }}"
    assert [(one.code, one.line, one.column, one.severity) for one in lint_template(text)] == [
        ("may_be_empty", 1, 45, "warning"),
        ("may_be_empty", 2, 4, "warning"),
    ]


def test_a_required_name_is_never_empty() -> None:
    assert (
        lint(
            campaign(
                letter="I write to you, {{ message }}",
                required_fields=("prefix", "last_name", "address.state", "message"),
            )
        )
        == ()
    )


def test_who_has_none_of_a_name_is_said_of_names_that_there_are() -> None:
    assert set(EMPTY_FOR) < NAMES


def test_a_question_that_an_import_left_is_told_as_one() -> None:
    (found,) = lint_template("I live in\nthe {{ ? Ward }} ward.\n")
    assert (found.code, found.line, found.column) == ("syntax", 2, 5)
    assert found.remedy == "Answer it: write a name or the text in its place."


@pytest.mark.parametrize(
    "text", ["", "\n", "{{", "{%", "}}", "{{}}", "{% %}", "{#", "[[", "\0" * 20, "{{ x" * 500, "[" * 5000]
)
def test_no_text_is_too_strange_for_it(text: str) -> None:
    for one in lint_template(text):
        assert (one.line, one.column) >= (1, 1)
