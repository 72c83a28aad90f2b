"""Delivery costs little beside what the HTTP client costs: letters a second, against a bare loop of the same client.

Both send the same letters to the same pool of quick offices over as many connections, in one run, in turn. What is
compared is a ratio; both rates are the machine's and the moment's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

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
LETTERS: Final = 6_000
ROUNDS: Final = 3
LEAST: Final = 0.6


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


def delivered(corner: Corner, office: QuickOffice, made: Sequence[LetterRendered]) -> None:
    """The same by a deliver worker that finds them in its topic."""
    post(corner, made)
    with corner.start("deliver", channel="webhook", webhook_url=office.letters_url, concurrency=CONCURRENCY) as worker:
        done = eventually(lambda: office.answered().count >= len(made), 120)
        assert done, f"{office.answered().count} of {len(made)} letters; the log ends with:\n{worker.tail()}"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[QuickOffice]:
    with quick_office(tmp_path) as there:
        yield there


def test_delivery_keeps_up_with_a_bare_loop_of_the_same_client(
    broker: Cluster, tmp_path: Path, office: QuickOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    shares = []
    for number in range(ROUNDS):
        made = letters(LETTERS, first=number * LETTERS)
        asyncio.run(bare_loop(office, made))
        bare = office.answered()
        office.forget()
        corner = Corner(broker.bootstrap_servers, tmp_path / str(number)).apply_topics()
        delivered(corner, office, made)
        ours = office.answered()
        office.forget()
        assert (bare.count, ours.count) == (LETTERS, LETTERS), "each letter once"
        shares.append(ours.rate / bare.rate)
        with capsys.disabled():
            print(f"\nletters a second: bare loop {bare.rate:,.0f}, deliver {ours.rate:,.0f}: {shares[-1]:.2f}")
    assert sorted(shares)[ROUNDS // 2] >= LEAST, shares
