"""An address goes to the geocoder and nowhere else: no log, metric, ``repr``, error or memory holds it."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import re
from typing import Any

import pytest
from prometheus_client import generate_latest

from services.pipeline.logs import JsonFormatter
from services.pipeline.metrics import WorkerMetrics
from services.resolve.geocoding import geocoder as module
from services.resolve.geocoding.cache import Cache
from services.resolve.geocoding.client import Client, Unanswered
from services.resolve.geocoding.wanted import Located, Reply, Wanted
from tests.unit.far_geocoder import GOOD, Behaviour, asking, far_geocoder, hanging, match, said, saying, status, wanted

CANARY = wanted("1600 Canary Lane", city="Canaryville", zip5="73344")
TRACES = re.compile(r"canary|(?<!\d)(?:73344(?!\d)|30\.262|97\.739)")
"""Its words, ZIP and place; not digits in the middle of some other number."""

LOST: tuple[Behaviour, ...] = (
    hanging,
    status(500),
    status(429, Retry_After="0"),
    status(302, Location="/elsewhere?street=canary"),
    saying({"errors": ["Canary Lane is no street"]}),
    saying({"result": {"addressMatches": [{"matchedAddress": "1600 CANARY LN"}]}}),
)


def traces(text: str) -> set[str]:
    return set(TRACES.findall(text.casefold()))


def everything(records: list[logging.LogRecord]) -> str:
    """Each record as it would be printed, and as whoever keeps records could read it."""
    formatter = JsonFormatter("resolve", "0")
    return "\n".join(f"{formatter.format(one)} {one.__dict__!r} {one.exc_info!r}" for one in records)


def test_the_looking_itself_finds_an_address() -> None:
    assert traces(str(CANARY.street)) == {"canary"}
    record = logging.LogRecord("x", 40, "x", 1, "lost %s", (CANARY.street,), None)
    assert traces(everything([record])) == {"canary"}
    assert traces("at 30.2627, -97.7395 in 73344, not 4730.262 or 173344") == {"30.262", "97.739", "73344"}


def test_no_log_metric_or_error_tells_an_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    metrics = WorkerMetrics("resolve")
    with far_geocoder() as far, asking(far.url, metrics, request_seconds=0.2, rest_seconds=0.01) as geocoder:
        geocoder._loop.set_debug(True)
        for behave in (*LOST, GOOD):
            far.behave = behave
            asyncio.run(asyncio.sleep(0.05))  # the breaker's rest
            geocoder.begin()
            replies = geocoder.locate([CANARY])
            assert traces(repr(replies)) == set()
        assert replies[0].result == "found"
        assert len(far.asked) == len(LOST) + 1, "it was told to the geocoder each time"
    assert {record.name for record in caplog.records} >= {module.__name__}, "something was logged"
    ours = [one for one in caplog.records if not one.name.startswith("aiohttp.server")]  # the far side is not ours
    assert traces(everything(ours)) == set()
    assert traces(generate_latest(metrics.registry).decode()) == set()


def test_a_loop_that_fails_logs_a_type_and_not_what_was_asked(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(f"cannot ask about {CANARY.street}")

    monkeypatch.setattr(module, "parameters", fail)
    with far_geocoder() as far, asking(far.url) as geocoder:
        assert [reply.result for reply in geocoder.locate([CANARY])] == ["over_budget"]

        async def unheard() -> None:
            raise RuntimeError(CANARY.street)

        async def forget() -> None:
            task = asyncio.create_task(unheard())
            await asyncio.sleep(0)
            del task
            gc.collect()

        asyncio.run_coroutine_threadsafe(forget(), geocoder._loop).result(5)
    logged = everything(caplog.records)
    assert "RuntimeError" in logged
    assert "geocoder_loop" in logged
    assert traces(logged) == set()


def test_what_holds_an_address_does_not_show_it() -> None:
    reply = Reply("found", Located(30.2627, -97.7395, "4837", same_zip=True))
    assert traces(f"{CANARY!r} {reply!r} {reply.located!r}") == set()


@pytest.mark.parametrize("behave", LOST[:4])
def test_an_error_of_the_client_has_no_text(behave: Behaviour) -> None:
    async def run(url: str) -> str:
        client = Client(url, 0.2, 1)
        try:
            await client.ask({"street": CANARY.street})
        except Unanswered as error:
            return f"{error} {error!r} {error.__cause__!r}"
        finally:
            await client.close()
        raise AssertionError("it was answered")

    with far_geocoder() as far:
        far.behave = behave
        assert traces(asyncio.run(run(far.url))) == set()


def reachable(start: object) -> set[Any]:
    """Every text, number and run of bytes that is held below ``start``, types and modules aside."""
    pending, seen, found = [start], set[int](), set[Any]()
    while pending:
        one = pending.pop()
        if id(one) in seen or isinstance(one, type | type(json)):
            continue
        seen.add(id(one))
        if isinstance(one, str | bytes | float):
            found.add(one)
        elif not callable(one):
            pending += gc.get_referents(one)
    return found


def test_the_memory_holds_places_under_keyed_hashes_and_no_address() -> None:
    with far_geocoder() as far, asking(far.url) as geocoder:
        far.behave = saying(said(match(30.262716, -97.739482)))
        geocoder.locate([CANARY])
        held = reachable(geocoder._cache)
        assert {30.2627, -97.7395, "4837", "found"} <= held, "the looking finds what is there"
        assert not {30.262716, -97.739482} & held
        assert traces(" ".join(str(one) for one in held if isinstance(one, str | bytes))) == set()
        assert len(geocoder._cache._kept) == 1
        assert all(len(key) == 32 for key in geocoder._cache._kept)


def test_a_key_means_nothing_in_another_process() -> None:
    one, other = Cache(1, 1.0), Cache(1, 1.0)
    assert one.key(CANARY) == one.key(wanted(" 1600  CANARY Lane", city="canaryville", zip5="73344"))
    assert one.key(CANARY) != other.key(CANARY)


@pytest.mark.parametrize("field", ["street", "city", "state", "zip5"])
def test_a_key_tells_one_address_from_another(field: str) -> None:
    cache = Cache(1, 1.0)
    fields = {name: getattr(CANARY, name) for name in ("street", "city", "state", "zip5", "congress")}
    assert cache.key(Wanted(**fields)) == cache.key(CANARY)
    assert cache.key(Wanted(**(fields | {field: "Other"}))) != cache.key(CANARY)
    moved = {"street": "1600 Canary LaneC", "city": "anaryville"}
    assert cache.key(Wanted(**(fields | moved))) != cache.key(CANARY)
