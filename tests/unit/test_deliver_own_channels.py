"""A recipient with a channel of its own gets its letters by it, and nothing is posted to a host that nobody named."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import pytest

from schemas.letter import Letter
from schemas.topics import RETRY
from schemas.wire import write
from services.deliver.answers import Answer, of_local
from services.deliver.channels import Channels, open_channels
from services.deliver.channels.webhook import destination
from services.deliver.settings import DeliverSettings
from services.pipeline.errors import SettingsRefused
from services.pipeline.settings import load
from tests.unit import made
from tests.unit.deliver_worker import OpenWorker, open_worker
from tests.unit.far_sides import office, saying, server, webhook
from tests.unit.scripted_channel import NO_ANSWER, NO_CONNECTION, ScriptedChannel

__all__ = ["open_worker"]

NOT_ALLOWED: Final = Answer("refused", "address_not_allowed")


def letter(
    to: str | None = None, channel: Literal["outbox", "webhook", "smtp", "print"] | None = "webhook", **changes: Any
) -> Letter:
    return made.letter(channel=channel, to=to, **changes)


def settings(folder: Path, **changes: Any) -> DeliverSettings:
    return load(DeliverSettings, outbox_dir=folder, **changes)


async def post(one: Letter, hosts: frozenset[str], url: str = "http://127.0.0.1:9/") -> Answer:
    async with webhook(url, webhook_hosts=",".join(hosts)) as channel:
        return await channel.attempt(one, one.to or "", write(one))


def test_a_letter_is_posted_to_its_own_address_at_a_host_that_is_named(tmp_path: Path) -> None:
    async def run() -> None:
        async with office(tmp_path) as there:
            to = there.url.replace("{office}", "HNY13")
            answer = await post(letter(to), frozenset({urlsplit(to).netloc}))
            assert (answer.verdict, answer.receipt) == ("accepted", "HNY13-0000001")

    asyncio.run(run())


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",  # the port is part of what is named
        "http://127.0.0.1:{port}@elsewhere.example/",
        "http://elsewhere.example#@127.0.0.1:{port}/",
        "http://user@127.0.0.1:{port}/",
        "http://user:word@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}\\@elsewhere.example/",
        "http://127.0.0.1:{port}.elsewhere.example/",
        "http://127.0.0.1:{port}?x",
        "http://127.0.0.1:{port}/a b",
        "http://127.0.0.1:{port}/\r\nX: y",
        "http://127.1:{port}/",
        "http://2130706433:{port}/",
        "HTTP://127.0.0.1:{port}/",
        "ftp://127.0.0.1:{port}/",
        "file:///etc/passwd",
        "//127.0.0.1:{port}/",
        "127.0.0.1:{port}",
        "http://named.example/",  # named, but neither TLS nor this machine
        "https://unnamed.example/",
        "https://named.example:8443/",
        "https://NAMED.example/",
        "https://named.example./",
    ],
)
def test_any_other_address_is_refused_and_nothing_is_sent(address: str) -> None:
    visits: list[int] = []

    async def count(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        visits.append(1)

    async def run() -> None:
        async with server(count) as url:
            port = urlsplit(url).port
            hosts = frozenset({f"127.0.0.1:{port}", "named.example"})
            assert await post(letter(address.format(port=port)), hosts) == NOT_ALLOWED
            assert await post(letter(url), frozenset()) == NOT_ALLOWED, "nobody is named unless the operator does"

    asyncio.run(run())
    assert visits == []
    assert of_local("address_not_allowed").verdict == "refused"


def test_what_must_be_named_is_the_host_with_its_port_as_written() -> None:
    for address, named in {
        "https://named.example/a?b=c": "named.example",
        "https://named.example": "named.example",
        "https://named.example:8443/": "named.example:8443",
        "http://localhost:80/": "localhost:80",
        "http://127.0.0.2/": "127.0.0.2",
        "http://named.example/": "",
        "": "",
    }.items():
        assert destination(address) == named


def test_an_address_that_is_not_there_is_refused_and_the_usual_one_is_not_a_recipient_s(tmp_path: Path) -> None:
    async def run() -> None:
        async with office(tmp_path) as there:
            assert await post(letter(), frozenset(), there.url) == NOT_ALLOWED
            assert there.count("accepted") == 0
            assert (await post(letter(channel=None), frozenset(), there.url)).verdict == "accepted"

    asyncio.run(run())


def test_each_channel_is_opened_by_its_name_and_once(tmp_path: Path) -> None:
    channels = open_channels(settings(tmp_path))
    for name in ("outbox", "webhook"):
        assert channels.get(name).name == name
        assert channels.get(name) is channels.get(name)


def test_a_worker_that_drops_its_letters_drops_all(tmp_path: Path) -> None:
    channels = open_channels(settings(tmp_path, channel="discard", webhook_hosts="127.0.0.1:8025"))
    assert {channels.get(name).name for name in ("outbox", "webhook", "discard")} == {"discard"}


def test_a_channel_that_nobody_set_up_ends_the_letters_that_ask_for_it_and_not_the_worker(
    open_worker: OpenWorker, tmp_path: Path
) -> None:
    ways = open_channels(settings(tmp_path))
    worker = open_worker(ScriptedChannel(), others={"smtp": lambda: ways.get("smtp")})
    worker.send(letter("chair@board.example", "smtp", office="x-chair", letter_id=made.identity(2)))
    worker.send(made.letter(1))
    worker.turn()
    ended = [(entry.channel, entry.state, entry.reason, entry.attempts) for _, _, entry in worker.ledger()]
    assert ended == [("smtp", "refused", "channel_not_set_up", 0), ("scripted", "accepted", "accepted", 1)]
    assert not worker.tools.channels.repeats("smtp"), "an attempt of a time when it was set up is in doubt"


def test_the_setting_names_hosts_with_commas_between(tmp_path: Path) -> None:
    async def run() -> None:
        async with server(saying(b"HTTP/1.1 204 No Content\r\n\r\n")) as url:
            named = settings(tmp_path, webhook_hosts=f"board.example,{urlsplit(url).netloc}")
            channels = open_channels(named)
            assert (await channels.get("webhook").attempt(letter(url), url, b"{}")).verdict == "accepted"
            await channels.close()

    asyncio.run(run())
    for wrong in ("https://board.example", "board.example, other.example", "*", ","):
        with pytest.raises(SettingsRefused):
            settings(tmp_path, webhook_hosts=wrong)


def test_the_ledger_says_by_which_channel_a_letter_went(open_worker: OpenWorker) -> None:
    opened: list[ScriptedChannel] = []
    worker = open_worker(ScriptedChannel(), others={"webhook": opening(opened, "webhook")})
    worker.send(made.letter(1, office="HNY13"))
    worker.send(letter("https://board.example/", office="x-chair", letter_id=made.identity(2)))
    worker.send(letter("https://board.example/", office="x-chair", letter_id=made.identity(3)))
    while worker.turn():
        pass
    assert [entry.channel for _, _, entry in worker.ledger()] == ["scripted", "webhook", "webhook"]
    assert len(opened) == 1, "opened once, and kept"
    assert [identity for identity, _ in opened[0].seen] == [made.identity(2), made.identity(3)]
    assert opened[0].flushes >= 1, "what it wrote is made durable before it is entered"
    assert b'postbag_attempts_total{channel="webhook",result="accepted"} 2.0' in worker.scrape()
    assert b'postbag_attempt_seconds_count{channel="webhook"} 2.0' in worker.scrape()
    worker.close()
    assert opened[0].closed


def test_each_channel_s_own_word_on_repeats_decides_what_is_in_doubt(open_worker: OpenWorker) -> None:
    worker = open_worker(
        ScriptedChannel(NO_ANSWER, idempotent=True),
        others={"print": opening([], "print", NO_ANSWER, idempotent=False)},
    )
    worker.send(made.letter(1))
    worker.send(letter(channel="print", letter_id=made.identity(2)))
    while worker.turn():
        pass
    assert (worker.states(1)[-1], worker.states(2)[-1]) == ("unknown", "in_doubt")


def test_a_letter_that_is_tried_again_still_knows_its_channel(open_worker: OpenWorker) -> None:
    opened: list[ScriptedChannel] = []
    worker = open_worker(
        ScriptedChannel(), others={"webhook": opening(opened, "webhook", NO_CONNECTION)}, short_retries=0
    )
    worker.send(letter("https://board.example/"))
    worker.turn()
    assert len(worker.broker.records(RETRY)) == 1
    opened[0].script = Answer("accepted", "accepted", 201)
    worker.now += 60
    while worker.turn():
        pass
    assert [(entry.state, entry.channel) for _, _, entry in worker.ledger()] == [
        ("retrying", "webhook"),
        ("accepted", "webhook"),
    ]


def opening(
    opened: list[ScriptedChannel], name: str, script: Answer | None = None, *, idempotent: bool = True
) -> Callable[[], ScriptedChannel]:
    def open_it() -> ScriptedChannel:
        channel = ScriptedChannel(script or Answer("accepted", "accepted", 201), idempotent=idempotent)
        channel.name = name
        opened.append(channel)
        return channel

    return open_it


def test_channels_that_are_not_open_are_neither_flushed_nor_closed() -> None:
    opened: list[ScriptedChannel] = []
    channels = Channels({"webhook": opening(opened, "webhook")})

    async def run() -> None:
        await channels.flush()
        await channels.close()

    asyncio.run(run())
    assert opened == []
