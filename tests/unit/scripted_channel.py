"""A channel that answers as it is told to and remembers what it was given: the far side of deliver's unit tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from schemas.wire import write
from services.deliver.answers import Answer, of_failure, of_status
from services.deliver.channel import Unfit

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
    """Answers each attempt from ``script``, an answer or a function of the letter; see ``channel.Channel``.

    ``unfit`` is the reason why it can carry no letter, if it cannot.
    """

    def __init__(
        self, script: Answer | Script = ACCEPTED, *, idempotent: bool = True, name: str = "scripted", unfit: str = ""
    ) -> None:
        self.script, self.idempotent, self.name, self.unfit = script, idempotent, name, unfit
        self.seen: list[tuple[str, bytes]] = []
        self.sent_to: list[str] = []
        self.under_way = self.most_under_way = self.flushes = 0
        self.closed = False

    def body(self, letter: Letter, to: str) -> bytes | Unfit:
        """The letter as JSON."""
        return Unfit(self.unfit) if self.unfit else write(letter)

    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        """Let the others run, then answer."""
        self.seen.append((letter.letter_id, body))
        self.sent_to.append(to)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(0)
            answer = self.script if isinstance(self.script, Answer) else self.script(letter)
            return answer if isinstance(answer, Answer) else await answer
        finally:
            self.under_way -= 1

    async def flush(self) -> None:
        """Count it."""
        self.flushes += 1

    async def close(self) -> None:
        """Remember it."""
        self.closed = True
