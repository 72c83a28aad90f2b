"""Drops every letter and calls it accepted: what the pipeline costs without a last hop. For benchmarks only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.wire import write
from services.deliver.answers import Answer, of_local

if TYPE_CHECKING:
    from schemas.letter import Letter

_DROPPED: Final = of_local("discarded")


class Discard:
    """See ``channel.Channel`` for the duties."""

    name = "discard"
    idempotent = True

    def body(self, letter: Letter, to: str) -> bytes:
        """What other channels would send: making it is part of what a letter costs."""
        return write(letter)

    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        """Nothing happens."""
        return _DROPPED

    async def flush(self) -> None:
        """Nothing waits."""

    async def close(self) -> None:
        """Nothing is open."""
