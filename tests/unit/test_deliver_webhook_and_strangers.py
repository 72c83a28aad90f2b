"""The webhook against what is no office: nobody, a server of something else, half an answer, or one without end."""

from __future__ import annotations

import asyncio
import json
import socket
import sys

import pytest

from services.deliver.answers import Answer, of_failure, of_status
from tests.unit.far_sides import BODY, HURRIED, LETTER, Serve, once, saying, server, webhook
from tests.unit.name_server import NameServer


def answer_to(serve: Serve) -> Answer:
    async def run() -> Answer:
        async with server(serve) as url:
            return await once(url)

    return asyncio.run(run())


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
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "answer_cut_short"),
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


def test_a_cookie_is_not_kept() -> None:
    heads: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(
            b"HTTP/1.1 201 Created\r\nSet-Cookie: seen=1; Path=/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        await writer.drain()
        writer.close()

    async def run() -> None:
        async with await asyncio.start_server(take, "127.0.0.1", 0) as listening:
            url = f"http://office.example:{listening.sockets[0].getsockname()[1]}/"  # cookies are for names only
            names, opened = NameServer(("127.0.0.1",)), "127.0.0.1/32"
            async with webhook(url, ask=names, webhook_private_networks=opened) as channel:
                for _ in range(2):
                    assert (await channel.attempt(LETTER, "", BODY)).verdict == "accepted"

    asyncio.run(run())
    assert len(heads) == 2
    assert b"cookie" not in b"".join(heads).lower()


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
                assert (await channel.attempt(LETTER, "", BODY)).verdict == "accepted"

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
