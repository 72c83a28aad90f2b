"""The attempts of a batch: how many at once, until when, how often, and which are not begun at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from schemas.letter import Letter
from services.deliver.answers import FAILURES, Answer, of_failure, of_status
from services.deliver.attempts import Attempts, Try
from services.deliver.channels import Channels
from tests.unit import made
from tests.unit.scripted_channel import (
    ACCEPTED,
    CONNECTION_LOST,
    NO_ANSWER,
    NO_CONNECTION,
    REFUSED,
    THROTTLED,
    ScriptedChannel,
)


def letters(count: int, office: str = "HNY13", first: int = 1) -> list[Try]:
    return [Try(made.letter(number, office=office), b"%d" % number) for number in range(first, first + count)]


def run(
    channel: ScriptedChannel,
    tries: Sequence[Try],
    concurrency: int = 4,
    batch_seconds: float = 60,
    short_retries: int = 0,
    stopping: Callable[[], bool] = lambda: False,
) -> None:
    asyncio.run(Attempts(Channels(channel), concurrency, batch_seconds, short_retries, stopping).run(tries))


def begun(tries: Sequence[Try]) -> list[bool]:
    assert all((one.answer is not None) == (one.tries > 0) for one in tries)
    return [one.tries > 0 for one in tries]


def test_each_letter_is_attempted_once_with_its_own_body_and_then_made_durable() -> None:
    channel, tries = ScriptedChannel(), letters(25)
    run(channel, tries)
    assert sorted(channel.seen) == sorted((one.letter.letter_id, one.body) for one in tries)
    assert [(one.answer, one.tries) for one in tries] == [(ACCEPTED, 1)] * 25
    assert all(one.seconds > 0 for one in tries)
    assert channel.flushes == 1


@pytest.mark.parametrize("concurrency", [1, 4, 32])
def test_no_more_are_under_way_at_once_than_allowed_and_no_fewer_than_there_are(concurrency: int) -> None:
    channel, tries = ScriptedChannel(), letters(20)
    run(channel, tries, concurrency=concurrency)
    assert channel.most_under_way == min(concurrency, 20)
    assert all(begun(tries))


def test_no_letters_are_no_trouble() -> None:
    channel = ScriptedChannel()
    run(channel, [])
    assert (channel.seen, channel.flushes) == ([], 1)


def test_what_was_not_begun_by_the_batch_s_deadline_is_left_without_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("services.deliver.attempts.monotonic", lambda: clock[0])

    def take_a_second(_: Letter) -> Answer:
        clock[0] += 1
        return ACCEPTED

    channel, tries = ScriptedChannel(take_a_second), letters(10)
    run(channel, tries, concurrency=1, batch_seconds=2.5)
    assert begun(tries) == [True] * 3 + [False] * 7
    assert channel.flushes == 1, "what was begun is made durable all the same"


@pytest.mark.parametrize("answer", [*(of_failure(row.reason) for row in FAILURES), ACCEPTED, REFUSED, THROTTLED])
@pytest.mark.parametrize("short_retries", [0, 2])
def test_only_a_network_that_stumbles_is_tried_again_at_once_and_every_try_is_counted(
    answer: Answer, short_retries: int
) -> None:
    channel, (one,) = ScriptedChannel(answer), letters(1)
    run(channel, [one], short_retries=short_retries)
    stumbles = answer.reason in ("no_connection", "connection_lost")
    assert one.tries == len(channel.seen) == 1 + (short_retries if stumbles else 0)
    assert one.answer == answer
    assert len({body for _, body in channel.seen}) == 1


@pytest.mark.parametrize(("failure", "tries"), [(NO_CONNECTION, 3), (CONNECTION_LOST, 1)])
def test_what_may_have_arrived_is_not_tried_again_where_the_receiver_would_act_twice(
    failure: Answer, tries: int
) -> None:
    channel, (one,) = ScriptedChannel(failure, idempotent=False), letters(1)
    run(channel, [one], short_retries=2)
    assert (one.answer, one.tries) == (failure, tries)


def test_a_short_retry_that_gets_an_answer_is_the_last() -> None:
    answers = iter([NO_CONNECTION, CONNECTION_LOST, of_status(201), REFUSED])
    channel, (one,) = ScriptedChannel(lambda _: next(answers)), letters(1)
    run(channel, [one], short_retries=5)
    assert (one.answer, one.tries) == (of_status(201), 3)


def test_no_short_retry_begins_after_the_batch_s_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("services.deliver.attempts.monotonic", lambda: clock[0])

    def take_long(_: Letter) -> Answer:
        clock[0] += 9
        return NO_CONNECTION

    channel, (one,) = ScriptedChannel(take_long), letters(1)
    run(channel, [one], batch_seconds=5, short_retries=5)
    assert one.tries == 1


def test_an_office_that_stays_silent_is_left_alone_after_three_and_the_others_are_not() -> None:
    def answer(letter: Letter) -> Answer:
        return NO_ANSWER if letter.office == "HNY13" else ACCEPTED

    silent, other = letters(8), letters(8, "SNY01", first=100)
    channel = ScriptedChannel(answer)
    run(channel, [one for pair in zip(silent, other, strict=True) for one in pair], concurrency=1)
    assert begun(silent) == [True] * 3 + [False] * 5
    assert all(begun(other))


@pytest.mark.parametrize("answer", [REFUSED, THROTTLED, of_failure("tls_failed")])
def test_an_office_that_speaks_or_was_not_reached_is_not_taken_for_silent(answer: Answer) -> None:
    tries = letters(8)
    run(ScriptedChannel(answer), tries, concurrency=1)
    assert all(begun(tries))


def test_nothing_is_begun_after_the_word_to_stop() -> None:
    stopped = [False]

    def stop_at_the_second(letter: Letter) -> Answer:
        stopped[0] = letter.letter_id == made.identity(2)
        return NO_CONNECTION if stopped[0] else ACCEPTED

    tries = letters(5)
    run(ScriptedChannel(stop_at_the_second), tries, concurrency=1, short_retries=5, stopping=lambda: stopped[0])
    assert begun(tries) == [True, True, False, False, False]
    assert tries[1].tries == 1, "no short retry either"


def test_the_word_to_stop_cuts_a_wait_short() -> None:
    stopped: list[bool] = []

    async def wait() -> None:
        attempts = Attempts(Channels(ScriptedChannel()), 1, 60, 0, lambda: bool(stopped))
        asyncio.get_running_loop().call_later(0.02, stopped.append, True)
        await asyncio.wait_for(attempts._sleep(600), timeout=60)

    asyncio.run(wait())
    assert stopped


def test_a_slow_letter_holds_up_no_other() -> None:
    freed = asyncio.Event()

    async def slow(letter: Letter) -> Answer:
        if letter.letter_id == made.identity(1):
            await asyncio.wait_for(freed.wait(), 30)
        elif letter.letter_id == made.identity(9):
            freed.set()
        return ACCEPTED

    tries = letters(9)
    run(ScriptedChannel(slow), tries, concurrency=2)
    assert all(begun(tries))
