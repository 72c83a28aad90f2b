"""The geocoder's client against a server that misbehaves: an answer or a plain word for none, never an exception."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
from collections.abc import Iterator

import pytest
from aiohttp import web

from services.pipeline.metrics import WorkerMetrics
from tests.unit.far_geocoder import (
    GOOD,
    Behaviour,
    FarGeocoder,
    asking,
    counted,
    district,
    far_geocoder,
    hanging,
    match,
    results,
    said,
    saying,
    status,
    wanted,
)


@pytest.fixture
def far() -> Iterator[FarGeocoder]:
    with far_geocoder() as server:
        yield server


def test_an_address_is_found_in_the_vintage_of_its_congress(far: FarGeocoder) -> None:
    both = {f"{number}th Congressional Districts": [district(geoid, number)]
            for number, geoid in ((120, "4810"), (119, "4837"))}  # fmt: skip
    far.behave = saying(said(match(layers=both)))
    with asking(far.url) as geocoder:
        sitting, elected = geocoder.locate([wanted(), wanted(congress=120)])
    assert sitting.located
    assert elected.located
    assert (sitting.located.geoid, elected.located.geoid) == ("4837", "4810")
    assert {query["vintage"] for query in far.asked} == {"ACS2025_Current", "ACS2026_Current"}
    assert {query["benchmark"] for query in far.asked} == {"Public_AR_Current"}
    assert far.asked[0]["street"] == "1 Canary Lane"
    assert all(agent.startswith("Postbag/") for agent in far.agents)


def test_a_vintage_that_flips_gives_a_place_and_no_district_of_another_congress(far: FarGeocoder) -> None:
    far.behave = saying(said(match(layers={"120th Congressional Districts": [district("4810", 120)]})))
    with asking(far.url) as geocoder:
        (reply,) = geocoder.locate([wanted()])
    assert reply.located
    assert reply.located.geoid is None


async def _drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "1000000"})
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.05)


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while True:
        await response.write(b" " * 65_536)


async def _reset(request: web.Request) -> web.StreamResponse:
    assert request.transport
    request.transport.abort()
    return web.Response()


async def _half(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"result": {')
    assert request.transport
    request.transport.close()
    return response


def _compressed(padding: int) -> Behaviour:
    body = gzip.compress(json.dumps(said(match())).encode() + b" " * padding)

    async def behave(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})

    return behave


async def _page(_: web.Request) -> web.StreamResponse:
    return web.Response(text=json.dumps(said(match())), content_type="text/html")


@pytest.mark.parametrize(
    ("behave", "result"),
    [
        (hanging, "timed_out"),
        (_drip, "timed_out"),
        (_endless, "failed"),
        (_reset, "failed"),
        (_half, "failed"),
        (_compressed(0), "failed"),
        (_compressed(10_000_000), "failed"),
        (_page, "failed"),
        (status(500), "failed"),
        (status(404), "failed"),
        (status(302, Location="/elsewhere"), "failed"),
        (status(204), "failed"),
        (status(400), "refused"),
        (saying({"error": {"code": 400, "message": "Invalid or missing input parameters."}}), "failed"),
        (saying({"errors": ["Street address cannot be empty"], "status": "400"}), "failed"),
        (saying({"errors": ["Benchmark is not valid"], "status": "400"}, status=400), "refused"),
        (saying(said(match(), match(lat=31.0, layers={}))), "ambiguous"),
        (saying(said()), "none"),
        (saying(said(match(state="OK"))), "elsewhere"),
        (GOOD, "found"),
    ],
)
def test_whatever_it_does_the_next_address_is_answered(far: FarGeocoder, behave: Behaviour, result: str) -> None:
    metrics = WorkerMetrics("resolve")
    with asking(far.url, metrics) as geocoder:
        far.behave = behave
        assert results(geocoder) == [result]
        far.behave = GOOD
        assert results(geocoder, "2 Canary Lane") == ["found"]
    assert far.elsewhere == 0, "redirects are not followed"
    assert counted(metrics, result) == (2 if result == "found" else 1)
    assert metrics.registry.get_sample_value("postbag_geocoder_seconds_count", {"stage": "resolve"}) == 2


def test_a_port_where_nobody_listens_and_one_without_tls_fail(far: FarGeocoder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    with asking(f"http://127.0.0.1:{closed}/geocoder") as geocoder:
        assert results(geocoder) == ["failed"]
    with asking(far.url.replace("http:", "https:")) as geocoder:
        assert results(geocoder) == ["failed"]
    assert far.asked == []


def test_a_name_that_cannot_be_looked_up_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    with asking("https://geocoder.invalid/address") as geocoder:
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        assert results(geocoder) == ["failed"]


@pytest.mark.parametrize("street", ["\ud800 Canary Lane", "1 Canary\nLane\0", "", "&benchmark=x#?%00", "é" * 300])
def test_a_street_that_cannot_be_sent_or_looks_like_a_query_harms_nothing(far: FarGeocoder, street: str) -> None:
    with asking(far.url) as geocoder:
        assert results(geocoder, street)[0] in ("found", "failed")
    assert all(query["benchmark"] == "Public_AR_Current" for query in far.asked)
    sendable = street.encode("utf-8", "ignore").decode()
    assert all(query.get("street", "") == sendable for query in far.asked)
