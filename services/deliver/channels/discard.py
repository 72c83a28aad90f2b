"""Drops every letter and calls it accepted: what the pipeline costs without a last hop. For benchmarks only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.deliver.answers import Answer

if TYPE_CHECKING:
    from schemas.letter import Letter

_DROPPED: Final = Answer("accepted", "discarded")


class Discard:
    """See ``channel.Channel`` for the duties."""

    name = "discard"
    idempotent = True

    async def attempt(self, letter: Letter, body: bytes) -> Answer:
        """Nothing happens."""
        return _DROPPED

    async def flush(self) -> None:
        """Nothing waits."""

    async def close(self) -> None:
        """Nothing is open."""
