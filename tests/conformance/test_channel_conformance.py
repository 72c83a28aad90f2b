"""Every channel against its far side, duty by duty; what a channel cannot show is skipped with the reason."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop

from services.deliver.channel import Channel
from tests.conformance.channel_duties import DUTIES, Bench, Duty
from tests.conformance.channels import CASES, EXEMPT, digests, peer_of

ROOT = Path(__file__).parents[2]


def hold(name: str, duty: Duty, folder: Path, wrap: Callable[[Channel], Channel] = lambda channel: channel) -> None:
    """Hold the channel ``name`` to ``duty``, in a minute at most."""

    async def run() -> None:
        peer = peer_of(name, folder)
        async with asyncio.timeout(60):
            await peer.start()
            try:
                await duty(Bench(peer, wrap))
            finally:
                peer.behave("well")
                await peer.stop()

    uvloop.run(run())  # the loop that attempts run on


@pytest.mark.parametrize("duty", DUTIES, ids=lambda duty: duty.__name__)
@pytest.mark.parametrize("name", CASES)
def test_a_channel_does_its_duty(name: str, duty: Duty, tmp_path: Path) -> None:
    if reason := EXEMPT.get((name, duty.__name__)):
        pytest.skip(reason)
    hold(name, duty, tmp_path)


def test_every_channel_is_known_by_the_name_that_routes_have_for_it(tmp_path: Path) -> None:
    async def run() -> None:
        for name in CASES:
            channel = peer_of(name, tmp_path).open(1)
            assert channel.name == name
            assert isinstance(channel.idempotent, bool)
            await channel.close()

    asyncio.run(run())


def test_nothing_is_exempt_that_is_not_there() -> None:
    known = {(name, duty.__name__) for name in CASES for duty in DUTIES}
    assert EXEMPT.keys() <= known


@pytest.mark.parametrize(("seed", "zone"), [("1", "Asia/Kathmandu"), ("2", "America/New_York")])
def test_another_process_makes_the_same_bodies(seed: str, zone: str) -> None:
    elsewhere = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
    command = [sys.executable, "-m", "tests.conformance.channels"]
    told = subprocess.run(command, cwd=ROOT, env=elsewhere, check=True, capture_output=True, text=True).stdout
    assert dict(line.split() for line in told.splitlines()) == digests()
