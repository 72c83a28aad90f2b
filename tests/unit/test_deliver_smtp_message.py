"""A letter's mail says what the letter says, and nothing typed becomes a header, a line too long or another mail."""

from __future__ import annotations

import email
import re
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.deliver.channel import Unfit
from services.deliver.channels.smtp.addresses import Mailbox, mailbox
from services.deliver.channels.smtp.message import build
from services.deliver.channels.smtp.settings import SmtpSettings
from services.deliver.channels.smtp.verp import read_return_path, return_path
from services.pipeline.errors import SettingsRefused
from services.pipeline.settings import load
from services.render.forms.mail import message as mail_form
from tests.unit import made

SENDER: Final = Mailbox("letters", "postbag.example")
OFFICE: Final = "hny13@offices.example"
BREAKS: Final = "\r\n\x00\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\x7f\t\x9f"
TYPED: Final = st.one_of(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=300),
    st.text(st.sampled_from(f'{BREAKS} :<>@,;"\\()=?a.é\u202e漢'), min_size=1, max_size=300),
    st.sampled_from(
        [
            "x\r\nBcc: victim@x.example",
            "=?utf-8?q?=0D=0ABcc:_x?=",
            '"; <president@whitehouse.example>',
            "a" * 300,
            "\r\n.\r\n",
        ]
    ),
)
_RENDERED: Final = re.compile(r"[\r\x00]")
"""What render takes out of every letter, so that no form holds it."""

HEADERS: Final = ["From", "To", "Reply-To", "Date", "Message-ID", "MIME-Version", "Subject", "Content-Type"]


def told(letter_changes: dict[str, Any] | None = None, to: str = OFFICE, **person: Any) -> bytes:
    letter = made.letter(**({"constituent": made.constituent(**person)} | (letter_changes or {})))
    body = build(letter, to, SENDER)
    assert isinstance(body, bytes)
    assert build(letter, to, SENDER) == body, "the same bytes whenever they are asked for"
    return body


def read(body: bytes) -> EmailMessage:
    message = email.message_from_bytes(body, policy=SMTP)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def holds(body: bytes) -> None:
    """What every server takes, in one way."""
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\x00", body)
    assert max(map(len, body.split(b"\r\n"))) <= 998
    assert body.endswith(b"\r\n")
    names = re.findall(rb"^([!-9;-~]+):", body.partition(b"\r\n\r\n")[0], re.MULTILINE)
    assert [name.decode() for name in names][:8] == HEADERS
    assert len(names) <= len(HEADERS) + 1, "no header is anybody's but ours"


def test_it_is_from_the_operator_in_the_persons_name_and_answers_go_to_the_person() -> None:
    message = read(told())
    assert message["From"].addresses == (Address("Maria Canary", "letters", "postbag.example"),)
    assert (str(message["To"]), str(message["Reply-To"])) == (OFFICE, "maria@canary.example")
    assert message["Date"].datetime == made.NOW
    assert message["Message-ID"] == f"<{made.identity(1)}@postbag.example>"
    assert (message["Subject"], message.get_content()) == ("A subject", "Dear Representative, my canary died.\r\n")


def test_the_form_that_render_made_is_carried_as_it_is() -> None:
    form = mail_form("en", "Rivers", "Dear Senator,\n\nlet them run.")
    body = told({"mail": form})
    assert body.endswith(form.encode())
    holds(body)


@given(prefix=TYPED, first=TYPED, last=TYPED, subject=TYPED, text=st.text(st.characters(codec="utf-8"), min_size=1))
@settings(max_examples=300)
def test_whatever_is_typed_stays_what_it_is(prefix: str, first: str, last: str, subject: str, text: str) -> None:
    person = {"prefix": prefix, "first_name": first, "last_name": last}
    form = mail_form("en", _RENDERED.sub(" ", subject), _RENDERED.sub(" ", text))
    for changes in ({"subject": subject, "body": text}, {"mail": form}):
        body = told(changes, **person)
        holds(body)
        assert body.isascii()
        message = read(body)
        assert [one.addr_spec for one in message["From"].addresses] == ["letters@postbag.example"]
        assert [one.addr_spec for one in message["Reply-To"].addresses] == ["maria@canary.example"]
    # The plain one is the text itself, whatever its line ends were.
    content = read(told({"subject": subject, "body": text}, **person)).get_content()
    assert re.sub(r"\r\n?", "\n", content).rstrip("\n") == re.sub(r"\r\n?", "\n", text).rstrip("\n")


@pytest.mark.parametrize(
    "name", ["Zoë Ångström", "O'Brien-Smith, Jr.", 'Ann "Sue" \\ B', "=?utf-8?q?x?=", "李 小龍", "a" * 300]
)
def test_a_name_is_shown_as_it_is(name: str) -> None:
    body = told(prefix="", first_name=name, last_name="")
    shown, address = parseaddr(email.message_from_bytes(body)["From"])
    # The newer reader of the standard library leaves gaps where a long name was divided; the older decodes by hand.
    assert (str(make_header(decode_header(shown))), address) == (name, "letters@postbag.example")


def test_a_name_of_nothing_that_can_be_shown_leaves_the_address_alone() -> None:
    assert b"\r\nFrom: " not in told(first_name="\x00", last_name="\u2028")
    assert told(prefix="", first_name="\x00", last_name="\u2028").startswith(b"From: <letters@postbag.example>\r\n")


@given(st.one_of(TYPED, TYPED.map("{}@offices.example".format), TYPED.map("x@{}".format)))
def test_no_address_brings_in_more_than_an_address(typed: str) -> None:
    for body in (
        build(made.letter(), typed, SENDER),
        build(made.letter(constituent=made.constituent(email=typed[:200] + "@x")), OFFICE, SENDER),
    ):
        if isinstance(body, Unfit):
            assert body.reason in ("address_malformed", "email_malformed", "no_address")
        else:
            holds(body)


@pytest.mark.parametrize(
    ("typed", "ascii_form"),
    [
        ("maria@canary.example", "maria@canary.example"),
        ("maria@bücher.example", "maria@xn--bcher-kva.example"),
        ("josé@canary.example", None),
        ("maria@straße.example", None),  # to ss it would be another domain, and perhaps another person
        ('"a.b@c"@canary.example', '"a.b@c"@canary.example'),
    ],
)
def test_an_address_becomes_ascii_only_where_it_stays_the_same(typed: str, ascii_form: str | None) -> None:
    found = mailbox(typed)
    assert found is not None
    assert found.ascii == ascii_form
    assert f"Reply-To: <{ascii_form or typed}>\r\n".encode() in told(email=typed)


@pytest.mark.parametrize(
    "typed", ["", "a", "a@", "@b", "a b@c.example", "<a@b.example>", "a@b.example\n", "a@[127.0.0.1]", "a@b@c"]
)
def test_what_is_no_plain_address_is_none(typed: str) -> None:
    assert mailbox(typed) is None
    assert build(made.letter(), typed, SENDER) == Unfit("address_malformed" if typed else "no_address")


@pytest.mark.parametrize(
    "mail",
    [
        "Subject: x\r\n\r\nbare\nline feed",
        "Subject: x\r\n\r\nbare\rreturn",
        "Subject: x\r\n\r\nnothing\x00",
        f"Subject: x\r\n\r\n{'x' * 999}",
        "Subject: x\r\nBCC: victim@x.example\r\n\r\nx",
        "From : somebody@x.example\r\nSubject: x\r\n\r\nx",
        "Subject: x\r\nContent-Type: text/plain; charset=nonsense\r\nContent-Transfer-Encoding: 8bit\r\n\r\né",
    ],
)
def test_a_form_that_servers_could_read_in_two_ways_is_not_sent(mail: str) -> None:
    assert build(made.letter(mail=mail), OFFICE, SENDER) == Unfit("mail_malformed")


@given(st.text(st.sampled_from("\r\n\x00 :.aé\u2028From"), max_size=200))
def test_whatever_stands_in_the_form_either_holds_or_is_not_sent(mail: str) -> None:
    body = build(made.letter(mail=mail), OFFICE, SENDER)
    assert isinstance(body, Unfit) or not re.search(rb"\r(?!\n)|(?<!\r)\n|\x00|[^\r\n]{999}", body)


@pytest.mark.parametrize("office", ["HNY13", "SNY01", "x-mayor", "x-" + "-".join(["abcdefghijklmnopqrst"] * 8)])
def test_a_return_path_tells_the_letter_and_the_office_even_if_a_relay_changed_its_case(office: str) -> None:
    path = return_path(Mailbox("bounces", "postbag.example"), made.identity(7), office)
    assert len(path.split("@")[0]) <= 64
    told_of = office if len(office) < 20 else None
    for seen in (path, path.upper(), path.lower(), f'"Somebody" <{path}>'):
        assert read_return_path(seen) == (made.identity(7), told_of)
    assert mailbox(path) is not None


def test_a_return_path_that_leaves_no_room_for_a_letters_id_is_refused_by_name() -> None:
    load(SmtpSettings, smtp_return_path=f"{'b' * 31}@postbag.example")
    path = return_path(Mailbox("b" * 31, "postbag.example"), made.identity(7), "HNY13")
    assert mailbox(path) is not None
    assert read_return_path(path) == (made.identity(7), None)
    for base in (f"{'b' * 32}@postbag.example", f"b@{'.'.join(['d' * 60] * 3)}.{'e' * 40}.example"):
        assert mailbox(base) is not None
        with pytest.raises(SettingsRefused, match=r"POSTBAG_SMTP_RETURN_PATH: .*31 characters"):
            load(SmtpSettings, smtp_return_path=base)


def test_what_is_no_return_path_tells_nothing() -> None:
    for seen in ("", "bounces@postbag.example", "bounces+1234.HNY13@postbag.example", f"bounces+{'g' * 32}@x"):
        assert read_return_path(seen) is None
    assert read_return_path(f"bounces+{'0' * 32}.nowhere@x") == (made.identity(0), None)
