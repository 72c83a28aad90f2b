"""The webhook against real servers on this machine: each way in which an office can answer, or not."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from deploy.local.office_book import Book
from deploy.local.office_desk import Desk
from deploy.local.office_faults import Command, Drip, Fault, Hang, Redirect, Refuse, Reset, Slow
from schemas.letter import Letter
from schemas.wire import write
from services.deliver.answers import FAILURES, Answer, of_failure, of_status
from services.deliver.channels.webhook import _FAILURES, Webhook
from tests.unit import made

LETTER = made.letter()
BODY = write(LETTER)
PATIENT, HURRIED = 30.0, 1.0
"""Seconds an attempt may take: far more than any answer here needs, or less than the office in question takes."""

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def webhook(url: str, attempt_seconds: float = PATIENT) -> AsyncIterator[Webhook]:
    channel = Webhook(url, attempt_seconds, concurrency=4)
    try:
        yield channel
    finally:
        await channel.close()


async def once(url: str, attempt_seconds: float = PATIENT, letter: Letter = LETTER) -> Answer:
    """One attempt."""
    async with webhook(url, attempt_seconds) as channel:
        return await channel.attempt(letter, write(letter))


class Office:
    """The local office, in this process: the same desk and books that the demo uses."""

    def __init__(self, book: Book, desk: Desk, url: str) -> None:
        self.book, self.url, self._desk = book, url, desk

    def behave(self, fault: Fault | None) -> None:
        self._desk._faults.obey(Command(office="*"))
        if fault:
            self._desk._faults.obey(Command(office="*", fault=fault))

    def count(self, what: str) -> int:
        return int(self.book.report()[what])


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[Office]:
    with Book(folder) as book:
        desk = Desk(book)
        runner = web.AppRunner(desk.app(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        try:
            yield Office(book, desk, f"http://127.0.0.1:{port}/offices/{{office}}/letters")
        finally:
            await runner.cleanup()


@asynccontextmanager
async def server(serve: Serve) -> AsyncIterator[str]:
    """A server that has read a request's head and then does as ``serve`` does; its URL."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the sender left
        finally:
            writer.close()

    listening = await asyncio.start_server(take, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"


def saying(answer: bytes) -> Serve:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return serve


def answer_to(serve: Serve) -> Answer:
    async def run() -> Answer:
        async with server(serve) as url:
            return await once(url)

    return asyncio.run(run())


async def meet(folder: Path, fault: Fault, attempt_seconds: float = PATIENT) -> tuple[Answer, int]:
    """The answer of an office that misbehaves, and how many letters it has accepted by then."""
    async with office(folder) as there:
        there.behave(fault)
        return await once(there.url, attempt_seconds), there.count("accepted")


def answer_of(folder: Path, fault: Fault) -> tuple[Answer, int]:
    return asyncio.run(meet(folder, fault))


def test_a_letter_arrives_byte_for_byte_under_its_own_id_and_is_accepted_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with office(tmp_path) as there, webhook(there.url) as channel:
            first, again = [await channel.attempt(LETTER, BODY) for _ in range(2)]
            assert (first.verdict, first.status, first.receipt) == ("accepted", 201, "HNY13-0000001")
            assert (again.verdict, again.status, again.receipt) == ("accepted", 200, "HNY13-0000001")
            other = made.letter(2, office="SNY01")
            assert (await channel.attempt(other, write(other))).receipt == "SNY01-0000002"
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
            assert (await channel.attempt(LETTER, BODY)).verdict == "unknown"
            there.behave(None)
            assert (await channel.attempt(LETTER, BODY)).receipt == "HNY13-0000001"
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


def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused, and nobody else's meanwhile
        answer = asyncio.run(once(f"http://127.0.0.1:{taken.getsockname()[1]}/"))
    assert answer == of_failure("no_connection")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux leaves a connection unanswered when the queue is full")
def test_where_connecting_takes_too_long_nothing_was_sent() -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for one in (first, second):  # the queue of those to be accepted is full: further ones get no answer
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        answer = asyncio.run(once(f"http://127.0.0.1:{full.getsockname()[1]}/", HURRIED))
    assert answer == of_failure("connect_timed_out")


def test_where_tls_is_not_spoken_nothing_was_sent() -> None:
    async def run() -> Answer:
        async def chat(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 mail.example ready\r\n")
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(chat, "127.0.0.1", 0) as listening:
            return await once(f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}/")

    assert asyncio.run(run()) == of_failure("tls_failed")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"", "connection_lost"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "connection_lost"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "connection_lost"),
        (b"220 mail.example ready\r\n\r\n", "bad_answer"),
        (b"HTTP/1.1 twenty OK\r\n\r\n", "bad_answer"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", "bad_answer"),
        (b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n", "bad_answer"),
        (b"HTTP/1.1 042 Odd\r\nContent-Length: 0\r\n\r\n", "bad_answer"),
    ],
)
def test_half_an_answer_and_nonsense_prove_nothing(said: bytes, reason: str) -> None:
    assert answer_to(saying(said)) == of_failure(reason)


@pytest.mark.parametrize(
    ("body", "receipt"),
    [
        (b'{"receipt": "HNY13-7"}', "HNY13-7"),
        (json.dumps({"receipt": "x" * 200}).encode(), "x" * 200),
        (json.dumps({"receipt": "x" * 201}).encode(), None),
        (b'{"receipt": "Maria Canary"}', None),
        (b'{"receipt": "a\\nb"}', None),
        (b'{"receipt": 7}', None),
        (b'{"receipt": null}', None),
        (b'["receipt"]', None),
        (b"{}", None),
        (b"thank you", None),
        (b"[" * 50_000, None),
        (b"", None),
        (b'{"receipt": "HNY13-7", "more": "' + b"x" * 60_000 + b'"}', "HNY13-7"),
        (b'{"receipt": "HNY13-7", "more": "' + b"x" * 100_000 + b'"}', None),  # more than is read of an answer
    ],
)
def test_a_receipt_is_kept_only_if_it_is_fit_for_the_ledger(body: bytes, receipt: str | None) -> None:
    head = b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert answer_to(saying(head + body)) == of_status(201, receipt=receipt)


@pytest.mark.parametrize("status", [b"200 OK", b"422 Unprocessable"])
def test_an_answer_without_end_is_read_to_its_64_kib_and_no_further(status: bytes) -> None:
    async def pour(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 " + status + b"\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"2000\r\n" + b"x" * 0x2000 + b"\r\n")
            await writer.drain()

    assert answer_to(pour) == of_status(int(status[:3]))


def test_nothing_of_the_surroundings_gets_into_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    heads: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):  # keep-alive: both attempts come this way
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            heads.append(head)
            assert await reader.readexactly(length) == BODY
            writer.write(b"HTTP/1.1 201 Created\r\nSet-Cookie: seen=1; Path=/\r\nContent-Length: 0\r\n\r\n")
        await reader.read()
        writer.close()

    async def run() -> None:
        async with (
            await asyncio.start_server(take, "127.0.0.1", 0) as listening,
            webhook(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/{{office}}") as channel,
        ):
            for _ in range(2):
                assert (await channel.attempt(LETTER, BODY)).verdict == "accepted"

    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    asyncio.run(run())
    assert len(heads) == 2
    for head in heads:
        assert head.startswith(b"POST /HNY13 HTTP/1.1\r\n")
        assert f"\r\nIdempotency-Key: {LETTER.letter_id}\r\n".encode() in head
        assert b"\r\nContent-Type: application/json\r\n" in head
        assert b"cookie" not in head.lower()


def test_every_failure_that_the_client_can_report_is_a_row_of_the_table() -> None:
    assert {reason for _, reason in _FAILURES} == {row.reason for row in FAILURES}
    for at, (kind, _) in enumerate(_FAILURES):
        assert not any(issubclass(kind, wider) for wider, _ in _FAILURES[:at]), "the narrower stands before the wider"
