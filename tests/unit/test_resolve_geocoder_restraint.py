"""The geocoder is asked no more than it bears and never longer than the budget: breaker, Retry-After, cache."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from time import monotonic

import pytest
from aiohttp import web

from services.pipeline.metrics import WorkerMetrics
from services.resolve.geocoding.wanted import Wanted
from tests.unit.far_geocoder import (
    GOOD,
    FarGeocoder,
    asking,
    counted,
    far_geocoder,
    hanging,
    results,
    said,
    saying,
    status,
    streets,
    wanted,
)


@pytest.fixture
def far() -> Iterator[FarGeocoder]:
    with far_geocoder() as server:
        yield server


def is_open(metrics: WorkerMetrics) -> bool:
    return bool(metrics.registry.get_sample_value("postbag_geocoder_breaker_open", {"stage": "resolve"}))


def test_the_budget_holds_for_two_hundred_addresses_and_a_server_that_hangs(far: FarGeocoder) -> None:
    far.behave = hanging
    budget = 1.0
    with asking(far.url, request_seconds=0.3, budget_seconds=budget, concurrency=4, breaker_failures=1000) as geocoder:
        started = monotonic()
        came = results(geocoder, *streets(200))
        took = monotonic() - started
    # The budget is the client's own promise; a loaded machine may add to it, by far less than two hundred time-outs would.
    assert took < 5 * budget
    assert set(came) == {"timed_out", "over_budget"}
    assert came.count("timed_out") == len(far.asked)
    assert len(far.asked) <= 4 * 3, "four at a time, each for its 0.3 s, begun within 0.7 s"


def test_all_questions_of_a_batch_share_its_budget(far: FarGeocoder) -> None:
    far.behave = hanging
    with asking(far.url, request_seconds=0.2, budget_seconds=0.5, breaker_failures=1000) as geocoder:
        geocoder.begin()
        came = [geocoder.locate([wanted(street)])[0].result for street in streets(20)]
        assert set(came[:1]) == {"timed_out"}
        assert came[3:] == ["over_budget"] * 17
        assert results(geocoder, "21 Canary Lane") == ["timed_out"], "the next batch has a budget of its own"


def test_the_wait_ends_though_the_clients_own_loop_is_stuck(far: FarGeocoder) -> None:
    with asking(far.url, request_seconds=0.2, budget_seconds=0.4) as geocoder:
        stuck = asyncio.run_coroutine_threadsafe(_block(2.0), geocoder._loop)
        started = monotonic()
        assert results(geocoder) == ["over_budget"]
        assert monotonic() - started < 1.9, "it waited for the loop"
        stuck.result(10)
        assert results(geocoder, "2 Canary Lane") == ["found"]


async def _block(seconds: float) -> None:
    until = monotonic() + seconds
    while monotonic() < until:
        pass


def test_a_slow_but_sound_server_is_asked_several_things_at_once(far: FarGeocoder) -> None:
    under_way, most = 0, 0

    async def slow(request: web.Request) -> web.StreamResponse:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.1)
        under_way -= 1
        return await GOOD(request)

    far.behave = slow
    with asking(far.url, request_seconds=5, budget_seconds=15, concurrency=8) as geocoder:
        assert set(results(geocoder, *streets(40))) == {"found"}
    assert 2 <= most <= 8


def test_the_breaker_opens_leaves_the_server_alone_and_closes_after_one_probe(far: FarGeocoder) -> None:
    metrics = WorkerMetrics("resolve")
    far.behave = status(500)
    with asking(far.url, metrics, concurrency=1, breaker_failures=3, rest_seconds=0.5) as geocoder:
        assert results(geocoder, *streets(5)) == ["failed"] * 3 + ["breaker_open"] * 2
        assert is_open(metrics)
        assert results(geocoder, *streets(50)) == ["breaker_open"] * 50
        assert len(far.asked) == 3
        asyncio.run(asyncio.sleep(0.6))
        assert results(geocoder, *streets(20)) == ["failed"] + ["breaker_open"] * 19, "the probe failed"
        assert len(far.asked) == 4
        asyncio.run(asyncio.sleep(0.6))
        far.behave = GOOD
        assert results(geocoder, *streets(20)) == ["found"] * 20, "one probe, and then the rest"
        assert not is_open(metrics)
    assert counted(metrics, "breaker_open") == 71


def test_the_others_wait_for_the_probe_and_do_not_come_back_empty(far: FarGeocoder) -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.1)
        return await GOOD(request)

    with asking(far.url, concurrency=8, breaker_failures=1, rest_seconds=0.05) as geocoder:
        far.behave = status(500)
        assert results(geocoder) == ["failed"]
        asyncio.run(asyncio.sleep(0.1))
        far.behave = slow
        assert results(geocoder, *streets(20)) == ["found"] * 20


def test_a_probe_that_a_mistake_ended_does_not_close_the_way_for_ever(
    far: FarGeocoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    with asking(far.url, breaker_failures=1, rest_seconds=0.05) as geocoder:
        far.behave = status(500)
        assert results(geocoder) == ["failed"]
        asyncio.run(asyncio.sleep(0.1))
        with monkeypatch.context() as patch:
            patch.setattr("services.resolve.geocoding.geocoder.parameters", fail)
            assert results(geocoder) == ["over_budget"]
        asyncio.run(asyncio.sleep(0.1))
        far.behave = GOOD
        assert results(geocoder) == ["found"]


def test_a_retry_after_is_obeyed_though_the_breakers_own_rest_is_shorter(far: FarGeocoder) -> None:
    metrics = WorkerMetrics("resolve")
    far.behave = status(429, Retry_After="3600")
    with asking(far.url, metrics, concurrency=1, breaker_failures=1000, rest_seconds=0.01) as geocoder:
        assert results(geocoder, *streets(3)) == ["failed", "breaker_open", "breaker_open"]
        far.behave = GOOD
        asyncio.run(asyncio.sleep(0.1))
        assert results(geocoder) == ["breaker_open"]
        assert is_open(metrics)
    assert len(far.asked) == 1


def test_a_429_without_retry_after_rests_for_the_breakers_own_time(far: FarGeocoder) -> None:
    far.behave = status(429)
    with asking(far.url, concurrency=1, breaker_failures=1000, rest_seconds=0.05) as geocoder:
        assert results(geocoder, *streets(2)) == ["failed", "breaker_open"]
        far.behave = GOOD
        asyncio.run(asyncio.sleep(0.1))
        assert results(geocoder) == ["found"]


def test_addresses_that_cannot_be_looked_up_do_not_open_the_breaker(far: FarGeocoder) -> None:
    far.behave = status(400)
    with asking(far.url, concurrency=1, breaker_failures=2) as geocoder:
        assert results(geocoder, *streets(10)) == ["refused"] * 10


def test_an_address_is_asked_about_once_however_often_it_comes(far: FarGeocoder) -> None:
    metrics = WorkerMetrics("resolve")
    with asking(far.url, metrics) as geocoder:
        first = geocoder.locate([wanted(), wanted("1  CANARY lane "), wanted("2 Canary Lane")])
        again = geocoder.locate([wanted()])
    assert len(far.asked) == 2
    assert first[0] is first[1] is again[0]
    assert (counted(metrics, "found"), counted(metrics, "cached")) == (2, 2)


def test_silence_is_not_remembered_and_no_match_is(far: FarGeocoder) -> None:
    with asking(far.url) as geocoder:
        far.behave = status(500)
        assert results(geocoder) == ["failed"]
        far.behave = saying(said())
        assert results(geocoder) == ["none"]
        far.behave = GOOD
        assert results(geocoder) == ["none"]
    assert len(far.asked) == 2


def test_another_congress_or_zip_is_another_question(far: FarGeocoder) -> None:
    questions: list[Wanted] = [wanted(), wanted(congress=120), wanted(zip5="78703"), wanted(state=None)]
    with asking(far.url) as geocoder:
        geocoder.locate(questions)
    assert len(far.asked) == 4


def test_nothing_wanted_is_nothing_asked(far: FarGeocoder) -> None:
    with asking(far.url) as geocoder:
        assert geocoder.locate([]) == []
    assert far.asked == []
