"""One question to a geocoder over HTTP, under one deadline from the look-up of its name to the last byte of its answer.

No redirects (an address goes where the operator said), no cookies, no proxies from the environment, nothing compressed, at
most 256 KiB. Whatever goes wrong is ``Unanswered``, which carries no text: the URL of a question holds an address.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib.metadata import version
from time import time
from typing import Final, Literal

import aiohttp

from services.pipeline.retry_after import retry_after

_MOST_BYTES: Final = 256 << 10
"""An answer with every layer of one address is about 30 KiB."""

_HEADERS: Final = {
    "User-Agent": f"Postbag/{version('postbag')}",
    "Accept": "application/json",
    "Accept-Encoding": "identity",
}


class Unanswered(Exception):
    """No answer. ``rest`` is how long the geocoder asks to be left alone, in seconds."""

    def __init__(self, result: Literal["failed", "timed_out", "refused"], rest: float | None = None) -> None:
        super().__init__(result)
        self.result, self.rest = result, rest


class Client:
    """Asks ``url``; for the event loop that it is first used on."""

    def __init__(self, url: str, request_seconds: float, connections: int) -> None:
        self._url, self._seconds, self._connections = url, request_seconds, connections
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, parameters: Mapping[str, str]) -> bytes:
        """The body of a JSON answer. Raises ``Unanswered``."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._get(parameters)
        except Unanswered:
            raise
        except TimeoutError:
            raise Unanswered("timed_out") from None
        except Exception:  # noqa: BLE001 - a stranger's answer can fail in any way, and none may stop a batch
            raise Unanswered("failed") from None

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()

    async def _get(self, parameters: Mapping[str, str]) -> bytes:
        async with self._open().get(self._url, params=parameters, allow_redirects=False) as response:
            if response.status in (400, 422):
                raise Unanswered("refused")
            if response.status in (429, 503):
                raise Unanswered("failed", retry_after(response.headers.get("Retry-After"), time()) or 0.0)
            if response.status != 200 or not response.content_type.endswith("json"):
                raise Unanswered("failed")
            return await _read(response)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=60),
                timeout=aiohttp.ClientTimeout(total=None),  # ``ask`` has the deadline
                headers=_HEADERS,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,  # what was asked not to be compressed, and is, will not parse
            )
        return self._session


async def _read(response: aiohttp.ClientResponse) -> bytes:
    said = bytearray()
    async for chunk in response.content.iter_chunked(16 << 10):
        said += chunk
        if len(said) > _MOST_BYTES:
            raise Unanswered("failed")
    return bytes(said)
