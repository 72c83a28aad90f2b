"""A publisher of files on this machine: an HTTP server that sends what a test puts up, and fails in the ways real ones do."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Page:
    """What one path answers. ``cut`` bytes are promised and not sent; ``failures`` answers of 503 come first."""

    body: bytes
    status: int = 200
    content_type: str = "application/octet-stream"
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    failures: int = 0

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


class Publisher:
    """What is put up, by path, and what was asked: path and status, in order."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, int]] = []
        self.url = ""

    def put(self, path: str, body: bytes) -> Page:
        self.pages[path] = Page(body)
        return self.pages[path]


@contextmanager
def publisher() -> Iterator[Publisher]:
    """A server on a free port of this machine, until the block ends."""
    site = Publisher()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = site.pages.get(self.path) or Page(b"<html>no such page</html>", 404, "text/html")
            status, body = page.status, page.body
            if page.failures:
                page.failures -= 1
                status, body = 503, b"busy"
            elif status == 200 and self.headers.get("If-None-Match") == page.etag:
                status, body = 304, b""
            site.asked.append((self.path, status))
            self.send_response(status)
            self.send_header("Content-Type", page.content_type)
            self.send_header("Content-Length", str(len(body)))
            if status == 200:
                self.send_header("ETag", page.etag)
            for name, value in page.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: len(body) - page.cut] if status == 200 else body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Says nothing: the tests' output is not its place."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="publisher")
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    """One for a test, which is reached directly and not by a proxy that the environment names."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with publisher() as site:
        yield site
