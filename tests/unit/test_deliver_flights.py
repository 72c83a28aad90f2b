"""Attempts in their own thread: how many at once, of one office and of all, until when, how often, and what goes on alone."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import pytest

from schemas.letter import Letter
from services.deliver.answers import FAILURES, Answer, of_failure, of_status
from services.deliver.breaker import IN_A_ROW
from services.deliver.flights import Flight, Flights
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

PATIENT = 30.0
Open = Callable[..., Flights]


@pytest.fixture
def open_flights() -> Iterator[Open]:
    opened: list[Flights] = []

    def start(concurrency: int = 4, short_retries: int = 0, longest: float = 60.0) -> Flights:
        opened.append(Flights(concurrency, short_retries, longest))
        return opened[-1]

    yield start
    for one in opened:
        one.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "attempts"]


def letters(
    channel: ScriptedChannel, count: int, office: str = "HNY13", first: int = 1, at_once: int = 100
) -> list[Flight]:
    return [
        Flight(made.rendered(made.letter(number, office=office)), channel, "there", b"%d" % number, 0, at_once)
        for number in range(first, first + count)
    ]


def begun(flights: Sequence[Flight]) -> list[bool]:
    assert all((one.answer is not None) == (one.tries > 0) for one in flights)
    return [one.tries > 0 for one in flights]


def test_each_letter_is_attempted_once_with_its_own_body_at_its_own_address(open_flights: Open) -> None:
    channel = ScriptedChannel()
    flights = letters(channel, 25)
    open_flights().run(flights, (), PATIENT)
    assert sorted(channel.seen) == sorted((one.event.data.letter_id, one.body) for one in flights)
    assert [(one.answer, one.tries, one.attempts) for one in flights] == [(ACCEPTED, 1, 1)] * 25
    assert all(one.seconds > 0 for one in flights)
    assert set(channel.sent_to) == {"there"}


@pytest.mark.parametrize("concurrency", [1, 4, 32])
def test_no_more_are_under_way_at_once_than_allowed_and_no_fewer_than_there_are(
    open_flights: Open, concurrency: int
) -> None:
    channel = ScriptedChannel()
    flights = letters(channel, 20)
    open_flights(concurrency).run(flights, (), PATIENT)
    assert channel.most_under_way == min(concurrency, 20)
    assert all(begun(flights))


def test_an_office_has_no_more_at_once_than_it_may_and_the_others_take_the_room(open_flights: Open) -> None:
    busy: Counter[str] = Counter()
    most: Counter[str] = Counter()

    async def work(letter: Letter) -> Answer:
        busy[letter.office] += 1
        most[letter.office] = max(most[letter.office], busy[letter.office])
        await asyncio.sleep(0.002)
        busy[letter.office] -= 1
        return ACCEPTED

    channel = ScriptedChannel(work)
    narrow = letters(channel, 30, at_once=2)
    flights = [*narrow, *letters(channel, 30, "SNY01", first=100, at_once=3)]
    open_flights(concurrency=16).run(flights, (), PATIENT)
    assert all(begun(flights))
    assert most == {"HNY13": 2, "SNY01": 3}
    assert channel.most_under_way == 5


def test_none_are_no_trouble(open_flights: Open) -> None:
    open_flights().run((), (), PATIENT)


def test_what_is_not_down_when_patience_ends_goes_on_and_what_was_not_begun_never_is(open_flights: Open) -> None:
    freed = asyncio.Event()

    async def wait(_: Letter) -> Answer:
        await freed.wait()
        return ACCEPTED

    channel, flights = ScriptedChannel(wait), open_flights(concurrency=2)
    slow = letters(channel, 5)
    flights.run(slow, (), 0.05)
    assert [(one.answer, one.tries) for one in slow] == [(None, 1)] * 2 + [(None, 0)] * 3
    assert flights.up == 2
    quick = letters(ScriptedChannel(), 4, "SNY01", first=50)
    flights.run(quick, (), PATIENT)
    assert all(begun(quick)), "they hold up nobody"
    flights._loop.call_soon_threadsafe(freed.set)
    flights.wait(PATIENT)
    assert [(one.answer, one.tries) for one in slow] == [(ACCEPTED, 1)] * 2 + [(None, 0)] * 3
    assert flights.up == 0


def test_those_that_keep_aloof_are_begun_and_not_waited_for(open_flights: Open) -> None:
    freed = asyncio.Event()

    async def wait(_: Letter) -> Answer:
        await freed.wait()
        return ACCEPTED

    flights = open_flights(concurrency=1)
    aloof = letters(ScriptedChannel(wait), 6)
    flights.run((), aloof, PATIENT)  # returns at once
    flights._loop.call_soon_threadsafe(freed.set)
    flights.wait(PATIENT)
    assert [one.answer for one in aloof] == [ACCEPTED] * 6


def test_an_office_that_fails_as_often_in_a_row_as_opens_a_breaker_gets_no_more_of_a_batch(open_flights: Open) -> None:
    failed = of_status(500)
    seen: Counter[str] = Counter()

    def answer(letter: Letter) -> Answer:
        seen[letter.office] += 1
        well = letter.office == "HNY12" or (letter.office == "HCA01" and seen["HCA01"] % 5 == 0)
        return ACCEPTED if well else failed

    channel = ScriptedChannel(answer)
    fails, well, now_and_then = (letters(channel, 50, name, at_once=1) for name in ("HNY13", "HNY12", "HCA01"))
    open_flights().run([*fails, *well, *now_and_then], (), PATIENT)
    assert seen == {"HNY13": IN_A_ROW, "HNY12": 50, "HCA01": 50}
    assert begun(fails) == [True] * IN_A_ROW + [False] * (50 - IN_A_ROW)


@pytest.mark.parametrize("answer", [*(of_failure(row.reason) for row in FAILURES), ACCEPTED, REFUSED, THROTTLED])
@pytest.mark.parametrize("short_retries", [0, 2])
def test_only_a_network_that_stumbles_is_tried_again_at_once_and_every_try_is_counted(
    open_flights: Open, answer: Answer, short_retries: int
) -> None:
    channel = ScriptedChannel(answer)
    (one,) = letters(channel, 1)
    open_flights(short_retries=short_retries).run([one], (), PATIENT)
    stumbles = answer.reason in ("no_connection", "connection_lost", "lost_before_writing")
    assert one.tries == len(channel.seen) == 1 + (short_retries if stumbles else 0)
    assert one.answer == answer
    assert len({body for _, body in channel.seen}) == 1


@pytest.mark.parametrize(("failure", "tries"), [(NO_CONNECTION, 3), (CONNECTION_LOST, 1)])
def test_what_may_have_arrived_is_not_tried_again_where_the_receiver_would_act_twice(
    open_flights: Open, failure: Answer, tries: int
) -> None:
    (one,) = letters(ScriptedChannel(failure, idempotent=False), 1)
    open_flights(short_retries=2).run([one], (), PATIENT)
    assert (one.answer, one.tries) == (failure, tries)


@pytest.mark.parametrize(("first", "unsure"), [(CONNECTION_LOST, True), (NO_CONNECTION, False)])
def test_a_short_retry_remembers_whether_the_try_before_may_have_arrived(
    open_flights: Open, first: Answer, unsure: bool
) -> None:
    answers = iter([first, of_status(409), REFUSED])
    (one,) = letters(ScriptedChannel(lambda _: next(answers)), 1)
    open_flights(short_retries=5).run([one], (), PATIENT)
    assert (one.answer, one.tries, one.unsure) == (of_status(409), 2, unsure)


def test_a_channel_that_raises_has_done_nobody_knows_what_and_says_nothing_of_the_letter(
    open_flights: Open, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(letter: Letter) -> Answer:
        raise RuntimeError(letter.body)

    flights = letters(ScriptedChannel(fail), 2)
    with caplog.at_level("DEBUG"):
        open_flights().run(flights, (), PATIENT)
    assert {(one.answer.verdict, one.answer.reason) for one in flights if one.answer} == {("unknown", "channel_raised")}
    assert made.CANARY not in caplog.text.lower()
    assert "channel_raised" in caplog.text


@pytest.mark.parametrize("apart", [False, True])
def test_a_channel_that_never_ends_is_ended(open_flights: Open, caplog: pytest.LogCaptureFixture, apart: bool) -> None:
    async def never(letter: Letter) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError(letter.letter_id)

    flights = letters(ScriptedChannel(never), 2)
    taken = open_flights(longest=0.1)
    taken.run([] if apart else flights, flights if apart else (), 0.05)
    assert [one.answer for one in flights] == [None, None]
    taken.wait(5.0)
    assert [one.answer and one.answer.reason for one in flights] == ["channel_raised"] * 2
    assert "CancelledError" in [getattr(record, "error_type", None) for record in caplog.records]


def test_nothing_is_begun_after_the_word_to_stop(open_flights: Open) -> None:
    stopped = [False]

    def stop_at_the_second(letter: Letter) -> Answer:
        stopped[0] = letter.letter_id == made.identity(2)
        return NO_CONNECTION if stopped[0] else ACCEPTED

    all_of_them = letters(ScriptedChannel(stop_at_the_second), 5)
    flights = open_flights(concurrency=1, short_retries=5)
    flights.stop_when(lambda: stopped[0])
    flights.run(all_of_them, (), PATIENT)
    assert begun(all_of_them) == [True, True, False, False, False]
    assert all_of_them[1].tries == 1, "no short retry either"


def test_closing_ends_what_is_under_way(open_flights: Open) -> None:
    async def hang(_: Letter) -> Answer:
        await asyncio.sleep(600)
        return NO_ANSWER

    flights, hanging = open_flights(), letters(ScriptedChannel(hang), 3)
    flights.run((), hanging, PATIENT)
    flights.close()
    assert {one.answer for one in hanging} == {None}
    flights._thread = threading.Thread()  # the fixture closes it once more
    flights.close = lambda: None  # type: ignore[method-assign]
