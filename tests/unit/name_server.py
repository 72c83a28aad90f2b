"""A name server that says what a test tells it to, and what it was asked: it stands where the system's look-up would."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import ip_address
from threading import Event
from typing import Any

Found = tuple[int, int, int, str, tuple[Any, ...]]


class NameServer:
    """Each look-up takes the next of ``answers``; the last stands for good. An answer is addresses, an error, or a wait."""

    def __init__(self, *answers: Sequence[str] | OSError | Event) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Sequence[Found]:
        """As ``socket.getaddrinfo``."""
        self.asked.append(host)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, OSError):
            raise answer
        if isinstance(answer, Event):
            answer.wait(30)
            raise OSError
        return [_found(address, port) for address in answer]


def _found(address: str, port: int) -> Found:
    if ip_address(address).version == 6:
        return (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
