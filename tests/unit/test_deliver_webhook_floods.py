"""A far side that pours, drips or packs without end costs its deadline or 64 KiB, and the answer stands as it is."""

from __future__ import annotations

import asyncio
import gzip
import resource

import pytest

from services.deliver.answers import Answer, of_failure, of_status
from tests.unit.far_sides import HURRIED
from tests.unit.raw_sides import attempt


@pytest.mark.parametrize("drop", [b"HTTP/1.1 103 Early Hints\r\n\r\n", b"A: b\r\n", b"x"])
def test_announcements_and_drips_without_end_are_given_up_at_the_deadline(drop: bytes) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 201 Created\r\n" + (b"\r\n" if drop == b"x" else b"") if drop[:1] != b"H" else b"")
        for _ in range(200):
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(HURRIED / 20)

    assert attempt(drip, HURRIED) == of_failure("no_answer")


@pytest.mark.parametrize(("status", "answer"), [(200, of_status(200)), (500, of_status(500)), (422, of_status(422))])
def test_of_ten_gigabytes_announced_no_more_is_read_than_64_kib(status: int, answer: Answer) -> None:
    poured = 0

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal poured
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 %d Odd\r\nContent-Length: 10000000000\r\n\r\n" % status)
        while True:
            writer.write(b"x" * 65_536)
            poured += 65_536
            await writer.drain()

    assert attempt(pour) == answer
    assert poured < 50_000_000, "the rest stays with who sent it: what buffers hold, and no more"


def test_a_refusal_is_known_from_its_head() -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 422 No\r\nContent-Length: 100\r\n\r\nand then nothing more")
        await writer.drain()
        await reader.read()

    assert attempt(half) == of_status(422)


@pytest.mark.parametrize("kind", ["gzip", "deflate", "br"])
def test_what_is_packed_is_no_receipt(kind: str) -> None:
    packed = gzip.compress(b'{"receipt": "HNY13-1"}')

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {kind}\r\nContent-Length: {len(packed)}\r\n\r\n"
        writer.write(head.encode() + packed)
        await writer.drain()

    assert attempt(serve) == of_status(200)


def test_what_is_packed_stays_packed() -> None:
    bomb = gzip.compress(b'{"receipt": "HNY13-1"' + b" " * 300_000_000 + b"}", compresslevel=9)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb)
        await writer.drain()

    assert attempt(serve) == of_status(200)
    assert b"\r\nAccept-Encoding: identity\r\n" in asked[0]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000, "in KiB: a third of what was packed"
