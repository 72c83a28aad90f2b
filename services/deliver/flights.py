"""Runs attempts, on an event loop in a thread of its own, so that none of them can hold up the loop's batch for long.

A batch waits for the attempts that it began for as long as its patience lasts. What is not down by then flies on, and
is picked up when it lands: its letter waits in a tier meanwhile. Attempts at offices that are known to be slow are
never waited for. Short retries happen here, in place (tenacity: few, jittered, cut short by shutdown).
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tenacity import AsyncRetrying, retry_if_result, stop_after_attempt, wait_random_exponential

from services.deliver.answers import of_local

if TYPE_CHECKING:
    from schemas.letter import LetterRendered
    from services.deliver.answers import Answer
    from services.deliver.channel import Channel

log = logging.getLogger(__name__)
T = TypeVar("T")
_AT_ONCE: Final = frozenset({"no_connection", "connection_lost", "lost_before_writing"})
"""Reasons for which trying again at once may help: the network stumbled, and nobody asked us to wait."""


@dataclass(slots=True)
class Flight:
    """An attempt: of the letter of ``event`` over ``channel``, to the address ``to``, with ``body``.

    ``before`` is how often it was attempted earlier, ``at_once`` how many attempts its office may have at a time; ``tries``
    is 0 while this attempt is not begun. ``unsure`` tells that an attempt before the last one may have arrived. ``answer`` is
    set last, by the event loop's thread, when ``tries`` and the ``seconds`` that it took are there.
    """

    event: LetterRendered
    channel: Channel
    to: str
    body: bytes
    before: int
    at_once: int
    answer: Answer | None = None
    unsure: bool = False
    tries: int = 0
    seconds: float = 0.0

    @property
    def lane(self) -> tuple[str, str]:
        """Whose attempts are counted together."""
        return self.event.data.office, self.channel.name

    @property
    def attempts(self) -> int:
        """Of the letter so far; one that is about to begin counts."""
        return self.before + max(1, self.tries)


class _Queue:
    """Flights in turn, one lane after another, and of no lane more at once than it may have.

    Whoever takes one and is done takes another, so where a lane is full, its own takers go on with it, and the others
    may leave.
    """

    def __init__(self, flights: Sequence[Flight]) -> None:
        self._waiting: dict[tuple[str, str], deque[Flight]] = {}
        for one in flights:
            self._waiting.setdefault(one.lane, deque()).append(one)
        self._busy = dict.fromkeys(self._waiting, 0)
        self._turn = deque(self._waiting)

    def take(self) -> Flight | None:
        """The next that may begin; None where there is none."""
        if not self._turn:
            return None
        lane = self._turn.popleft()
        waiting = self._waiting[lane]
        one = waiting.popleft()
        self._busy[lane] += 1
        if waiting and self._busy[lane] < one.at_once:
            self._turn.append(lane)
        return one

    def done(self, one: Flight) -> None:
        """It is down."""
        self._busy[one.lane] -= 1
        if self._waiting[one.lane] and self._busy[one.lane] == one.at_once - 1:
            self._turn.append(one.lane)


class Flights:
    """Attempts, ``concurrency`` at once and beside them those that outlive their batch, as many as were let in."""

    def __init__(self, concurrency: int, short_retries: int) -> None:
        self._concurrency, self._short_retries = concurrency, short_retries
        self._stopping: Callable[[], bool] = lambda: False
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="attempts", daemon=True)
        self._thread.start()

    def stop_when(self, stopping: Callable[[], bool]) -> None:
        """Begin nothing more once ``stopping`` says so."""
        self._stopping = stopping

    def run(self, flights: Sequence[Flight], aloof: Sequence[Flight], patience: float) -> None:
        """Begin all of ``aloof`` and as many of ``flights`` as ``patience`` (seconds) allows; return when it is over or
        all ``flights`` are down. One that was not begun by then never is.
        """
        if flights or aloof:
            self.call(self._batch(flights, aloof, patience))

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run ``work`` on the event loop, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    @property
    def up(self) -> int:
        """Attempts under way."""
        return len(self._tasks)

    def wait(self, seconds: float) -> None:
        """Until nothing is under way, or the time is over."""
        self.call(self._wait(seconds))

    def close(self) -> None:
        """End what is under way, and the thread."""
        self.call(self._cancel())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _batch(self, flights: Sequence[Flight], aloof: Sequence[Flight], patience: float) -> None:
        for one in aloof:
            self._begin(self._fly(one))
        until = monotonic() + patience
        queue = _Queue(flights)

        async def work() -> None:
            while (one := queue.take()) is not None:
                if monotonic() > until or self._stopping():
                    return
                await self._fly(one)
                queue.done(one)

        workers = [self._begin(work()) for _ in range(min(self._concurrency, len(flights)))]
        if workers:
            await asyncio.wait(workers, timeout=patience)

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _wait(self, seconds: float) -> None:
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=seconds)

    async def _cancel(self) -> None:
        for task in list(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _fly(self, one: Flight) -> None:
        started = perf_counter()
        try:
            answer = await self._once(one)
            if self._short_retries and self._again(one, answer):
                answer = await self._retried(one, answer)
        except Exception as error:  # noqa: BLE001 - a channel must not raise; one that does has done nobody knows what
            log.error("channel_raised", extra={"channel": one.channel.name, "error_type": type(error).__name__})  # noqa: TRY400 - its text may hold a letter
            answer = of_local("channel_raised")
        one.seconds = perf_counter() - started
        one.answer = answer

    async def _retried(self, one: Flight, answer: Answer) -> Answer:
        last = answer

        async def again() -> Answer:
            nonlocal last
            one.unsure = one.unsure or last.verdict == "unknown"
            await self._sleep(0.05)
            last = await self._once(one)
            return last

        await AsyncRetrying(
            retry=retry_if_result(lambda found: self._again(one, found)),
            stop=stop_after_attempt(self._short_retries),
            wait=wait_random_exponential(multiplier=0.1, max=2),
            sleep=self._sleep,
            retry_error_callback=lambda _: None,
        )(again)
        return last

    async def _once(self, one: Flight) -> Answer:
        one.tries += 1
        return await one.channel.attempt(one.event.data, one.to, one.body)

    def _again(self, one: Flight, answer: Answer) -> bool:
        safe = answer.verdict != "unknown" or one.channel.idempotent
        return safe and answer.reason in _AT_ONCE and not self._stopping()

    async def _sleep(self, seconds: float) -> None:
        until = monotonic() + seconds
        while monotonic() < until and not self._stopping():  # noqa: ASYNC110 - the stop flag is set by a signal handler
            await asyncio.sleep(min(0.05, max(0.0, until - monotonic())))
