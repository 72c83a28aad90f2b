"""TLS: a far side that cannot show who it is gets no byte of a letter, and the answer says what is wrong with it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from services.deliver.answers import Answer, of_failure
from tests.unit.far_sides import BODY, HURRIED, LETTER, PATIENT, webhook
from tests.unit.name_server import NameServer

HOST = "office.example"
TRUSTED = trustme.CA()


def serve_once(listening: socket.socket, context: ssl.SSLContext) -> bytes:
    """Take one connection and tell what was read of it. In a thread: asyncio's own server gives no alert when it refuses."""
    connection, _ = listening.accept()
    with connection:
        connection.settimeout(PATIENT)
        try:
            with context.wrap_socket(connection, server_side=True) as wrapped:
                read = b""
                while not read.endswith(BODY) and (chunk := wrapped.recv(1 << 16)):
                    read += chunk
                wrapped.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
                return read
        except OSError:
            return b""


def serving(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def self_signed(folder: Path) -> ssl.SSLContext:
    """The certificate of an issuer of its own, used as a server's."""
    issuer = trustme.CA()
    issuer.cert_pem.write_to_path(str(folder / "own.pem"))
    issuer.private_key_pem.write_to_path(str(folder / "own.key"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "own.pem", folder / "own.key")
    return context


def too_old(version: ssl.TLSVersion) -> ssl.SSLContext:
    context = serving(TRUSTED.issue_cert(HOST))
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLS"):
        context.minimum_version = context.maximum_version = version
    return context


@pytest.fixture(autouse=True)
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own list of issuers holds one."""
    TRUSTED.cert_pem.write_to_path(str(tmp_path / "trusted.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))


def answer_of(context: ssl.SSLContext) -> tuple[Answer, bytes]:
    async def run() -> tuple[Answer, bytes]:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            listening.settimeout(PATIENT)
            url, names = f"https://{HOST}:{listening.getsockname()[1]}/", NameServer(("127.0.0.1",))
            async with webhook(url, ask=names, webhook_private_networks="127.0.0.1/32") as channel:
                return await asyncio.gather(
                    channel.attempt(LETTER, "", BODY), asyncio.to_thread(serve_once, listening, context)
                )

    return asyncio.run(run())


def test_a_far_side_that_shows_who_it_is_gets_the_letter() -> None:
    answer, read = answer_of(serving(TRUSTED.issue_cert(HOST)))
    assert (answer.verdict, answer.status) == ("accepted", 204)
    assert read.endswith(BODY)


def test_one_that_cannot_gets_no_byte_of_it(tmp_path: Path) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    for context, reason in (
        (serving(TRUSTED.issue_cert(HOST, not_after=yesterday)), "tls_expired"),
        (serving(TRUSTED.issue_cert("another.example")), "tls_wrong_host"),
        (serving(TRUSTED.issue_cert("127.0.0.1")), "tls_wrong_host"),
        (serving(trustme.CA().issue_cert(HOST)), "tls_untrusted"),
        (self_signed(tmp_path), "tls_untrusted"),
        (too_old(ssl.TLSVersion.TLSv1), "tls_too_old"),
        (too_old(ssl.TLSVersion.TLSv1_1), "tls_too_old"),
    ):
        answer, read = answer_of(context)
        assert answer == of_failure(reason)
        assert (answer.verdict, answer.pauses) == ("retry", True), "nothing was sent, and each letter would fare so"
        assert read == b""


def test_a_handshake_that_stands_still_ends_as_nothing_sent() -> None:
    async def run() -> None:
        heard: list[bytes] = []
        left = asyncio.Event()

        async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while chunk := await reader.read(1 << 16):
                heard.append(chunk)
            writer.close()
            await writer.wait_closed()
            left.set()

        async with (
            await asyncio.start_server(listen, "127.0.0.1", 0) as listening,
            webhook(f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}/", HURRIED) as channel,
        ):
            assert await channel.attempt(LETTER, "", BODY) == of_failure("connect_timed_out")
            await asyncio.wait_for(left.wait(), PATIENT)
        assert BODY[:20] not in b"".join(heard) != b""
        assert LETTER.letter_id.encode() not in b"".join(heard)

    asyncio.run(run())
