"""Connections are used again, and one that died while it lay idle costs a new connection and never a doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from services.deliver.answers import Answer, of_smtp, of_smtp_failure
from services.deliver.channels.smtp import pool
from services.deliver.channels.smtp.channel import Smtp
from tests.unit import made
from tests.unit.smtp_desk import DROP, HANG, Desk, channel, desk, send

Story = Callable[[Desk, Smtp], Awaitable[None]]


def told(story: Story, seconds: float = 5.0, connections: int = 4) -> Desk:
    async def run() -> Desk:
        async with (
            desk() as there,
            channel(there.port, attempt_seconds=seconds, smtp_connections=connections) as opened,
        ):
            await story(there, opened)
            return there

    return asyncio.run(run())


def test_letters_one_after_the_other_share_one_connection() -> None:
    async def story(there: Desk, opened: Smtp) -> None:
        for number in range(5):
            assert (await send(opened, made.letter(number))).verdict == "accepted"

    there = told(story)
    assert (there.connections, len(there.mails)) == (1, 5)
    assert there.heard.count("ehlo") == there.heard.count("quit") == 1


def test_no_more_connections_are_opened_than_are_allowed_and_all_letters_go() -> None:
    async def story(there: Desk, opened: Smtp) -> None:
        answers = await asyncio.gather(*(send(opened, made.letter(number)) for number in range(40)))
        assert {answer.verdict for answer in answers} == {"accepted"}

    there = told(story, connections=3)
    assert (there.connections, len(there.mails)) == (3, 40)


def test_a_letter_that_finds_no_connection_free_in_time_was_not_sent() -> None:
    async def story(there: Desk, opened: Smtp) -> None:
        there.now("message", HANG)
        first, second = await asyncio.gather(send(opened, made.letter(1)), _later(opened))
        assert first == of_smtp_failure("message", "timed_out")
        assert second.verdict == "accepted", "its own deadline had not passed"
        there.now("message", HANG)
        answers = await asyncio.gather(*(send(opened, made.letter(number)) for number in (3, 4)))
        assert answers == [of_smtp_failure("message", "timed_out"), of_smtp_failure("connect", "timed_out")]

    told(story, seconds=1.2, connections=1)


async def _later(opened: Smtp) -> Answer:
    await asyncio.sleep(0.6)
    return await send(opened, made.letter(2))


@pytest.mark.parametrize(
    "acts", [(DROP,), (HANG,), ("421 4.4.2 idle for too long",), (f"421 bye{DROP}",), ("nonsense",)]
)
def test_a_connection_that_died_unnoticed_costs_one_reconnection(acts: tuple[str, ...]) -> None:
    async def story(there: Desk, opened: Smtp) -> None:
        await send(opened, made.letter(1))
        there.now("mail", *acts)
        assert (await send(opened, made.letter(2))).verdict == "accepted"

    there = told(story, seconds=1.5)
    assert (there.connections, len(there.mails), len(there.offered)) == (2, 2, 2)


def test_a_new_connection_that_fails_as_well_is_the_answer() -> None:
    async def story(there: Desk, opened: Smtp) -> None:
        await send(opened, made.letter(1))
        there.now("mail", DROP, DROP)
        assert await send(opened, made.letter(2)) == of_smtp_failure("mail", "lost")

    assert told(story).connections == 2


def test_what_a_used_connection_refuses_is_refused_and_not_asked_again_elsewhere() -> None:
    async def story(there: Desk, opened: Smtp) -> None:
        await send(opened, made.letter(1))
        there.now("mail", "550 5.7.1 not you")
        assert await send(opened, made.letter(2)) == of_smtp("mail", 550)
        assert (await send(opened, made.letter(3))).verdict == "accepted"

    assert told(story).connections == 1


def test_a_failure_on_a_used_connection_after_the_letter_is_never_repeated_in_place() -> None:
    async def story(there: Desk, opened: Smtp) -> None:
        await send(opened, made.letter(1))
        there.now("message", DROP)
        assert await send(opened, made.letter(2)) == of_smtp_failure("message", "lost")

    assert len(told(story).offered) == 2


def test_a_connection_that_the_relay_closed_is_not_tried() -> None:
    async def story(there: Desk, opened: Smtp) -> None:
        there.now("message", f"250 queued as 4F2A3B{DROP}")
        await send(opened, made.letter(1))
        await asyncio.sleep(0.1)
        assert (await send(opened, made.letter(2))).verdict == "accepted"

    assert told(story).heard.count("mail") == 2


@pytest.mark.parametrize("act", ["421 bye", "451 not now", "502 what?", "503 no", "554 no more", DROP, "nonsense"])
def test_a_reset_that_fails_costs_one_reconnection_and_says_nothing_of_the_next_letter(act: str) -> None:
    async def story(there: Desk, opened: Smtp) -> None:
        there.now("rcpt", "450 later")
        await send(opened, made.letter(1))
        there.now("rset", act)
        assert (await send(opened, made.letter(2))).verdict == "accepted"

    assert told(story).connections == 2


def test_connections_that_are_old_in_time_or_in_letters_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(there: Desk, opened: Smtp) -> None:
        for number in range(4):
            await send(opened, made.letter(number))

    monkeypatch.setattr(pool, "_MOST_LETTERS", 2)
    assert told(story).connections == 2
    monkeypatch.setattr(pool, "_IDLE_SECONDS", 0.0)
    assert told(story).connections == 4


def test_an_attempt_that_is_cancelled_leaves_no_connection_behind() -> None:
    async def story(there: Desk, opened: Smtp) -> None:
        there.now("message", HANG)
        task = asyncio.create_task(send(opened, made.letter(1)))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await send(opened, made.letter(2))).verdict == "accepted"

    assert told(story, connections=1).connections == 2
