"""ZIP codes, states, mail addresses and telephone numbers: what holds for every text, and what the table must have."""

from __future__ import annotations

import re
from email.headerregistry import Address
from typing import get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.fields import StateCode
from services.ingest.address import _NAMES, state_code, zip_code
from services.ingest.codes import Refused
from services.ingest.mail import mail_address
from services.ingest.phone import phone_number

any_text = st.text(max_size=20)
mail_like = st.text(st.sampled_from("ab1.@\"'+-_<>()[],;: \\\n\u0430\u00e9\u0301"), max_size=24)


@given(any_text | st.text(st.sampled_from("0123456789-\u2013 \uff11\u0661\u00b2"), max_size=12))
@example("02139\n")
def test_a_zip_code_is_five_ascii_digits_and_perhaps_four_or_refused(text: str) -> None:
    try:
        zip5, plus4 = zip_code(text)
    except Refused:
        return
    assert re.fullmatch("[0-9]{5}", zip5)
    assert re.fullmatch("([0-9]{4})?", plus4)
    assert re.sub("[^0-9]", "", text) == zip5 + plus4, "no digit is invented and none is lost"


@given(st.integers(0, 99999))
def test_every_five_digits_are_kept_as_they_are(number: int) -> None:
    assert zip_code(f"{number:05}") == (f"{number:05}", "")


def test_every_state_is_known_by_code_name_and_dotted_code() -> None:
    assert set(_NAMES) == set(get_args(StateCode))
    for code, names in _NAMES.items():
        assert state_code(code) == state_code(code.lower()) == state_code(f"{code[0]}.{code[1]}.") == code
        for name in names.split("|"):
            assert state_code(name) == state_code(name.upper()) == code


def test_no_spelling_stands_for_two_states() -> None:
    spellings = [name.casefold() for names in _NAMES.values() for name in names.split("|")]
    assert len(set(spellings)) == len(spellings)


@given(any_text)
def test_a_state_is_a_code_or_empty_or_refused(text: str) -> None:
    try:
        found = state_code(text)
    except Refused:
        return
    assert found in {*get_args(StateCode), ""}
    assert state_code(found) == found


@settings(max_examples=500)
@given(mail_like | any_text)
@example("a@b.c>\nBcc:x")
@example("alice@example.org)bob@example.com")
@example("a@b.example\n")
def test_an_accepted_mail_address_is_one_address_to_every_reader(text: str) -> None:
    try:
        found = mail_address(text)
    except Refused:
        return
    assert mail_address(found) == found
    assert found.isprintable()
    assert not set(found) & set(' <>()[],;:\\"\n') - {'"'}
    if found.isascii():
        local, _, domain = found.rpartition("@")
        assert Address(addr_spec=found).domain == domain
        assert Address(addr_spec=found).username == local.strip('"')


def test_a_long_mail_address_is_refused_quickly() -> None:
    for text in ("a." * 50_000 + "@", "a" * 100_000, "a@" + "a-" * 50_000, '"' + "a" * 100_000, "a@" + "a." * 50_000):
        with pytest.raises(Refused):
            mail_address(text)


@given(any_text | st.text(st.sampled_from("0123456789+(). -"), max_size=20))
@example("202-555-0143\n")
@example("\u0662\u0660\u0662\u0665\u0665\u0665\u0660\u0661\u0664\u0663")
def test_a_telephone_number_is_of_one_form_or_left_out(text: str) -> None:
    found = phone_number(text)
    assert re.fullmatch("([2-9][0-9]{2}-[2-9][0-9]{2}-[0-9]{4})?", found)
    assert phone_number(found) == found
    digits = re.sub("[^0-9]", "", text)
    assert not found or digits in {found.replace("-", ""), "1" + found.replace("-", "")}
