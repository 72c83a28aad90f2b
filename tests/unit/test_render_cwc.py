"""What a letter becomes as a CWC document: what is said, what is left out, and what makes it unfit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
from lxml import etree
from pydantic import TypeAdapter

from schemas.fields import Code
from services.cli.reference import pages
from services.render.forms import Unfit
from services.render.forms.cwc import FAULTS, NEEDED, REASONS, Chamber, faults
from services.resolve.seats import load_seats
from tests.unit.cwc_documents import OFFICES, RULES, STATEMENT, campaign, form, letter, person, second_opinion

EACH_CHAMBER: Final = pytest.mark.parametrize("chamber", ["house", "senate"])


def made_of(chamber: Chamber = "house", **changes: Any) -> etree._Element:
    """The document of a letter, which the rules and RelaxNG take."""
    xml = form().make(letter(chamber, **changes))
    assert faults(xml, RULES[chamber]) == []
    assert second_opinion(xml, chamber)
    return etree.fromstring(xml.encode())


def reason(chamber: Chamber = "house", **changes: Any) -> str:
    """Why a letter is unfit."""
    with pytest.raises(Unfit) as caught:
        form().make(letter(chamber, **changes))
    assert str(caught.value) == caught.value.reason
    return caught.value.reason


@EACH_CHAMBER
def test_the_whole_document_is_as_it_was(chamber: Chamber) -> None:
    kept = Path(__file__).with_name(f"cwc_{chamber}.xml").read_text("utf-8")
    changes = {
        "own_words": "My sister\u2019s house <flooded> & she left.",
        "constituent": person(line2="4B", plus4="0001"),
    }
    assert form().make(letter(chamber, **changes)) == kept
    assert second_opinion(kept, chamber)


@EACH_CHAMBER
def test_texts_hold_no_name_no_greeting_and_no_signature(chamber: Chamber) -> None:
    document = made_of(chamber, own_words="I fish there.")
    message = document.find("Message")
    assert message is not None
    assert message.findtext("OrganizationStatement") == STATEMENT
    assert message.findtext("ConstituentMessage") == "I fish there."
    assert not re.search("Maria|Canary|Dear|Yours|body is for people", " ".join(map(str, message.itertext())))


def test_an_edited_letter_is_the_persons_own_and_has_no_statement() -> None:
    document = made_of(statement="", own_words="I have my own reasons.\n\nMany.")
    assert document.find("Message/OrganizationStatement") is None
    assert document.findtext("Message/ConstituentMessage") == "I have my own reasons.\n\nMany."


def test_every_seat_of_congress_has_its_document() -> None:
    for seat in load_seats():
        document = made_of(seat.chamber, office=seat.office)
        assert document.findtext("Recipient/MemberOffice") == seat.office
        assert document.findtext("Delivery/DeliveryId") == "3f2b8c1e5d4a5c6b9e7f0a1b2c3d4e5f"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"office": "x-river-commission"}, "no_such_intake"),
        ({"constituent": person(prefix="")}, "prefix_missing"),
        ({"constituent": person(last_name="")}, "last_name_missing"),
        ({"constituent": person(state=None)}, "state_missing"),
        ({"constituent": person(city="LA")}, "city_too_short"),
        ({"constituent": person(line1="1B")}, "address1_too_short"),
        ({"constituent": person(email="zoë@example.org")}, "email_malformed"),
        ({"constituent": person(email="a@b")}, "email_malformed"),
        ({"campaign": campaign(topics=())}, "topic_missing"),
        ({"campaign": campaign(slug="a", stance=None)}, "campaign_id_too_short"),
        ({"subject": "Help!"}, "subject_too_short"),
        ({"statement": "Help!"}, "statement_too_short"),
        ({"statement": "x" * 10_001}, "statement_too_long"),
        ({"own_words": "Yes."}, "own_words_too_short"),
        ({"own_words": "\r\n".join("abc")}, "own_words_too_short"),
        ({"own_words": "é" * 10_001}, "own_words_too_long"),
        ({"statement": ""}, "message_missing"),
        ({"statement": "&" * 10_000, "own_words": "&" * 10_000}, "document_too_long"),
        *(({"constituent": person(state=code)}, "state_not_taken") for code in ("AA", "AE", "AP", "FM", "MH", "PW")),
    ],
)
def test_what_is_missing_or_refused_makes_the_letter_unfit(changes: dict[str, Any], expected: str) -> None:
    assert reason(**changes) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [("Mr", "Mr."), ("MRS", "Mrs."), ("ms.", "Ms."), ("miss", "Miss"), ("Dr", "Dr."), ("Dr.", "Dr.")],
)
def test_the_senate_gets_the_prefix_in_its_spelling_and_the_house_as_typed(given: str, expected: str) -> None:
    assert made_of("senate", constituent=person(prefix=given)).findtext("Constituent/Prefix") == expected
    assert made_of("house", constituent=person(prefix=given)).findtext("Constituent/Prefix") == given


@pytest.mark.parametrize("given", ["Rev.", "Mx.", "Doctor", "Mister", "Mr. and Mrs.", "Señora", "?"])
def test_no_prefix_is_guessed_for_the_senate(given: str) -> None:
    assert reason("senate", constituent=person(prefix=given)) == "prefix_not_taken"
    assert made_of("house", constituent=person(prefix=given)).findtext("Constituent/Prefix") == given


@pytest.mark.parametrize(
    ("chamber", "line2", "expected"),
    [
        ("house", "4B", ("1 Canary Wharf, 4B", None)),
        ("house", "4", ("1 Canary Wharf, 4", None)),
        ("house", "#4B", ("1 Canary Wharf", "#4B")),
        ("house", "", ("1 Canary Wharf", None)),
        ("senate", "4B", ("1 Canary Wharf", "4B")),
        ("senate", "4", ("1 Canary Wharf, 4", None)),
    ],
)
def test_a_short_second_line_is_neither_lost_nor_dressed_up(
    chamber: Chamber, line2: str, expected: tuple[str, str | None]
) -> None:
    document = made_of(chamber, constituent=person(line2=line2))
    assert (document.findtext("Constituent/Address1"), document.findtext("Constituent/Address2")) == expected


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("(212) 555-0123", "212-555-0123"), ("+12125550123", "212-555-0123"), ("1-212-555-0123", "212-555-0123"),
        ("212.555.0123", "212-555-0123"), ("", None), ("555-0123", None), ("+44 20 7946 0000", None), ("none", None),
        ("212-555-0123 x9", None), ("112-555-0123", None), ("212-055-0123", None), ("\u0662\u0661\u0662-555-0123", None),
    ],
)  # fmt: skip
def test_a_telephone_number_is_a_us_number_or_left_out(typed: str, sent: str | None) -> None:
    assert made_of(constituent=person(phone=typed)).findtext("Constituent/Phone") == sent


def test_the_zip_has_its_four_digits_if_they_are_known() -> None:
    assert made_of(constituent=person(zip5="02139")).findtext("Constituent/Zip") == "02139"
    assert made_of(constituent=person(zip5="02139", plus4="0007")).findtext("Constituent/Zip") == "02139-0007"


def test_an_organization_with_a_short_name_is_not_named_to_the_house() -> None:
    phr = campaign(organization="PHR")
    assert made_of("house", campaign=phr).find("Delivery/Organization") is None
    assert made_of("senate", campaign=phr).findtext("Delivery/Organization") == "PHR"


def test_an_office_can_group_by_campaign_and_stance_whatever_the_version() -> None:
    for stance, expected in (("pro", "rivers:pro"), ("con", "rivers:con"), (None, "rivers")):
        for version in (1, 2):
            document = made_of(campaign=campaign(stance=stance, version=version))
            assert document.findtext("Delivery/CampaignId") == expected
            assert document.findtext("Message/ProOrCon") == (stance.title() if stance else None)


@pytest.mark.parametrize(
    ("kind", "senate"),
    [
        ("hr", "H.R."), ("hres", "H.Res."), ("hjres", "H.J.Res."), ("hconres", "H.Con.Res"), ("hamdt", "H.Amdt."),
        ("s", "S."), ("sres", "S.Res."), ("sjres", "S.J.Res."), ("sconres", "S.Con.Res."), ("samdt", "S.Amdt."),
    ],
)  # fmt: skip
def test_each_chamber_gets_the_bill_in_its_spelling(kind: str, senate: str) -> None:
    about = campaign(bill={"congress": 119, "type": kind, "number": 7})
    for chamber, expected in (("house", kind), ("senate", senate)):
        bill = made_of(chamber, campaign=about).find("Message/Bills/Bill")  # type: ignore[arg-type]
        assert bill is not None
        assert [part.text for part in bill] == ["119", expected, "7"]
    assert made_of(campaign=campaign(bill=None)).find("Message/Bills") is None


def test_topics_stand_once_in_the_campaigns_order() -> None:
    document = made_of(campaign=campaign(topics=("Health", "Animals", "Health")))
    assert [topic.text for topic in document.iter("LibraryOfCongressTopic")] == ["Health", "Animals"]


def test_nothing_is_said_that_nobody_knows() -> None:
    known = {
        "AddressValidation",
        "EmailValidation",
        "IsResponseRequested",
        "NewsletterOptIn",
        "MiddleName",
        "Suffix",
        "Title",
    }
    assert known.isdisjoint(element.tag for element in made_of().iter())


def test_what_a_campaign_has_to_ask_for_is_what_the_format_requires_of_a_person() -> None:
    for rules in RULES.values():
        assert {rule.path for rule in rules.below("Constituent") if rule.required} == NEEDED.keys()


def test_the_same_facts_make_the_same_bytes_and_a_new_version_makes_new_ones() -> None:
    one = form()
    first = one.make(letter(office=OFFICES["house"]))
    renamed = campaign(version=2, organization="Another Coalition")
    assert "Another Coalition" in one.make(letter(campaign=renamed))
    assert one.make(letter()) == first == form().make(letter())


def test_a_campaign_that_cannot_have_documents_is_told_so_for_each_letter() -> None:
    one, untold = form(), campaign(topics=())
    for _ in range(2):
        with pytest.raises(Unfit, match=r"^topic_missing$"):
            one.make(letter(campaign=untold))


def test_every_reason_is_a_code_and_stands_in_the_reference() -> None:
    names = {rule.name for rules in RULES.values() for rule in rules.rows.values()}
    page = pages()["reference/cwc.md"]
    for code in (*(f"{name}_{fault}" for name in names for fault in FAULTS), *REASONS):
        TypeAdapter(Code).validate_python(code)
    assert {word for word in (*names, *FAULTS, *REASONS) if f"`{word}`" not in page} == set()
