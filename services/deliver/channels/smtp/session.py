"""One connection to the relay, driven verb by verb, so that of every failure it is known what had been said before it.

The library connects, encrypts, logs in and reads replies; the mail transaction is driven here, because its own way to send a
message does not tell a failure before the message from one after it, and between the two lies whether a repeat could be a
second letter. Errors of the library quote recipients: their text must go nowhere.
"""

from __future__ import annotations

import re
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, cast

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPConnectError, SMTPResponseException, SMTPServerDisconnected

if TYPE_CHECKING:
    from asyncio import WriteTransport

    from aiosmtplib import SMTPResponse

    from services.deliver.answers.smtp import Kind, Verb

_DONE: Final = range(200, 300)
_READY: Final = 354
_REFUSALS: Final = range(400, 600)
_LEAVING: Final = 421
_STUFFED: Final = re.compile(rb"(?m)^\.")
_QUEUED: Final = re.compile(r"(?:queued as|\bid[= ])\s*<?([A-Za-z0-9._:-]{4,80})")


_KINDS: Final[tuple[tuple[type[BaseException], Kind], ...]] = (
    (TimeoutError, "timed_out"),
    (ssl.SSLError, "tls"),
    (OSError, "lost"),
    (BaseException, "strange"),
)
"""Errors of the library and below it, the narrower before the wider."""

_CUT: Final = frozenset({ConnectionResetError, SMTPServerDisconnected})
"""A connection that was there before it was lost; other failures to connect mean that there was none."""


class Replied(Exception):
    """The relay's reply to ``verb`` was not the one that goes on."""

    def __init__(self, verb: Verb, code: int) -> None:
        super().__init__(verb, code)
        self.verb, self.code = verb, code


class Failed(Exception):
    """No reply to ``verb``, or one that is none."""

    def __init__(self, verb: Verb, kind: Kind) -> None:
        super().__init__(verb, kind)
        self.verb, self.kind = verb, kind


@dataclass(frozen=True, slots=True)
class Relay:
    """Where the relay is and how we speak to it. ``tls`` is None for clear text."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    hello: str
    tls: ssl.SSLContext | None
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the relay is told about a message; ``international`` needs SMTPUTF8, ``letter_id`` comes back in a bounce."""

    letter_id: str
    sender: str
    recipient: str
    international: bool


class Session:
    """A connection. ``verb`` is the one under way, or the last one: by it a time-out from outside is told.

    ``usable`` tells that another transaction can begin on it, ``letters`` how many it has carried, ``idle_since`` (monotonic
    seconds) is the pool's.
    """

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._client = SMTP(
            hostname=relay.host,
            port=relay.port,
            use_tls=relay.security == "tls",
            start_tls=False,
            tls_context=relay.tls,
            local_hostname=relay.hello,
            timeout=None,  # the attempt has one deadline for all of it
        )
        self._begun = False  # whether the relay may be in the middle of a transaction
        self.verb: Verb = "connect"
        self.usable = False
        self.letters = 0
        self.idle_since = 0.0

    @property
    def alive(self) -> bool:
        """Whether the other side has not hung up, as far as is known."""
        return self._client.is_connected

    async def open(self) -> None:
        """Connect, greet, encrypt and log in. Raises ``Replied`` or ``Failed``."""
        client, relay = self._client, self._relay
        try:
            await client.connect()
            self.verb = "ehlo"
            await client.ehlo()
            if relay.security == "starttls":
                self.verb = "starttls"
                if not client.supports_extension("starttls"):
                    raise Failed("starttls", "not_offered")  # noqa: TRY301 - one place turns errors into these two
                await client.starttls()
                self.verb = "ehlo"
                await client.ehlo()
            if relay.username:
                self.verb = "auth"
                await self._log_in()
        except Exception as error:  # noqa: BLE001 - whatever the library meets
            raise _told(self.verb, error) from None
        self.usable = True

    async def begin(self, envelope: Envelope, size: int) -> None:
        """``MAIL FROM``. Raises ``Replied`` or ``Failed``; nothing of a letter has been sent when it does."""
        self.verb = "mail"
        offers = self._client.supports_extension
        if envelope.international and not offers("smtputf8"):
            raise Failed("mail", "not_offered")
        options = [f"SIZE={size}"] if offers("size") else []
        if envelope.international:
            options += ["BODY=8BITMIME", "SMTPUTF8"]
        if offers("dsn"):  # a bounce should bring back the letter's id, and nothing of the letter
            options += ["RET=HDRS", f"ENVID={envelope.letter_id}"]
        if self._begun:
            await self._reset()
        self._begun = True
        await self._say("mail", b"MAIL", f"FROM:<{envelope.sender}>".encode(), *(one.encode() for one in options))

    async def _reset(self) -> None:
        """Forget the transaction before. Whatever is said to that is about the connection, and nothing about a letter."""
        try:
            await self._say("mail", b"RSET")
        except Replied:
            raise Failed("mail", "lost") from None

    async def finish(self, envelope: Envelope, message: bytes) -> str | None:
        """The rest, after ``begin``; returns the relay's receipt, if it gave one. Raises ``Replied`` or ``Failed``.

        ``message`` has CRLF line ends, the last line's among them.
        """
        options = (b"NOTIFY=FAILURE",) if self._client.supports_extension("dsn") else ()
        await self._say("rcpt", b"RCPT", f"TO:<{envelope.recipient}>".encode(), *options)
        await self._say("data", b"DATA", wanted=range(_READY, _READY + 1))
        try:
            self._write(_STUFFED.sub(b"..", message))
            # Nothing is awaited in between, so that no reply can come before somebody waits for it.
            reply = await self._say("message", b".")
        except BaseException:
            if self._unsent():
                self.verb = "data"  # the final dot has not left this process
            raise
        self._begun, self.letters = False, self.letters + 1
        found = _QUEUED.search(reply.message)
        return found[1] if found else None

    async def leave(self) -> None:
        """Say goodbye and hang up; what the relay makes of it matters to nobody."""
        with suppress(Exception):
            await self._client.quit()
        self.drop()

    def drop(self) -> None:
        """Hang up at once. What waits to be written must not go out later: it would be sent behind our back."""
        self.usable = False
        if self._client.transport is not None:
            cast("WriteTransport", self._client.transport).abort()
        self._client.close()

    async def _say(self, verb: Verb, *words: bytes, wanted: range = _DONE) -> SMTPResponse:
        self.verb, self.usable = verb, False
        try:
            reply = await self._client.execute_command(*words)
        except Exception as error:  # noqa: BLE001 - whatever the library meets
            raise _told(verb, error) from None
        if reply.code not in wanted:
            if reply.code not in _REFUSALS:
                raise Failed(verb, "strange")
            self.usable = reply.code != _LEAVING
            raise Replied(verb, reply.code)
        self.usable = verb in ("mail", "message")
        return reply

    def _write(self, data: bytes) -> None:
        protocol = self._client.protocol
        if protocol is None:
            raise Failed("data", "lost")
        try:
            protocol.write(data)
        except Exception as error:  # noqa: BLE001 - ditto
            raise _told("data", error) from None

    def _unsent(self) -> bool:
        """Whether a part of what was written has certainly not left this process."""
        transport = self._client.transport
        return transport is not None and cast("WriteTransport", transport).get_write_buffer_size() > 0

    async def _log_in(self) -> None:
        """By one method, once: a relay may count failures, and lock the account."""
        offered, name, password = self._client.server_auth_methods, self._relay.username, self._relay.password
        if "plain" in offered:
            await self._client.auth_plain(name, password)
        elif "login" in offered:
            await self._client.auth_login(name, password)
        elif "cram-md5" in offered:
            await self._client.auth_crammd5(name, password)
        else:
            raise Failed("auth", "not_offered")


def _told(verb: Verb, error: Exception) -> Replied | Failed:
    """What a failure of ``verb`` was, without the text of ``error``."""
    if isinstance(error, (Replied, Failed)):
        return error
    if isinstance(error, SMTPResponseException):
        return Replied(verb, error.code) if error.code in _REFUSALS else Failed(verb, "strange")
    cause = error.__cause__ if isinstance(error, SMTPConnectError) and error.__cause__ else error
    kind = next(kind for one, kind in _KINDS if isinstance(cause, one))
    return Failed(verb, "refused" if verb == "connect" and kind == "lost" and type(cause) not in _CUT else kind)
