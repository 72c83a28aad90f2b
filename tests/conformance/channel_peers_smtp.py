"""The far side of the channel `smtp`: a real mail server, and behind it a mailbox that keeps one mail of each Message-ID."""

from __future__ import annotations

import asyncio
from email import message_from_bytes
from hashlib import sha256
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from schemas.letter import Letter
from services.deliver.channel import Channel
from services.deliver.channels.smtp.channel import Smtp
from services.deliver.channels.smtp.settings import SmtpSettings
from services.pipeline.settings import load
from tests.conformance.channel_peers_http import NetworkPeer
from tests.unit import made


class SmtpPeer(NetworkPeer):
    name = "smtp"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._mails: dict[str, list[str]] = {}
        self._server: asyncio.Server | None = None
        self._connections: list[SMTP] = []

    def open_at(self, port: int, seconds: float) -> Channel:
        return Smtp.opened(
            load(
                SmtpSettings,
                smtp_host="127.0.0.1",
                smtp_port=port,
                smtp_security="none",
                smtp_from="letters@postbag.example",
                smtp_return_path="bounces@postbag.example",
                smtp_to="{office}@offices.example",
                attempt_seconds=seconds,
            )
        )

    def unfit(self) -> Letter:
        return made.letter(constituent=made.constituent(email="no address"))

    async def start(self) -> None:
        loop = asyncio.get_running_loop()

        def connected() -> SMTP:
            self._connections.append(SMTP(self, hostname="relay.example", loop=loop))
            return self._connections[-1]

        self._server = await loop.create_server(connected, "127.0.0.1", self.port)

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        for one in self._connections:
            transport: Any = one.transport  # None before the connection is made
            if transport is not None:
                transport.abort()
        self._connections.clear()
        await asyncio.sleep(0)

    def arrived(self) -> dict[str, list[str]]:
        return self._mails

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        content: Any = envelope.content
        assert isinstance(content, bytes)
        self.offers += 1
        if self.manner == "refuses":
            text = content.partition(b"\r\n\r\n")[2].decode("ascii", "replace")
            return f"550 5.7.1 {text.splitlines()[0][:200]}"
        if self.manner == "together":
            await self.barrier.wait()
        identity = str(message_from_bytes(content)["Message-ID"]).strip("<>").partition("@")[0]
        self._mails.setdefault(identity, [sha256(content).hexdigest()])
        if self.manner == "hangs":
            await asyncio.sleep(600)
        return "250 2.0.0 Ok: queued as 7C11D0A2"
