"""A channel that answers as it is told to and remembers what it was given: the far side of deliver's unit tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from services.deliver.answers import Answer, of_failure, of_status

if TYPE_CHECKING:
    from schemas.letter import Letter

Script = Callable[["Letter"], Answer | Awaitable[Answer]]

ACCEPTED: Final = of_status(201, receipt="HNY13-0000001")
REFUSED: Final = of_status(422)
THROTTLED: Final = of_status(503, retry_after=100.0)
NO_CONNECTION: Final = of_failure("no_connection")
CONNECTION_LOST: Final = of_failure("connection_lost")
NO_ANSWER: Final = of_failure("no_answer")


class ScriptedChannel:
    """Answers each attempt from ``script``, an answer or a function of the letter; see ``channel.Channel``."""

    name = "scripted"

    def __init__(self, script: Answer | Script = ACCEPTED, *, idempotent: bool = True) -> None:
        self.script, self.idempotent = script, idempotent
        self.seen: list[tuple[str, bytes]] = []
        self.under_way = self.most_under_way = self.flushes = 0
        self.closed = False

    async def attempt(self, letter: Letter, body: bytes) -> Answer:
        """Let the others run, then answer."""
        self.seen.append((letter.letter_id, body))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(0)
            answer = self.script if isinstance(self.script, Answer) else self.script(letter)
            return answer if isinstance(answer, Answer) else await answer
        finally:
            self.under_way -= 1

    async def flush(self) -> None:
        """Nothing may be under way any more."""
        assert not self.under_way
        self.flushes += 1

    async def close(self) -> None:
        """Remember it."""
        self.closed = True
