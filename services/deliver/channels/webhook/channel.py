"""Posts each letter as JSON to its office, under the letter's id, and signed.

No redirects, no cookies, no proxies from the environment, no address in a closed network; at most 64 KiB of an answer is
read, under one deadline for the whole attempt. What is known of the request's progress decides between "nothing was sent" and
"nobody can tell". An address that came with a letter is a campaigner's word: nothing may be posted to a host that the
operator has not named.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from functools import lru_cache
from time import time
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_writer import StreamWriter
from pydantic_core import from_json
from yarl import URL

from schemas.wire import write
from services.deliver.answers import Answer, of_failure, of_local, of_status
from services.deliver.channel import Unfit
from services.deliver.channels.webhook.address import filled, parse
from services.deliver.channels.webhook.failures import reason_of
from services.deliver.channels.webhook.guard import LookUp, VettedResolver, look_up
from services.deliver.channels.webhook.networks import is_open, read_networks
from services.deliver.channels.webhook.settings import signing_keys
from services.deliver.channels.webhook.signature import Signer
from services.pipeline.retry_after import retry_after

if TYPE_CHECKING:
    from schemas.letter import Letter
    from services.deliver.channels.webhook.settings import WebhookSettings

_MOST_BYTES: Final = 64 << 10

_HEADERS: Final = {"Content-Type": "application/json", "Accept-Encoding": "identity", "User-Agent": "Postbag"}
"""On every request. What comes back is never unpacked, so it had better not be packed."""

_NOT_ALLOWED: Final = of_local("address_not_allowed")

_RECEIPT = re.compile(r"[A-Za-z0-9._:-]{1,200}")


class Webhook:
    """Posts to the operator's address, or to a letter's own. See ``channel.Channel`` for the duties."""

    name = "webhook"

    def __init__(self, settings: WebhookSettings, ask: LookUp = look_up, now: Callable[[], float] = time) -> None:
        self.idempotent = settings.webhook_idempotent
        self._url, self._hosts = settings.webhook_url, frozenset(settings.webhook_hosts.split(",")) - {""}
        self._opened, self._signer = read_networks(settings.webhook_private_networks), Signer(signing_keys(settings))
        self._ask, self._now = ask, now
        # Connecting, looking up the name included, must time out first: then it is certain that nothing was sent.
        soon = min(5.0, settings.attempt_seconds / 2)
        self._timeout = aiohttp.ClientTimeout(total=settings.attempt_seconds, connect=soon, sock_connect=soon)
        self._place = lru_cache(maxsize=10_000)(self._read_place)
        self._session: aiohttp.ClientSession | None = None
        self._resolver: VettedResolver | None = None

    @classmethod
    def opened(cls, settings: WebhookSettings) -> Webhook:
        """The channel as the operator has set it up."""
        return cls(settings)

    def body(self, letter: Letter, to: str) -> bytes | Unfit:
        """The letter as one JSON event, unless its address can be seen to be none that it may go to."""
        return write(letter) if self._where(letter, to) else Unfit(_NOT_ALLOWED.reason)

    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        """Post the letter once."""
        url = self._where(letter, to)
        if url is None:
            return _NOT_ALLOWED
        request, answered = _Body(body), False
        try:
            async with (self._session or self._open()).post(
                url, data=request, headers=self._headers(letter.letter_id, body), allow_redirects=False
            ) as response:
                answered = True
                said = await _read(response) if response.status < 300 else b""
                wait = retry_after(response.headers.get("Retry-After"), self._now())
                return of_status(response.status, _receipt(said), wait)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            reason = reason_of(error, written=request.written, answered=answered)
            return of_local(reason) if reason == "address_private" else of_failure(reason)

    async def flush(self) -> None:
        """An answered request needs no flush."""

    async def close(self) -> None:
        """Close the connections."""
        if self._session and self._resolver:
            await self._session.close()
            await self._resolver.close()

    def _headers(self, letter_id: str, body: bytes) -> dict[str, str]:
        timestamp = str(int(self._now()))
        headers = {"Idempotency-Key": letter_id, "webhook-id": letter_id, "webhook-timestamp": timestamp}
        if self._signer:
            headers["webhook-signature"] = self._signer.sign(letter_id, timestamp, body)
        return headers

    def _where(self, letter: Letter, to: str) -> URL | None:
        """``to`` is the operator's word only where the letter has no address of its own."""
        address = to or letter.to
        if not address and letter.channel == self.name:
            return None  # its recipient wants a webhook and has none: the usual one is somebody else's
        return self._place(address or self._url, letter.office, letter.to is not None)

    def _read_place(self, pattern: str, office: str, own: bool) -> URL | None:
        """Where to post, or None where nothing may be. ``own``: a letter's own, and so no word of the operator's."""
        address = filled(pattern, office)
        found = parse(address)
        if found is None or (own and not ((found.secure or found.is_this_machine) and found.named in self._hosts)):
            return None
        if found.literal and not found.is_this_machine and not is_open(found.literal, self._opened):
            return None
        return URL(address)

    def _open(self) -> aiohttp.ClientSession:
        self._resolver = VettedResolver(self._opened, self._ask)
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        connector = aiohttp.TCPConnector(
            limit=0,  # how many attempts are under way is decided before they get here
            ttl_dns_cache=60,
            resolver=self._resolver,
            ssl=context,
            # An idle connection may be cut just as the next letter is written; that is a doubt, which a repeat would settle.
            force_close=not self.idempotent,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=self._timeout,
            headers=_HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
        )
        return self._session


class _Body(aiohttp.BytesPayload):
    """A request's body, which knows whether any of the request was handed to the network (headers go with it)."""

    written = False

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        transport = writer.transport if isinstance(writer, StreamWriter) else None
        # A transport that is closing takes nothing; of a writer that is not known, the worse is believed.
        self.written = not isinstance(writer, StreamWriter) or not (transport is None or transport.is_closing())
        await super().write_with_length(writer, content_length)

    async def write(self, writer: AbstractStreamWriter) -> None:
        self.written = True
        await super().write(writer)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The answer, whole or its first 64 KiB; the attempt's deadline holds for a drip as well."""
    content = response.content
    said = await content.readany()
    while not content.at_eof() and len(said) <= _MOST_BYTES:
        said += await content.readany()
    return said[:_MOST_BYTES]


def _receipt(body: bytes) -> str | None:
    """The office's receipt, if the answer holds one that is fit for the ledger."""
    if not body:
        return None
    try:
        found: Any = from_json(body)["receipt"]
    except (ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, str) and _RECEIPT.fullmatch(found) else None
