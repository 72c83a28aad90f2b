"""Whoever writes, whatever they type: a document that is valid, or a reason; and every word read back as it was written."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any, Final, get_args
from xml.parsers import expat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.accepted import Constituent
from schemas.fields import StateCode
from services.render.forms import Facts, Unfit
from services.render.forms.cwc import FAULTS, REASONS, Chamber, CwcForm, faults
from services.resolve.seats import load_seats
from tests.unit.cwc_documents import OFFICES, RULES, STATEMENT, campaign, form, letter, person, second_opinion

PEOPLE: Final = 5000
NAMES: Final = [
    "Maria", "O", "Åsa", "Zoë", "D\u2019Angelo", "O'Brien", "Null", "Jean-Luc", "محمد", "שרה", "李", "नन्दिनी", "Ὀδυσσεύς",
    "Nguyễn", "\U0001f54a", "ไพลิน", "Robert'); DROP TABLE", "<b>", "A&B", "]]>", "{{7*7}}", "&xxe;", "e\u0301", "شی\u200cرین",
    "x" * 300, "Wolfeschlegelsteinhausenbergerdorff" * 8,
]  # fmt: skip
PREFIXES: Final = ["", "Mr", "Mr.", "Mrs.", "Ms", "Miss", "Dr.", "DR", "Rev.", "Mx.", "Señora", "د."]
LINES: Final = [
    "1 Elm Street",
    "PO Box 7",
    "7",
    "1B",
    "Calle 8 #2",
    "улица Мира 3",
    "丸の内 1-1",
    "PSC 3, Box 42",
    "x" * 300,
]
SECOND: Final = ["", "", "4B", "4", "Apt 4B", "#1", "двор", "x" * 300]
CITIES: Final = ["Rye", "LA", "Truth or Consequences", "APO", "Hagåtña", "San Juan", "東京都", "N", "St. John's"]
PHONES: Final = [
    "",
    "(212) 555-0123",
    "2125550123",
    "+1 212 555 0123",
    "+44 20 7946 0000",
    "call me",
    "555-0123",
    "x" * 300,
]
MAILS: Final = [
    "a@example.org",
    "a+b@mail.example.org",
    '"q"@example.org',
    "a@b",
    "zoë@example.org",
    "a@bücher.example",
    "o'b@x.org",
]
WORDS: Final = [
    "", "", "", "My sister lives there.", "Yes.", "a\n\nb and c", "سلام عليكم", "我写信给您。谢谢", "x" * 10_000,
    "é" * 10_001, "<!DOCTYPE x [<!ENTITY xxe SYSTEM 'file:///etc/passwd'>]>&xxe;", "]]><!--&#0;",
    "{{ 7*7 }} ${7*7} %s %n", "tab\there\u2028and\u0085there",
]  # fmt: skip
EACH_CHAMBER: Final = pytest.mark.parametrize("chamber", ["house", "senate"])


def drawn(dice: random.Random, offices: list[str]) -> Facts:
    """Somebody, anywhere, who writes something to some office; every fifth value is one of the unusual."""

    def one(usual: str, *others: str | None) -> str | None:
        return dice.choice(others) if dice.random() < 0.2 else usual

    someone = person(
        prefix=one("Ms.", *PREFIXES),
        first_name=one("Ana", *NAMES),
        last_name=one("Núñez", "", *NAMES),
        line1=one("12 Elm Street", *LINES),
        line2=one("", *SECOND),
        city=one("Cambridge", *CITIES),
        state=one("MA", None, *get_args(StateCode)),
        zip5=f"{dice.randrange(100_000):05}",
        plus4=dice.choice([None, f"{dice.randrange(10_000):04}"]),
        phone=one("202-555-0143", *PHONES),
        email=one("ana@example.org", *MAILS),
    )
    words, statement = one("", *WORDS), one(STATEMENT, "", "Short")
    return letter(office=dice.choice(offices), constituent=someone, own_words=words, statement=statement, campaign=OURS)


OURS: Final = campaign(organization="Friends & Neighbors <of> the River")


def read_back(xml: str) -> dict[str, str]:
    """The text of each element by its path, as expat alone reads the bytes; that of topics runs together."""
    stack: list[str] = []
    found: dict[str, str] = {}
    parser = expat.ParserCreate()

    def text(data: str) -> None:
        found["/".join(stack)] = found.get("/".join(stack), "") + data

    parser.StartElementHandler = lambda tag, _attributes: stack.append(tag)
    parser.EndElementHandler = lambda _tag: stack.pop()
    parser.CharacterDataHandler = text
    parser.Parse(xml.encode(), True)
    return found


def as_said(facts: Facts) -> dict[str, str]:
    """What the document must say of the person and in their words, straight from the facts."""
    of: Constituent = facts.constituent
    said = {
        "Constituent/FirstName": of.first_name,
        "Constituent/LastName": of.last_name,
        "Constituent/City": of.address.city,
        "Constituent/StateAbbreviation": of.address.state or "",
        "Constituent/Email": of.email,
        "Message/OrganizationStatement": facts.parts.statement,
        "Message/ConstituentMessage": facts.parts.own_words,
    }
    return {f"CWC/{path}": value for path, value in said.items() if value}


def test_every_one_of_many_people_has_a_valid_document_or_a_reason() -> None:
    dice, one = random.Random(5), form()
    offices = [seat.office for seat in load_seats()] + ["x-river-commission"]
    names = {rule.name for rules in RULES.values() for rule in rules.rows.values()}
    reasons: Counter[str] = Counter()
    for _ in range(PEOPLE):
        facts = drawn(dice, offices)
        try:
            xml = one.make(facts)
        except Unfit as unfit:
            reasons[unfit.reason] += 1
            continue
        reasons[""] += 1
        chamber: Chamber = "house" if facts.office.startswith("H") else "senate"
        assert faults(xml, RULES[chamber]) == []
        assert second_opinion(xml, chamber)
        read = read_back(xml)
        assert {path: read.get(path) for path in as_said(facts)} == as_said(facts)
        street = read["CWC/Constituent/Address1"] + ", " + read.get("CWC/Constituent/Address2", "")
        assert street.removesuffix(", ") == ", ".join(
            filter(None, (facts.constituent.address.line1, facts.constituent.address.line2))
        )
    assert reasons[""] > PEOPLE / 3
    assert len(reasons) > 10
    for reason in reasons.keys() - {""} - REASONS.keys():
        assert any(reason == f"{name}_{fault}" for name in names for fault in FAULTS), reason


CHARACTERS: Final = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\ufffe\uffff" + "".join(
    map(chr, [*range(0x09), *range(0x0B, 0x20)])
)))  # fmt: skip


@given(words=CHARACTERS, name=CHARACTERS, subject=CHARACTERS)
def test_whatever_xml_can_hold_is_read_back_as_it_was_typed(words: str, name: str, subject: str) -> None:
    words, name, subject = f"typed {words}", f"n{name}"[:300], f"subject{subject}"[:300]
    xml = form().make(letter(own_words=words, subject=subject, constituent=person(first_name=name)))
    read = read_back(xml)
    assert read["CWC/Message/ConstituentMessage"] == words
    assert read["CWC/Constituent/FirstName"] == name
    assert read["CWC/Message/Subject"] == subject
    assert faults(xml, RULES["house"]) == []


@pytest.mark.parametrize("character", [*map(chr, {*range(0x20)} - {0x09, 0x0A, 0x0D}), "\ufffe", "\uffff", "\ud800"])
@pytest.mark.parametrize("beside", ["", "é", "中", "\U0001f54a"])
def test_what_xml_cannot_hold_never_gets_into_a_document(character: str, beside: str) -> None:
    changes: list[dict[str, Any]] = [{"subject": f"a subject{character}{beside}"}]
    if character < "\ud800" or character > "\udfff":  # no model takes half of a pair
        changes += [
            {"own_words": f"my words{character}{beside}"},
            {"constituent": person(city=f"Rye{beside}{character}")},
        ]
    for change in changes:
        with pytest.raises(Unfit, match=r"^not_xml$"):
            form().make(letter(**change))


@EACH_CHAMBER
def test_line_ends_are_lf_and_tabs_stay(chamber: Chamber) -> None:
    xml = form().make(letter(chamber, statement="one\r\ntwo\rthree\nfour\tfive", own_words="a\r\n\r\nb\rcdef"))
    assert "\r" not in xml
    assert read_back(xml)["CWC/Message/OrganizationStatement"] == "one\ntwo\nthree\nfour\tfive"
    assert read_back(xml)["CWC/Message/ConstituentMessage"] == "a\n\nb\ncdef"


@pytest.mark.parametrize("words", [words for words in WORDS if 6 <= len(words) <= 10_000])
def test_markup_and_template_code_arrive_as_typed_and_do_nothing(words: str) -> None:
    one: CwcForm = form()
    xml = one.make(letter("senate", own_words=words, statement=""))
    assert "<!" not in xml.partition("?>")[2]
    assert read_back(xml)["CWC/Message/ConstituentMessage"] == words
    assert read_back(xml)["CWC/Recipient/MemberOffice"] == OFFICES["senate"]
