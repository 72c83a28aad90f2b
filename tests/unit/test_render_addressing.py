"""Whom a letter is for and how it calls that person: every kind of office, with a holder and without one."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.campaign import FormOfAddress
from schemas.letter import Addressee
from schemas.recipient import Recipient
from schemas.resolved import Seat
from schemas.states import STATES_BY_FIPS
from services.render.addressing import addressed, office_name, ordinal, role_of
from services.resolve.seats import load_seats
from tests.unit import made
from tests.unit.render_bench import CAMPAIGN, resolved, seat, written

HOUSE = ("United States House of Representatives", "Washington, DC 20515")
SENATE = ("United States Senate", "Washington, DC 20510")


def whom(office: str, known: Seat | None = None, recipient: Recipient | None = None, **campaign: Any) -> Addressee:
    return addressed(office, known, made.campaign("open", **campaign), recipient).addressee


@pytest.mark.parametrize(
    ("office", "role", "salutation", "place"),
    [
        ("HNY12", "representative", "Representative Example", HOUSE),
        ("HAK00", "representative", "Representative Example", HOUSE),
        ("HDC00", "delegate", "Delegate Example", HOUSE),
        ("HGU00", "delegate", "Delegate Example", HOUSE),
        ("HVI00", "delegate", "Delegate Example", HOUSE),
        ("HAS00", "delegate", "Delegate Example", HOUSE),
        ("HMP00", "delegate", "Delegate Example", HOUSE),
        ("HPR00", "resident_commissioner", "Resident Commissioner Example", HOUSE),
        ("SNY01", "senator", "Senator Example", SENATE),
    ],
)
def test_who_is_known_to_hold_a_seat_is_called_by_title_and_last_name(
    office: str, role: str, salutation: str, place: tuple[str, ...]
) -> None:
    found = whom(office, seat(office))
    assert (found.role, found.salutation, found.name) == (role, salutation, "Ana Example")
    assert found.lines == ("The Honorable Ana Example", *place)


@pytest.mark.parametrize(
    ("office", "salutation", "line"),
    [
        ("HNY12", "Representative", "Office of the Twelfth Congressional District of New York"),
        ("HAK00", "Representative", "Office of the At-Large Congressional District of Alaska"),
        ("HCA52", "Representative", "Office of the Fifty-second Congressional District of California"),
        ("HDC00", "Delegate", "Office of the Delegate from the District of Columbia"),
        ("HPR00", "Resident Commissioner", "Office of the Resident Commissioner from Puerto Rico"),
        ("SNY03", "Senator", "Office of the United States Senator from New York (Class 3)"),
    ],
)
def test_nobody_s_name_is_made_up(office: str, salutation: str, line: str) -> None:
    unconfirmed = seat(office, "term_ended_unconfirmed")
    assert unconfirmed.holder is not None, "the roster says who it was"
    for known in (None, seat(office, "vacant"), seat(office, "unknown"), unconfirmed):
        found = whom(office, known)
        assert (found.salutation, found.name, found.lines[0]) == (salutation, "", line)
        assert "Example" not in found.model_dump_json()


def test_every_seat_that_there_is_has_a_role_an_office_and_a_state_that_is_spelt_out() -> None:
    forms = {"at_large": "representative", "district": "representative"}
    for known in load_seats():
        role = role_of(known.office)
        assert role == forms.get(known.kind, known.kind)
        name = office_name(known.office, role)
        assert not any(code in name.split() for code in STATES_BY_FIPS.values())
    names = {office_name(known.office, role_of(known.office)) for known in load_seats()}
    assert len(names) == 541


def test_ordinals_are_words() -> None:
    wanted = {1: "First", 12: "Twelfth", 20: "Twentieth", 21: "Twenty-first", 30: "Thirtieth", 45: "Forty-fifth"}
    assert {number: ordinal(number) for number in wanted} == wanted
    assert len({ordinal(number) for number in range(1, 100)}) == 99


def test_a_campaign_has_its_own_word() -> None:
    forms = (
        FormOfAddress(role="representative", title="Congressmember", honorific=""),
        FormOfAddress(role="delegate", title="Congresswoman"),
    )
    found = whom("HNY12", seat("HNY12"), addressing=forms)
    assert (found.salutation, found.lines[0]) == ("Congressmember Example", "Ana Example")
    found = whom("HDC00", seat("HDC00"), addressing=forms)
    assert (found.salutation, found.lines[0]) == ("Congresswoman Example", "The Honorable Ana Example")
    assert whom("HNY12", seat("HNY12", "vacant"), addressing=forms).salutation == "Congressmember"
    assert whom("SNY01", seat("SNY01"), addressing=forms).salutation == "Senator Example"


def test_a_president_and_others_on_a_list_are_called_as_the_list_has_it() -> None:
    president = Recipient(id="x-potus", list="top", name="Ana Example", role="president")
    found = whom("x-potus", recipient=president)
    assert (found.role, found.salutation, found.lines[0]) == (
        "president",
        "President Ana Example",
        "The Honorable Ana Example",
    )
    assert found.lines[1:] == ("The White House", "1600 Pennsylvania Avenue NW", "Washington, DC 20500")
    madam = president.model_copy(update={"salutation": "Madam President"})
    assert whom("x-potus", recipient=madam).salutation == "Madam President"
    chair = Recipient(id="x-chair", list="board", name="Zoë Example")
    assert whom("x-chair", recipient=chair) == Addressee(
        role="recipient", name="Zoë Example", salutation="Zoë Example", lines=("Zoë Example",)
    )


def test_the_longest_names_make_no_line_that_no_reader_takes() -> None:
    known = seat("HNY12", name="N" * 300, last_name="L" * 300)
    found = whom(
        "HNY12", known, addressing=(FormOfAddress(role="representative", title="T" * 300, honorific="H" * 300),)
    )
    assert {len(found.salutation), len(found.lines[0])} == {300}
    president = Recipient(id="x-potus", list="top", name="N" * 300, role="president")
    assert len(whom("x-potus", recipient=president).salutation) == 300


def test_a_letter_says_who_it_is_for_in_all_its_names() -> None:
    letter = "{{ decision_maker }}|{{ decision_maker_title }}|{{ decision_maker_name }}|{{ organization }}"
    held, vacant = written(resolved(seat("HNY12"), seat("SNY01", "vacant")), letter=letter)
    assert held.body == "Representative Example|Representative|Ana Example|Example Coalition"
    assert vacant.body == f"Senator|Senator||{CAMPAIGN.organization}"
