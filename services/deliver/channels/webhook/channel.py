"""Posts each letter as JSON to its office, with the letter's id as the idempotency key.

No redirects, no cookies, no proxies from the environment; at most 64 KiB of an answer is read, under one deadline for
the whole attempt. What is known of the request's progress decides between "nothing was sent" and "nobody can tell". An
address that came with a letter is a campaigner's word: nothing may be posted to a host that the operator has not named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Set as AbstractSet
from ipaddress import ip_address
from time import time
from typing import TYPE_CHECKING, Final

import aiohttp

from services.deliver.answers import Answer, of_failure, of_status
from services.pipeline.retry_after import retry_after

if TYPE_CHECKING:
    from schemas.letter import Letter

_MOST_BYTES: Final = 64 << 10

_FAILURES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (aiohttp.ClientConnectorCertificateError, "tls_failed"),
    (aiohttp.ClientSSLError, "tls_failed"),
    (aiohttp.ConnectionTimeoutError, "connect_timed_out"),
    (TimeoutError, "no_answer"),
    (aiohttp.ClientConnectorError, "no_connection"),
    (aiohttp.ClientConnectionError, "connection_lost"),
    (aiohttp.ClientPayloadError, "connection_lost"),
    (Exception, "bad_answer"),
)
"""The client's errors, the narrower before the wider, as rows of ``answers.FAILURES``."""

_NOT_ALLOWED: Final = Answer("refused", "address_not_allowed")

_ADDRESS = re.compile(r"(?P<scheme>https?)://(?P<named>(?P<host>[a-z0-9.-]+)(:[0-9]{1,5})?)(/[!-~]*)?")
"""So narrow that no two readers of URLs can differ on the host: no user, no escapes before the path, no capitals."""

_RECEIPT = re.compile(r"[A-Za-z0-9._:-]{1,200}")


class Webhook:
    """Posts to ``url`` (``{office}`` filled in), or to a letter's own address. See ``channel.Channel`` for the duties.

    ``hosts``, each ``name`` or ``name:port``, are those at which such an address may be. Without ``url`` a letter must have
    one of its own.
    """

    name = "webhook"
    idempotent = True

    def __init__(
        self, url: str, attempt_seconds: float, concurrency: int, hosts: AbstractSet[str] = frozenset()
    ) -> None:
        self._url, self._concurrency, self._hosts = url, concurrency, hosts - {""}
        # Connecting must time out first: then it is certain that nothing was sent.
        self._timeout = aiohttp.ClientTimeout(total=attempt_seconds, sock_connect=min(5.0, attempt_seconds / 2))
        self._session: aiohttp.ClientSession | None = None

    async def attempt(self, letter: Letter, body: bytes) -> Answer:
        """Post the letter once."""
        url = letter.to if letter.to is not None else self._url.replace("{office}", letter.office)
        if not url or (letter.to is not None and destination(letter.to) not in self._hosts):
            return _NOT_ALLOWED
        try:
            async with self._open().post(
                url,
                data=body,
                headers={"Content-Type": "application/json", "Idempotency-Key": letter.letter_id},
                allow_redirects=False,
            ) as response:
                said = await _read(response) if response.status < 300 else b""
                wait = retry_after(response.headers.get("Retry-After"), time())
                return of_status(response.status, _receipt(said), wait)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            return of_failure(next(reason for kind, reason in _FAILURES if isinstance(error, kind)))

    async def flush(self) -> None:
        """An answered request needs no flush."""

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._concurrency, ttl_dns_cache=60),
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
            )
        return self._session


def destination(address: str) -> str:
    """The host of a letter's own address, with its port if it has one: what must be named before anything is posted there.

    Empty where it is no address for a letter at all: that takes TLS, unless it is this machine.
    """
    found = _ADDRESS.fullmatch(address)
    return found["named"] if found and (found["scheme"] == "https" or _is_this_machine(found["host"])) else ""


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The answer, whole or its first 64 KiB; the attempt's deadline holds for a drip as well."""
    said = b""
    async for chunk in response.content.iter_chunked(8 << 10):
        said += chunk
        if len(said) > _MOST_BYTES:
            break
    return said


def _receipt(body: bytes) -> str | None:
    """The office's receipt, if the answer holds one that is fit for the ledger."""
    if not body:
        return None
    try:
        found = json.loads(body)["receipt"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if isinstance(found, str) and _RECEIPT.fullmatch(found) else None
