"""Far sides that keep books of what they took, and answer, stay silent or hang as they are told: for deliver's worst days."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Final, Literal, get_args

from services.deliver.answers import of_failure, of_status
from tests.unit.scripted_channel import ACCEPTED, NO_ANSWER, NO_CONNECTION, REFUSED, ScriptedChannel
from tests.unit.slow_channel import eventually

if TYPE_CHECKING:
    from schemas.letter import Letter
    from services.deliver.answers import Answer

Mood = Literal["takes", "refuses", "busy", "away", "takes_silently", "loses", "hangs", "takes_and_hangs", "forbids"]
MOODS: Final[tuple[Mood, ...]] = get_args(Mood)
_SAID: Final = {
    "refuses": REFUSED,
    "busy": of_status(503, retry_after=2.0),
    "away": NO_CONNECTION,
    "loses": of_failure("connection_lost"),
    "forbids": of_status(401),
}


class Receiver(ScriptedChannel):
    """``took`` counts by letter what it acted upon; one that is ``idempotent`` acts once, and says so again if asked again.

    ``let_go`` is the mood in which it wakes up those that it left hanging.
    """

    def __init__(self, name: str, *, idempotent: bool) -> None:
        super().__init__(self._hear, name=name, idempotent=idempotent)
        self.mood: Mood = "takes"
        self.took: Counter[str] = Counter()
        self.bodies: dict[str, set[bytes]] = {}
        self.hanging: list[str] = []
        self._let_go: dict[str, Mood] = {}

    def let_go(self, mood: Mood) -> None:
        """Answer all that hang, as in ``mood``; returns when they are down."""
        self._let_go = dict.fromkeys(self.hanging, mood)
        eventually(lambda: not self.hanging)

    def forget_the_dead(self) -> None:
        """The worker is gone, and what it had under way with it."""
        eventually(lambda: not self.hanging)

    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        """Take note of the body, whatever becomes of it."""
        self.bodies.setdefault(letter.letter_id, set()).add(body)
        return await super().attempt(letter, to, body)

    async def _hear(self, letter: Letter) -> Answer:
        mood, took = self.mood, self.mood == "takes_and_hangs"
        if took:
            self._take(letter)
        if mood in ("hangs", "takes_and_hangs"):
            mood = await self._hang(letter)
        if mood in ("takes", "takes_silently"):
            if not took:
                self._take(letter)
            return ACCEPTED if mood == "takes" else NO_ANSWER
        return NO_ANSWER if took else _SAID[mood]  # whoever took it does not say that it did not

    async def _hang(self, letter: Letter) -> Mood:
        assert letter.letter_id not in self.hanging, "two attempts of one letter at once"
        self.hanging.append(letter.letter_id)
        try:
            while letter.letter_id not in self._let_go:  # noqa: ASYNC110 - the test is on another thread
                await asyncio.sleep(0.002)
            return self._let_go.pop(letter.letter_id)
        finally:
            self.hanging.remove(letter.letter_id)

    def _take(self, letter: Letter) -> None:
        if not (self.idempotent and self.took[letter.letter_id]):
            self.took[letter.letter_id] += 1
