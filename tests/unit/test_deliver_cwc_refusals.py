"""Reasons out of an intake's errors: codes alone, from whatever a stranger sends, in bounded time and space."""

from __future__ import annotations

import re
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from schemas.fields import Code
from services.deliver.answers import of_cwc
from services.deliver.channels.cwc.intake import MOST_BYTES, Said
from services.deliver.channels.cwc.plain_xml import NotPlainXml, texts
from services.deliver.channels.cwc.refusals import REASONS, fault_in, of_message, of_validation

DOCS = Path(__file__).parents[2] / "docs" / "cwc.md"


def errors(*words: str) -> bytes:
    return f"<Errors>{''.join(f'<Error>{one}</Error>' for one in words)}</Errors>".encode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (errors("Constituent/Zip: canary"), "cwc_zip"),
        (errors("Element 'Address2' is too short: canary"), "cwc_address2"),
        (errors("The office canary", "Message: LibraryOfCongressTopics is missing"), "cwc_library_of_congress_topics"),
        (errors("Did not expect element CWCVersion there"), "cwc_version"),
        (errors("Organization Physicians", "City"), "cwc_organization"),
        (errors("Office HNY13 is not active"), "office_inactive"),
        (errors("Zip", "The office does not participate"), "office_inactive"),
        (errors("Duplicate DeliveryId"), "cwc_delivery_id_seen"),
        (errors("Delivery ID was already used"), "cwc_delivery_id_seen"),
        (errors("duplicate message text"), "rules_broken"),
        (errors("Invalid API key", "Zip"), "not_authorized"),
        (errors("Element 'Subject': 'My API key' is not allowed"), "cwc_subject"),
        (errors("ConstituentMessage: I am not authorized to canary"), "cwc_constituent_message"),
        (errors('The value "our office is not accepting letters" is too short'), "rules_broken"),
        (errors("Subject: the delivery id that already was"), "cwc_subject"),
        (errors("The 'DeliveryId' '0123' already exists"), "cwc_delivery_id_seen"),
        (errors("'DeliveryId' of HNY13's canary isn't new: a duplicate"), "cwc_delivery_id_seen"),
        (errors("City 'Zip' is too long"), "cwc_city"),
        (errors("'Zip' is missing"), "cwc_zip"),
        (errors("canary"), "rules_broken"),
        (errors("zipper city-like"), "rules_broken"),
        (errors(), "rules_broken"),
        (b"", "rules_broken"),
        (b"Zip is wrong", "rules_broken"),
        (b"<Errors><Error>Zip</Error>", "rules_broken"),
        (b"<Zip>7</Zip>", "rules_broken"),
        (b'<e:Errors xmlns:e="urn:x"><e:Error code="1">Zip</e:Error></e:Errors>', "cwc_zip"),
        (errors("Zip").decode().encode("utf-16"), "cwc_zip"),
        (b'<?xml version="1.0" encoding="no-such"?>' + errors("Zip"), "rules_broken"),
    ],
)
def test_an_error_is_known_by_what_it_names_and_never_quoted(body: bytes, reason: str) -> None:
    assert fault_in(body) == reason


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]><Errors><Error>&x; Zip</Error></Errors>',
        b'<!DOCTYPE e SYSTEM "http://127.0.0.1:9/evil.dtd"><Errors><Error>Zip</Error></Errors>',
        b"<!DOCTYPE e [" + b"".join(
            b'<!ENTITY a%d "%s">' % (one, b"&a%d;" % (one - 1) * 10 if one else b"lol") for one in range(12)
        ) + b"]><Errors><Error>&a11;</Error></Errors>",
        b"<a>" * 50_000,
        b"<a>" + b"<b/>" * 50_000 + b"</a>",
        b"<Errors><Error>\x00</Error></Errors>",
        b"<Errors><Error>&undefined;</Error></Errors>",
    ],
)  # fmt: skip
def test_entities_documents_types_and_depth_are_refused_before_they_cost_anything(body: bytes) -> None:
    started = process_time()
    with pytest.raises(NotPlainXml):
        texts(body)
    assert process_time() - started < 5
    assert fault_in(body) == "rules_broken"


@given(st.binary(max_size=300), st.text(max_size=200))
def test_whatever_is_sent_the_reason_is_one_that_is_known(raw: bytes, text: str) -> None:
    known = REASONS | {"rules_broken", "office_inactive", "not_authorized"}
    assert {fault_in(raw), fault_in(errors(text))} <= known


def test_a_long_error_is_looked_through_in_its_time() -> None:
    started = process_time()
    for words in ("office " * 9000, "delivery id " * 5000, "apikey"[:3] * 20_000, "a" * MOST_BYTES):
        fault_in(errors(words))
    for page in (b" ", b"<!--", b"<?a>", b"<!---->", b" <?a>\n<!-- "):
        of_message(Said(200, body=page * (MOST_BYTES // len(page))))
    assert process_time() - started < 5


def test_every_reason_is_a_code_and_explained() -> None:
    told = set(re.findall(r"`([a-z0-9_]+)`", DOCS.read_text("utf-8")))
    for reason in REASONS:
        TypeAdapter(Code).validate_python(reason)
    assert {reason for reason in REASONS if reason not in told and not re.fullmatch(r"cwc_[a-z0-9_]+", reason)} == set()
    assert {"cwc_delivery_id_seen", "not_valid", "not_validated", "office_inactive", "no_cwc_form"} <= told


def test_an_id_that_was_seen_is_an_acceptance_only_where_it_may_have_arrived_before() -> None:
    answer = of_message(Said(400, body=errors("DeliveryId already exists")))
    assert (answer.verdict, answer.if_unsure, answer.status) == ("refused", "accepted", 400)
    assert of_message(Said(400, body=errors("Zip"))).if_unsure is None
    assert of_message(Said(409)) == of_cwc(409)


def test_a_key_that_is_refused_with_400_refuses_no_letter() -> None:
    answer = of_message(Said(400, body=errors("The API key is not valid.")))
    assert (answer.verdict, answer.reason, answer.pauses, answer.status) == ("retry", "not_authorized", True, 400)
    assert of_validation(Said(400, body=errors("The API key is not valid."))) == answer


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_list_of_errors_under_a_status_of_success_is_no_acceptance(status: int) -> None:
    answer = of_message(Said(status, body=errors("Zip")))
    assert (answer.verdict, answer.reason, answer.status) == ("unknown", "bad_answer", status)
    checked = of_validation(Said(status, body=errors("Zip")))
    assert checked is not None
    assert (checked.verdict, checked.reason) == ("retry", "not_validated")
    for good in (b"", b"<Errors/>", errors(), b"<Message>Error: none</Message>", b'{"id": 1}'):
        assert of_message(Said(status, body=good)).verdict == "accepted"
        assert of_validation(Said(status, body=good)) is None


def test_nothing_that_a_check_answers_leaves_a_letter_in_doubt() -> None:
    for status in range(100, 1000):
        answer = of_validation(Said(status))
        assert answer is None or answer.verdict in ("refused", "retry", "throttle"), status
        assert answer is None or answer.if_unsure is None
        assert (answer is not None and answer.verdict == "refused") == (status in (400, 422)), status
