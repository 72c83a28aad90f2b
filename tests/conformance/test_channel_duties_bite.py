"""Channels that are broken on purpose: each must fall at the duty that it neglects, or the duty proves nothing."""

from __future__ import annotations

import asyncio
import logging
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from schemas.letter import Letter
from services.deliver.answers import Answer, of_failure, of_local
from services.deliver.channel import Channel, Unfit
from tests.conformance import channel_duties as duties
from tests.conformance.test_channel_conformance import hold
from tests.unit import made

log = logging.getLogger(__name__)
_NUMBERS: Final = count(100)


class Broken:
    """A sound channel, to be broken in one thing by each of those below."""

    def __init__(self, sound: Channel) -> None:
        self.sound, self.name, self.idempotent = sound, sound.name, sound.idempotent

    def body(self, letter: Letter, to: str) -> bytes | Unfit:
        return self.sound.body(letter, to)

    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        return await self.sound.attempt(letter, to, body)

    async def flush(self) -> None:
        await self.sound.flush()

    async def close(self) -> None:
        await self.sound.close()


class Numbers(Broken):
    def body(self, letter: Letter, to: str) -> bytes | Unfit:
        return f"{self.sound.body(letter, to)!r}{next(_NUMBERS)}".encode()


class Changes(Broken):
    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        return await self.sound.attempt(letter, to, body.replace(b"canary", b"parrot"))


class Forgets(Broken):
    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        other = letter.model_copy(update={"letter_id": made.identity(next(_NUMBERS))})
        body = body.replace(letter.letter_id.encode(), other.letter_id.encode())
        return await self.sound.attempt(other, to, body)


class SaysYes(Broken):
    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        await self.sound.attempt(letter, to, body)
        return of_local("written")


class Raises(Broken):
    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        answer = await self.sound.attempt(letter, to, body)
        if answer.verdict != "accepted":
            raise RuntimeError(answer.reason)
        return answer


class Endless(Broken):
    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        answer = await self.sound.attempt(letter, to, body)
        await asyncio.sleep(600 if answer.verdict == "unknown" else 0)
        return answer


class CallsDoubtAFailure(Broken):
    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        answer = await self.sound.attempt(letter, to, body)
        return of_failure("no_connection") if answer.verdict == "unknown" else answer


class TriesAgain(Broken):
    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        answer = await self.sound.attempt(letter, to, body)
        return answer if answer.verdict == "accepted" else await self.sound.attempt(letter, to, body)


class OneByOne(Broken):
    def __init__(self, sound: Channel) -> None:
        super().__init__(sound)
        self._turn = asyncio.Lock()

    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        async with self._turn:
            return await self.sound.attempt(letter, to, body)


class LosesItsTurn(OneByOne):
    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        await self._turn.acquire()  # and a cancelled one never gives it back
        answer = await self.sound.attempt(letter, to, body)
        self._turn.release()
        return answer


class ClosesOnce(Broken):
    closed = False

    async def close(self) -> None:
        if self.closed:
            raise RuntimeError("closed")
        self.closed = True
        await super().close()


class LeavesSomethingBehind(Broken):
    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        self.kept = asyncio.create_task(channels_linger())
        return await self.sound.attempt(letter, to, body)


async def channels_linger() -> None:
    await asyncio.sleep(600)


class CarriesAll(Broken):
    def body(self, letter: Letter, to: str) -> bytes | Unfit:
        return b"whatever"


class Logs(Broken):
    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        log.debug("attempt", extra={"person": letter.constituent.email})
        return await self.sound.attempt(letter, to, body)


class LogsFailures(Broken):
    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        answer = await self.sound.attempt(letter, to, body)
        if answer.verdict == "unknown":
            log.error("failed: %s", body)
        return answer


class Quotes(Broken):
    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        answer = await self.sound.attempt(letter, to, body)
        return Answer(answer.verdict, answer.reason, receipt=letter.constituent.last_name)


@pytest.mark.parametrize(
    ("broken", "duty", "name"),
    [
        (Numbers, duties.a_body_is_the_same_for_every_attempt, "outbox"),
        (Changes, duties.what_is_accepted_arrived_once_and_as_it_was, "outbox"),
        (Changes, duties.what_is_accepted_arrived_once_and_as_it_was, "smtp"),
        (Forgets, duties.what_is_accepted_arrived_once_and_as_it_was, "smtp"),
        (Forgets, duties.a_repeat_is_acted_on_once, "webhook"),
        (Forgets, duties.a_repeat_is_acted_on_once, "smtp"),
        (Forgets, duties.a_repeat_is_acted_on_once, "print"),
        (SaysYes, duties.a_far_side_that_is_gone_gets_nothing_and_the_letter_waits, "webhook"),
        (SaysYes, duties.a_far_side_that_hangs_leaves_a_doubt_in_time, "smtp"),
        (Raises, duties.a_far_side_that_is_gone_gets_nothing_and_the_letter_waits, "outbox"),
        (Raises, duties.it_never_raises_whatever_the_far_side_does, "cwc-house"),
        (CallsDoubtAFailure, duties.a_far_side_that_hangs_leaves_a_doubt_in_time, "webhook"),
        (Endless, duties.a_far_side_that_hangs_leaves_a_doubt_in_time, "webhook"),
        (OneByOne, duties.attempts_go_on_side_by_side, "webhook"),
        (TriesAgain, duties.one_attempt_is_one_offer, "webhook"),
        (TriesAgain, duties.one_attempt_is_one_offer, "smtp"),
        (LosesItsTurn, duties.a_cancelled_attempt_breaks_nothing, "webhook"),
        (ClosesOnce, duties.flush_and_close_can_be_called_again, "outbox"),
        (LeavesSomethingBehind, duties.a_body_is_the_same_for_every_attempt, "outbox"),
        (CarriesAll, duties.what_is_unfit_is_never_sent, "smtp"),
        (Logs, duties.nothing_of_a_letter_is_told_but_its_id, "outbox"),
        (LogsFailures, duties.nothing_of_a_letter_is_told_but_its_id, "webhook"),
        (Quotes, duties.nothing_of_a_letter_is_told_but_its_id, "discard"),
    ],
)
def test_a_broken_channel_falls_at_the_duty_that_it_neglects(
    broken: type[Broken], duty: duties.Duty, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duties, "BOUND", 2.0)  # some are known to be endless: no need to wait long for that
    with pytest.raises((AssertionError, RuntimeError, TimeoutError)):
        hold(name, duty, tmp_path, broken)


def test_what_is_broken_here_is_sound_but_for_that(tmp_path: Path) -> None:
    for duty in (duties.a_repeat_is_acted_on_once, duties.attempts_go_on_side_by_side):
        hold("webhook", duty, tmp_path / duty.__name__, Broken)
