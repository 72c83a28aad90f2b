"""Stands for a channel that the operator has not set up: it can carry no letter, and nothing is sent by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.deliver.answers import of_local
from services.deliver.channel import Unfit

if TYPE_CHECKING:
    from schemas.letter import Letter
    from services.deliver.answers import Answer

NOT_SET_UP: Final = of_local("channel_not_set_up")


class Absent:
    """See ``channel.Channel`` for the duties."""

    idempotent = False

    def __init__(self, name: str) -> None:
        self.name = name

    def body(self, letter: Letter, to: str) -> Unfit:
        """None."""
        return Unfit(NOT_SET_UP.reason)

    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        """Nothing is sent."""
        return NOT_SET_UP

    async def flush(self) -> None:
        """Nothing waits."""

    async def close(self) -> None:
        """Nothing is open."""
