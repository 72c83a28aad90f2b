"""The channel against a real mail server: encryption, login, and what a server offers or does not."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from schemas.letter import Letter
from services.deliver.answers import Answer, of_smtp, of_smtp_failure
from services.deliver.channels.smtp.channel import Smtp
from services.deliver.channels.smtp.settings import SmtpSettings
from services.pipeline.errors import SettingsRefused
from services.pipeline.settings import load
from tests.unit import made
from tests.unit.smtp_desk import channel, send, settings

USER, PASSWORD = "postbag", "correct horse"
INTERNATIONAL = made.letter(constituent=made.constituent(email="josé@canary.example"))


class Inbox:
    """A handler of the server's: keeps what is taken, and whether from somebody who logged in."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.logins: list[bool] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        self.envelopes.append(envelope)
        self.logins.append(bool(session.authenticated))
        return "250 2.0.0 Ok: queued as 7C11D0A2"


class _Plain8(SMTP):
    """Without 8BITMIME, which the server cannot be told to leave out."""

    async def push(self, status: Any) -> None:
        if "8BITMIME" not in str(status):
            await super().push(status)


@asynccontextmanager
async def server(
    smtp_class: type[SMTP] = SMTP, ssl_context: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[tuple[Inbox, int]]:
    """A server on a free port; ``options`` are its own."""
    inbox, loop = Inbox(), asyncio.get_running_loop()
    make: Callable[[], SMTP] = lambda: smtp_class(inbox, hostname="relay.example", loop=loop, **options)  # noqa: E731 - short
    listening = await loop.create_server(make, "127.0.0.1", 0, ssl=ssl_context)
    try:
        yield inbox, listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        await asyncio.sleep(0)


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def context(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    made_here = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(made_here)
    return made_here


def ca_file(authority: trustme.CA, folder: Path) -> Path:
    path = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def content(envelope: Envelope) -> bytes:
    assert isinstance(envelope.content, bytes)
    return envelope.content


async def once(port: int, letter: Letter | None = None, **changes: Any) -> Answer:
    async with channel(port, **changes) as opened:
        return await send(opened, letter)


def meet(letter: Letter | None = None, *, at: Mapping[str, Any], **changes: Any) -> tuple[Answer, Inbox]:
    """One attempt at a server with the options ``at``."""

    async def run() -> tuple[Answer, Inbox]:
        async with server(**at) as (inbox, port):
            return await once(port, letter, **changes), inbox

    return asyncio.run(run())


def logs_in(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_letter_goes_encrypted_and_logged_in(authority: trustme.CA, tmp_path: Path, security: str) -> None:
    tls, secret = context(authority), tmp_path / "password"
    secret.write_text(f"{PASSWORD}\n")
    at: dict[str, Any] = {"authenticator": logs_in}
    if security == "starttls":
        at |= {"tls_context": tls, "require_starttls": True, "auth_required": True}
    else:
        at |= {"ssl_context": tls, "auth_require_tls": False}  # it does not know of TLS that was there before it
    sends: dict[str, Any] = {
        "smtp_security": security,
        "smtp_ca_file": ca_file(authority, tmp_path),
        "smtp_username": USER,
    }
    answer, inbox = meet(at=at, **sends, smtp_password_file=secret)
    assert answer == of_smtp("message", 250, "7C11D0A2")
    assert inbox.logins == [True]
    assert meet(at=at, **sends, smtp_password=PASSWORD)[0].verdict == "accepted"
    wrong, inbox = meet(at=at, **sends, smtp_password="wrong")
    assert (wrong, wrong.pauses, inbox.envelopes) == (of_smtp("auth", 535), True, [])


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("fault", ["authority", "name"])
def test_a_certificate_that_proves_nothing_gets_no_letter(
    authority: trustme.CA, tmp_path: Path, security: str, fault: str
) -> None:
    tls = context(authority, "other.example" if fault == "name" else "127.0.0.1")
    trusted = ca_file(trustme.CA() if fault == "authority" else authority, tmp_path)
    at = {"tls_context": tls} if security == "starttls" else {"ssl_context": tls}
    answer, inbox = meet(at=at, smtp_security=security, smtp_ca_file=trusted)
    assert answer == of_smtp_failure("starttls" if security == "starttls" else "connect", "tls")
    assert inbox.envelopes == []


def test_without_starttls_nothing_is_sent() -> None:
    answer, inbox = meet(at={}, smtp_security="starttls")
    assert (answer, inbox.envelopes) == (of_smtp_failure("starttls", "not_offered"), [])


def test_without_a_way_to_log_in_nothing_is_sent() -> None:
    answer, inbox = meet(at={}, smtp_username=USER, smtp_password=PASSWORD)
    assert (answer, inbox.envelopes) == (of_smtp_failure("auth", "not_offered"), [])


def test_an_address_beyond_ascii_goes_to_a_server_that_takes_it() -> None:
    answer, inbox = meet(INTERNATIONAL, at={"enable_SMTPUTF8": True})
    assert answer.verdict == "accepted"
    (envelope,) = inbox.envelopes
    assert {"SMTPUTF8", "BODY=8BITMIME"} <= set(envelope.mail_options)
    assert b"\r\nReply-To: <jos\xc3\xa9@canary.example>\r\n" in content(envelope)
    _, inbox = meet(at={"enable_SMTPUTF8": True})
    assert "SMTPUTF8" not in inbox.envelopes[0].mail_options, "other letters do without"


def test_an_address_beyond_ascii_is_not_mangled_for_a_server_that_does_not() -> None:
    answer, inbox = meet(INTERNATIONAL, at={"enable_SMTPUTF8": False})
    assert (answer, answer.verdict) == (of_smtp_failure("mail", "not_offered"), "refused")
    assert inbox.envelopes == []


def test_a_server_of_seven_bits_gets_the_same_bytes_as_any_other() -> None:
    letter = made.letter(subject="Für Élise 🎹", body="Grüße\n.\n..\nЖизнь")
    contents = []
    for smtp_class in (SMTP, _Plain8):
        answer, inbox = meet(letter, at={"smtp_class": smtp_class})
        assert answer.verdict == "accepted"
        contents.append(content(inbox.envelopes[0]))
    assert contents[0] == contents[1]
    assert contents[0].isascii()


def test_dots_at_the_beginning_of_lines_arrive_as_they_were_written() -> None:
    letter = made.letter(body=".\n..\n.a\n\n.\nend")
    answer, inbox = meet(letter, at={})
    assert answer.verdict == "accepted"
    assert content(inbox.envelopes[0]).partition(b"\r\n\r\n")[2] == b".\r\n..\r\n.a\r\n\r\n.\r\nend\r\n"


def test_a_letter_too_large_is_refused_by_its_size_before_it_is_sent() -> None:
    answer, inbox = meet(made.letter(body="word " * 400), at={"data_size_limit": 1000})
    assert (answer, inbox.envelopes) == (of_smtp("mail", 552), [])


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"smtp_host": ""}, "POSTBAG_SMTP_HOST"),
        ({"smtp_from": ""}, "POSTBAG_SMTP_FROM"),
        ({"smtp_host": "relay.example"}, "POSTBAG_SMTP_ALLOW_PLAIN"),
        ({"smtp_password_file": "/nowhere/password"}, "POSTBAG_SMTP_PASSWORD_FILE"),
        ({"smtp_security": "tls", "smtp_ca_file": "/nowhere/ca.pem"}, "POSTBAG_SMTP_CA_FILE"),
    ],
)
def test_what_is_missing_or_unsafe_is_refused_by_name(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsRefused, match=named):
        Smtp.opened(settings(2525, **changes))
    assert Smtp.opened(settings(2525, smtp_host="relay.example", smtp_allow_plain=True)).name == "smtp"


def test_a_port_behind_the_relays_name_is_refused_with_the_setting_that_it_belongs_in() -> None:
    for host in ("relay.example", "192.0.2.1", "2001:db8::25", "::1"):
        load(SmtpSettings, smtp_host=host)
    for host in ("relay.example:587", "192.0.2.1:25", "::1:relay", "2001:db8::25:x"):
        with pytest.raises(SettingsRefused, match=r"POSTBAG_SMTP_HOST: .*POSTBAG_SMTP_PORT"):
            load(SmtpSettings, smtp_host=host)
