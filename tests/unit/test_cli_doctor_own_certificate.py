"""A client's own certificate, for brokers that ask for one: its end and its key, looked at while there is time."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from services.cli.doctor.certificates import certificates
from services.cli.doctor.own_certificate import own_certificate
from services.pipeline.settings import KafkaSettings

AUTHORITY = trustme.CA()


def settings(servers: str = "a.example:9093", **options: Any) -> KafkaSettings:
    return KafkaSettings(
        kafka_bootstrap_servers=servers, kafka_options={"security_protocol": "SSL", **options}, kafka_username=""
    )


def written(folder: Path, *, days: float = 90, password: str = "") -> dict[str, str]:
    """A certificate and its key in files of their own, as options name them."""
    ends = datetime.now(UTC) + timedelta(days=days, hours=1)
    issued = AUTHORITY.issue_cert("worker@postbag.example", not_after=ends)
    files = {"ssl_certfile": folder / "own.pem", "ssl_keyfile": folder / "own.key"}
    files["ssl_certfile"].write_bytes(b"".join(one.bytes() for one in issued.cert_chain_pems))
    key = issued.private_key_pem.bytes()
    if password:
        sealed = BestAvailableEncryption(password.encode())
        key = load_pem_private_key(key, None).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed)
    files["ssl_keyfile"].write_bytes(key)
    return {name: str(path) for name, path in files.items()}


@pytest.mark.parametrize(("days", "verdict"), [(90, "ok"), (20, "warn"), (1, "fail")])
def test_its_end_is_told_while_there_is_time(tmp_path: Path, days: int, verdict: str) -> None:
    found = own_certificate(settings(**written(tmp_path, days=days)), time())
    assert found is not None
    assert (found.check, found.verdict, found.said) == ("client certificate", verdict, f"it ends in {days} days")
    assert verdict == "ok" or "renewed" in found.remedy


def test_where_none_is_configured_nothing_is_said() -> None:
    assert own_certificate(settings(), time()) is None


def test_one_that_has_ended_is_told_as_a_broker_would(tmp_path: Path) -> None:
    found = own_certificate(settings(**written(tmp_path, days=-2)), time())
    assert found is not None
    assert (found.verdict, found.said) == ("fail", "no broker would take it: certificate has expired")


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("another key", "the key is another certificate's"),
        ("no file", "No such file"),
        ("no password", "ssl_password does not open the key"),
        ("no certificate", "is no PEM"),
    ],
)
def test_what_cannot_be_used_is_told_with_the_reason_and_nobody_is_asked_for_a_password(
    tmp_path: Path, case: str, said: str
) -> None:
    options = written(tmp_path, password="open sesame" if case == "no password" else "")
    if case == "another key":
        (tmp_path / "other").mkdir()
        options["ssl_keyfile"] = written(tmp_path / "other")["ssl_keyfile"]
    elif case == "no file":
        Path(options["ssl_certfile"]).unlink()
    elif case == "no certificate":
        Path(options["ssl_certfile"]).write_text("none\n", "utf-8")
    found = own_certificate(settings(**options), time())
    assert found is not None
    assert (found.verdict, said.lower() in f"{found.said} {found.remedy}".lower()) == ("fail", True), found
    assert "sesame" not in f"{found.said} {found.remedy}"


def test_a_sealed_key_is_opened_by_its_password(tmp_path: Path) -> None:
    found = own_certificate(settings(**written(tmp_path, password="open sesame"), ssl_password="open sesame"), time())
    assert found is not None
    assert found.verdict == "ok"


def test_that_it_cannot_be_used_is_not_said_of_the_brokers_authority(tmp_path: Path) -> None:
    options = written(tmp_path, password="open sesame")
    found = certificates(settings(**options), 0.0, lambda *_: 90 * 86_400.0)
    assert (found.verdict, "ssl_cafile" in found.said) == ("ok", False)


def test_it_is_looked_at_without_a_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", None)
    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", None)
    found = own_certificate(settings(**written(tmp_path)), time())
    assert found is not None
    assert found.verdict == "ok"
