"""Where the webhook's tests post to: the local office in this process, and servers that are no office at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import time
from typing import Any

from aiohttp import web

from deploy.local.office_book import Book
from deploy.local.office_desk import Desk
from deploy.local.office_faults import Command, Fault
from schemas.letter import Letter
from schemas.wire import write
from services.deliver.answers import Answer
from services.deliver.channels.webhook import Webhook, WebhookSettings
from services.deliver.channels.webhook.guard import LookUp, look_up
from services.pipeline.settings import load
from tests.unit import made

LETTER = made.letter()
BODY = write(LETTER)
PATIENT, HURRIED = 30.0, 2.0
"""Seconds an attempt may take: far more than any answer here needs, or less than the office in question takes."""

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def webhook(
    url: str,
    attempt_seconds: float = PATIENT,
    ask: LookUp = look_up,
    now: Callable[[], float] = time,
    **settings: Any,
) -> AsyncIterator[Webhook]:
    """The channel; ``ask`` stands for the name server, ``now`` is its clock."""
    channel = Webhook(
        load(WebhookSettings, webhook_url=url, attempt_seconds=attempt_seconds, **settings), ask=ask, now=now
    )
    try:
        yield channel
    finally:
        await channel.close()


async def once(url: str, attempt_seconds: float = PATIENT, letter: Letter = LETTER) -> Answer:
    """One attempt."""
    async with webhook(url, attempt_seconds) as channel:
        return await channel.attempt(letter, "", write(letter))


class Office:
    """The local office, in this process: the same desk and books that the demo uses."""

    def __init__(self, book: Book, desk: Desk, url: str) -> None:
        self.book, self.url, self._desk = book, url, desk

    def behave(self, fault: Fault | None) -> None:
        self._desk._faults.obey(Command(office="*"))
        if fault:
            self._desk._faults.obey(Command(office="*", fault=fault))

    def count(self, what: str) -> int:
        return int(self.book.report()[what])


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[Office]:
    with Book(folder) as book:
        desk = Desk(book)
        runner = web.AppRunner(desk.app(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        try:
            yield Office(book, desk, f"http://127.0.0.1:{port}/offices/{{office}}/letters")
        finally:
            await runner.cleanup()


@asynccontextmanager
async def server(serve: Serve) -> AsyncIterator[str]:
    """A server that has read a request's head and then does as ``serve`` does; its URL."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the sender left
        finally:
            writer.close()

    listening = await asyncio.start_server(take, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"


def saying(answer: bytes) -> Serve:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return serve


async def meet(folder: Path, fault: Fault, attempt_seconds: float = PATIENT) -> tuple[Answer, int]:
    """The answer of an office that misbehaves, and how many letters it has accepted by then."""
    async with office(folder) as there:
        there.behave(fault)
        return await once(there.url, attempt_seconds), there.count("accepted")


@asynccontextmanager
async def visited(host: str, port: int = 0) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A machine that no letter should reach, or that one should: its port, and the first bytes of each visit."""
    visits: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append(await reader.read(1 << 20))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(take, host, port) as listening:
        yield listening.sockets[0].getsockname()[1], visits
