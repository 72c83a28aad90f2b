"""The duties of a channel, each as a function that fails where a channel neglects it: see ``services.deliver.channel``.

They are kept apart from the tests so that channels that are broken on purpose can be held against them as well: a duty that
nothing can break proves nothing. Each gets a ``Bench``: a far side that is there, and a way to open the channel towards it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from services.deliver.answers import Answer
from services.deliver.channel import Channel, Unfit
from tests.conformance.channels import HURRIED, PATIENT, Peer, body_of
from tests.unit import made

BOUND: Final = 10.0
"""Seconds after which an attempt that may take ``HURRIED`` is taken for endless, on however busy a machine."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A far side, and ``wrap``, by which a channel may be broken on purpose."""

    peer: Peer
    wrap: Callable[[Channel], Channel]

    @asynccontextmanager
    async def channel(self, seconds: float = PATIENT) -> AsyncIterator[Channel]:
        """The channel, open; nothing may be left of it once it is closed."""
        before = asyncio.all_tasks()
        channel = self.wrap(self.peer.open(seconds))
        try:
            yield channel
        finally:
            await channel.close()
        mine = {task for task in asyncio.all_tasks() - before if "channels" in repr(task.get_coro())}
        assert not mine, "a channel that is closed has nothing under way"

    async def attempt(self, channel: Channel, number: int = 1) -> Answer:
        """One attempt of a letter that is fit."""
        letter = self.peer.letter(number)
        answer = await channel.attempt(letter, self.peer.to, body_of(channel, letter, self.peer.to))
        assert isinstance(answer, Answer)
        assert re.fullmatch(r"[a-z][a-z0-9_]*", answer.reason)
        return answer


async def a_body_is_the_same_for_every_attempt(bench: Bench) -> None:
    letter, bodies = bench.peer.letter(), set()
    for _ in range(2):
        async with bench.channel() as channel:
            bodies |= {body_of(channel, letter, bench.peer.to)}
            await bench.attempt(channel, 2)
            bodies |= {body_of(channel, letter.model_copy(), bench.peer.to)}
    assert len(bodies) == 1


async def what_is_accepted_arrived_once_and_as_it_was(bench: Bench) -> None:
    async with bench.channel() as channel:
        bodies = {n: body_of(channel, bench.peer.letter(n), bench.peer.to) for n in range(1, 6)}
        answers = await asyncio.gather(*(bench.attempt(channel, n) for n in bodies))
        await channel.flush()
    assert {answer.verdict for answer in answers} == {"accepted"}
    assert bench.peer.arrived() == {made.identity(n): [sha256(body).hexdigest()] for n, body in bodies.items()}


async def a_repeat_is_acted_on_once(bench: Bench) -> None:
    for _ in range(2):  # by the same worker, and by the one after it
        async with bench.channel() as channel:
            assert channel.idempotent
            verdicts = {(await bench.attempt(channel)).verdict for _ in range(2)}
            assert verdicts == {"accepted"}
    assert {identity: len(times) for identity, times in bench.peer.arrived().items()} == {made.identity(1): 1}


async def a_far_side_that_is_gone_gets_nothing_and_the_letter_waits(bench: Bench) -> None:
    async with bench.channel() as channel:
        assert (await bench.attempt(channel, 1)).verdict == "accepted"
        await bench.peer.stop()
        await asyncio.sleep(0.1)
        assert [(await bench.attempt(channel, n)).verdict for n in (2, 3)] == ["retry", "retry"]
        await bench.peer.start()
        assert set(bench.peer.arrived()) == {made.identity(1)}
        assert (await bench.attempt(channel, 2)).verdict == "accepted"
    assert set(bench.peer.arrived()) == {made.identity(1), made.identity(2)}


async def a_far_side_that_hangs_leaves_a_doubt_in_time(bench: Bench) -> None:
    async with bench.channel(HURRIED) as channel:
        bench.peer.behave("hangs")
        answer = await asyncio.wait_for(bench.attempt(channel), BOUND)
        assert answer.verdict == "unknown"
        bench.peer.behave("well")
        again = await asyncio.wait_for(bench.attempt(channel), BOUND)
        assert again.verdict == "accepted"
    assert {identity: len(times) for identity, times in bench.peer.arrived().items()} == {made.identity(1): 1}


async def attempts_go_on_side_by_side(bench: Bench) -> None:
    async with bench.channel(BOUND / 2) as channel:
        assert (await bench.attempt(channel, 9)).verdict == "accepted"
        bench.peer.behave("together")
        answers = await asyncio.gather(*(bench.attempt(channel, number) for number in (1, 2)))
    assert {answer.verdict for answer in answers} == {"accepted"}, "each waits for the other to be there"


async def one_attempt_is_one_offer(bench: Bench) -> None:
    bench.peer.behave("refuses")
    async with bench.channel() as channel:
        assert (await bench.attempt(channel)).verdict in ("refused", "retry")
        assert bench.peer.offers == 1
        bench.peer.behave("well")
        await bench.attempt(channel)
        assert bench.peer.offers == 2


async def a_cancelled_attempt_breaks_nothing(bench: Bench) -> None:
    async with bench.channel(BOUND) as channel:
        for manner in ("hangs", "well"):
            bench.peer.behave(manner)
            for turns in (1, 3, 30):
                attempt = asyncio.ensure_future(bench.attempt(channel))
                for _ in range(turns):
                    await asyncio.sleep(0.002)
                attempt.cancel()
                await asyncio.gather(attempt, return_exceptions=True)
                if bench.peer.name == "outbox" and manner == "hangs":
                    break
            bench.peer.behave("well")
        answers = [await asyncio.wait_for(bench.attempt(channel, number), BOUND) for number in (1, 2)]
        assert {answer.verdict for answer in answers} == {"accepted"}
        await channel.flush()
    assert all(len(times) == 1 for times in bench.peer.arrived().values())


async def flush_and_close_can_be_called_again(bench: Bench) -> None:
    async with bench.channel() as unused:
        await unused.flush()
        await unused.close()
    async with bench.channel() as channel:
        await bench.attempt(channel)
        for call in (channel.flush, channel.flush, channel.close, channel.flush, channel.close):
            await call()


async def what_is_unfit_is_never_sent(bench: Bench) -> None:
    async with bench.channel() as channel:
        found = channel.body(bench.peer.unfit(), bench.peer.to)
        assert isinstance(found, Unfit)
        assert re.fullmatch(r"[a-z][a-z0-9_]*", found.reason)
        await channel.flush()
    assert (bench.peer.offers, bench.peer.arrived()) == (0, {})


async def it_never_raises_whatever_the_far_side_does(bench: Bench) -> None:
    number = 0
    while True:
        async with bench.peer.mischief(number) as channel:
            if channel is None:
                break
            answer = await asyncio.wait_for(bench.attempt(bench.wrap(channel)), BOUND)
            assert answer.verdict != "accepted", f"mischief {number}"
            assert made.CANARY not in repr(answer).lower()
        number += 1


async def nothing_of_a_letter_is_told_but_its_id(bench: Bench) -> None:
    heard = _Heard()
    log = logging.getLogger()
    before = log.level
    log.addHandler(heard)
    log.setLevel(logging.DEBUG)
    try:
        await _live(bench, heard)
    finally:
        log.removeHandler(heard)
        log.setLevel(before)
    told = [line for line in heard.lines if made.CANARY in line.lower()]
    assert told == []
    assert bench.peer.leaks == [], "only the body is for what a person typed"


async def _live(bench: Bench, heard: _Heard) -> None:
    """Good days and bad ones."""
    async with bench.channel(HURRIED) as channel:
        heard.lines += [repr(channel), str(channel)]
        for manner in ("well", "refuses", "hangs", "well"):
            if bench.peer.name in ("outbox", "discard") and manner == "hangs":
                continue
            bench.peer.behave(manner)
            heard.lines += [repr(await bench.attempt(channel))]
        await bench.peer.stop()
        heard.lines += [repr(await bench.attempt(channel, 2))]
        await bench.peer.start()
    await it_never_raises_whatever_the_far_side_does(bench)


class _Heard(logging.Handler):
    """Every word of every logger, but of the mail server, which is the far side's."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.lines: list[str] = []
        self._form = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith("mail."):
            self.lines.append(f"{self._form.format(record)} {record.__dict__!r}")


Duty = Callable[[Bench], Awaitable[None]]
DUTIES: Final[tuple[Duty, ...]] = (
    a_body_is_the_same_for_every_attempt,
    what_is_accepted_arrived_once_and_as_it_was,
    a_repeat_is_acted_on_once,
    a_far_side_that_is_gone_gets_nothing_and_the_letter_waits,
    a_far_side_that_hangs_leaves_a_doubt_in_time,
    attempts_go_on_side_by_side,
    one_attempt_is_one_offer,
    a_cancelled_attempt_breaks_nothing,
    flush_and_close_can_be_called_again,
    what_is_unfit_is_never_sent,
    it_never_raises_whatever_the_far_side_does,
    nothing_of_a_letter_is_told_but_its_id,
)
