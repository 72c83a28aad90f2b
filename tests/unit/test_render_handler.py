"""From a resolved submission to one letter for each office; what fails parks its own letters and nobody else's."""

from __future__ import annotations

from typing import Any, Final

import pytest

from schemas.accepted import Location
from schemas.letter import Letter, LetterRendered
from schemas.recipient import Recipient
from schemas.resolved import SubmissionResolved
from schemas.topics import LETTERS
from schemas.wire import Unreadable, read, write
from services.pipeline.outcomes import DeadLetter, Emit, Outcome
from services.render.handler import SOURCE, Deps, handle
from services.render.incoming import Routes, from_event
from services.render.letters import letter_id, person_key
from services.render.templates import compile_campaign
from tests.unit import made

OFFICES = ("HNY13", "SNY01", "SNY03")


def outcomes(event: SubmissionResolved, **campaign: Any) -> list[Outcome]:
    published = {"open": compile_campaign(made.campaign("open", **campaign))}
    return list(handle(event, Deps(published.get)))


def letters(event: SubmissionResolved, **campaign: Any) -> list[Letter]:
    """The letters, read again from the bytes that would be written."""
    found = []
    for outcome in outcomes(event, **campaign):
        letter = read(LetterRendered, made.emitted(outcome, LETTERS)).data
        assert isinstance(outcome, Emit)
        assert outcome.key == outcome.place_by == letter.office.encode(), "one partition, so one worker, owns an office"
        found.append(letter)
    return found


def test_each_office_gets_one_letter_in_its_own_words() -> None:
    event = made.resolved(*OFFICES, message="My canary died.")
    found = letters(event, version=7, letter="Dear {{ decision_maker }},\n\n{{ message }}")
    assert [letter.office for letter in found] == list(OFFICES)
    assert [letter.body.partition(",")[0] for letter in found] == [
        "Dear Representative",
        "Dear Senator",
        "Dear Senator",
    ]
    assert len({letter.letter_id for letter in found}) == 3
    for letter in found:
        assert letter.letter_id == letter_id("open", letter.office, person_key(event.data.submission.constituent))
        assert (letter.submission_id, letter.campaign, letter.campaign_version) == (made.identity(1), "open", 7)
        assert letter.constituent == event.data.submission.constituent
        assert letter.accepted_at == event.data.submission.received_at
        assert letter.body.endswith("\n\nMy canary died.")


def test_a_letter_s_event_is_named_by_the_letter_and_goes_on_with_the_trace() -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    event = made.resolved("HNY13").model_copy(update={"traceparent": trace})
    (outcome,) = outcomes(event)
    rendered = read(LetterRendered, made.emitted(outcome, LETTERS))
    assert (rendered.id, rendered.source, rendered.traceparent) == (rendered.data.letter_id, SOURCE, trace)


def test_the_same_person_again_reaches_the_same_ids_under_the_other_submission() -> None:
    again = made.constituent(first_name="MARIA", email="Maria@Canary.Example")
    one = letters(made.resolved(*OFFICES))
    two = letters(made.resolved(*OFFICES, person=again, submission_id=made.identity(2)))
    assert [letter.letter_id for letter in one] == [letter.letter_id for letter in two]
    assert {letter.submission_id for letter in two} == {made.identity(2)}


def test_the_words_of_a_person_are_never_a_template() -> None:
    person = made.constituent(first_name="{{ 7*7 }}", last_name="{% for %}")
    event = made.resolved("HNY13", person=person, message="{{ ''.__class__ }}")
    (letter,) = letters(event, subject="Of {{ your_name }}", letter="{{ message }}\n\n{{ your_name }}")
    assert letter.subject == "Of {{ 7*7 }} {% for %}"
    assert letter.body == "{{ ''.__class__ }}\n\n{{ 7*7 }} {% for %}"


def test_letters_of_a_campaign_that_was_withdrawn_are_parked() -> None:
    assert outcomes(made.resolved(*OFFICES, campaign="gone")) == [DeadLetter("campaign_withdrawn", own=False)]


@pytest.mark.parametrize(
    "campaign",
    [
        {"letter": "{{ nobody }}"},
        {"subject": "{{ nobody }}"},
        {"letter": "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}"},
        {"letter": "{{ message }}{{ message }}{{ message }}"},
        {"subject": "{{ message }}"},  # longer than a subject may be
        {"letter": "{{ '\\ud800' }}"},  # no text that can be written
    ],
)
def test_a_template_that_fails_parks_the_submission_whole_and_is_no_failure_of_the_stage(
    campaign: dict[str, str],
) -> None:
    (outcome,) = outcomes(made.resolved(*OFFICES, message="canary " * 1400), **campaign)
    assert isinstance(outcome, DeadLetter)
    assert (outcome.reason, outcome.own) == ("template_failed", False)
    assert outcome.error in ("TemplateFault", "ValidationError")


def test_an_office_for_which_the_template_fails_leaves_none_of_the_letters() -> None:
    (outcome,) = outcomes(made.resolved(*OFFICES), letter="Dear {{ {'Representative': 'you'}[decision_maker] }}")
    assert outcome == DeadLetter("template_failed", "TemplateFault", own=False)


CHAIR: Final = Recipient(
    id="x-chair", list="board", name="Zoë Example", channel="webhook", address="https://board.example/letters"
)
OFFICE: Final = Recipient(id="x-office", list="board", name="The board's office", channel="outbox")


def test_a_recipient_s_letter_says_how_it_goes_and_a_member_s_does_not() -> None:
    event = made.resolved("x-chair", "x-office", "HNY13")
    found = letters(event, recipients=(CHAIR, OFFICE), letter="Dear {{ decision_maker }},{{ state }}")
    assert [(letter.office, letter.channel, letter.to, letter.body) for letter in found] == [
        ("x-chair", "webhook", "https://board.example/letters", "Dear Zoë Example,"),
        ("x-office", "outbox", None, "Dear The board's office,"),
        ("HNY13", None, None, "Dear Representative,NY"),
    ]


def test_a_recipient_that_the_campaign_no_longer_has_parks_the_submission() -> None:
    (outcome,) = outcomes(made.resolved("HNY13", "x-chair"), recipients=(OFFICE,))
    assert outcome == DeadLetter("recipient_withdrawn", own=False)


def test_where_a_person_lives_on_the_map_does_not_leave_for_the_office() -> None:
    person = made.constituent(location=Location(lat=40.81, lon=-73.95, accuracy="rooftop"))
    for outcome in outcomes(made.resolved("HNY13", person=person)):
        raw = made.emitted(outcome, LETTERS)
        assert b"40.81" not in raw
        assert b"location" not in raw
    (letter,) = letters(made.resolved("HNY13", person=person))
    assert letter.constituent == made.constituent()
    assert letter.letter_id == letter_id("open", "HNY13", person_key(person))


def test_what_resolve_writes_is_taken_in_and_nothing_else() -> None:
    event = made.resolved("HNY13")
    taken = Routes().take_in(write(event))
    assert taken[:-1] == from_event(event)[:-1]
    assert taken.route.offices == ("HNY13",)
    with pytest.raises(Unreadable):
        Routes().take_in(write(made.accepted()))
