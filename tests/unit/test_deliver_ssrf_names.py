"""A name is looked up once, vetted, and connected to by what was vetted: whatever the name server says a moment later."""

from __future__ import annotations

import asyncio
import socket
from threading import Event

import pytest

from services.deliver.answers import of_failure, of_local
from services.deliver.channels.webhook.guard import look_up
from tests.unit.far_sides import BODY, HURRIED, LETTER, visited, webhook
from tests.unit.name_server import NameServer

PRIVATE = of_local("address_private")
THIS = "127.0.0.1/32"
"""Tests reach loopback only: one of its addresses stands for the public Internet, the others for what is behind walls."""


@pytest.mark.parametrize(
    "answer",
    [
        ("127.0.0.1",), ("169.254.169.254",), ("10.0.0.1",), ("0.0.0.0",),  # noqa: S104 - to be refused
        ("100.64.0.1",), ("::1",), ("::ffff:127.0.0.1",),
        ("64:ff9b::7f00:1",), ("2002:7f00:1::",), ("fe80::1",), ("fd00:ec2::254",), ("8.8.8.8", "127.0.0.1"),
        ("127.0.0.1", "8.8.8.8"), ("2606:4700::1111", "::1"),
    ],
)  # fmt: skip
def test_a_name_that_leads_to_a_closed_address_is_not_connected_to(answer: tuple[str, ...]) -> None:
    async def run() -> None:
        async with visited("127.0.0.1") as (port, visits):
            names = NameServer(answer)
            async with webhook(f"http://office.example:{port}/", ask=names) as channel:
                assert await channel.attempt(LETTER, "", BODY) == PRIVATE
            assert (names.asked, visits) == (["office.example"], [])
            assert (PRIVATE.verdict, PRIVATE.pauses) == ("retry", True), (
                "a missing setting or a bad name server loses no letter"
            )

    asyncio.run(run())


def test_a_name_that_moves_after_it_was_vetted_moves_nothing() -> None:
    async def run() -> None:
        async with visited("127.0.0.1") as (port, good), visited("127.0.0.2", port) as (_, behind_the_wall):
            names = NameServer(("127.0.0.1",), ("127.0.0.2",))
            url = f"http://office.example:{port}/"
            async with webhook(url, ask=names, webhook_private_networks=THIS) as channel:
                assert (await channel.attempt(LETTER, "", BODY)).verdict == "accepted"
                assert names.asked == ["office.example"], "asked once, before it was vetted, and not again to connect"
                assert (await channel.attempt(LETTER, "", BODY)).verdict == "accepted", "what was vetted is remembered"
                assert names.asked == ["office.example"]
            async with webhook(url, ask=names, webhook_private_networks=THIS) as channel:
                assert await channel.attempt(LETTER, "", BODY) == PRIVATE
            assert len(names.asked) == 2
            assert (len(good), behind_the_wall) == (2, [])

    asyncio.run(run())


def test_a_recipients_name_is_vetted_though_the_operator_named_it() -> None:
    async def run() -> None:
        async with visited("127.0.0.1") as (port, visits):
            to = f"https://board.example:{port}/"
            letter = LETTER.model_copy(update={"channel": "webhook", "to": to})
            names = NameServer(("127.0.0.1",))
            async with webhook("http://127.0.0.1:9/", ask=names, webhook_hosts=f"board.example:{port}") as channel:
                assert await channel.attempt(letter, to, BODY) == PRIVATE
            assert visits == []

    asyncio.run(run())


def test_localhost_is_this_machine_and_nothing_else() -> None:
    async def run() -> None:
        async with visited("127.0.0.1") as (port, visits):
            url = f"http://localhost:{port}/"
            async with webhook(url, ask=NameServer(("127.0.0.1",))) as channel:
                assert (await channel.attempt(LETTER, "", BODY)).verdict == "accepted"
            async with webhook(url, ask=NameServer(("127.0.0.1", "10.0.0.1"))) as channel:
                assert await channel.attempt(LETTER, "", BODY) == PRIVATE
            for other in ("localhost.example", "x.localhost", "localhost."):
                async with webhook(f"http://{other}:{port}/", ask=NameServer(("127.0.0.1",))) as channel:
                    assert await channel.attempt(LETTER, "", BODY) == PRIVATE, other
            assert len(visits) == 1

    asyncio.run(run())


def test_where_one_address_is_down_the_next_is_tried() -> None:
    async def run() -> None:
        async with visited("127.0.0.1") as (port, visits):
            names = NameServer(("127.0.0.3", "127.0.0.1"))
            url, opened = f"http://office.example:{port}/", "127.0.0.1/32,127.0.0.3/32"
            async with webhook(url, ask=names, webhook_private_networks=opened) as channel:
                assert (await channel.attempt(LETTER, "", BODY)).verdict == "accepted"
            assert len(visits) == 1

    asyncio.run(run())


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (socket.gaierror(socket.EAI_NONAME, "no such name"), "name_not_found"),
        (socket.gaierror(socket.EAI_AGAIN, "try again"), "name_server_failed"),
        (socket.gaierror(socket.EAI_FAIL, "failed"), "name_server_failed"),
        ((), "no_connection"),
    ],
)
def test_a_name_without_an_address_is_told_by_its_cause(answer: tuple[str, ...] | OSError, reason: str) -> None:
    async def run() -> None:
        async with webhook("https://office.example/", ask=NameServer(answer)) as channel:
            assert await channel.attempt(LETTER, "", BODY) == of_failure(reason)

    asyncio.run(run())


def test_a_name_server_that_is_silent_ends_as_nothing_sent_and_holds_up_no_other_name() -> None:
    over = Event()
    silent, well = NameServer(over), NameServer(("127.0.0.1",))

    async def run() -> None:
        async with (
            visited("127.0.0.1") as (port, visits),
            webhook(
                "http://unused.example/",
                HURRIED,
                ask=lambda host, port: (silent if host.startswith("silent") else well)(host, port),
                webhook_private_networks=THIS,
            ) as channel,
        ):
            dead = [channel.attempt(LETTER, f"http://silent{number}.example:{port}/", BODY) for number in range(8)]
            living = channel.attempt(LETTER, f"http://office.example:{port}/", BODY)
            *waited, answered = await asyncio.gather(*dead, living)
            assert waited == [of_failure("connect_timed_out")] * 8
            assert answered.verdict == "accepted"
            assert len(visits) == 1
            over.set()

    asyncio.run(run())


def test_what_is_no_name_is_an_error_of_the_look_up_and_no_crash() -> None:
    for host in ("a" * 64 + ".example", "a..example", ".example"):
        with pytest.raises(OSError, match=r"no such name|not known"):
            look_up(host, 443)


def test_the_systems_own_look_up_is_vetted_as_well() -> None:
    async def run() -> None:
        async with visited("127.0.0.1") as (port, visits):
            async with webhook(f"http://localhost:{port}/") as channel:
                assert (await channel.attempt(LETTER, "", BODY)).verdict == "accepted"
            assert len(visits) == 1

    asyncio.run(run())
