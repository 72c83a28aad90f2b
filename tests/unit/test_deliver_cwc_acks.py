"""Offices' mails about a message: read where they are clear, and left alone wherever they are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.deliver.channels.cwc.ack_patterns import BUILT_IN, load_patterns
from services.deliver.channels.cwc.acknowledgements import read_acknowledgement
from services.deliver.found import Found
from services.pipeline.errors import SettingsRefused

LETTER: Final = uuid5(NAMESPACE_URL, "letter")
ID: Final = LETTER.hex
SAID_AT: Final = datetime(2026, 3, 3, 15, tzinfo=UTC)
REFUSED: Final = "The message was rejected because the address provided is outside the 13th district."


def mail(
    body: str, sender: str = "Autoreply <noreply@ny13.mail.house.gov>", html: str = "", **changes: Any
) -> EmailMessage:
    message = EmailMessage()
    headers = {
        "From": sender,
        "To": "answers@example.org",
        "Subject": "Your message",
        "Date": "Tue, 3 Mar 2026 10:00:00 -0500",
    }
    for name, value in (headers | changes).items():
        if value is not None:
            message[name] = value
    if html:
        message.set_content(html, subtype="html")
    else:
        message.set_content(body)
    return parsed(message.as_bytes())


def parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def found(says: Any, reason: str, channel: str = "cwc-house") -> Found:
    return Found(str(LETTER), None, channel, says, reason, SAID_AT)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"Delivery ID: {ID}\n\n{REFUSED}", found("refused", "outside_district")),
        (f"{ID.upper()}\nOffice: HNY13\nStatus: Rejected\nReason: The address is outside the district.",
         found("refused", "outside_district")),
        (f"Message {ID} could not be processed.\n\nThe street address could not be verified.",
         found("refused", "address_refused")),
        (f"Re: {ID} - The sender's ZIP code was not found.", found("refused", "address_refused")),
        (f"Message {ID} has been declined.", found("refused", "refused_by_mail")),
        (f"Your message (id {ID}) was not accepted.", found("refused", "refused_by_mail")),
        (f"Message {ID} was discarded as a duplicate.", found("refused", "seen_as_duplicate")),
        (f"This message cannot be delivered.\n{ID}", found("refused", "refused_by_mail")),
        (f"Your letter {ID} to HNY13 has been accepted.", found("delivered", "acknowledged")),
        (f"DeliveryId={ID}\nResult: success", found("delivered", "acknowledged")),
        (f"{ID}: {REFUSED}\nYour office is HNY12.", found("refused", "outside_district")),
        (f"Message {ID}.\n{REFUSED}\n\n> Your message was accepted.\n> SNY01", found("refused", "outside_district")),
        (f"Message {ID} of HNY12 or HNY13 has been accepted.", found("delivered", "acknowledged")),
    ],
)  # fmt: skip
def test_a_clear_word_on_one_letter_is_read(body: str, expected: Found) -> None:
    assert read_acknowledgement(mail(body)) == expected


@pytest.mark.parametrize(
    "body",
    [
        REFUSED,
        f"Message {ID} was received. Thank you for writing.",
        f"{ID}: If your address is outside the district, your message was rejected.",
        f"{ID}: We do not answer constituents whose address is outside the 13th district.",
        f"{ID}: Any message that was rejected has to be sent again.",
        f"{ID}: Only a message from the district has been accepted in the past.",
        f"Message {ID} will be accepted by the office tomorrow.",
        f"Message {ID} was accepted.\n\nThe message was rejected.",
        f"Messages {ID} and {uuid5(NAMESPACE_URL, 'other').hex}: {REFUSED}",
        f"Message {LETTER}: {REFUSED}",
        f"Message x{ID}: {REFUSED}",
        f"Message {'0' * 32}: {REFUSED}",
        f"Message d41d8cd98f00b204e9800998ecf8427e: {REFUSED}",
        f"-----Original Message-----\nMessage {ID}: {REFUSED}",
        f"> Message {ID}: {REFUSED}",
        f"Message {ID} to HNY13 and SNY01 has been accepted.",
        f"Message {ID} to SNY01 has been accepted.",
        "",
    ],
)
def test_what_is_not_clear_is_left_alone(body: str) -> None:
    assert read_acknowledgement(mail(body)) is None


@pytest.mark.parametrize(
    ("sender", "channel"),
    [
        ("noreply@mail.house.gov", "cwc-house"),
        ("a@HOUSE.GOV", "cwc-house"),
        ("Senator A <x@example.senate.gov>", "cwc-senate"),
        ("x@house.gov.evil.example", None),
        ("x@nothouse.gov", None),
        ('"x@house.gov" <x@evil.example>', None),
        ("house.gov", None),
        (None, None),
        ("x@house.gov, y@evil.example", None),
        ("x@house.gov <y@evil.example>", None),
        ("x@house.gov)y@evil.example", None),
        ("y@evil.example(<x@house.gov>)", None),
        ("=?utf-8?b?YUBob3VzZS5nb3Y=?=", None),
        ("group: x@house.gov;", None),
        ("=?utf-8?q?J=C3=A9rome?= (NY-13) <a@house.gov>", "cwc-house"),
        ('"Rep. A, of \\"NY\\"" <a@house.gov>', "cwc-house"),
    ],
)
def test_only_mail_of_an_offices_domain_is_looked_at(sender: str | None, channel: str | None) -> None:
    raw = mail(f"{ID}: {REFUSED}", From=None).as_bytes()
    got = read_acknowledgement(parsed(raw if sender is None else f"From: {sender}\r\n".encode() + raw))
    assert (got.channel if got else None) == channel


def test_a_mail_that_is_from_two_is_from_nobody() -> None:
    raw = mail(f"{ID}: {REFUSED}").as_bytes()
    assert read_acknowledgement(parsed(raw)) == found("refused", "outside_district")
    assert read_acknowledgement(parsed(b"From: y@evil.example\r\n" + raw)) is None


@pytest.mark.parametrize(
    "words",
    [
        "My application was rejected by the agency.",
        "I hear that the treaty was rejected.",
        "The amendment was declined.",
        "This claim could not be processed.",
        "The program is a duplicate of another.",
        "The letter that I wrote last year was refused.",
    ],
)
def test_what_the_person_wrote_is_not_taken_for_the_offices_word(words: str) -> None:
    assert read_acknowledgement(mail(f"Message {ID} reached us. You wrote:\n\n{words}")) is None
    assert read_acknowledgement(mail(f"Message {ID} reached us.", Subject=f"Re: {words}")) is None


QUOTES: Final = "Subject: x\nYour message was rejected.\n"


@pytest.mark.parametrize(
    "body",
    [
        f"Message {ID} reached us.\n\nOn Tue, 3 Mar 2026 at 10:00, Maria\n<maria@example.org> wrote:\n{QUOTES}",
        f"Message {ID} reached us.\n________________________________\nFrom: Maria\n{QUOTES}",
        f"Message {ID} reached us.\n\nFrom: Maria\nSent: Tuesday, 3 March 2026\nTo: an office\n{QUOTES}",
    ],
)
def test_what_is_quoted_below_is_not_read(body: str) -> None:
    assert read_acknowledgement(mail(body)) is None
    assert read_acknowledgement(mail(f"{body}\n".replace("reached us", "was declined"))) == found(
        "refused", "refused_by_mail"
    )


def test_what_is_quoted_in_html_is_not_read() -> None:
    quoted = "<blockquote><p>Your message was rejected.</p><blockquote>x</blockquote></blockquote>"
    assert read_acknowledgement(mail("", html=f"<p>Message {ID} reached us.</p>{quoted}")) is None
    assert read_acknowledgement(mail("", html=f"{quoted}<p>Message {ID} was declined.</p>")) is not None


def test_a_letter_that_is_attached_is_not_read() -> None:
    letter = EmailMessage()
    letter["Subject"] = "A letter"
    letter.set_content("Your message was rejected.")
    answer = mail(f"Message {ID} reached us.")
    answer.add_attachment(letter)
    assert read_acknowledgement(parsed(answer.as_bytes())) is None
    answer = mail(f"Message {ID} was declined.")
    answer.add_attachment(letter)
    answer.add_attachment("The message was accepted.", filename="notes.txt")
    assert read_acknowledgement(parsed(answer.as_bytes())) == found("refused", "refused_by_mail")


def test_a_mail_of_html_alone_is_read_by_its_words() -> None:
    html = f"<html><style>p {{x: rejected}}</style><p>Message <b>{ID}</b></p><p>It was&nbsp;<i>rejected</i>.</p></html>"
    assert read_acknowledgement(mail("", html=html)) == found("refused", "refused_by_mail")


@pytest.mark.parametrize("date", [None, "canary", "Tue, 3 Mar 2099 10:00:00 -0500", "Tue, 3 Mar 2026 10:00:00", "\x00"])
def test_a_date_that_cannot_be_is_now(date: str | None) -> None:
    raw = mail(f"{ID}: {REFUSED}", Date=None).as_bytes()
    got = read_acknowledgement(parsed(raw if date is None else f"Date: {date}\r\n".encode() + raw))
    assert got is not None
    assert got.reported_at.tzinfo is not None
    assert timedelta(0) <= datetime.now(UTC) - got.reported_at < timedelta(minutes=5)


@given(
    st.binary(max_size=400), st.sampled_from(["From", "Subject", "Date", "Content-Type", "Content-Transfer-Encoding"])
)
def test_whatever_a_mail_holds_reading_it_raises_nothing(raw: bytes, header: str) -> None:
    for head in (b"From: x@house.gov\r\n", b""):
        got = read_acknowledgement(parsed(head + header.encode() + b": " + raw + b"\r\n\r\n" + ID.encode() + raw))
        assert got is None or got.letter_id == str(LETTER)


def test_a_bounce_is_no_acknowledgement() -> None:
    message = mail(f"{ID}: {REFUSED}")
    message.replace_header("Content-Type", 'multipart/report; report-type=delivery-status; boundary="x"')
    assert read_acknowledgement(message) is None


def test_an_operators_words_come_before_the_built_in_ones(tmp_path: Path) -> None:
    file = tmp_path / "patterns.yaml"
    file.write_text(
        "senders: [vendor.example]\nrefused:\n  office_closed: ['\\bthis office has closed\\b']\n"
        "delivered: ['\\badded to the casework system\\b']\n"
    )
    patterns = load_patterns(file)
    closed = mail(f"{ID} HNY13: This office has closed. The message was rejected.", "a@mail.vendor.example")
    assert read_acknowledgement(closed) is None
    got = read_acknowledgement(closed, patterns)
    assert got == found("refused", "office_closed")
    added = mail(f"{ID} was added to the casework system.")
    assert read_acknowledgement(added, patterns) == found("delivered", "acknowledged")
    assert read_acknowledgement(mail(f"{ID}: {REFUSED}"), patterns) == found("refused", "outside_district")
    assert load_patterns(None) is BUILT_IN


@pytest.mark.parametrize(
    "text", ["refused: {x: ['(canary']}", "refuse: {}", "senders: ['CANARY']", "- a", "a: [", "\x00"]
)
def test_a_file_of_patterns_that_is_wrong_is_refused_by_name_and_not_quoted(tmp_path: Path, text: str) -> None:
    (tmp_path / "patterns.yaml").write_text(text)
    with pytest.raises(SettingsRefused, match="POSTBAG_CWC_ACK_PATTERNS") as refused:
        load_patterns(tmp_path / "patterns.yaml")
    assert "canary" not in str(refused.value).lower()
