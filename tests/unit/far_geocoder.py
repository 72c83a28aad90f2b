"""A geocoder on this machine that answers as it is told to: the Census geocoder's JSON, or any of the ways to fail."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from services.pipeline.metrics import WorkerMetrics
from services.resolve.geocoding.geocoder import Geocoder
from services.resolve.geocoding.settings import GeocoderSettings
from services.resolve.geocoding.wanted import Wanted

Behaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]
Json = dict[str, Any]


def wanted(street: str = "1 Canary Lane", **fields: Any) -> Wanted:
    return Wanted(
        **{"street": street, "city": "Canaryville", "state": "TX", "zip5": "78702", "congress": 119, **fields}
    )


def district(geoid: str, congress: int = 119, **fields: Any) -> Json:
    """A record of a layer of districts."""
    return {"GEOID": geoid, "STATE": geoid[:2], "BASENAME": geoid[2:], "CDSESSN": str(congress), **fields}


def match(
    lat: float = 30.26271,
    lon: float = -97.73948,
    state: str = "TX",
    zip5: str = "78702",
    layers: Mapping[str, list[Json]] | None = None,
) -> Json:
    """One of ``addressMatches``; x is the longitude."""
    return {
        "matchedAddress": f"1 CANARY LN, CANARYVILLE, {state}, {zip5}",
        "coordinates": {"x": lon, "y": lat},
        "addressComponents": {"state": state, "zip": zip5},
        "geographies": {"119th Congressional Districts": [district("4837")]} if layers is None else dict(layers),
    }


def said(*matches: Json) -> Json:
    """A whole answer."""
    return {"result": {"input": {}, "addressMatches": list(matches)}}


def saying(body: Json, **options: Any) -> Behaviour:
    async def behave(_: web.Request) -> web.StreamResponse:
        return web.json_response(body, **options)

    return behave


def status(code: int, **headers: str) -> Behaviour:
    async def behave(_: web.Request) -> web.StreamResponse:
        return web.Response(status=code, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return behave


async def hanging(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(3600)
    raise AssertionError("nobody waits for an hour")


GOOD = saying(said(match()))


class FarGeocoder:
    """The server. ``asked`` holds every query that came, ``behave`` is how it answers the next."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.asked: list[dict[str, str]] = []
        self.agents: set[str] = set()
        self.elsewhere = 0
        self.behave: Behaviour = GOOD
        self.url = ""
        self._loop = loop
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.1, handle_signals=False)

    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/geocoder/geographies/address", self._take)
        app.router.add_get("/elsewhere", self._moved)
        return app

    async def _take(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(dict(request.query))
        self.agents.add(request.headers["User-Agent"])
        return await self.behave(request)

    async def _moved(self, _: web.Request) -> web.StreamResponse:
        self.elsewhere += 1
        return web.json_response(said(match()))

    async def start(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/geocoder/geographies/address"

    async def stop(self) -> None:
        await self._runner.cleanup()
        hanging_on = asyncio.all_tasks() - {asyncio.current_task()}
        for task in hanging_on:
            task.cancel()
        await asyncio.gather(*hanging_on, return_exceptions=True)


@contextmanager
def far_geocoder() -> Iterator[FarGeocoder]:
    """The server, in a thread of its own: whoever asks it waits for the answer."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    far = FarGeocoder(loop)
    try:
        asyncio.run_coroutine_threadsafe(far.start(), loop).result(10)
        yield far
    finally:
        asyncio.run_coroutine_threadsafe(far.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@contextmanager
def asking(url: str, metrics: WorkerMetrics | None = None, **options: Any) -> Iterator[Geocoder]:
    """A geocoder's client with the settings given, short of breath unless they say otherwise."""
    short = {"request_seconds": 0.5, "budget_seconds": 2.0, **options}
    settings = GeocoderSettings(geocoder_url=url, **{f"geocoder_{name}": value for name, value in short.items()})
    geocoder = Geocoder(settings, metrics or WorkerMetrics("resolve"))
    try:
        yield geocoder
    finally:
        geocoder.close()


def results(geocoder: Geocoder, *streets: str) -> list[str]:
    """What comes of the streets, as one batch."""
    geocoder.begin()
    return [reply.result for reply in geocoder.locate([wanted(street) for street in streets or ["1 Canary Lane"]])]


def streets(count: int) -> list[str]:
    return [f"{number} Canary Lane" for number in range(1, count + 1)]


def counted(metrics: WorkerMetrics, result: str) -> float | None:
    return metrics.registry.get_sample_value("postbag_geocoder_requests_total", {"result": result})
