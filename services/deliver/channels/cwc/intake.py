"""One chamber's intake over HTTP: its address, its key, and the three calls that it answers.

The key is in the query of every request, so nothing that knows a URL may leave this module: the client's errors quote it, and
are turned into codes on the spot. Every request has a connection of its own: on one that is kept open, the far side's closing
it can cross the next letter, and then nobody knows whether that one arrived. No redirects, cookies or proxies.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from time import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final

import aiohttp
from pydantic import SecretStr
from yarl import URL

from services.deliver.answers import Answer, of_failure
from services.deliver.channels.cwc.settings import PATHS, Call, Chamber, CwcSettings, Mode, host_of
from services.deliver.channels.webhook.failures import reason_of
from services.deliver.secret_files import read_secret
from services.pipeline.errors import SettingsRefused
from services.pipeline.retry_after import retry_after

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES: Final = 64 << 10
"""Of an answer to a letter; the rest is not read."""
MOST_BYTES_OF_OFFICES: Final = 1 << 20

_HEADERS: Final = {"Accept-Encoding": "identity"}  # an answer that unpacks to gigabytes stays what it is


@dataclass(frozen=True, slots=True)
class Said:
    """An HTTP answer. ``retry_after`` is in seconds; ``body`` what was read of it, ``whole`` whether that is all."""

    status: int
    retry_after: float | None = None
    body: bytes = field(default=b"", repr=False)  # it may quote the letter
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Address:
    """Where a chamber listens in one mode. ``paths`` may be empty for a call that it does not have."""

    chamber: Chamber
    mode: Mode
    base: str
    paths: dict[Call, str]
    key: SecretStr

    def url(self, call: Call) -> URL:
        """With the key in it: for the client alone."""
        base = URL(self.base.rstrip("/") + self.paths[call])
        return base.with_query({"apikey": self.key.get_secret_value()})


def address_of(settings: CwcSettings, chamber: Chamber) -> Address:
    """The chamber's address in the mode that is set. Raises ``SettingsRefused`` naming what is not set, or wrong."""
    mode = settings.cwc_mode
    name = f"cwc_{chamber}_{mode}_url"
    base: str = getattr(settings, name)
    if not base:
        raise SettingsRefused(
            f"POSTBAG_{name.upper()}: is empty, and the channel cwc-{chamber} in the mode {mode} needs it (docs/cwc.md)"
        )
    given: dict[Call, str] = getattr(settings, f"cwc_{chamber}_paths")
    return Address(chamber, mode, base, {**PATHS, **given}, _key(settings, chamber))


def _key(settings: CwcSettings, chamber: Chamber) -> SecretStr:
    name = f"cwc_{chamber}_key"
    key: SecretStr = getattr(settings, name)
    file: Path | None = getattr(settings, f"{name}_file")
    if file is not None:
        name += "_file"
        try:
            key = SecretStr(read_secret(file).strip())
        except ValueError as error:
            raise SettingsRefused(f"POSTBAG_{name.upper()}: {file} {error}") from None
    value = key.get_secret_value()
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise SettingsRefused(
            f"POSTBAG_{name.upper()}: is empty or has characters that no key has, and the channel cwc-{chamber} needs it "
            "(docs/cwc.md)"
        )
    return key


class Intake:
    """Asks one chamber's intake. Makes no attempt of its own to try again, and raises nothing that a far side causes."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"Intake({self._address.chamber}, {self._address.mode}, {host_of(self._address.base)})"

    def has(self, call: Call) -> bool:
        """Whether the chamber has this call."""
        return bool(self._address.paths[call])

    async def ask(self, call: Call, body: bytes | None, seconds: float, most_bytes: int = MOST_BYTES) -> Said | Answer:
        """One request (POST with a body, else GET) under one deadline; an ``Answer`` where there was no HTTP answer."""
        progress = _Progress()
        try:
            return await self._ask(call, body, seconds, most_bytes, progress)
        except Exception as error:  # noqa: BLE001 - whatever it is, its text may hold the key
            return of_failure(reason_of(error, written=progress.written, answered=progress.answered))

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()

    async def _ask(self, call: Call, body: bytes | None, seconds: float, most_bytes: int, progress: _Progress) -> Said:
        # Looking up the name, connecting and TLS must time out first: then it is certain that nothing was sent.
        timeout = aiohttp.ClientTimeout(total=seconds, connect=min(5.0, seconds / 2))
        headers = _HEADERS if body is None else _HEADERS | {"Content-Type": "application/xml"}
        async with self._open().request(
            "GET" if body is None else "POST",
            self._address.url(call),
            data=body,
            headers=headers,
            timeout=timeout,
            allow_redirects=False,
            trace_request_ctx=progress,
        ) as response:
            progress.answered = True
            wait = retry_after(response.headers.get("Retry-After"), time())
            said, whole = await _read(response, most_bytes)
            return Said(response.status, wait, said, whole)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            tls = ssl.create_default_context()
            tls.minimum_version = ssl.TLSVersion.TLSv1_2
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, force_close=True, ttl_dns_cache=60, ssl=tls),
                cookie_jar=aiohttp.DummyCookieJar(),
                trace_configs=[_traced()],
                trust_env=False,
                auto_decompress=False,
            )
        return self._session


@dataclass(slots=True)
class _Progress:
    """How far one request has come. Head and body are handed to the network at once, so there is no half of it."""

    written: bool = False
    answered: bool = False


def _traced() -> aiohttp.TraceConfig:
    """Has the client note a request's progress in the ``_Progress`` that it was given as ``trace_request_ctx``."""
    config = aiohttp.TraceConfig()

    async def written(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
        context.trace_request_ctx.written = True

    config.on_request_headers_sent.append(written)
    return config


async def _read(response: aiohttp.ClientResponse, most_bytes: int) -> tuple[bytes, bool]:
    """What was said, and whether it is all. A refusal stands by its status, even if the words behind it are cut off."""
    said = b""
    try:
        async for chunk in response.content.iter_chunked(8 << 10):
            said += chunk
            if len(said) > most_bytes:
                return said[:most_bytes], False
    except (aiohttp.ClientError, OSError):
        if response.status < 300:
            raise
        return said, False
    return said, True
