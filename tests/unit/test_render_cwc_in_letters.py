"""From a submission's bytes to a letter's: a campaign that asks for documents gets them, or the reason why there is none."""

from __future__ import annotations

import logging
from typing import Any, Final

import pytest
from lxml import etree

from schemas.letter import Letter, Unfit
from schemas.topics import CAMPAIGNS, DEAD, LETTERS, RESOLVED
from services.pipeline.memory import MemoryBroker, MemoryReader
from services.pipeline.settings import load
from services.render.forms.cwc import Chamber, faults
from services.render.forms.opening import Forms
from services.render.handler import Deps
from services.render.settings import RenderSettings
from services.render.stage import RenderStage
from services.render.templates import compile_campaign
from tests.badinput import desk
from tests.unit.cwc_documents import RULES, campaign, person, second_opinion
from tests.unit.render_bench import resolved, seat, written
from tests.unit.test_render_cwc_settings import GIVEN

TEXT: Final = "I live in {{ city }}, and I ask you to support the bill.\n\nPlease tell me where you stand."
ASKED: Final[dict[str, Any]] = {
    "slug": "open",
    "forms": ("cwc",),
    "salutation": "Dear {{ decision_maker }},",
    "letter": TEXT,
    "closing": "Sincerely,\n{{ your_name }}",
    "subject": "Support the bill",
}


def letters(*offices: str, **changes: Any) -> list[Letter]:
    """What render writes for a submission to ``offices``."""
    deps = Deps({"open": compile_campaign(campaign(**ASKED))}.get, Forms(load(RenderSettings, **GIVEN)))
    return written(resolved(*map(seat, offices), **{"person": person(), **changes}), deps)


def document(letter: Letter) -> etree._Element:
    """The letter's document, which must be valid."""
    assert letter.cwc is not None, letter.unfit
    chamber: Chamber = "house" if letter.office.startswith("H") else "senate"
    assert faults(letter.cwc, RULES[chamber]) == []
    assert second_opinion(letter.cwc, chamber)
    return etree.fromstring(letter.cwc.encode())


def test_each_office_gets_a_document_of_its_own_beside_the_text() -> None:
    made_letters = letters("HNY13", "SNY01", message="My sister lives there.")
    for letter in made_letters:
        found = document(letter)
        assert found.findtext("Delivery/DeliveryId") == letter.letter_id.replace("-", "")
        assert found.findtext("Recipient/MemberOffice") == letter.office
        assert found.findtext("Message/OrganizationStatement") == TEXT.replace("{{ city }}", "Canaryville")
        assert found.findtext("Message/ConstituentMessage") == "My sister lives there."
        assert letter.body.endswith("Sincerely,\nMs. Maria Canary")
        assert letter.unfit == ()
    assert len({letter.cwc for letter in made_letters}) == 2


def test_a_letter_that_the_person_edited_is_in_their_words_alone() -> None:
    (letter,) = letters("HNY13", edited_letter="I ask you to oppose the bill.")
    found = document(letter)
    assert found.find("Message/OrganizationStatement") is None
    assert found.findtext("Message/ConstituentMessage") == "I ask you to oppose the bill."


def test_a_letter_without_a_document_says_why_and_stands() -> None:
    house, senate = letters("HNY13", "SNY01", person=person(prefix="Rev."))
    assert document(house).findtext("Constituent/Prefix") == "Rev."
    assert (senate.cwc, senate.unfit) == (None, (Unfit(form="cwc", reason="prefix_not_taken"),))
    assert senate.body == house.body.replace("Representative", "Senator")


def test_a_campaign_that_asks_for_documents_is_not_taken_up_before_it_is_known_who_sends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broker = MemoryBroker((RESOLVED, LETTERS, DEAD, CAMPAIGNS), partitions=1)
    desk.publish(broker, campaign(**ASKED))
    for settings, refused in ((GIVEN | {"cwc_contact_phone": ""}, True), (GIVEN, False)):
        caplog.clear()
        with caplog.at_level(logging.ERROR):
            stage = RenderStage(lambda: MemoryReader(broker), Forms(load(RenderSettings, **settings)))
        stage.close()
        told = [record.__dict__["fault"] for record in caplog.records if record.message == "campaign_not_taken_up"]
        assert ["POSTBAG_CWC_CONTACT_PHONE" in fault for fault in told] == ([True] if refused else [])
