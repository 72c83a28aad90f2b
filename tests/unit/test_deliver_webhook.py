"""The webhook against the local office: each way in which an office can answer, or not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from deploy.local.office_faults import Drip, Fault, Hang, Redirect, Refuse, Reset, Slow
from schemas.wire import write
from services.deliver.answers import Answer, of_failure, of_status
from tests.unit import made
from tests.unit.far_sides import BODY, HURRIED, LETTER, meet, office, once, server, webhook


def answer_of(folder: Path, fault: Fault) -> tuple[Answer, int]:
    return asyncio.run(meet(folder, fault))


def test_a_letter_arrives_byte_for_byte_under_its_own_id_and_is_accepted_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with office(tmp_path) as there, webhook(there.url) as channel:
            first, again = [await channel.attempt(LETTER, "", BODY) for _ in range(2)]
            assert (first.verdict, first.status, first.receipt) == ("accepted", 201, "HNY13-0000001")
            assert (again.verdict, again.status, again.receipt) == ("accepted", 200, "HNY13-0000001")
            other = made.letter(2, office="SNY01")
            assert (await channel.attempt(other, "", write(other))).receipt == "SNY01-0000002"
            assert there.count("accepted_twice") == there.count("changed_body") == 0
            assert there.book.report()["malformed"] == {}

    asyncio.run(run())


@pytest.mark.parametrize("status", [400, 401, 403, 408, 409, 410, 422, 429, 500, 502, 503])
def test_each_status_is_given_its_meaning(tmp_path: Path, status: int) -> None:
    assert answer_of(tmp_path, Refuse(status=status)) == (of_status(status), 0)


@pytest.mark.parametrize(
    ("asked", "wait"), [("7", 7.0), ("315360000", 86_400.0), ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0), ("soon", None)]
)
def test_how_long_to_wait_is_read_from_the_answer(tmp_path: Path, asked: str, wait: float | None) -> None:
    assert answer_of(tmp_path, Refuse(status=503, retry_after=asked)) == (of_status(503, retry_after=wait), 0)


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    visits: list[int] = []

    async def count(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        visits.append(1)

    async def run() -> Answer:
        async with server(count) as elsewhere, office(tmp_path) as there:
            there.behave(Redirect(location=elsewhere))
            return await once(there.url)

    assert asyncio.run(run()) == of_status(307)
    assert visits == []


@pytest.mark.parametrize("when", ["before_reading", "after_reading", "after_accepting"])
def test_a_connection_that_is_reset_leaves_it_open_whether_the_office_has_the_letter(tmp_path: Path, when: str) -> None:
    fault = Reset.model_validate({"when": when})
    assert answer_of(tmp_path, fault) == (of_failure("connection_lost"), when == "after_accepting")


def test_what_was_accepted_without_a_word_is_not_accepted_twice(tmp_path: Path) -> None:
    async def run() -> None:
        async with office(tmp_path) as there, webhook(there.url) as channel:
            there.behave(Reset(when="after_accepting"))
            assert (await channel.attempt(LETTER, "", BODY)).verdict == "unknown"
            there.behave(None)
            assert (await channel.attempt(LETTER, "", BODY)).receipt == "HNY13-0000001"
            assert (there.count("accepted"), there.count("duplicates_offered")) == (1, 1)
            assert there.count("accepted_twice") == there.count("changed_body") == 0

    asyncio.run(run())


def test_an_office_that_does_not_answer_in_time_may_have_the_letter(tmp_path: Path) -> None:
    faults: tuple[tuple[Fault, int], ...] = (
        (Hang(seconds=600), 0),
        (Hang(seconds=600, accept=True), 1),
        (Slow(seconds=600), 0),
        (Drip(interval=0.4), 1),  # a byte now and then is no answer either: the deadline is for the whole of it
    )

    async def run() -> list[tuple[Answer, int]]:
        return await asyncio.gather(
            *(meet(tmp_path / str(number), fault, HURRIED) for number, (fault, _) in enumerate(faults))
        )

    assert asyncio.run(run()) == [(of_failure("no_answer"), accepted) for _, accepted in faults]


def test_a_slow_office_is_waited_for(tmp_path: Path) -> None:
    answer, accepted = answer_of(tmp_path, Slow(seconds=0.2))
    assert (answer.verdict, accepted) == ("accepted", 1)
