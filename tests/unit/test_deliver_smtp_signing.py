"""A signature that an independent verifier finds good, over what matters, and refused by name where it could not be made."""

from __future__ import annotations

import asyncio
import re
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any, Final

import dkim  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from services.deliver.channels.smtp.channel import Smtp
from services.pipeline.errors import SettingsRefused
from tests.unit import made
from tests.unit.smtp_desk import body_of, channel, desk, send, settings

SELECTOR: Final = "nov2026"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(params=["TraditionalOpenSSL", "PKCS8"])
def signs(key: rsa.RSAPrivateKey, tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, Any]:
    """Settings with the key in each of the forms that programs write."""
    path = tmp_path / "dkim.pem"
    form = getattr(serialization.PrivateFormat, request.param)
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return {"smtp_dkim_key_file": path, "smtp_dkim_selector": SELECTOR}


def good(message: bytes, key: rsa.RSAPrivateKey) -> bool:
    """As whoever has the public half in the DNS finds it."""
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    asked: list[bytes] = []

    def answer(name: bytes, timeout: float = 5) -> bytes:
        asked.append(name)
        return b"v=DKIM1; k=rsa; p=" + b64encode(public)

    found = bool(dkim.verify(message, dnsfunc=answer))
    assert asked in ([], [f"{SELECTOR}._domainkey.postbag.example.".encode()])
    return found


def sent(letter: Any, **changes: Any) -> tuple[bytes, bytes]:
    """A letter's body and what went out."""

    async def run() -> tuple[bytes, bytes]:
        async with desk() as there, channel(there.port, **changes) as opened:
            assert (await send(opened, letter)).verdict == "accepted"
            return body_of(opened, letter), there.mails[0].message.replace(b"\r\n..", b"\r\n.")

    return asyncio.run(run())


@pytest.mark.parametrize("text", ["plain", "Grüße\n.\n\n\n", "a line  \nwith spaces at its end  \n\n"])
def test_what_arrives_is_signed_and_the_rest_of_it_is_the_body(
    key: rsa.RSAPrivateKey, signs: dict[str, Any], text: str
) -> None:
    body, message = sent(made.letter(body=text, subject="Für Élise"), **signs)
    assert message.endswith(body)
    assert message.startswith(b"DKIM-Signature: ")
    assert good(message, key)
    signed = re.search(rb"h=([^;]*);", message)
    assert signed is not None
    assert [name.strip() for name in signed[1].split(b":")].count(b"from") == 2, "no second sender can be added"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Maria", b"Marta"),
        (b"my canary", b"my parrot"),
        (b"Reply-To: <maria@", b"Reply-To: <mario@"),
        (b"\r\nFrom:", b"\r\nFrom: <other@x.example>\r\nFrom:"),
        (b"A subject", b"Another subject"),
    ],
)
def test_a_change_on_the_way_shows(key: rsa.RSAPrivateKey, signs: dict[str, Any], old: bytes, new: bytes) -> None:
    _, message = sent(made.letter(), **signs)
    assert message.count(old) >= 1
    assert not good(message.replace(old, new, 1), key)


def test_no_second_header_can_be_put_beside_one_that_is_signed(key: rsa.RSAPrivateKey, signs: dict[str, Any]) -> None:
    _, message = sent(made.letter(), **signs)
    head, body = message.split(b"\r\n\r\n", 1)
    assert good(head + b"\r\nX-Relay: seen\r\n\r\n" + body, key), "what a relay adds on its way does no harm"
    for line in (
        b"From: <other@x.example>",
        b"To: <other@x.example>",
        b"Reply-To: <other@x.example>",
        b"Subject: Another subject",
        b"Date: Mon, 2 Mar 2026 10:00:00 +0000",
        b"Message-ID: <other@x.example>",
        b"MIME-Version: 1.0",
        b"Content-Type: text/html",
        b"Content-Transfer-Encoding: base64",
    ):
        for with_it in (line + b"\r\n" + head, head + b"\r\n" + line):
            assert not good(with_it + b"\r\n\r\n" + body, key), line


def test_without_a_key_nothing_is_signed() -> None:
    body, message = sent(made.letter())
    assert message == body


def test_without_the_library_a_key_is_refused_with_the_remedy(
    signs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dkim", None)
    with pytest.raises(SettingsRefused, match=r"pip install 'postbag\[dkim\]'"):
        Smtp.opened(settings(25, **signs))


def test_a_key_that_cannot_sign_is_refused_without_showing_it(signs: dict[str, Any], tmp_path: Path) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_text("-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\n-----END RSA PRIVATE KEY-----\n")
    for changes, named in (
        ({"smtp_dkim_key_file": bad}, "no RSA key in PEM"),
        ({"smtp_dkim_key_file": tmp_path / "none.pem"}, "cannot be read"),
        ({"smtp_dkim_selector": ""}, "POSTBAG_SMTP_DKIM_SELECTOR"),
    ):
        with pytest.raises(SettingsRefused, match=named) as refused:
            Smtp.opened(settings(25, **(signs | changes)))
        assert "c2VjcmV0" not in str(refused.value)
