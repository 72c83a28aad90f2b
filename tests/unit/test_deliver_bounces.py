"""What comes back is read onto its letter, conservatively: real bounces in their shapes, and all that only looks like one."""

from __future__ import annotations

from base64 import encodebytes
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from services.deliver.channels.smtp.bounces import Bounce, read_bounce, sort
from services.deliver.found import Found
from tests.unit.returned_mail import LETTER, PATH, RETURNED, away, notification, prose

NOW = datetime(2026, 3, 11, tzinfo=UTC)
WHEN = datetime(2026, 3, 10, 13, tzinfo=UTC)
ELSEWHERE = "bounces@postbag.example"


def sorted_(raw: bytes) -> Bounce:
    return sort(message_from_bytes(raw, policy=default), NOW)


def reason(raw: bytes) -> str:
    bounce = sorted_(raw)
    assert bounce.kind == "bounced"
    assert bounce.found is not None
    return bounce.found.reason


def test_a_notification_is_read_onto_the_letter_whose_return_path_it_came_to() -> None:
    message = message_from_bytes(notification(), policy=default)
    assert read_bounce(message, NOW) == Found(LETTER, "HNY13", "smtp", "refused", "bounced_no_mailbox", WHEN)


@pytest.mark.parametrize(
    ("status", "diagnostic", "expected"),
    [
        ("5.1.1", "", "bounced_no_mailbox"),
        ("5.1.10", "", "bounced_no_mailbox"),
        ("5.1.8", "", "bounced_sender"),
        ("5.2.1", "", "bounced_no_mailbox"),
        ("5.2.2", "", "bounced_mailbox_full"),
        ("4.2.2", "", "bounced_mailbox_full"),
        ("5.2.3", "", "bounced_too_large"),
        ("5.3.4", "", "bounced_too_large"),
        ("5.4.4", "", "bounced_unreachable"),
        ("4.4.7", "", "bounced_expired"),
        ("5.6.1", "", "bounced_content"),
        ("5.7.1", "", "bounced_policy"),
        ("5.7.26", "", "bounced_policy"),
        ("5.0.0", "smtp; 554 5.7.1 blocked", "bounced_policy"),
        ("5.0.0", "smtp; 550 no such user here", "bounced_no_mailbox"),
        ("5.0.0", "smtp; 552 quota", "bounced_mailbox_full"),
        ("5.0.0", "", "bounced_other"),
        ("5.5.0", "smtp; 550 odd", "bounced_other"),
        ("5.9.9", "", "bounced_other"),
        ("nonsense", "x-other; no", "bounced_other"),
        ("", "smtp; 550-5.2.2 over quota", "bounced_mailbox_full"),
    ],
)
def test_why_it_came_back_is_told_by_its_status_or_by_the_servers_words(
    status: str, diagnostic: str, expected: str
) -> None:
    assert reason(notification(status=status, diagnostic=diagnostic)) == expected


def test_a_delay_is_no_end_and_a_failure_with_a_passing_status_is() -> None:
    assert sorted_(notification(action="delayed", status="4.4.1")) == Bounce("delayed")
    assert reason(notification(action="failed", status="4.4.1")) == "bounced_unreachable"
    assert sorted_(notification(action="relayed", status="2.1.9")) == Bounce("delayed"), (
        "what became of it, nobody says"
    )


def test_a_notification_without_an_action_is_told_by_its_status() -> None:
    assert sorted_(notification(action="", status="5.1.1")).kind == "bounced"
    assert sorted_(notification(action="", status="2.1.5")).kind == "delivered"
    assert sorted_(notification(action="", status="4.4.1")).kind == "delayed"


def test_fields_of_a_recipient_count_wherever_they_stand() -> None:
    apart = "Reporting-MTA: dns; relay.example\n\n"
    assert notification().decode().count(apart) == 1
    for raw in (notification(per_message=""), notification().replace(apart.encode(), apart[:-1].encode())):
        assert reason(raw) == "bounced_no_mailbox"
        assert sorted_(raw).found == sorted_(notification()).found
    assert reason(notification(action="failed (permanently)")) == "bounced_no_mailbox"
    assert sorted_(notification(action="delayed (by 4 hours)")).kind == "delayed"


def test_a_notification_in_base64_is_read_as_any_other() -> None:
    plain = notification(kind="message/global-delivery-status")
    start = plain.index(b"Reporting-MTA")
    end = plain.index(b"\n--=_b", start)
    coded = encodebytes(plain[start:end].replace(b"No such", "Não há".encode()))
    named = notification(kind="message/global-delivery-status\nContent-Transfer-Encoding: BASE64")
    head = named[: named.index(b"Reporting-MTA")]
    assert sorted_(head + coded + plain[end:]) == sorted_(plain)
    assert sorted_(head + b"!" + coded[:40] + b"=\n" + plain[end:]).kind == "automatic", (
        "what cannot be read is not there"
    )


def test_a_delivery_is_told_as_one() -> None:
    bounce = sorted_(notification(action="delivered", status="2.1.5", diagnostic=""))
    assert bounce == Bounce("delivered", Found(LETTER, "HNY13", "smtp", "delivered", "delivered", WHEN))


def test_a_letter_that_one_of_several_people_has_did_not_come_back() -> None:
    more = "\nFinal-Recipient: rfc822; other@offices.example\nAction: delivered\nStatus: 2.1.5\n"
    assert sorted_(notification(more=more)).kind == "delivered"
    assert sorted_(notification(more=more.replace("delivered", "failed").replace("2.1.5", "5.1.1"))).kind == "bounced"


@pytest.mark.parametrize("header", ["X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To"])
def test_the_return_path_is_found_in_whatever_header_the_mail_system_writes_it(header: str) -> None:
    found = sorted_(notification(to=ELSEWHERE, headers=f"{header}: <{PATH.upper()}>\n", returned="x")).found
    assert found is not None
    assert (found.letter_id, found.office) == (LETTER, "HNY13")


@pytest.mark.parametrize(
    "raw",
    [
        notification(to=ELSEWHERE),
        notification(to=ELSEWHERE, original="text/rfc822-headers"),
        notification(to=ELSEWHERE, original="message/global"),
        notification(to=ELSEWHERE, original="message/global-headers", kind="message/global-delivery-status"),
        notification(to=ELSEWHERE, returned="none", per_message=f"Original-Envelope-Id: {LETTER}\n"),
    ],
)
def test_without_a_return_path_the_letter_is_known_by_what_was_returned_and_its_office_is_not(raw: bytes) -> None:
    found = sorted_(raw).found
    assert found is not None
    assert (found.letter_id, found.office, found.says) == (LETTER, None, "refused")


@pytest.mark.parametrize(
    "other", ["8F4C9A3E-1111-4222-8333-444455556666", "8f4c9a3e-1111-4222-8333-444455556666", "20260310.1234", "x" * 36]
)
def test_mails_of_others_that_came_back_are_nobodys_letter(other: str) -> None:
    raw = notification(to=ELSEWHERE, returned=RETURNED.replace(LETTER, other))
    assert sorted_(raw) == Bounce("nothing")


@pytest.mark.parametrize(
    "text",
    [
        "host mx.offices.example said: 550 5.1.1 No such user",
        "Remote host said: 550 no mailbox here by that name",
        "Sorry, no mailbox here by that name. (#5.1.1)",
        "The response from the remote server was:\n552 5.2.2 mailbox full",
    ],
)
def test_a_bounce_in_prose_counts_only_with_a_return_path_a_mail_system_and_a_servers_refusal(text: str) -> None:
    assert sorted_(prose(text)).kind == "bounced"
    assert sorted_(prose(text, to=ELSEWHERE)).kind == "nothing"
    assert sorted_(prose(text, sender="somebody@offices.example")).kind == "nothing"
    assert sorted_(prose(text, headers="Auto-Submitted: auto-replied\n")).kind == "automatic"


def test_a_letter_quoted_in_prose_that_came_elsewhere_is_no_bounce() -> None:
    quoted = notification(kind="text/plain", to=ELSEWHERE).replace(b"Auto-Submitted: auto-replied\n", b"")
    assert sorted_(quoted.replace(b"I'm sorry", b"It said: 550 5.1.1. I'm sorry")) == Bounce("nothing")


@pytest.mark.parametrize(
    "text", ["Please call 555 1234.", "Room 550, floor 5.1", "421 4.4.2 try again", "Please confirm."]
)
def test_prose_without_a_servers_refusal_says_nothing(text: str) -> None:
    assert sorted_(prose(text)).kind == "nothing"


@pytest.mark.parametrize("header", ["", "X-Autoreply: yes\n", "Precedence: auto_reply\n"])
def test_a_person_who_is_away_has_the_letter(header: str) -> None:
    raw = header.encode() + (away() if not header else away().replace(b"Auto-Submitted: auto-replied\n", b""))
    assert sorted_(raw) == Bounce("automatic")


def test_a_complaint_and_a_receipt_are_no_bounces() -> None:
    for kind, report in (("message/feedback-report", "feedback-report"), ("message/disposition-notification", "x")):
        raw = notification(kind=kind).replace(b"report-type=delivery-status", f"report-type={report}".encode())
        assert sorted_(raw).found is None


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Tue, 10 Mar 2026 08:00:00 -0500", WHEN),
        ("Tue, 10 Mar 2026 13:00:00", WHEN),
        ("Tue, 10 Mar 2036 08:00:00 -0500", NOW),
        ("Tue, 10 Mar 1936 08:00:00 -0500", NOW),
        ("yesterday", NOW),
        ("Tue, 99 Mar 99999 08:00:00 +9999", NOW),
    ],
)
def test_when_it_was_said_is_the_mails_own_word_within_reason(date: str, expected: datetime) -> None:
    found = sorted_(notification().replace(b"Tue, 10 Mar 2026 08:00:00 -0500", date.encode())).found
    assert found is not None
    assert found.reported_at == expected
