"""A letter's event is, byte for byte, what the model and its writer would make of it, whatever is in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.campaign import LetterForm, LetterVersion
from schemas.letter import Letter, LetterRendered, Parts
from schemas.recipient import Recipient
from schemas.resolved import SubmissionResolved
from schemas.topics import LETTERS
from schemas.wire import MAX_EVENT_BYTES, read, write
from services.pipeline.outcomes import DeadLetter, Emit
from services.render.forms import Facts, Form, Unfit
from services.render.forms.mail import MailForm
from services.render.handler import SOURCE, Deps, handle
from services.render.incoming import from_event
from services.render.templates import compile_campaign
from tests.unit import made
from tests.unit.render_bench import resolved, seat
from tests.unit.resolved_events import events

NOW: Final = "2026-11-22T12:34:56.000789Z"
CHAIR: Final = Recipient(
    id="x-chair", list="board", name='Zoë "Z" Example', channel="webhook", address="https://b.example"
)
PARTS: Final[dict[str, Any]] = {"salutation": "Dear {{ decision_maker }},", "closing": "Sincerely,\n{{ your_name }}"}
CAMPAIGNS: Final[list[dict[str, Any]]] = [
    {"letter": "{{ your_name }}: {{ message }} ok"},
    {"letter": "{{ city }} ok", **PARTS, "locale": "ar"},
    {
        "letter": "{{ message }} ok",
        **PARTS,
        "forms": ("mail", "cwc", "paper"),
        "version": 12,
        "deliver_before": datetime(2026, 12, 3, 17, 0, 0, 5, tzinfo=UTC),
        "drip_hours": 36,
    },
    {"letter": "ok", "drip_hours": 0.1, "deliver_before": datetime(2026, 12, 3, 17, tzinfo=UTC)},
    {"letter": "ok", "forms": ("mail",), "versions": (LetterVersion(name="b", share=50, letter="B {{ message }}"),)},
]


class Fixed:
    """A form that is always the same, or that cannot be made."""

    def __init__(self, text: str = "", reason: str = "") -> None:
        self.text, self.reason = text, reason

    def make(self, letter: Facts) -> str:
        assert letter.parts.statement or letter.parts.own_words
        if self.reason:
            raise Unfit(self.reason)
        return self.text


FORMS: Final[dict[LetterForm, Form]] = {
    "mail": MailForm(), "cwc": Fixed('<CWC a="é">\n</CWC>'), "paper": Fixed(reason="glyph_missing"),
}  # fmt: skip


def outcomes(event: SubmissionResolved, press: dict[LetterForm, Form] = FORMS, **campaign: Any) -> list[Any]:
    template = compile_campaign(made.campaign("open", **campaign))
    return list(handle(from_event(event), Deps({"open": template}.get, press.__getitem__, lambda: NOW)))


def checked(outcome: Emit, event: SubmissionResolved) -> Letter:
    """The letter, which must be written as the writer would write it and be of the submission."""
    assert outcome.topic is LETTERS
    rendered = read(LetterRendered, outcome.value)
    assert write(rendered) == outcome.value
    letter, submission = rendered.data, event.data.submission
    assert (rendered.id, rendered.source, rendered.traceparent) == (letter.letter_id, SOURCE, event.traceparent)
    assert rendered.time == datetime(2026, 11, 22, 12, 34, 56, 789, tzinfo=UTC)
    assert letter.submission_id == submission.submission_id
    assert letter.accepted_at == submission.received_at
    assert letter.constituent.email == submission.constituent.email
    assert outcome.key == outcome.place_by == letter.office.encode()
    return letter


@given(events(), st.sampled_from(CAMPAIGNS))
def test_every_letter_is_written_as_the_writer_would_write_it(
    event: SubmissionResolved, campaign: dict[str, Any]
) -> None:
    for outcome, office in zip(outcomes(event, **campaign), event.data.offices, strict=True):
        if isinstance(outcome, DeadLetter):  # a name of 300 characters in a salutation, say
            assert outcome.reason == "template_failed"
            return
        assert checked(outcome, event).office == office


def test_all_that_a_letter_can_say_is_said() -> None:
    event = resolved(seat("HNY13"), offices=("x-chair",), message="Mine.", edited_letter="Mine, too.")
    found = outcomes(event, recipients=(CHAIR,), **CAMPAIGNS[2])
    house, chair = (checked(outcome, event) for outcome in found)
    assert house.model_fields_set == set(Letter.model_fields) - {"channel", "to", "version", "paper"}
    assert chair.model_fields_set == set(Letter.model_fields) - {"version", "paper"}
    assert (chair.channel, chair.to, chair.addressee and chair.addressee.name) == ("webhook", CHAIR.address, CHAIR.name)
    assert house.parts == Parts(
        salutation="Dear Representative Example,", own_words="Mine, too.\n\nMine.", closing="Sincerely,\nMaria Canary",
        edited=1.0,
    )  # fmt: skip
    assert house.mail is not None
    assert house.mail.startswith("MIME-Version: 1.0\r\nSubject: ")
    assert (house.cwc, house.locale, house.campaign_version) == ('<CWC a="é">\n</CWC>', "en-US", 12)
    assert [(one.form, one.reason) for one in house.unfit] == [("paper", "glyph_missing")]


def test_a_form_that_came_out_too_long_is_missing_and_the_letter_goes() -> None:
    long: dict[LetterForm, Form] = FORMS | {"cwc": Fixed("x" * 100_001)}
    event = resolved(seat("HNY13"))
    (outcome,) = outcomes(event, long, **CAMPAIGNS[2])
    letter = checked(outcome, event)
    assert letter.cwc is None
    assert [(one.form, one.reason) for one in letter.unfit] == [("cwc", "too_large"), ("paper", "glyph_missing")]


def test_an_event_that_would_be_too_large_goes_without_its_largest_form() -> None:
    vast: dict[LetterForm, Form] = {
        "mail": Fixed("é" * 240_000),
        "cwc": Fixed("x" * 90_000),
        "paper": Fixed("Q" * 600_000),
    }
    event = resolved(seat("HNY13"))
    (outcome,) = outcomes(event, vast, **CAMPAIGNS[2])
    assert len(outcome.value) <= MAX_EVENT_BYTES
    letter = checked(outcome, event)
    assert (letter.paper, len(letter.mail or ""), len(letter.cwc or "")) == (None, 240_000, 90_000)
    assert [(one.form, one.reason) for one in letter.unfit] == [("paper", "too_large")]


@pytest.mark.parametrize("campaign", CAMPAIGNS)
@pytest.mark.parametrize("letter", ["{{ '\\x00' }} ok", "{{ '\\ud800' }} ok"])
def test_what_no_reader_would_take_is_never_written(campaign: dict[str, Any], letter: str) -> None:
    found = outcomes(resolved(seat("HNY13")), **(campaign | {"letter": letter, "versions": ()}))
    assert found == [DeadLetter("template_failed", "TemplateFault", own=False)]
