"""The geocoder as the stage sees it: hand in a batch's addresses, get as many replies within the budget, whatever happens.

The questions run on an event loop in a daemon thread of their own, so that the stage's wait has an end even where that loop
has none. A question begins only while the budget has room for its whole limit: whatever is cut off was slow in itself, and
counts against the geocoder. Nothing here raises, and no address gets into a log, a metric or an error.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Mapping, Sequence
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any, Final

from services.resolve.geocoding.breaker import Breaker
from services.resolve.geocoding.cache import Cache
from services.resolve.geocoding.census import NotAnAnswer, parameters, read
from services.resolve.geocoding.client import Client, Unanswered
from services.resolve.geocoding.wanted import RESULTS, Reply, Result, Wanted

if TYPE_CHECKING:
    from services.pipeline.metrics import WorkerMetrics
    from services.resolve.geocoding.settings import GeocoderSettings

log = logging.getLogger(__name__)

_PATIENCE: Final = 1.25
"""How much longer than the budget the stage waits, as a share of it, for a loop that lags behind."""

_UNANSWERED: Final[frozenset[Result]] = frozenset({"failed", "timed_out", "breaker_open", "over_budget"})
"""Where the geocoder said nothing: not to be remembered."""

_OVER_BUDGET: Final = Reply("over_budget")
_BREAKER_OPEN: Final = Reply("breaker_open")


class Geocoder:
    """Asks the geocoder of ``settings``; for one thread, the stage's."""

    def __init__(self, settings: GeocoderSettings, metrics: WorkerMetrics) -> None:
        self._settings = settings
        self._newest = settings.geocoder_vintages[max(settings.geocoder_vintages)]
        self._client = Client(settings.geocoder_url, settings.geocoder_request_seconds, settings.geocoder_concurrency)
        self._cache = Cache(settings.geocoder_cache_entries, settings.geocoder_cache_seconds)
        self._breaker = Breaker(settings.geocoder_breaker_failures, settings.geocoder_rest_seconds)
        self._counts = {result: metrics.counter("postbag_geocoder_requests", result) for result in RESULTS}
        self._seconds = metrics.histogram("postbag_geocoder_seconds", "resolve")
        self._open = metrics.gauge("postbag_geocoder_breaker_open", "resolve")
        self._left = settings.geocoder_budget_seconds
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(_log_type_alone)
        self._thread = threading.Thread(target=self._loop.run_forever, name="geocoder", daemon=True)
        self._thread.start()

    def knows_districts(self, congress: int) -> bool:
        """Whether a vintage is set that has the districts of ``congress``."""
        return congress in self._settings.geocoder_vintages

    def begin(self) -> None:
        """A batch begins, with a budget of its own that all its questions share."""
        self._left = self._settings.geocoder_budget_seconds

    def locate(self, wanted: Sequence[Wanted]) -> list[Reply]:
        """A reply for each address, in order; the same address twice is asked about once.

        Returns within what is left of the budget, or 1.25 times that where this machine is too busy to keep to it. Never
        raises.
        """
        keys = [self._cache.key(one) for one in wanted]
        known = {key: kept for key in set(keys) if (kept := self._cache.get(key))}
        asked = {key: one for key, one in zip(keys, wanted, strict=True) if key not in known}
        given = self._ask(asked)
        for key in asked:
            reply = known[key] = given.get(key, _OVER_BUDGET)
            self._counts[reply.result].inc()
            if reply.result not in _UNANSWERED:
                self._cache.put(key, reply)
        self._counts["cached"].inc(len(wanted) - len(asked))
        self._open.set(self._breaker.is_open)
        return [known[key] for key in keys]

    def close(self) -> None:
        """Close the connections and end the thread: within two seconds, whatever it is doing."""
        closing = asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        try:
            closing.result(1.0)
        except Exception as error:  # noqa: BLE001 - the worker ends in any case
            log.warning("geocoder_not_closed", extra={"error_type": type(error).__name__})
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(1.0)
        if not self._thread.is_alive():
            self._loop.close()

    def _ask(self, asked: Mapping[bytes, Wanted]) -> dict[bytes, Reply]:
        given: dict[bytes, Reply] = {}
        if asked and self._left > self._settings.geocoder_request_seconds:
            started = monotonic()
            waiting = asyncio.run_coroutine_threadsafe(self._round(asked, given), self._loop)
            try:
                waiting.result(self._left * _PATIENCE)
            except Exception as error:  # noqa: BLE001 - an enricher that fails is one that is not there
                waiting.cancel()
                log.error("geocoder_round_lost", extra={"error_type": type(error).__name__})  # noqa: TRY400 - ditto
            self._left -= monotonic() - started
        return given.copy()  # a loop that lags behind may still write to the other

    async def _end(self) -> None:
        """Leave nothing behind on the loop."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.close()

    async def _round(self, asked: Mapping[bytes, Wanted], given: dict[bytes, Reply]) -> None:
        """Fills ``given``, as far as the budget allows."""
        latest = monotonic() + self._left - self._settings.geocoder_request_seconds
        queue = iter(asked.items())

        async def work() -> None:
            for key, one in queue:
                if monotonic() > latest:
                    return
                given[key] = await self._one(one)

        if self._breaker.is_open:  # one goes ahead: the others should not come back empty because it is under way
            key, one = next(queue)
            given[key] = await self._one(one)
        await asyncio.gather(*(work() for _ in range(min(self._settings.geocoder_concurrency, len(asked)))))

    async def _one(self, wanted: Wanted) -> Reply:
        if not self._breaker.allows():
            return _BREAKER_OPEN
        vintage = self._settings.geocoder_vintages.get(wanted.congress, self._newest)
        started, rest = perf_counter(), None
        try:
            body = await self._client.ask(parameters(wanted, self._settings.geocoder_benchmark, vintage))
            reply = read(body, wanted)
        except Unanswered as failure:
            reply, rest = Reply(failure.result), failure.rest
        except NotAnAnswer:
            reply = Reply("failed")
        except BaseException:  # the batch is over, or a mistake of ours: either way nobody may wait for this probe
            self._breaker.failed()
            raise
        self._seconds.observe(perf_counter() - started)
        self._judge(reply, rest)
        return reply

    def _judge(self, reply: Reply, rest: float | None) -> None:
        was_open = self._breaker.is_open
        if reply.result in _UNANSWERED:
            self._breaker.failed(rest)
        else:
            self._breaker.succeeded()
        if self._breaker.is_open != was_open:
            log.warning("geocoder_back" if was_open else "geocoder_rests", extra={"result": reply.result})


def _log_type_alone(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """In place of asyncio's own handler, which logs what an exception says; a client's can say the URL."""
    log.error("geocoder_loop", extra={"error_type": type(context.get("exception")).__name__})
