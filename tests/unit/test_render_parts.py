"""A letter put together and taken apart: golden letters for every layout, and nothing of anybody's in the other's part."""

from __future__ import annotations

from typing import Any, Final

import pytest

from schemas.letter import Letter, Parts
from tests.unit import made
from tests.unit.render_bench import resolved, seat, written

STATEMENT: Final = "I live in Canaryville.\n\nPlease keep the river clean."
IN_PARTS: Final[dict[str, Any]] = {
    "salutation": "Dear {{ decision_maker }},",
    "letter": "I live in {{ city }}.\n\nPlease keep the river clean.",
    "closing": "Sincerely,\n{{ your_name }}",
}
WITH_PLACE: Final = IN_PARTS | {
    "letter": "I live in {{ city }}.\n{% if message %}\n\n{{ message }}\n{% endif %}\n\nPlease keep the river clean."
}
WHOLE: Final[dict[str, Any]] = {
    "letter": "Dear {{ decision_maker }},\n\n{{ message }}\n\nPlease keep the river clean.\n\nSincerely,\n{{ your_name }}"
}
DEAR: Final = "Dear Representative Example,"
SINCERELY: Final = "Sincerely,\nMaria Canary"


def letter(campaign: dict[str, Any], **submission: Any) -> Letter:
    (found,) = written(resolved(seat("HNY13"), **submission), **campaign)
    return found


def parts(campaign: dict[str, Any], **submission: Any) -> tuple[str, Parts]:
    found = letter(campaign, **submission)
    assert found.parts is not None
    return found.body, found.parts


@pytest.mark.parametrize("campaign", [IN_PARTS, WITH_PLACE])
def test_without_own_words_it_is_the_campaign_s_text_between_salutation_and_closing(campaign: dict[str, Any]) -> None:
    body, found = parts(campaign)
    assert body == f"{DEAR}\n\n{STATEMENT}\n\n{SINCERELY}"
    assert found == Parts(salutation=DEAR, statement=STATEMENT, closing=SINCERELY)


@pytest.mark.parametrize(
    ("campaign", "middle"),
    [
        (IN_PARTS, f"{STATEMENT}\n\nMy canary died.\n\nHe was old."),
        (WITH_PLACE, "I live in Canaryville.\n\nMy canary died.\n\nHe was old.\n\nPlease keep the river clean."),
    ],
)
def test_a_message_stands_where_the_letter_has_a_place_for_it_or_before_the_closing(
    campaign: dict[str, Any], middle: str
) -> None:
    body, found = parts(campaign, message="My canary died.\n\nHe was old.")
    assert body == f"{DEAR}\n\n{middle}\n\n{SINCERELY}"
    assert found.statement == STATEMENT, "nothing of the person is in the campaign's text"
    assert (found.own_words, found.edited) == ("My canary died.\n\nHe was old.", 0.0)


@pytest.mark.parametrize("campaign", [IN_PARTS, WITH_PLACE])
def test_an_edited_letter_is_the_person_s_own_and_leaves_no_statement(campaign: dict[str, Any]) -> None:
    edited = "I live in {{ city }}.\n\nPlease keep the river clear."
    body, found = parts(campaign, edited_letter=edited)
    assert body == f"{DEAR}\n\n{edited}\n\n{SINCERELY}"
    assert (found.statement, found.own_words, found.edited) == ("", edited, 0.3636)


@pytest.mark.parametrize("campaign", [IN_PARTS, WITH_PLACE])
def test_a_letter_that_comes_back_unchanged_is_the_campaign_s(campaign: dict[str, Any]) -> None:
    body, found = parts(campaign, edited_letter="I live  in Canaryville.\nPlease keep the river clean.")
    assert body == f"{DEAR}\n\n{STATEMENT}\n\n{SINCERELY}"
    assert (found.statement, found.own_words, found.edited) == (STATEMENT, "", 0.0)


def test_a_letter_that_comes_back_unchanged_with_the_message_in_it_is_not_edited_either() -> None:
    shown = "I live in Canaryville.\n\nMy canary died.\n\nPlease keep the river clean."
    body, found = parts(WITH_PLACE, message="My canary died.", edited_letter=shown)
    assert body == f"{DEAR}\n\n{shown}\n\n{SINCERELY}"
    assert (found.statement, found.own_words, found.edited) == (STATEMENT, "My canary died.", 0.0)


@pytest.mark.parametrize(
    ("edited", "own"),
    [
        ("My own letter.", "My own letter.\n\nMy canary died."),
        ("My own letter. My canary died. Alas.", "My own letter. My canary died. Alas."),
    ],
)
def test_a_message_beside_an_edited_letter_is_neither_lost_nor_said_twice(edited: str, own: str) -> None:
    body, found = parts(IN_PARTS, message="My canary died.", edited_letter=edited)
    assert body == f"{DEAR}\n\n{own}\n\n{SINCERELY}"
    assert (found.statement, found.own_words) == ("", own)


def test_a_campaign_in_one_piece_reads_as_its_template_has_it_and_says_nothing_of_parts() -> None:
    found = letter(WHOLE, message="Mine.")
    assert found.body == f"{DEAR}\n\nMine.\n\nPlease keep the river clean.\n\n{SINCERELY}"
    assert (found.parts, found.addressee, found.locale, found.mail, found.unfit) == (None, None, None, None, ())
    without = letter({"letter": "Dear you,"}, message="Mine.")
    assert without.body == "Dear you,", "the template alone decides, as it always did"


def test_an_edited_letter_of_a_campaign_in_one_piece_is_all_of_the_letter() -> None:
    body, found = parts(WHOLE, edited_letter="Madam,\n\nPlease.\n\nMaria")
    assert body == "Madam,\n\nPlease.\n\nMaria"
    assert (found.salutation, found.statement, found.own_words, found.closing) == ("", "", body, "")
    assert found.edited > 0.5


def test_a_gap_that_a_left_out_part_leaves_is_closed_and_trailing_space_is_gone() -> None:
    campaign = IN_PARTS | {"letter": "One. \n\n{{ message }}\n\n \nTwo.\t\n"}
    body, found = parts(campaign)
    assert (found.statement, body) == ("One.\n\nTwo.", f"{DEAR}\n\nOne.\n\nTwo.\n\n{SINCERELY}")


def test_own_words_keep_their_own_gaps() -> None:
    body, found = parts(WITH_PLACE, message="a\n\n\n\nb  c")
    assert found.own_words == "a\n\n\n\nb  c"
    assert "a\n\n\n\nb  c" in body


@pytest.mark.parametrize(("salutation", "closing"), [("Hello,", None), (None, "Bye."), ("Hello,", "Bye.")])
def test_either_end_can_stand_alone(salutation: str | None, closing: str | None) -> None:
    body, found = parts({"letter": "Text.", "salutation": salutation, "closing": closing})
    assert body == "\n\n".join(part for part in (salutation, "Text.", closing) if part)
    assert (found.salutation, found.closing) == (salutation or "", closing or "")


def test_the_event_says_who_it_is_addressed_to_and_in_which_language() -> None:
    found = letter(IN_PARTS | {"locale": "es"})
    assert found.locale == "es"
    assert found.addressee is not None
    assert (found.addressee.role, found.addressee.name) == ("representative", "Ana Example")
    assert found.addressee.salutation == "Representative Example"


def test_characters_that_cannot_be_seen_are_taken_out_of_templates_and_nothing_else_is() -> None:
    campaign = IN_PARTS | {
        "subject": "Of \u202eall\u202c \ufeffrivers",
        "letter": "One\u200b.\x07\u0085Two \u2067three\u2069.\r\nZWJ \u0915\u094d\u200d\u0937, RLM \u200f.",
    }
    found = letter(campaign)
    assert found.parts is not None
    assert found.subject == "Of all rivers"
    assert found.parts.statement == "One.\nTwo three.\nZWJ \u0915\u094d\u200d\u0937, RLM \u200f."
    assert made.CANARY in found.body.lower()
