"""Servers that do with a connection as a test says, from the first byte on; and one attempt of the webhook to post to one."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from services.deliver.answers import Answer
from tests.unit.far_sides import BODY, LETTER, PATIENT, Serve, webhook


def reset(writer: asyncio.StreamWriter) -> None:
    """Cut the connection so that the far side sees a reset, and not an end."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def raw(serve: Serve, window: int | None = None) -> AsyncIterator[str]:
    """A server that reads nothing by itself; ``window``: bytes that its system takes in before it does."""
    listening = socket.socket()
    if window:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    listening.bind(("127.0.0.1", 0))

    open_still: set[asyncio.Task[None]] = set()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the sender left
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_still.add(asyncio.ensure_future(take(reader, writer)))

    async with await asyncio.start_server(begin, sock=listening, limit=1 << 12):
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        for task in open_still:
            task.cancel()
        await asyncio.gather(*open_still, return_exceptions=True)


def attempt(serve: Serve, seconds: float = PATIENT, body: bytes = BODY, window: int | None = None) -> Answer:
    async def run() -> Answer:
        async with raw(serve, window) as url, webhook(url, seconds) as channel:
            return await channel.attempt(LETTER, "", body)

    return asyncio.run(run())
