"""A pool of offices that is as quick as Python gets: HTTP by hand, 201 to everything, and the times of the answers kept.

Run as ``python -m tests.integration.harness.quick_office PORT_FILE``. It reads the length of a request and nothing else
of it, so that a comparison of two senders measures the senders. ``GET`` tells how many letters were answered and over how
long, ``DELETE`` forgets them.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from tests.integration.harness.processes import Started

_TAKEN = b'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n{"receipt":"taken"}'


@dataclass(frozen=True, slots=True)
class Answered:
    """How many letters, and the seconds from the first to the last of them."""

    count: int
    seconds: float

    @property
    def rate(self) -> float:
        """Letters a second."""
        return self.count / self.seconds if self.seconds else 0.0


class QuickOffice:
    """The running pool, at 127.0.0.1:``port``."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.letters_url = f"http://127.0.0.1:{port}/offices/{{office}}/letters"

    def answered(self) -> Answered:
        """What was answered since the last ``forget``."""
        return self._ask("GET")

    def forget(self) -> None:
        """Begin to count anew."""
        self._ask("DELETE")

    def _ask(self, method: str) -> Answered:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, "/")
            return Answered(**json.loads(connection.getresponse().read()))
        finally:
            connection.close()


@contextmanager
def quick_office(folder: Path) -> Iterator[QuickOffice]:
    """The pool on a free port, for the length of a ``with`` block."""
    announce = folder / "quick.port"
    command = (sys.executable, "-m", "tests.integration.harness.quick_office", str(announce))
    with Started(command, {}, folder / "quick.log"):
        until = monotonic() + 30
        while not (announce.exists() and announce.read_text()):
            if monotonic() > until:
                raise TimeoutError("the quick office did not start")
            sleep(0.02)
        yield QuickOffice(int(announce.read_text()))


class _Sender(asyncio.Protocol):
    times: list[float]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + length:
                return
            self._buffer = self._buffer[end + 4 + length :]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        times = _Sender.times
        if head.startswith(b"post"):
            times.append(monotonic())
            self._transport.write(_TAKEN)
            return
        told = json.dumps({"count": len(times), "seconds": times[-1] - times[0] if times else 0.0}).encode()
        if head.startswith(b"delete"):
            times.clear()
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(told), told))


async def _serve(announce: Callable[[str], object]) -> None:
    _Sender.times = []
    server = await asyncio.get_running_loop().create_server(_Sender, "127.0.0.1", 0)
    announce(str(server.sockets[0].getsockname()[1]))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]).write_text))
