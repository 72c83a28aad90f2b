"""The channels under test, each with its far side as real as it can be had here: what the duties are held against.

A ``Peer`` is a far side that can be told to behave badly and that remembers what it acted on; ``CASES`` has one for each
channel. A far side that cannot show a duty says why in ``EXEMPT``, and nothing else is left out. Run as a module, it prints a
digest of each channel's body, for a test that compares processes.
"""

from __future__ import annotations

import asyncio
import sys
from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, Final, Literal

from schemas.letter import Letter
from services.deliver.channel import Channel, Unfit
from tests.unit import made

Manner = Literal["well", "hangs", "refuses", "together"]
"""``hangs`` takes the letter and never answers; ``refuses`` quotes the letter in its refusal; ``together`` answers only once
two attempts are there at the same time."""

PATIENT: Final = 20.0
HURRIED: Final = 0.6
"""Seconds an attempt may take: far more than any answer here needs, or less than a far side that hangs takes."""

PAPER: Final = b64encode(b"%PDF-1.7\n% a canary's letter").decode()


class Peer(ABC):
    """One far side in ``folder``, good for one channel's name. ``to`` is what the router would say."""

    name: ClassVar[str]
    to: ClassVar[str] = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manner: Manner = "well"
        self.offers = 0
        self.leaks: list[str] = []

    @abstractmethod
    def open(self, seconds: float) -> Channel:
        """The channel, towards this far side; an attempt may take ``seconds``."""

    @abstractmethod
    def arrived(self) -> dict[str, list[str]]:
        """The SHA-256 of what was acted on, by letter id, as often as it was."""

    def letter(self, number: int = 1) -> Letter:
        """A letter that this channel can carry; every word that a person typed holds a canary."""
        return made.letter(number)

    def unfit(self) -> Letter:
        """A letter that this channel can never carry."""
        raise NotImplementedError

    async def start(self) -> None:  # noqa: B027 - not every far side has to begin
        """Be there."""

    async def stop(self) -> None:  # noqa: B027 - ditto
        """Be gone: nothing listens, nothing can be written."""

    def behave(self, manner: Manner) -> None:
        """From now on."""
        self.manner = manner
        self.barrier = asyncio.Barrier(2)

    @asynccontextmanager
    async def mischief(self, number: int) -> AsyncIterator[Channel | None]:
        """A channel whose far side does something mad, the one of that number; None: there are no more."""
        yield None


@asynccontextmanager
async def closing(channel: Channel) -> AsyncIterator[Channel]:
    """The channel, closed in the end."""
    try:
        yield channel
    finally:
        await channel.close()


def body_of(channel: Channel, letter: Letter, to: str) -> bytes:
    """The body of a letter that must be fit."""
    body = channel.body(letter, to)
    assert not isinstance(body, Unfit), body
    return body


CASES: Final = {
    "outbox": "channel_peers_files.OutboxPeer",
    "print": "channel_peers_files.PrintPeer",
    "discard": "channel_peers_files.DiscardPeer",
    "webhook": "channel_peers_http.WebhookPeer",
    "smtp": "channel_peers_smtp.SmtpPeer",
    "cwc-house": "channel_peers_cwc.HousePeer",
    "cwc-senate": "channel_peers_cwc.SenatePeer",
}
"""The far side of each channel."""


def peer_of(name: str, folder: Path) -> Peer:
    """The far side of the channel ``name``. Imported when it is asked for: a broken channel must not hide the others."""
    module, _, kind = CASES[name].partition(".")
    found: type[Peer] = getattr(import_module(f"tests.conformance.{module}"), kind)
    return found(folder)


_NOBODY: Final = "there is nobody on the far side"
_CARRIES_ALL: Final = "it can carry every letter"
_DISK: Final = "a disk answers one after the other"
EXEMPT: Final[dict[tuple[str, str], str]] = {
    ("discard", "what_is_accepted_arrived_once_and_as_it_was"): _NOBODY,
    ("discard", "a_repeat_is_acted_on_once"): _NOBODY,
    ("discard", "a_far_side_that_is_gone_gets_nothing_and_the_letter_waits"): _NOBODY,
    ("discard", "a_far_side_that_hangs_leaves_a_doubt_in_time"): _NOBODY,
    ("discard", "attempts_go_on_side_by_side"): _NOBODY,
    ("discard", "one_attempt_is_one_offer"): _NOBODY,
    ("discard", "what_is_unfit_is_never_sent"): _CARRIES_ALL,
    ("outbox", "what_is_unfit_is_never_sent"): _CARRIES_ALL,
    ("outbox", "attempts_go_on_side_by_side"): _DISK,
    ("print", "attempts_go_on_side_by_side"): _DISK,
    ("outbox", "one_attempt_is_one_offer"): "a disk is not asked",
    ("print", "one_attempt_is_one_offer"): "a disk is not asked",
    ("outbox", "a_far_side_that_hangs_leaves_a_doubt_in_time"): "it waits for a disk where it stands, and the worker's "
    "watchdog for it",
}  # fmt: skip
"""Duties that a case cannot show, and why."""


def digests() -> dict[str, str]:
    """A digest of each channel's body for its letter, with nothing listening."""
    found = {}
    for name in CASES:
        with TemporaryDirectory() as folder:
            found[name] = asyncio.run(_digest(peer_of(name, Path(folder))))
    return found


async def _digest(peer: Peer) -> str:
    async with closing(peer.open(PATIENT)) as channel:
        return sha256(body_of(channel, peer.letter(), peer.to)).hexdigest()


def main(write: Callable[[str], Any] = sys.stdout.write) -> None:
    """Print the digests, a line each."""
    for name, digest in digests().items():
        write(f"{name} {digest}\n")


if __name__ == "__main__":
    main()
