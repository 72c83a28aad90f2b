"""The interface of a channel: how a letter leaves. One package or module per channel implements it, and ``tests/conformance``
holds each to its duties, against a real peer.

Duties. ``body`` is a plain function of the letter: the same bytes for every attempt, on every machine. ``attempt``
makes exactly one attempt, under the letter's own id; it never raises for what a remote side does, never retries, and
never takes longer than ``attempt_seconds``. ``idempotent`` says whether the receiver answers a repeated id without
acting twice: only then may an unknown outcome be tried again. Nothing of a letter but its id may get into a log, a
metric or the text of an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from schemas.letter import Letter
    from services.deliver.answers import Answer


@dataclass(frozen=True, slots=True)
class Unfit:
    """This channel cannot carry this letter, ever, and nothing was sent; the next one may. ``reason`` is a code."""

    reason: str


class Channel(Protocol):
    """A way out. ``name`` is its metric label and stands in the ledger."""

    @property
    def name(self) -> str: ...

    @property
    def idempotent(self) -> bool: ...

    def body(self, letter: Letter, to: str) -> bytes | Unfit:
        """What an attempt sends, without what changes from one attempt to the next (signatures, times).

        ``to`` is the address on this channel, of the target or of the recipient; empty where the channel knows by itself.
        """
        ...

    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        """Try once."""
        ...

    async def flush(self) -> None:
        """Called after attempts and before their outcomes are written: make them durable."""
        ...

    async def close(self) -> None:
        """The worker ends."""
        ...
