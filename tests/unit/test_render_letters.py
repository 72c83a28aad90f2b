"""A letter's identity, which "at most once" hangs on, and the names that a template may use."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.accepted import AssertedDistrict, Location
from schemas.recipient import Recipient
from services.render.letters import _NAMESPACE, NAMES, letter_id, person_key, without_place
from tests.unit import made
from tests.unit.render_bench import context

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(campaign=TEXT, office=TEXT, person=TEXT)
def test_a_letter_id_is_the_uuid5_of_the_standard_library(campaign: str, office: str, person: str) -> None:
    assert letter_id(campaign, office, person) == str(uuid.uuid5(_NAMESPACE, f"{campaign}\x1f{office}\x1f{person}"))


def test_letter_ids_are_the_ones_they_have_always_been() -> None:
    # A release that makes other ids would send every letter of a running campaign a second time.
    assert letter_id("open", "HNY13", person_key(made.constituent())) == "afa9c4bf-bfb2-5073-a9ec-91d080762a36"


@pytest.mark.parametrize(
    "spelled",
    [
        {"first_name": "MARIA", "last_name": "CANARY"},
        {"first_name": "maria", "last_name": "canary"},
        {"first_name": "Maria  Canary", "last_name": ""},
        {"first_name": "", "last_name": "Maria Canary"},
        {"first_name": "Ma ria"},
        {"email": "Maria@Canary.Example"},
        {"email": " maria@canary.example "},
        {"prefix": "Dr."},
        {"phone": ""},
        {"line1": "One Canary Wharf", "line2": "Apt 4", "city": "New York", "state": None, "plus4": "1234"},
    ],
)
def test_the_same_person_spelled_differently_has_the_same_id(spelled: dict[str, str]) -> None:
    # Written past validation: what ingest lets through is its own business.
    in_person: dict[str, str] = {
        name: spelled[name] for name in ("first_name", "last_name", "email") if name in spelled
    }
    others = {name: value for name, value in spelled.items() if name not in in_person}
    other = made.constituent(**others).model_copy(update=in_person)
    assert person_key(other) == person_key(made.constituent())


@pytest.mark.parametrize(
    ("one", "two"),
    [({"first_name": "STRASSE"}, {"first_name": "Straße"}), ({"first_name": "ΣΊΣΥΦΟΣ"}, {"first_name": "σίσυφος"})],
)
def test_case_is_folded_in_every_alphabet(one: dict[str, str], two: dict[str, str]) -> None:
    assert person_key(made.constituent(**one)) == person_key(made.constituent(**two))


@pytest.mark.parametrize(
    "other",
    [
        {"first_name": "Mario"},  # a family with one mailbox
        {"last_name": "Canary-Smith"},
        {"email": "m.canary@canary.example"},
        {"first_name": "María"},
    ],
)
def test_another_person_has_another_id(other: dict[str, str]) -> None:
    ids = {letter_id("open", "HNY13", person_key(made.constituent(**names))) for names in ({}, other)}
    assert len(ids) == 2


def test_each_campaign_and_each_office_has_a_letter_of_its_own() -> None:
    person = person_key(made.constituent())
    ids = {letter_id(campaign, office, person) for campaign in ("open", "all") for office in ("HNY13", "SNY01")}
    assert len(ids) == 4


@pytest.mark.parametrize(
    ("office", "decision_maker", "state", "district"),
    [
        ("HNY13", "Representative", "NY", "13"),
        ("HNY03", "Representative", "NY", "3"),
        ("HWY00", "Representative", "WY", ""),
        ("SNY03", "Senator", "NY", ""),
    ],
)
def test_a_template_knows_whom_it_is_for(office: str, decision_maker: str, state: str, district: str) -> None:
    found = context(made.submission(), office)
    assert [found[name] for name in ("decision_maker", "state", "district")] == [decision_maker, state, district]


@pytest.mark.parametrize(
    ("person", "name"),
    [
        ({"prefix": "Dr.", "first_name": "Maria", "last_name": "Canary"}, "Dr. Maria Canary"),
        ({"first_name": "Maria", "last_name": "Canary"}, "Maria Canary"),
        ({"first_name": "Suharto", "last_name": ""}, "Suharto"),
    ],
)
def test_a_name_has_no_gap_where_a_part_is_missing(person: dict[str, str], name: str) -> None:
    assert context(made.submission(made.constituent(**person)), "HNY13")["your_name"] == name


def test_a_template_gets_text_and_nothing_else() -> None:
    for office in ("HNY13", "SNY01"):
        assert {type(value) for value in context(made.submission(), office).values()} == {str}


@pytest.mark.parametrize(("salutation", "called"), [("Madam Chair", "Madam Chair"), ("", "Zoë Example")])
def test_a_recipient_of_a_list_is_called_as_the_list_has_it_and_has_no_district(salutation: str, called: str) -> None:
    recipient = Recipient(id="x-chair", list="board", name="Zoë Example", salutation=salutation)
    found = context(made.submission(), "x-chair", recipient)
    assert [found[name] for name in ("decision_maker", "state", "district")] == [called, "", ""]
    assert found.keys() == context(made.submission(), "HNY13").keys() == NAMES


def test_an_office_gets_no_coordinates_and_no_district_of_a_person() -> None:
    location = Location(lat=40.81, lon=-73.95, accuracy="rooftop")
    district = AssertedDistrict(geoid="3613", congress=119, proof="person_confirmed")
    plain = made.constituent()
    for found in ({"location": location}, {"district": district}, {"location": location, "district": district}):
        assert without_place(made.constituent(**found)) == plain
    assert without_place(plain) is plain, "most people have neither"
