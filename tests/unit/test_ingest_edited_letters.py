"""An edited letter on its way through intake: the person's own words, part of what a submission is known by."""

from __future__ import annotations

from typing import Any

import pytest

from services.ingest.content import Fields, fingerprint
from services.ingest.evidence import as_text
from services.ingest.handler import Deps, handle
from services.ingest.intake import receive
from services.pipeline.outcomes import Done
from tests.badinput import desk

FIELDS = Fields("Maria", "Lopez", "Cambridge", "maria@example.org", "", "12 Elm Street", "", "MA", "02139", "", "", "")


def answer(deps: Deps, **fields: Any) -> desk.Answer:
    return desk.read_outcome(handle(receive(desk.sent(fields=fields)), deps))


def deps() -> Deps:
    return Deps({one.slug: one for one in desk.CAMPAIGNS_OPEN}.get, {}, desk.NOW)


def test_what_was_accepted_before_there_were_edited_letters_keeps_its_fingerprint() -> None:
    # A release that made other ones would take every submission that is sent again for another one under its id.
    assert fingerprint("forms.example", "open", FIELDS).hex() == "382a02c6f36a7cd32082491837f7ca2b"


def test_nothing_else_can_pass_for_an_edited_letter() -> None:
    evidence = {"district": {"geoid": "2507", "congress": 119, "proof": "geocoder"}}
    found = [
        fingerprint("f", "c", FIELDS),
        fingerprint("f", "c", FIELDS, evidence),
        fingerprint("f", "c", FIELDS, {}, "edited_letter"),
        fingerprint("f", "c", FIELDS, {}, as_text(evidence)),
        fingerprint("f", "c", FIELDS, evidence, "edited_letter"),
        fingerprint("f", "c", FIELDS._replace(message="edited_letter")),
    ]
    assert len(set(found)) == len(found)


def test_the_same_submission_with_another_letter_is_another_submission() -> None:
    given = deps()
    assert answer(given, edited_letter="My own.").outcome == "accepted"
    assert handle(receive(desk.sent(fields={"edited_letter": " My own.\r\n"})), given) == (Done("repeat"),)
    for fields in ({"edited_letter": "Another."}, {}, {"message": "My own."}):
        assert answer(given, **fields).faults == [("$", "id_reused")]


@pytest.mark.parametrize("form", sorted(desk.FORMS))
def test_every_form_carries_it_beside_the_message(form: str) -> None:
    sent = receive(desk.sent(form, {"edited_letter": "My own.", "message": "And this."}))
    accepted = desk.read_outcome(handle(sent, deps())).accepted
    assert accepted is not None
    assert (accepted.edited_letter, accepted.message) == ("My own.", "And this.")


def test_a_letter_that_was_edited_before_the_campaign_locked_it_stays_accepted() -> None:
    given = deps()
    assert answer(given, campaign="open", edited_letter="My own.").outcome == "accepted"
    locked = desk.campaign("open", version=2, editable=False)
    later = Deps({"open": locked}.get, given.accepted, desk.NOW)
    again = handle(receive(desk.sent(fields={"campaign": "open", "edited_letter": "My own."})), later)
    assert again == (Done("repeat"),)
