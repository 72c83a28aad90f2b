"""A door before an office that can be shut: then no connection to it comes about, and who tries runs into a time-out.

A host that drops packets is the one fault that an office cannot show by itself. On the loopback the same is had by a
listener whose queue is full.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

_HOST: Final = "127.0.0.1"
_SHUT_AFTER_S: Final = 0.3
"""A connection that takes longer than this on the loopback will never come about."""


class Gate:
    """Before the office at ``base_url``: shut until ``open``, from then on it hands everything through."""

    def __init__(self, base_url: str) -> None:
        office = urlsplit(base_url)
        self._office = (str(office.hostname), int(office.port or 0))
        self._listener = socket.create_server((_HOST, 0), backlog=0)
        self._sockets: list[socket.socket] = []
        while self._connects():
            pass

    @property
    def base_url(self) -> str:
        """Where it stands."""
        return f"http://{_HOST}:{self._listener.getsockname()[1]}"

    def open(self) -> None:
        """Let them in."""
        threading.Thread(target=self._let_in, name="gate", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes whoever waits in accept
        for one in (self._listener, *self._sockets):
            one.close()

    def _connects(self) -> bool:
        filler = socket.socket()
        self._sockets.append(filler)
        filler.settimeout(_SHUT_AFTER_S)
        try:
            filler.connect(self._listener.getsockname())
        except TimeoutError:
            return False
        return True

    def _let_in(self) -> None:
        with suppress(OSError):
            while True:
                inner, _ = self._listener.accept()
                outer = socket.create_connection(self._office)
                self._sockets += [inner, outer]
                for source, sink in ((inner, outer), (outer, inner)):
                    threading.Thread(target=_pump, args=(source, sink), name="gate", daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
