"""A local office: it receives letters as a congressional office's intake would, checks them, and keeps books.

One server stands for all offices (``POST /offices/{office}/letters``; the routes are in ``office_desk``). It is the other
side of every promise about delivery, so it is strict about what it gets, exact about what it took, and misbehaves on
command (``PUT /control``; from Python, ``OfficeControl``). It listens on the loopback address unless told otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Final

from aiohttp import web

from deploy.local.office_book import Book, BookError
from deploy.local.office_desk import Desk, say

GRACE_S: Final = 1.0  # for answers under way when told to stop; those that hang are cut off then


async def serve(folder: Path, host: str, port: int, announce: Path | None = None) -> None:
    """Listen until SIGTERM or SIGINT. ``announce`` gets the port once requests are answered.

    Raises:
        BookError: another office keeps this folder's books, or they are damaged.
        OSError: the port is taken, or the folder cannot be written.
    """
    with Book(folder) as book:
        stopping = asyncio.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signum, stopping.set)
        runner = web.AppRunner(Desk(book).app(), access_log=None, shutdown_timeout=GRACE_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            bound = int(runner.addresses[0][1])
            if announce:
                announce_port(announce, bound)
            say("listening", host=host, port=bound, **_totals(book))
            await stopping.wait()
        finally:
            await runner.cleanup()
        say("stopped", **_totals(book))


def announce_port(file: Path, port: int) -> None:
    """Put the port in place at once: a reader sees all of it or no file."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.write_text(f"{port}\n", "utf-8")
    draft.replace(file)


def _totals(book: Book) -> dict[str, object]:
    return {name: value for name, value in book.report().items() if name != "per_office"}


def main() -> int:
    """The command. Returns the exit code: 0 when told to stop, 1 when it could not serve."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.office", description="A local office for letters.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--folder", type=Path, required=True, help="where the books are kept, across restarts")
    parser.add_argument("--announce", type=Path, help="file to write the port to once it listens")
    given = parser.parse_args()
    try:
        if given.announce:
            given.announce.unlink(missing_ok=True)  # an office before this one that was killed left its own
        asyncio.run(serve(given.folder, given.host, given.port, given.announce))
    except (BookError, OSError) as error:
        say("cannot_serve", error=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
