"""Delivery costs little beside what the HTTP client costs: letters a second, against a bare loop of the same client.

Both send letters to the same pool of quick offices over as many connections, in one run, in turn. The bare loop is one
process that reads from no broker and writes to none. Deliver is two workers with half the connections each, in the middle of
a backlog; what one worker alone comes to is told as well. What is compared is a ratio; the rates are the machine's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from schemas.letter import LetterRendered
from schemas.wire import write
from tests.conftest import Cluster
from tests.integration.harness.corner import Corner
from tests.integration.harness.offices import letters, post
from tests.integration.harness.processes import eventually
from tests.integration.harness.quick_office import QuickOffice, quick_office

pytestmark = [pytest.mark.integration, pytest.mark.alone, pytest.mark.timeout(240)]

CONCURRENCY: Final = 32
BARE: Final = 10_000
LETTERS: Final = 30_000
SLACK: Final = 1_000
"""Letters that may have been answered between a look at the count and its being set to nothing."""


async def bare_loop(office: QuickOffice, made: Sequence[LetterRendered]) -> None:
    """What anybody would write: a session, so many tasks, one post a letter, its answer read."""
    bodies = iter([(one.data.office, one.data.letter_id, write(one.data)) for one in made])
    connector = aiohttp.TCPConnector(limit=CONCURRENCY)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:

        async def send() -> None:
            for to, identity, body in bodies:
                headers = {"Content-Type": "application/json", "Idempotency-Key": identity}
                url = office.letters_url.replace("{office}", to)
                async with session.post(url, data=body, headers=headers) as response:
                    await response.read()

        await asyncio.gather(*(send() for _ in range(CONCURRENCY)))


def delivered(corner: Corner, office: QuickOffice, made: Sequence[LetterRendered], workers: int) -> float:
    """Letters a second by so many deliver workers, from a quarter of a backlog to three quarters of it."""
    post(corner, made)
    shared: dict[str, Any] = {
        "channel": "webhook",
        "webhook_url": office.letters_url,
        "concurrency": CONCURRENCY // workers,
    }
    with ExitStack() as stack:
        started = [stack.enter_context(corner.start("deliver", slot=slot, **shared)) for slot in range(workers)]
        assert eventually(lambda: office.answered().count >= LETTERS // 4, 60), started[0].tail()
        office.forget()
        assert eventually(lambda: office.answered().count >= LETTERS // 2, 60), started[0].tail()
        middle = office.answered()
        assert eventually(lambda: office.answered().count >= LETTERS - LETTERS // 4 - SLACK, 60), started[0].tail()
    office.forget()
    return middle.rate


@pytest.fixture
def office(tmp_path: Path) -> Iterator[QuickOffice]:
    with quick_office(tmp_path) as there:
        yield there


@pytest.mark.parametrize(("rounds", "least"), [(1, 0.4), pytest.param(5, 0.6, marks=pytest.mark.slow)])
def test_delivery_keeps_up_with_a_bare_loop_of_the_same_client(
    broker: Cluster, tmp_path: Path, office: QuickOffice, capsys: pytest.CaptureFixture[str], rounds: int, least: float
) -> None:
    """The bound of one short round leaves room for a machine that does other work; the five rounds do not."""
    shares = []
    for number in range(rounds):
        made = letters(LETTERS, first=number * LETTERS)
        asyncio.run(bare_loop(office, made[:BARE]))
        bare = office.answered()
        assert bare.count == BARE
        office.forget()
        rates = {}
        for workers in (1, 2):
            corner = Corner(broker.bootstrap_servers, tmp_path / f"{number}-{workers}").apply_topics()
            rates[workers] = delivered(corner, office, made, workers)
        shares.append(rates[2] / bare.rate)
        with capsys.disabled():
            print(
                f"\nletters a second: bare loop {bare.rate:,.0f}, one worker {rates[1]:,.0f} ({rates[1] / bare.rate:.2f}),"
                f" two {rates[2]:,.0f} ({shares[-1]:.2f})"
            )
    assert sorted(shares)[rounds // 2] >= least, shares
