"""Sends each letter as mail, through one relay, under the letter's own id as the Message-ID.

A relay's word is final for the attempt: what it took is accepted, whatever becomes of the connection afterwards, and what its
office refuses later comes back as a bounce (``bounces.py``). If the connection ends between the last byte of a letter and
the reply to it, nobody can tell. Replies and errors quote addresses: nothing of them is kept but a code and a receipt.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from services.deliver.answers import Answer, of_smtp, of_smtp_failure
from services.deliver.channels.smtp.addresses import Mailbox, mailbox
from services.deliver.channels.smtp.message import build
from services.deliver.channels.smtp.pool import Pool
from services.deliver.channels.smtp.session import Envelope, Failed, Relay, Replied
from services.deliver.channels.smtp.signing import Signer, open_signer
from services.deliver.channels.smtp.verp import return_path
from services.deliver.secret_files import read_secret
from services.pipeline.errors import SettingsRefused
from services.pipeline.this_machine import is_this_machine

if TYPE_CHECKING:
    from schemas.letter import Letter
    from services.deliver.channel import Unfit
    from services.deliver.channels.smtp.settings import SmtpSettings

_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class Smtp:
    """See ``channel.Channel`` for the duties. ``opened`` makes it."""

    name = "smtp"

    def __init__(self, pool: Pool, settings: SmtpSettings, sender: Mailbox, signer: Signer | None) -> None:
        self.idempotent = settings.smtp_idempotent
        self._pool, self._sender, self._signer = pool, sender, signer
        self._bounces = mailbox(settings.smtp_return_path)
        self._to = settings.smtp_to

    @classmethod
    def opened(cls, settings: SmtpSettings) -> Smtp:
        """The channel of the settings; nothing is connected yet. Raises ``SettingsRefused``: what is missing or unsafe."""
        sender = mailbox(settings.smtp_from)
        if not settings.smtp_host or sender is None:
            missing = "POSTBAG_SMTP_FROM" if settings.smtp_host else "POSTBAG_SMTP_HOST"
            raise SettingsRefused(f"{missing}: the channel `smtp` needs it (docs/smtp.md)")
        pool = Pool(_relay(settings, sender), settings.smtp_connections, settings.attempt_seconds)
        return cls(pool, settings, sender, open_signer(settings, sender))

    def body(self, letter: Letter, to: str) -> bytes | Unfit:
        """The message: see ``message.build``."""
        return build(letter, self._address(letter, to), self._sender)

    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        """Send it once."""
        recipient = mailbox(self._address(letter, to))
        if recipient is None:
            return of_smtp_failure("rcpt", "strange")  # `body` has said so before; nothing is sent
        envelope = Envelope(
            letter.letter_id,
            return_path(self._bounces, letter.letter_id, letter.office) if self._bounces else str(self._sender),
            recipient.shortest,
            international=not body.isascii() or recipient.ascii is None,
        )
        try:
            return of_smtp("message", 250, await self._pool.send(envelope, self._signed(body)))
        except Replied as replied:
            return of_smtp(replied.verb, replied.code)
        except Failed as failed:
            return of_smtp_failure(failed.verb, failed.kind)

    async def flush(self) -> None:
        """A relay that took a letter has it."""

    async def close(self) -> None:
        """Leave the relay."""
        await self._pool.close()

    def _address(self, letter: Letter, to: str) -> str:
        return to or self._to.replace("{office}", letter.office)

    def _signed(self, body: bytes) -> bytes:
        return self._signer.signed(body) if self._signer else body


def _relay(settings: SmtpSettings, sender: Mailbox) -> Relay:
    """Raises ``SettingsRefused`` for clear text over a network, and for files that cannot be read."""
    security = settings.smtp_security
    if security == "none" and not (settings.smtp_allow_plain or is_this_machine(settings.smtp_host)):
        raise SettingsRefused(
            "POSTBAG_SMTP_SECURITY: `none` would send letters in clear text over the network; use `starttls` or `tls`, or "
            "set POSTBAG_SMTP_ALLOW_PLAIN=true if that is what you want"
        )
    return Relay(
        settings.smtp_host,
        settings.smtp_port or _PORTS[security],
        security,
        settings.smtp_hello or sender.domain,
        None if security == "none" else _tls(settings),
        settings.smtp_username,
        _password(settings),
    )


def _tls(settings: SmtpSettings) -> ssl.SSLContext:
    path = settings.smtp_ca_file
    try:
        context = ssl.create_default_context(cafile=path)
    except OSError as error:  # an SSLError is one
        raise SettingsRefused(
            f"POSTBAG_SMTP_CA_FILE: {path} cannot be used: {error.strerror or 'it holds no certificate in PEM'}"
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _password(settings: SmtpSettings) -> str:
    path = settings.smtp_password_file
    if path is None:
        return settings.smtp_password.get_secret_value()
    try:
        return read_secret(path)
    except ValueError as error:
        raise SettingsRefused(f"POSTBAG_SMTP_PASSWORD_FILE: {path} {error}") from None
