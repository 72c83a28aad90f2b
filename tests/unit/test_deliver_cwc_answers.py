"""The channel against the local intake: each way in which an intake can answer a letter, or not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from deploy.local.office_faults import Drip, Fault, Hang, Redirect, Refuse, Reset, Slow
from schemas.letter import Letter
from services.deliver.answers import Answer, of_cwc, of_failure
from services.deliver.channels.cwc.channel import Cwc
from services.deliver.channels.cwc.settings import Chamber
from tests.unit.cwc_far_side import HURRIED, Intake, body_of, channel, intake, letter, meet, run
from tests.unit.far_sides import saying, server

EACH_CHAMBER = pytest.mark.parametrize("chamber", ["house", "senate"])


def answer_of(folder: Path, fault: Fault | None, **changes: Any) -> tuple[Answer, int, int]:
    return run(meet(folder, lambda there: there.behave("message", fault), **changes))


async def sent(one: Cwc, ours: Letter) -> Answer:
    return await one.attempt(ours, "", body_of(one, ours))


@EACH_CHAMBER
def test_a_letter_arrives_byte_for_byte_and_its_repeat_is_known(tmp_path: Path, chamber: Chamber) -> None:
    async def work() -> None:
        async with intake(tmp_path, chamber) as there, channel(tmp_path, there.url, chamber) as one:
            ours = letter(chamber=chamber)
            assert await sent(one, ours) == of_cwc(201)
            assert await sent(one, ours) == of_cwc(409)
            assert of_cwc(409).verdict == "accepted"
            report = there.book.report()
            assert (report["accepted"], report["duplicates_offered"]) == (1, 1)
            assert report["accepted_twice"] == report["changed_body"] == 0
            [[(found, _)]] = [list(there.book.acceptances())]
            assert found == (ours.letter_id.replace("-", ""), ours.office)

    run(work())


@pytest.mark.parametrize("status", [401, 403, 404, 405, 408, 410, 415, 422, 429, 500, 502, 503, 504])
def test_each_status_is_given_its_meaning(tmp_path: Path, status: int) -> None:
    assert answer_of(tmp_path, Refuse(status=status)) == (of_cwc(status), 0, 1)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("asked", "wait"), [("7", 7.0), ("315360000", 86_400.0), ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0), ("soon", None)]
)
def test_how_long_to_wait_is_read_from_the_answer(tmp_path: Path, status: int, asked: str, wait: float | None) -> None:
    assert answer_of(tmp_path, Refuse(status=status, retry_after=asked)) == (of_cwc(status, wait), 0, 1)


def test_in_maintenance_nothing_is_sent_and_the_wait_is_obeyed(tmp_path: Path) -> None:
    def close(there: Intake) -> None:
        there.desk.maintenance = True

    assert run(meet(tmp_path, close)) == (of_cwc(503, 600.0), 0, 0)


def test_a_key_that_is_not_taken_is_no_fault_of_the_letters(tmp_path: Path) -> None:
    answer, accepted, asked = answer_of(tmp_path, None, cwc_house_key="another")
    assert (answer, accepted, asked) == (of_cwc(401), 0, 0)
    assert (answer.verdict, answer.pauses) == ("retry", True)


@pytest.mark.parametrize("when", ["before_reading", "after_reading", "after_accepting"])
def test_a_reset_leaves_it_open_whether_the_intake_has_the_letter(tmp_path: Path, when: str) -> None:
    fault = Reset.model_validate({"when": when})
    answer, accepted, _ = answer_of(tmp_path, fault)
    assert (answer, accepted) == (of_failure("connection_lost"), when == "after_accepting")
    assert answer.verdict == "unknown"


def test_an_intake_that_does_not_answer_in_time_may_have_the_letter(tmp_path: Path) -> None:
    faults: tuple[tuple[Fault, int], ...] = (
        (Hang(seconds=600), 0),
        (Hang(seconds=600, accept=True), 1),
        (Slow(seconds=600), 0),
        (Drip(interval=0.4), 1),
    )

    async def work() -> list[tuple[Answer, int, int]]:
        return await asyncio.gather(
            *(
                meet(
                    tmp_path / str(number),
                    lambda there, fault=fault: there.behave("message", fault),  # type: ignore[misc]
                    attempt_seconds=HURRIED,
                    cwc_house_paths={"validate": ""},
                )
                for number, (fault, _) in enumerate(faults)
            )
        )

    assert run(work()) == [(of_failure("no_answer"), accepted, 1) for _, accepted in faults]


def test_what_was_accepted_without_a_word_is_known_at_the_repeat(tmp_path: Path) -> None:
    async def work() -> None:
        async with intake(tmp_path, "senate") as there, channel(tmp_path, there.url, "senate") as one:
            ours = letter(chamber="senate")
            there.behave("message", Reset(when="after_accepting"))
            assert (await sent(one, ours)).verdict == "unknown"
            there.behave("message", None)
            assert (await sent(one, ours)).verdict == "accepted"
            assert (there.count("accepted"), there.count("accepted_twice"), there.count("changed_body")) == (1, 0, 0)

    run(work())


def test_a_redirect_is_not_followed_and_the_key_goes_nowhere_else(tmp_path: Path) -> None:
    visits: list[int] = []

    async def count(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        visits.append(1)

    async def work() -> tuple[Answer, int, int]:
        async with server(count) as elsewhere:
            return await meet(tmp_path, lambda there: there.behave("message", Redirect(location=elsewhere)))

    assert run(work()) == (of_cwc(307), 0, 1)
    assert visits == []


PAGE = b"<!DOCTYPE html><html><body>Sign in to the network</body></html>"
XHTML = (
    b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>\n<!-- a -- sign > -->\n<!DOCTYPE html PUBLIC "-//W3C" "x">'
    b"<html><body>Maintenance</body></html>"
)
TAKEN = b'<?xml version="1.0"?><!-- html --><Message><Id>html</Id></Message>'
HEAD = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n"


@pytest.mark.parametrize(
    ("said", "verdict", "reason"),
    [
        (HEAD % (200, len(PAGE)) + PAGE, "unknown", "bad_answer"),
        (HEAD % (200, len(XHTML)) + XHTML, "unknown", "bad_answer"),
        (HEAD % (201, len(TAKEN)) + TAKEN, "accepted", "accepted"),
        (HEAD % (200, 100_000) + b"x" * 100_000, "accepted", "accepted"),
        (HEAD % (201, 10_000_000_000) + b"x" * 100_000, "accepted", "accepted"),
        (HEAD % (201, 400) + b"half", "unknown", "answer_cut_short"),
        (HEAD % (422, 400) + b"half", "refused", "rules_broken"),
        (b"220 mail.example.org ESMTP\r\n", "unknown", "bad_answer"),
        (b"", "unknown", "connection_lost"),
    ],
)
def test_what_answers_in_the_intakes_place_is_not_believed_too_soon(
    tmp_path: Path, said: bytes, verdict: str, reason: str
) -> None:
    async def work() -> Answer:
        async with (
            server(saying(said)) as url,
            channel(tmp_path, url, cwc_house_paths={"validate": "", "offices": ""}) as one,
        ):
            return await sent(one, letter())

    answer = run(work())
    assert (answer.verdict, answer.reason) == (verdict, reason)


def test_where_nobody_listens_nothing_was_sent(tmp_path: Path) -> None:
    async def work() -> Answer:
        async with intake(tmp_path) as there:
            url = there.url
        async with channel(tmp_path, url, cwc_house_paths={"validate": ""}) as one:
            return await sent(one, letter())

    assert run(work()) == of_failure("no_connection")


def test_no_letter_waits_for_anothers_connection_and_none_uses_one_again(tmp_path: Path) -> None:
    """As many as are admitted are under way at once. A connection that is kept open could be closing just then."""
    many, connections, again = 120, list[asyncio.StreamWriter](), list[bytes]()

    async def work() -> list[Answer]:
        all_there = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.append(writer)
            if len(connections) == many:
                all_there.set()
            await all_there.wait()
            writer.write(HEAD % (201, 0))
            while said := await reader.read(1 << 20):  # the letter's body, until the sender hangs up
                again.append(said) if b"POST /v2/message" in said else None
                writer.write(HEAD % (201, 0) if again else b"")

        paths = {"validate": "", "offices": ""}
        async with server(serve) as url, channel(tmp_path, url, cwc_house_paths=paths) as one:
            first = await asyncio.gather(*(sent(one, letter(number)) for number in range(1, many + 1)))
            return [*first, await sent(one, letter(many + 1))]

    assert [answer.verdict for answer in run(work())] == ["accepted"] * (many + 1)
    assert (len(connections), again) == (many + 1, [])
