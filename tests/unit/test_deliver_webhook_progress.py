"""How far a request came decides what its failure means; against sockets that are cut, stalled and flooded at each point."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_writer import StreamWriter

from services.deliver.answers import Answer, of_failure, of_status
from services.deliver.channels.webhook.channel import _Body
from tests.unit.far_sides import BODY, HURRIED, LETTER, saying, server, webhook
from tests.unit.raw_sides import attempt, raw, reset

BIG = BODY + b" " * 900_000
"""More than the two sides' buffers hold together, if the far side's is small."""


def test_a_reset_at_once_is_called_unsent_only_if_nothing_was_handed_over() -> None:
    async def cut(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reset(writer)

    # Which of the two is first is chance; each of them is true where it is said.
    answers = {attempt(cut) for _ in range(10)}
    assert answers <= {of_failure("lost_before_writing"), of_failure("connection_lost"), of_failure("no_connection")}


@pytest.mark.parametrize("closed", [True, False])
def test_a_body_knows_whether_any_of_the_request_was_handed_over(closed: bool) -> None:
    async def run() -> None:
        arrived = bytearray()

        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            arrived.extend(await reader.read())
            writer.close()

        async with await asyncio.start_server(take, "127.0.0.1", 0) as listening:
            loop = asyncio.get_running_loop()
            host, port = listening.sockets[0].getsockname()
            transport, protocol = await loop.create_connection(lambda: ResponseHandler(loop), host, port)
            writer, body = StreamWriter(protocol, loop), _Body(BODY)
            if closed:
                transport.close()
                with pytest.raises(aiohttp.ClientConnectionResetError):
                    await body.write_with_length(writer, None)
            else:
                await body.write_with_length(writer, None)
                transport.close()
            await asyncio.sleep(0.05)
        assert body.written is not closed
        assert bytes(arrived) == (b"" if closed else BODY)

    asyncio.run(run())


def test_a_reset_in_the_midst_of_the_body_leaves_it_open() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(len(BIG) // 2)
        reset(writer)

    assert attempt(cut, body=BIG) == of_failure("connection_lost")


@pytest.mark.parametrize("gently", [True, False])
def test_an_end_without_an_answer_leaves_it_open(gently: bool) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"Content-Length: %d\r\n" % len(BODY) in head
        assert await reader.readexactly(len(BODY)) == BODY
        if not gently:
            reset(writer)

    assert attempt(cut) == of_failure("connection_lost")


@pytest.mark.parametrize("body", [BODY, BIG])
def test_a_far_side_that_reads_nothing_and_says_nothing_is_given_up(body: bytes) -> None:
    async def sleep(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3 * HURRIED)

    assert attempt(sleep, HURRIED, body, window=1 << 12) == of_failure("no_answer")


def test_an_answer_that_is_cut_short_proves_nothing() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 40\r\n\r\n" + b'{"receipt": "HNY13')
        await writer.drain()
        await asyncio.sleep(0.1)
        reset(writer)

    answer = attempt(cut)
    assert answer == of_failure("answer_cut_short")
    assert answer.verdict == "unknown"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", of_status(204)),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 3 + b"HTTP/1.1 204 No Content\r\n\r\n", of_status(204)),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", of_status(101)),
        (b"HTTP/1.0 200 OK\r\n\r\n", of_status(200)),
        (b"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", of_status(205)),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", of_status(304)),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n", of_status(302)),
        (b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n", of_status(417)),
        (b"HTTP/1.1 599 Odd\r\nContent-Length: 0\r\n\r\n", of_status(599)),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 5000 + b"\r\n", of_failure("bad_answer")),
        (b"HTTP/1.1 200 " + b"x" * 100_000 + b"\r\n\r\n", of_failure("bad_answer")),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", of_failure("bad_answer")),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", of_failure("bad_answer")),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50 + b"\r\n\r\n", of_failure("bad_answer")),
        (b"\x00" * 1000, of_failure("bad_answer")),
    ],
)
def test_oddities_of_http_have_one_meaning_each(said: bytes, answer: Answer) -> None:
    async def run() -> Answer:
        async with server(saying(said)) as url, webhook(url) as channel:
            return await channel.attempt(LETTER, "", BODY)

    assert asyncio.run(run()) == answer


@pytest.mark.parametrize(("status", "answer"), [(b"201 Created", of_status(201)), (b"413 Too Large", of_status(413))])
def test_an_answer_before_the_end_of_the_body_is_the_answer(status: bytes, answer: Answer) -> None:
    async def hasty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.3)

    assert attempt(hasty, body=BIG, window=1 << 12) == answer


@pytest.mark.parametrize(("idempotent", "connections"), [(True, 1), (False, 3)])
def test_a_connection_is_used_again_only_where_a_repeat_would_settle_a_doubt(
    idempotent: bool, connections: int
) -> None:
    visits: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append(1)
        while await reader.readuntil(b"\r\n\r\n"):
            await reader.readexactly(len(BODY))
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async def run() -> None:
        async with raw(serve) as url, webhook(url, webhook_idempotent=idempotent) as channel:
            assert channel.idempotent is idempotent
            for _ in range(3):
                assert (await channel.attempt(LETTER, "", BODY)).verdict == "accepted"

    asyncio.run(run())
    assert len(visits) == connections
