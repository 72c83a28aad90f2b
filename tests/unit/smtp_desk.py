"""A mail server that does at each verb what a test tells it: reply, hang up, say nothing, drip, or talk nonsense.

It speaks just enough of SMTP to keep a client going, and keeps what it was told. It must never be lenient: a message without
its final dot is no mail.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

from schemas.letter import Letter
from services.deliver.answers import Answer
from services.deliver.channel import Unfit
from services.deliver.channels.smtp.channel import Smtp
from services.deliver.channels.smtp.settings import SmtpSettings
from tests.unit import made

DROP: Final = "<drop>"
"""Reset the connection; after a reply, as in ``250 taken<drop>``, once that is out."""

HANG: Final = "<hang>"
DRIP: Final = "<drip>"
"""A byte now and then, and never a line."""

NONSENSE: Final = "Hello, I am no mail server at all"

_REPLIES: Final = {
    "connect": "220 desk.example ready",
    "ehlo": "250-desk.example\r\n250-SIZE 10000000\r\n250-8BITMIME\r\n250 SMTPUTF8",
    "starttls": "220 go ahead",
    "auth": "235 2.7.0 welcome",
    "mail": "250 2.1.0 ok",
    "rcpt": "250 2.1.5 ok",
    "data": "354 go ahead",
    "message": "250 2.0.0 Ok: queued as 4F2A3B99",
    "rset": "250 2.0.0 ok",
    "noop": "250 2.0.0 ok",
    "quit": "221 2.0.0 bye",
}

Script = Mapping[str, Sequence[str]]
"""What happens at a verb, one after the other; afterwards it goes well."""


@dataclass(slots=True)
class Mail:
    """A mail that was taken: the two commands as they came, and the message as it was sent, its dots still doubled."""

    sender: str
    recipient: str
    message: bytes


@dataclass(slots=True)
class Desk:
    """What came in. ``offered`` counts messages that came to their final dot, whatever was said to them."""

    port: int = 0
    connections: int = 0
    offered: list[bytes] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    script: dict[str, list[str]] = field(default_factory=dict)

    def now(self, verb: str, *acts: str) -> None:
        """What happens at ``verb`` from now on."""
        self.script[verb] = list(acts)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            if await self._act("connect", writer):
                await self._talk(reader, writer)
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender = recipient = ""
        while line := await reader.readline():
            command = line.decode().rstrip("\r\n")
            verb = command.split(" ")[0].split(":")[0].lower()
            self.heard.append(verb)
            sender, recipient = (command if verb == "mail" else sender), (command if verb == "rcpt" else recipient)
            if not await self._act(verb, writer):
                return
            if verb == "quit":
                return
            if verb == "data" and self._said.startswith("354"):
                message = await reader.readuntil(b"\r\n.\r\n")
                self.offered.append(message[:-3])
                if not await self._act("message", writer):
                    return
                if self._said.startswith("250"):
                    self.mails.append(Mail(sender, recipient, message[:-3]))

    async def _act(self, verb: str, writer: asyncio.StreamWriter) -> bool:
        """Do what is scripted; False where the connection is over."""
        acts = self.script.get(verb)
        act = acts.pop(0) if acts else _REPLIES.get(verb, "500 what?")
        self._said, drops = act.removesuffix(DROP), act.endswith(DROP)
        if act == HANG:
            await asyncio.sleep(60)
        while act == DRIP:
            writer.write(b"2")
            await asyncio.sleep(0.02)
        if self._said:
            writer.write(f"{self._said}\r\n".encode())
            await writer.drain()
        if drops:
            await asyncio.sleep(0.02)  # what was said goes out before the reset
            if verb == "message" and self._said.startswith("250"):
                self.mails.append(Mail("", "", self.offered[-1]))
            writer.transport.abort()
        return not drops

    _said: str = ""


@asynccontextmanager
async def desk(script: Script | None = None) -> AsyncIterator[Desk]:
    """A desk on a free port, until the block ends."""
    there = Desk(script={verb: list(acts) for verb, acts in (script or {}).items()})
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(asyncio.CancelledError):
            await there.serve(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=64 << 20)
    there.port = server.sockets[0].getsockname()[1]
    try:
        yield there
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def settings(port: int, **changes: Any) -> SmtpSettings:
    """Clear text to this machine, in haste."""
    usual: dict[str, Any] = {
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_security": "none",
        "smtp_from": "letters@postbag.example",
        "smtp_return_path": "bounces@postbag.example",
        "smtp_to": "{office}@offices.example",
        "attempt_seconds": 5.0,
    }
    return SmtpSettings(**(usual | changes))


@asynccontextmanager
async def channel(port: int, **changes: Any) -> AsyncIterator[Smtp]:
    """The channel, opened and in the end closed."""
    opened = Smtp.opened(settings(port, **changes))
    try:
        yield opened
    finally:
        await opened.close()


def body_of(there: Smtp, letter: Letter, to: str = "") -> bytes:
    """The letter's body, which must be fit."""
    body = there.body(letter, to)
    assert not isinstance(body, Unfit)
    return body


async def send(there: Smtp, letter: Letter | None = None, to: str = "") -> Answer:
    """One attempt."""
    letter = letter or made.letter()
    return await there.attempt(letter, to, body_of(there, letter, to))


def meet(script: Script, **changes: Any) -> tuple[Answer, Desk]:
    """One attempt at a desk with this script, from connecting to leaving."""

    async def run() -> tuple[Answer, Desk]:
        async with desk(script) as there, channel(there.port, **changes) as opened:
            return await send(opened), there

    return asyncio.run(run())
