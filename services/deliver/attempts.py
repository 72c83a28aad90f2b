"""Runs the attempts of a batch: concurrently, each under its deadline, the batch under its own.

Short retries happen here, in place (tenacity: few, jittered, cut short by shutdown). A letter that was not begun by the
batch's deadline, or whose office has just failed to answer several times in a row, comes back as not attempted: it is
parked and costs no attempt.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Final

from tenacity import AsyncRetrying, retry_if_result, stop_after_attempt, wait_random_exponential

if TYPE_CHECKING:
    from schemas.letter import Letter
    from services.deliver.answers import Answer
    from services.deliver.channels import Channels

_SILENT: Final = 3
"""Unanswered attempts in one batch after which the office's other letters of that batch are not begun."""


@dataclass(slots=True)
class Try:
    """A letter to attempt, and what came of it: no ``answer`` means that it was not begun; ``seconds`` is its time."""

    letter: Letter
    body: bytes
    answer: Answer | None = None
    tries: int = 0
    seconds: float = 0.0


class Attempts:
    """Attempts letters, each through its channel."""

    def __init__(
        self,
        channels: Channels,
        concurrency: int,
        batch_seconds: float,
        short_retries: int,
        stopping: Callable[[], bool],
    ) -> None:
        self._channels, self._concurrency, self._batch_seconds = channels, concurrency, batch_seconds
        self._short_retries, self._stopping = short_retries, stopping

    async def run(self, tries: Sequence[Try]) -> None:
        """Fill in the answers. Returns within the batch's time and one attempt's."""
        until = monotonic() + self._batch_seconds
        silent: Counter[str] = Counter()
        queue = iter(tries)

        async def work() -> None:
            for one in queue:
                if monotonic() > until or self._stopping():
                    return
                if silent[one.letter.office] < _SILENT:
                    await self._attempt(one, until)
                    if one.answer and one.answer.verdict == "unknown":
                        silent[one.letter.office] += 1

        await asyncio.gather(*(work() for _ in range(min(self._concurrency, len(tries)))))
        await self._channels.flush()

    async def _attempt(self, one: Try, until: float) -> None:
        started = perf_counter()
        idempotent = self._channels.of(one.letter).idempotent
        one.answer = await self._once(one)
        if self._again(one.answer, idempotent) and self._short_retries and monotonic() < until:
            await AsyncRetrying(
                retry=retry_if_result(lambda answer: self._again(answer, idempotent)),
                stop=lambda state: stop_after_attempt(self._short_retries)(state) or monotonic() > until,
                wait=wait_random_exponential(multiplier=0.1, max=2),
                sleep=self._sleep,
                retry_error_callback=lambda _: None,
            )(self._retry, one)
        one.seconds = perf_counter() - started

    async def _retry(self, one: Try) -> Answer:
        await self._sleep(0.05)
        one.answer = await self._once(one)
        return one.answer

    async def _once(self, one: Try) -> Answer:
        one.tries += 1
        return await self._channels.of(one.letter).attempt(one.letter, one.body)

    def _again(self, answer: Answer, idempotent: bool) -> bool:
        """Whether trying at once may help: the network stumbled, nobody asked us to wait, and it cannot duplicate."""
        safe = answer.verdict != "unknown" or idempotent
        return safe and answer.reason in ("no_connection", "connection_lost") and not self._stopping()

    async def _sleep(self, seconds: float) -> None:
        until = monotonic() + seconds
        while monotonic() < until and not self._stopping():  # noqa: ASYNC110 - the stop flag is set by a signal handler
            await asyncio.sleep(min(0.05, max(0.0, until - monotonic())))
