"""A local congressional intake, of the House or the Senate: it takes CWC messages as the chamber would, and keeps books.

It is strict by the rules of the format (``cwc_intake_check``), wants a key, knows every DeliveryId that it has taken, and
misbehaves on command (``PUT /control/message`` and its like). It listens on the loopback address unless told otherwise, and
writes the key that it wants to a file, for a worker to be given.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from aiohttp import web

from deploy.local.cwc_intake_check import Chamber
from deploy.local.cwc_intake_desk import IntakeDesk
from deploy.local.office import GRACE_S, announce_port
from deploy.local.office_book import Book, BookError
from deploy.local.office_desk import say
from services.resolve.seats import load_seats


@dataclass(frozen=True, slots=True)
class Place:
    """Where an intake is, and where it keeps its things. ``announce`` gets the port once requests are answered."""

    folder: Path
    host: str = "127.0.0.1"
    port: int = 0
    announce: Path | None = None


async def serve(place: Place, chamber: Chamber, key: str) -> None:
    """Listen until SIGTERM or SIGINT; all of the chamber's offices take part. Raises BookError, OSError."""
    offices = {seat.office for seat in load_seats() if seat.chamber == chamber}
    with Book(place.folder) as book:
        stopping = asyncio.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signum, stopping.set)
        desk = IntakeDesk(book, chamber, key, offices)
        runner = web.AppRunner(desk.app(), access_log=None, shutdown_timeout=GRACE_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, place.host, place.port).start()
            bound = int(runner.addresses[0][1])
            if place.announce:
                announce_port(place.announce, bound)
            say("listening", host=place.host, port=bound, chamber=chamber)
            await stopping.wait()
        finally:
            await runner.cleanup()
        say("stopped", asked=desk.asked)


def key_in(file: Path) -> str:
    """The key that ``file`` holds; it gets a new one, for the owner alone to read, if it is not there. Raises OSError."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text("ascii").strip()
    key = secrets.token_hex(16)
    with os.fdopen(handle, "w", encoding="ascii") as new:
        new.write(f"{key}\n")
    return key


def main() -> int:
    """The command. Returns the exit code: 0 when told to stop, 1 when it could not serve."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.cwc_intake", description="A local CWC intake.")
    parser.add_argument("--chamber", choices=get_args(Chamber), default="house")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--folder", type=Path, required=True, help="where the books are kept, across restarts")
    parser.add_argument("--key-file", type=Path, help="the key that is asked for; made if it is not there")
    parser.add_argument("--announce", type=Path, help="file to write the port to once it listens")
    given = parser.parse_args()
    try:
        given.folder.mkdir(parents=True, exist_ok=True)
        if given.announce:
            given.announce.unlink(missing_ok=True)
        key = key_in(given.key_file or given.folder / "key")
        asyncio.run(serve(Place(given.folder, given.host, given.port, given.announce), given.chamber, key))
    except (BookError, OSError) as error:
        say("cannot_serve", error=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
