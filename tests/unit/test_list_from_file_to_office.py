"""A campaign with a list of its own, from the campaigner's files to the offices' letters, through all that reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from schemas.campaign import Campaign, CampaignPublished
from schemas.letter import LetterRendered
from schemas.resolved import SubmissionHeld, SubmissionResolved
from schemas.topics import LETTERS
from schemas.wire import read, write
from services.cli.campaign import load_campaign
from services.render.handler import Deps as RenderDeps
from services.render.handler import handle as render
from services.render.templates import compile_campaign
from services.resolve.handler import Deps as ResolveDeps
from tests.unit import made
from tests.unit.resolve_bench import REFERENCE, answer

FILE: Final = Path(__file__).parents[2] / "campaigns" / "clean-rivers.yaml"


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    """As every worker reads it from the topic."""
    event = CampaignPublished(id="clean-rivers/1", source="/postbag/cli", time=made.NOW, data=load_campaign(FILE))
    return read(CampaignPublished, write(event)).data


@pytest.mark.parametrize(
    ("zip5", "state", "offices"),
    [
        ("04401", "ME", ("SME01", "SME02", "x-river-commission-chair", "x-river-commission-north")),
        ("02139", "MA", ("SMA01", "SMA02", "x-river-commission-chair", "x-river-commission-south")),
        ("10027", "NY", ("SNY01", "SNY03", "x-river-commission-chair")),
        ("20001", "DC", ("x-river-commission-chair",)),
    ],
)
def test_each_person_s_letters_go_to_the_recipients_who_serve_them(
    campaign: Campaign, zip5: str, state: str, offices: tuple[str, ...]
) -> None:
    person = made.constituent(zip5=zip5, state=state, city="Canaryville")
    found = answer(
        made.accepted(person, campaign=campaign.slug), given=ResolveDeps(REFERENCE, {campaign.slug: campaign}.get)
    )
    assert isinstance(found, SubmissionResolved)
    assert found.data.offices == offices
    assert {seat.office for seat in found.data.resolution.seats} == {o for o in offices if not o.startswith("x-")}
    deps = RenderDeps({campaign.slug: compile_campaign(campaign)}.get)
    letters = [read(LetterRendered, made.emitted(outcome, LETTERS)).data for outcome in render(found, deps)]
    by_office = {letter.office: letter for letter in letters}
    assert tuple(by_office) == offices
    recipients = {recipient.id: recipient for recipient in campaign.recipients}
    for office, letter in by_office.items():
        recipient = recipients.get(office)
        called = (recipient.salutation or recipient.name) if recipient else "Senator"
        assert letter.body.startswith(f"Dear {called},\n\nI live in Canaryville,")
        assert (letter.channel, letter.to) == (
            (recipient.channel, recipient.address or None) if recipient else (None, None)
        )


def test_a_place_that_is_not_known_is_asked_about_since_somebody_on_the_list_may_serve_it(campaign: Campaign) -> None:
    military = made.accepted(made.constituent(zip5="09001", state="AE"), campaign=campaign.slug)
    found = answer(military, given=ResolveDeps(REFERENCE, {campaign.slug: campaign}.get))
    assert isinstance(found, SubmissionHeld)
    assert (found.data.reason, found.data.needs) == ("needs_voting_residence", ("voting_residence",))
