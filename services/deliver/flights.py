"""Runs attempts, on an event loop in a thread of its own, so that none of them can hold up the loop's batch for long.

A batch waits for the attempts that it began for as long as its patience lasts. What is not down by then flies on, and
is picked up when it lands: its letter waits in a tier meanwhile. Attempts at offices that are known to be slow are
never waited for. Short retries happen here, in place (tenacity: few, jittered, cut short by shutdown).
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any, Final, TypeVar

import uvloop
from tenacity import AsyncRetrying, retry_if_result, stop_after_attempt, wait_random_exponential

from services.deliver.answers import of_local
from services.deliver.boarding import Boarding

if TYPE_CHECKING:
    from schemas.letter import LetterRendered
    from services.deliver.answers import Answer
    from services.deliver.channel import Channel

log = logging.getLogger(__name__)
T = TypeVar("T")
_STRAGGLER: Final = 4.0
"""A batch waits for its last attempts so many times as long as its first half took."""
_SHORTEST_WAIT: Final = 0.2
"""... and at least so long, in seconds, where it must."""

_AT_ONCE: Final = frozenset({"no_connection", "connection_lost", "lost_before_writing"})
"""Reasons for which trying again at once may help: the network stumbled, and nobody asked us to wait."""


@dataclass(slots=True)
class Flight:
    """An attempt: of the letter of ``event`` over ``channel``, to the address ``to``, with ``body``.

    ``before`` is how often it was attempted earlier, ``at_once`` how many attempts its office may have at a time; ``tries``
    is 0 while this attempt is not begun, and ``lane`` says whose attempts are counted together. ``unsure`` tells that an
    attempt before the last one may have arrived. ``answer`` is set last, by the event loop's thread, when ``tries`` and the
    ``seconds`` that it took are there. One that is ``given_up`` is another worker's to go on with.
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
    given_up: bool = False
    lane: tuple[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.lane = self.event.data.office, self.channel.name

    @property
    def attempts(self) -> int:
        """Of the letter so far; one that is about to begin counts."""
        return self.before + max(1, self.tries)


async def _until_done(tasks: Sequence[asyncio.Task[None]]) -> None:
    await asyncio.wait(tasks)


class Flights:
    """Attempts, ``concurrency`` at once and beside them those that outlive their batch, as many as were let in.

    A channel ends its attempts itself; one that does not by ``longest`` (seconds after its batch ended) is ended here.
    """

    def __init__(self, concurrency: int, short_retries: int, longest: float) -> None:
        self._concurrency, self._short_retries, self._longest = concurrency, short_retries, longest
        self._stopping: Callable[[], bool] = lambda: False
        self._allowed: Callable[[Flight], bool] = lambda _: True
        self._closing = False
        self._loop = uvloop.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="attempts", daemon=True)
        self._thread.start()

    def stop_when(self, stopping: Callable[[], bool]) -> None:
        """Begin nothing more once ``stopping`` says so."""
        self._stopping = stopping

    def begin_if(self, allowed: Callable[[Flight], bool]) -> None:
        """Ask ``allowed``, on the event loop's thread, directly before each attempt of ``flights`` and each further try."""
        self._allowed = allowed

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
            self._bound(self._begin(self._fly(one)))
        if not flights:
            return
        began = monotonic()
        boarding = Boarding(flights)
        half = asyncio.Event()
        down = 0

        async def work() -> None:
            nonlocal down
            while not self._stopping() and (one := boarding.take()) is not None:
                if self._allowed(one):
                    await self._fly(one)
                boarding.done(one)
                down += 1
                if 2 * down >= len(flights):
                    half.set()

        workers = [self._begin(work()) for _ in range(min(self._concurrency, len(flights)))]
        all_down = self._loop.create_task(_until_done(workers))
        first = self._loop.create_task(half.wait())
        await asyncio.wait((all_down, first), timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        if first.done() and not all_down.done():
            # The others show what is usual here: one office that hangs is not waited for as long as a whole slow batch.
            usual = monotonic() - began
            rest = min(patience, max(_SHORTEST_WAIT, _STRAGGLER * usual)) - usual
            await asyncio.wait((all_down,), timeout=max(0.0, rest))
        boarding.close()
        for worker in workers:
            self._bound(worker)
        for task in (all_down, first):
            task.cancel()

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _bound(self, task: asyncio.Task[None]) -> None:
        """End it if it does not end by itself."""
        if not task.done():
            late = self._loop.call_later(self._longest, task.cancel)
            task.add_done_callback(lambda _: late.cancel())

    async def _wait(self, seconds: float) -> None:
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=seconds)

    async def _cancel(self) -> None:
        self._closing = True
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
        except asyncio.CancelledError:
            if self._closing:
                raise
            answer = self._failed(one, "CancelledError")
        except Exception as error:  # noqa: BLE001 - a channel must not raise; one that does has done nobody knows what
            answer = self._failed(one, type(error).__name__)
        one.seconds = perf_counter() - started
        one.answer = answer

    def _failed(self, one: Flight, error_type: str) -> Answer:
        """Only the type of what it raised is told: its text may hold a letter."""
        log.error("channel_raised", extra={"channel": one.channel.name, "error_type": error_type})
        return of_local("channel_raised")

    async def _retried(self, one: Flight, answer: Answer) -> Answer:
        last = answer

        async def again() -> Answer:
            nonlocal last
            await self._sleep(0.05)
            if self._again(one, last):
                one.unsure = one.unsure or last.verdict == "unknown"
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
        return safe and answer.reason in _AT_ONCE and not self._stopping() and self._allowed(one)

    async def _sleep(self, seconds: float) -> None:
        until = monotonic() + seconds
        while monotonic() < until and not self._stopping():  # noqa: ASYNC110 - the stop flag is set by a signal handler
            await asyncio.sleep(min(0.05, max(0.0, until - monotonic())))
