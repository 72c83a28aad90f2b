"""The interface of a channel: how a letter leaves. One module per channel implements it.

Duties: ``attempt`` makes exactly one attempt, under the letter's own id and with the same body each time; it never raises
for what a remote side does, never retries, and never takes longer than the deadline it was made with. ``idempotent``
says whether the receiver answers a repeated id without acting twice: only then may an unknown outcome be tried again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from schemas.letter import Letter
    from services.deliver.answers import Answer


class Channel(Protocol):
    """A way out. ``name`` is its metric label and stands in the ledger."""

    @property
    def name(self) -> str: ...

    @property
    def idempotent(self) -> bool: ...

    async def attempt(self, letter: Letter, body: bytes) -> Answer:
        """Try once. ``body`` is the letter as JSON."""
        ...

    async def flush(self) -> None:
        """Called once after the attempts of a batch and before their outcomes are written: make them durable."""
        ...

    async def close(self) -> None:
        """The worker ends."""
        ...
