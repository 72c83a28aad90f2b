"""Fetches one published file over HTTP so that a half-made, wrong or swapped one never gets the file's name.

The bytes go to a file beside, are counted, hashed and looked at (a publisher's error page often comes with status 200), and
only then renamed. Retries are few; a server that says no is believed. It must never write anywhere but beside its target.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from services.resolve.importers.errors import ImportRefused

MOST_BYTES: Final = 1 << 30
"""The largest public source, the national block equivalency file, has a tenth of it."""

TRIES: Final = 3
_CHUNK: Final = 1 << 16
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_BEGINNINGS: Final = {".zip": (b"PK",), ".xlsx": (b"PK",), ".json": (b"{", b"["), ".geojson": (b"{",)}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file as it came. ``etag`` and ``last_modified`` are the server's words, empty where it said nothing."""

    sha256: str
    size: int
    etag: str
    last_modified: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: of silence, of one file in all, and between tries (doubled each time); and the most bytes of a file."""

    silence: float = 30.0
    whole: float = 1800.0
    pause: float = 1.0
    most_bytes: int = MOST_BYTES


class _NoWorse(urllib.request.HTTPRedirectHandler):
    """Follows redirections, but not from HTTPS to anything less."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise urllib.error.URLError("it redirects to an address without HTTPS")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(url: str, target: Path, known: Fetched | None, sha256: str | None, limits: Limits) -> Fetched | None:
    """Fetch ``url`` to ``target``; None where the server says that ``known`` is still what it has.

    Raises:
        ImportRefused: the server refuses, breaks off or sends something else; ``target`` is then as it was.
        OSError: the folder cannot be written.
    """
    for left in reversed(range(TRIES)):
        try:
            return _attempt(url, target, known, sha256, limits)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 304 and known:
                return None
            if error.code not in _PASSING or not left:
                raise ImportRefused(target, f"{url} answers {error.code} {error.reason}", _remedy(error.code)) from None
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as error:
            if not left:
                why = error.reason if isinstance(error, urllib.error.URLError) else error
                raise ImportRefused(
                    target, f"{url} cannot be fetched: {why or type(error).__name__}", "Try again later"
                ) from None
        time.sleep(limits.pause * 2 ** (TRIES - 1 - left))
    raise AssertionError("the last try either returns or raises")


def _remedy(status: int) -> str:
    if status in (404, 410):
        return "The publisher has moved it: find its new address and put it into the recipe"
    return "Try again later, or fetch it by hand and put it there"


def _attempt(url: str, target: Path, known: Fetched | None, sha256: str | None, limits: Limits) -> Fetched | None:
    headers = {"User-Agent": "postbag-refdata", "Accept-Encoding": "identity"}
    if known and known.etag:
        headers["If-None-Match"] = known.etag
    elif known and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    # Only http and https reach this: the recipe takes no other address, and the opener has no other handler.
    request = urllib.request.Request(url, headers=headers)  # noqa: S310
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with _opener().open(request, timeout=limits.silence) as answer, part.open("wb") as file:
            digest, size = _copy(answer, file, target, url, limits)
            got = Fetched(digest, size, answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", ""))
        if sha256 and got.sha256 != sha256:
            raise ImportRefused(
                target,
                f"{url} has the checksum {got.sha256}, and the recipe pins {sha256}",
                "Compare the new file with the old one; if it is right, put its checksum into the recipe",
            )
        part.replace(target)
        return got
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def _opener() -> urllib.request.OpenerDirector:
    opener = urllib.request.OpenerDirector()  # and no handler of files, data or FTP, which build_opener would add
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _NoWorse(),
    ):
        opener.add_handler(handler)
    return opener


def _copy(answer: Any, file: IO[bytes], target: Path, url: str, limits: Limits) -> tuple[str, int]:
    """The checksum and the size of what was copied and is believed."""
    digest, size, first = hashlib.sha256(), 0, b""
    end = time.monotonic() + limits.whole
    while chunk := answer.read(_CHUNK):
        if not first:
            first = chunk
            _look(chunk, answer.headers.get_content_type(), target, url)
        size += len(chunk)
        if size > limits.most_bytes:
            raise ImportRefused(target, f"{url} sends more than {limits.most_bytes:,} bytes", "Check the address")
        if time.monotonic() > end:
            raise ImportRefused(target, f"{url} took longer than {limits.whole:,.0f} seconds", "Try again later")
        digest.update(chunk)
        file.write(chunk)
    promised = answer.headers.get("Content-Length")
    if promised is not None and promised.isdecimal() and size != int(promised):
        raise ConnectionError(f"it broke off after {size:,} of {int(promised):,} bytes")
    if not size:
        raise ImportRefused(target, f"{url} sends nothing", "Check the address")
    return digest.hexdigest(), size


def _look(beginning: bytes, content_type: str, target: Path, url: str) -> None:
    text = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower()
    if content_type in ("text/html", "application/xhtml+xml") or text.startswith((b"<!doctype html", b"<html")):
        raise ImportRefused(target, f"{url} sends a web page instead of data", "Open it in a browser to see why")
    expected = _BEGINNINGS.get(target.suffix.lower())
    if expected and not text.startswith(tuple(start.lower() for start in expected)):
        raise ImportRefused(target, f"{url} sends something that is no {target.suffix[1:]} file", "Check the address")
