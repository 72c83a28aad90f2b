"""Far sides over HTTP: the local office and the local intake, each in this process, with a door that counts and misbehaves.

At the door every request is looked at for what may stand in a body only. Mischief is done by servers that are no far side at
all: they know only bytes.
"""

from __future__ import annotations

import asyncio
import socket
from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from aiohttp import web

from deploy.local.office_book import Book
from deploy.local.office_desk import Desk
from schemas.letter import Letter
from services.deliver.channel import Channel
from services.deliver.channels.webhook.channel import Webhook
from services.deliver.channels.webhook.settings import WebhookSettings
from services.pipeline.settings import load
from tests.conformance.channels import HURRIED, Peer, closing
from tests.unit import made

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MAD: Final = (
    b"",
    b"\r\n",
    b"what do you want?\r\n",
    b"220 canary.example ready\r\n",
    b"220 ready\r\n250 canary\r\n250 canary\r\n550 canary\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf of it",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 999 canary\r\n\r\n",
    b"HTTP/1.1 302 canary\r\nLocation: file:///etc/passwd\r\n\r\n",
    b"HTTP/1.1 503 No\r\nRetry-After: canary\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X: canary\r\n" * 20_000 + b"\r\n",
    b"\x16\x03\x01\x00\x05canary" * 20_000,
    b"2" * 200_000,
)
"""What a server may send to whoever connects, before it hangs up."""


class NetworkPeer(Peer):
    """One that listens on a port of its own, the same one after it was gone."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = _free_port()

    @abstractmethod
    def open_at(self, port: int, seconds: float) -> Channel:
        """The channel, towards ``port``."""

    def open(self, seconds: float) -> Channel:
        return self.open_at(self.port, seconds)

    @asynccontextmanager
    async def mischief(self, number: int) -> AsyncIterator[Channel | None]:
        if number >= len(MAD):
            yield None
            return

        async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                writer.write(MAD[number])
                await writer.drain()
                await asyncio.wait_for(reader.read(1 << 20), 0.2)
            except (OSError, TimeoutError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(say, "127.0.0.1", 0)
        async with server, closing(self.open_at(server.sockets[0].getsockname()[1], HURRIED)) as channel:
            yield channel


class HttpPeer(NetworkPeer):
    """``path`` is what letters are posted to; all others are let through unseen."""

    path: str

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.book: Book | None = None
        self._runner: web.AppRunner | None = None

    @abstractmethod
    def app(self, book: Book) -> web.Application:
        """The far side itself."""

    async def start(self) -> None:
        self.book = self.book or Book(self.folder / "book")
        app = self.app(self.book)
        app.middlewares.insert(0, self._at_the_door)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    def arrived(self) -> dict[str, list[str]]:
        assert self.book
        found: dict[str, list[str]] = {}
        for letter, _ in self.book.acceptances():
            (record,) = self.book.of_letter(letter.letter_id).values()
            found.setdefault(self.identity(letter.letter_id), []).append(record.sha256)
        return found

    def identity(self, told: str) -> str:
        """The letter's id, of what the far side knows it by."""
        return told

    @web.middleware
    async def _at_the_door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        said = f"{request.raw_path} {request.raw_headers!r}"
        if made.CANARY in said.lower():
            self.leaks.append(said)
        if not request.path.endswith(self.path):
            return await handler(request)
        self.offers += 1
        if self.manner == "refuses":
            return web.Response(status=422, text=await request.text(), headers={"X-Quoted": "maria@canary.example"})
        if self.manner == "together":
            await self.barrier.wait()
        answer = await handler(request)
        if self.manner == "hangs":
            await asyncio.sleep(600)
        return answer


class WebhookPeer(HttpPeer):
    name = "webhook"
    path = "/letters"

    def app(self, book: Book) -> web.Application:
        return Desk(book).app()

    def open_at(self, port: int, seconds: float) -> Channel:
        url = f"http://127.0.0.1:{port}/offices/{{office}}/letters"
        return Webhook.opened(load(WebhookSettings, webhook_url=url, attempt_seconds=seconds))

    def unfit(self) -> Letter:
        return made.letter(channel="webhook", to=f"http://127.0.0.1:{self.port}/offices/HNY13/letters")


def _free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])
