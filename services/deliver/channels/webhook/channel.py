"""Posts each letter as JSON to its office, with the letter's id as the idempotency key.

No redirects, no cookies, no proxies from the environment; at most 64 KiB of an answer is read, under one deadline for
the whole attempt. What is known of the request's progress decides between "nothing was sent" and "nobody can tell". An
address that came with a letter is a campaigner's word: nothing may be posted to a host that the operator has not named.
"""

from __future__ import annotations

import json
import re
from time import time
from typing import TYPE_CHECKING, Final

import aiohttp

from schemas.wire import write
from services.deliver.answers import Answer, of_failure, of_status
from services.deliver.channels.webhook.address import destination
from services.pipeline.retry_after import retry_after

if TYPE_CHECKING:
    from schemas.letter import Letter
    from services.deliver.channels.webhook.settings import WebhookSettings

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

_RECEIPT = re.compile(r"[A-Za-z0-9._:-]{1,200}")


class Webhook:
    """Posts to the operator's address (``{office}`` filled in), or to a letter's own. See ``channel.Channel`` for the duties."""

    name = "webhook"

    def __init__(self, settings: WebhookSettings) -> None:
        self.idempotent = settings.webhook_idempotent
        self._url, self._hosts = settings.webhook_url, frozenset(settings.webhook_hosts.split(",")) - {""}
        seconds = settings.attempt_seconds
        # Connecting must time out first: then it is certain that nothing was sent.
        soon = min(5.0, seconds / 2)
        self._timeout = aiohttp.ClientTimeout(total=seconds, connect=soon, sock_connect=soon)
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def opened(cls, settings: WebhookSettings) -> Webhook:
        """The channel as the operator has set it up."""
        return cls(settings)

    def body(self, letter: Letter, to: str) -> bytes:
        """The letter as one JSON event."""
        return write(letter)

    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        """Post the letter once."""
        url = (to or letter.to or self._url).replace("{office}", letter.office)
        if letter.to is not None and destination(url) not in self._hosts:
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
                connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=60),
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
            )
        return self._session


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
