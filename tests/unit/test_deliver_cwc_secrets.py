"""The key is in the address of every request, and nothing of it is ever told: not by logs, errors, metrics or repr."""

from __future__ import annotations

import asyncio
import io
import logging
import pickle
import ssl
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import trustme
from prometheus_client import generate_latest

from deploy.local.office_faults import Fault, Hang, Refuse, Reset
from services.deliver.answers import Answer, of_failure
from services.deliver.channels.cwc.channel import Cwc
from services.deliver.channels.cwc.intake import Intake as Asked
from services.deliver.channels.cwc.intake import address_of
from services.pipeline.logs import JsonFormatter
from services.pipeline.settings import describe
from tests.unit.cwc_far_side import HURRIED, KEY, body_of, channel, intake, letter, run, settings
from tests.unit.far_sides import saying, server

SPELLINGS = {KEY, quote(KEY), quote_plus(KEY), quote(KEY, safe=""), KEY[:12]}


@pytest.fixture
def everything_logged() -> Iterator[io.StringIO]:
    """All that any logger says at DEBUG, as a worker writes it and with all that a record holds."""
    told = io.StringIO()
    handlers = [logging.StreamHandler(told), logging.StreamHandler(told)]
    handlers[0].setFormatter(JsonFormatter("deliver", "0"))
    handlers[1].setFormatter(logging.Formatter("%(message)s %(args)s %(exc_info)s"))
    root = logging.getLogger()
    level, kept = root.level, root.handlers[:]
    root.handlers[:] = handlers
    root.setLevel(logging.DEBUG)
    yield told
    root.handlers[:] = kept
    root.setLevel(level)


async def attempts_of_all_kinds(folder: Path) -> list[Answer]:
    """Everything that can go wrong on the way, with the loop's debugging on, which logs more."""
    asyncio.get_running_loop().set_debug(True)
    answers = []

    async def attempt(one: Cwc, number: int) -> None:
        ours = letter(number)
        answers.append(await one.attempt(ours, "", body_of(one, ours)))

    async with intake(folder) as there, channel(folder, there.url, attempt_seconds=HURRIED) as one:
        await attempt(one, 1)
        faults: list[Fault] = [Refuse(status=500), Reset(when="after_reading"), Hang(seconds=600)]
        for number, fault in enumerate(faults, 2):
            there.behave("message", fault)
            await attempt(one, number)
        url = there.url
    async with channel(folder, url, attempt_seconds=HURRIED) as one:
        await attempt(one, 9)  # nobody listens any more
    for said in (b"nonsense\r\n\r\n", b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"):
        async with server(saying(said)) as url, channel(folder, url, cwc_house_paths={"validate": ""}) as one:
            await attempt(one, 10)
    async with channel(folder, "https://localhost:1", attempt_seconds=HURRIED) as one:
        await attempt(one, 11)
    async with channel(folder, "https://no-such-host.invalid", attempt_seconds=HURRIED) as one:
        await attempt(one, 12)
    await attempt(one, 13)  # it is closed
    return answers


def test_no_attempt_tells_the_key_whatever_becomes_of_it(tmp_path: Path, everything_logged: io.StringIO) -> None:
    answers = run(attempts_of_all_kinds(tmp_path))
    assert len({answer.reason for answer in answers}) >= 6, answers
    told = everything_logged.getvalue() + repr(answers) + generate_latest().decode()
    assert len(everything_logged.getvalue()) > 200
    assert [spelling for spelling in SPELLINGS if spelling in told] == []
    assert "canary" not in told.replace("canary.example", "").lower()


def test_the_canary_would_be_seen(everything_logged: io.StringIO) -> None:
    logging.getLogger("any").debug("address %s", f"http://x/?apikey={quote(KEY)}")
    assert any(spelling in everything_logged.getvalue() for spelling in SPELLINGS)


def test_no_object_shows_the_key(tmp_path: Path) -> None:
    given = settings(tmp_path, "http://127.0.0.1:9")
    one, address = Cwc.opened(given, "house"), address_of(given, "house")
    shown = [repr(given), str(given), str(describe(given)), given.model_dump_json(), repr(one), repr(address)]
    shown += [repr(Asked(address)), repr(vars(one)), repr(letter()), str(one.idempotent)]
    assert [text for text in shown if any(spelling in text for spelling in SPELLINGS)] == []


def test_no_error_leaves_the_intake_even_if_the_client_itself_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, everything_logged: io.StringIO
) -> None:
    async def work() -> Answer:
        async with channel(tmp_path, "http://127.0.0.1:9", cwc_house_paths={"validate": "", "offices": ""}) as one:
            session = one._intake._open()

            def fail(_: str, url: Any, **__: Any) -> None:
                raise RuntimeError(f"what is {url}?")

            monkeypatch.setattr(session, "request", fail)
            return await one.attempt(letter(), "", body_of(one, letter()))

    answer = run(work())
    assert answer == of_failure("bad_answer")
    assert KEY not in everything_logged.getvalue() + "".join(traceback.format_stack()) + str(pickle.dumps(answer))


@pytest.mark.parametrize(
    ("name", "trusted", "reason"),
    [
        ("127.0.0.1", False, "tls_untrusted"),
        ("other.example", True, "tls_wrong_host"),
        ("127.0.0.1", True, "connection_lost"),
    ],
)
def test_the_key_goes_only_to_a_host_that_proves_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, trusted: bool, reason: str
) -> None:
    heard: list[bytes] = []
    authority = trustme.CA()
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(theirs)
    if trusted:
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    async def work() -> Answer:
        listening = await asyncio.start_server(hear, "127.0.0.1", 0, ssl=theirs)
        port = listening.sockets[0].getsockname()[1]
        async with (
            listening,
            channel(tmp_path, f"https://127.0.0.1:{port}", cwc_house_paths={"validate": "", "offices": ""}) as one,
        ):
            return await one.attempt(letter(), "", body_of(one, letter()))

    answer = run(work())
    assert answer.reason == reason
    assert len(heard) == (reason == "connection_lost")
    if heard:
        assert heard[0].startswith(b"POST /v2/message?apikey=canary-key")
        assert b"Content-Type: application/xml\r\n" in heard[0]
