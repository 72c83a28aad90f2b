"""Certificates: how long they hold, and whether this client would trust them at all, found by a real handshake."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time
from typing import Any

import pytest
import trustme

from services.cli.doctor.certificates import certificates
from services.pipeline.settings import KafkaSettings

DAY = 86_400.0
TRUSTED = trustme.CA()


@contextmanager
def listening(certificate: trustme.LeafCert) -> Iterator[int]:
    """A far side that shows this certificate; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = server.accept()
                connection.settimeout(5)
                context.wrap_socket(connection, server_side=True).close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
    thread.join(10)


def settings(servers: str, **options: Any) -> KafkaSettings:
    return KafkaSettings(
        kafka_bootstrap_servers=servers, kafka_options=json.loads(json.dumps(options)), kafka_username=""
    )


@pytest.fixture
def authority(tmp_path: Path) -> str:
    file = tmp_path / "authority.pem"
    TRUSTED.cert_pem.write_to_path(str(file))
    return str(file)


@pytest.mark.parametrize(("left", "verdict"), [(90, "ok"), (20, "warn"), (1, "fail")])
def test_a_certificate_that_ends_soon_is_told_while_there_is_time(authority: str, left: int, verdict: str) -> None:
    ends = datetime.now(UTC) + timedelta(days=left, hours=1)
    with listening(TRUSTED.issue_cert("127.0.0.1", not_after=ends)) as port:
        found = certificates(settings(f"127.0.0.1:{port}", security_protocol="SSL", ssl_cafile=authority), time())
    assert (found.verdict, f"ends in {left} days" in found.said) == (verdict, True)
    assert verdict == "ok" or "Renew it" in found.remedy


def test_the_one_that_ends_first_counts(authority: str) -> None:
    one = settings("a.example:9093,b.example:9094", security_protocol="SASL_SSL", ssl_cafile=authority)
    ends = {("a.example", 9093): 80 * DAY, ("b.example", 9094): 12 * DAY}
    found = certificates(one, 0.0, lambda host, port, _: ends[host, port])
    assert (found.verdict, found.said) == ("warn", "the one of b.example ends in 12 days")


@pytest.mark.parametrize(
    ("case", "reason"), [("another host", "mismatch"), ("another authority", "issuer"), ("ended", "expired")]
)
def test_what_this_client_would_not_trust_fails_with_the_reason(authority: str, case: str, reason: str) -> None:
    name = "office.example" if case == "another host" else "127.0.0.1"
    ends = datetime.now(UTC) - timedelta(days=1) if case == "ended" else None
    issuer = trustme.CA() if case == "another authority" else TRUSTED
    with listening(issuer.issue_cert(name, not_after=ends)) as port:
        found = certificates(settings(f"127.0.0.1:{port}", security_protocol="SSL", ssl_cafile=authority), time())
    assert (found.verdict, reason in found.said, "ssl_cafile" in found.remedy) == ("fail", True, True), found


def test_a_broker_that_is_not_there_is_told(authority: str) -> None:
    found = certificates(settings("127.0.0.1:1", security_protocol="SSL", ssl_cafile=authority), time())
    assert (found.verdict, found.said) == ("fail", "127.0.0.1:1: Connection refused")


def test_an_authority_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    one = settings("a.example:9093", security_protocol="SSL", ssl_cafile=str(tmp_path / "none.pem"))
    found = certificates(one, 0.0, lambda *_: 0.0)
    assert (found.verdict, "ssl_cafile" in found.said) == ("fail", True)


@pytest.mark.parametrize(
    ("servers", "verdict"),
    [
        ("127.0.0.1:9092,localhost:9093", "ok"),
        ("10.0.0.7:9092", "warn"),
        ("[::1]:9092", "ok"),
        ("localhost", "ok"),
        ("[::1]", "ok"),
        ("kafka", "warn"),
    ],
)
def test_a_connection_in_the_clear_may_not_leave_this_machine_unsaid(servers: str, verdict: str) -> None:
    found = certificates(settings(servers), 0.0)
    assert (found.verdict, "PLAINTEXT" in found.said) == (verdict, True)
    assert (verdict == "ok") == (not found.remedy)
