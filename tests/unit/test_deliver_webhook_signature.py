"""Signatures: a library of others verifies them, by the old secret and the new, and refuses what was changed on the way."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable
from pathlib import Path
from time import time
from typing import Any

import pytest
from aiohttp import web
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from services.deliver.channels.webhook import WebhookSettings
from services.pipeline.errors import SettingsRefused
from services.pipeline.settings import describe, load
from tests.unit.far_sides import BODY, LETTER, webhook


def secret(size: int = 32) -> str:
    return "whsec_" + base64.b64encode(os.urandom(size)).decode()


NEW, OLD, STRANGE = secret(), secret(), secret()


async def post(now: Callable[[], float] = time, times: int = 1, **settings: Any) -> list[tuple[dict[str, str], bytes]]:
    """Headers and bodies as they arrive at a real server."""
    arrived: list[tuple[dict[str, str], bytes]] = []

    async def take(request: web.Request) -> web.Response:
        arrived.append((dict(request.headers), await request.read()))
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with webhook(f"http://127.0.0.1:{runner.addresses[0][1]}/", now=now, **settings) as channel:
            sent = channel.body(LETTER, "")
            assert sent == BODY
            for _ in range(times):
                assert (await channel.attempt(LETTER, "", BODY)).verdict == "accepted"
    finally:
        await runner.cleanup()
    return arrived


def verifies(by: str, headers: dict[str, str], body: bytes) -> bool:
    try:
        Verifier(by).verify(body, {name.lower(): value for name, value in headers.items()})
    except WebhookVerificationError:
        return False
    return True


def test_a_letter_is_signed_so_that_a_library_of_others_verifies_it() -> None:
    ((headers, body),) = asyncio.run(post(webhook_secret=NEW))
    assert body == BODY
    assert headers["webhook-id"] == headers["Idempotency-Key"] == LETTER.letter_id
    assert abs(int(headers["webhook-timestamp"]) - time()) < 60
    assert verifies(NEW, headers, body)
    assert not verifies(STRANGE, headers, body)


def test_during_a_rotation_both_secrets_verify_it() -> None:
    ((headers, body),) = asyncio.run(post(webhook_secret=NEW, webhook_secret_previous=OLD))
    assert len(headers["webhook-signature"].split(" ")) == 2
    assert verifies(NEW, headers, body)
    assert verifies(OLD, headers, body)
    assert not verifies(STRANGE, headers, body)


def test_the_old_secret_alone_signs_too() -> None:
    ((headers, body),) = asyncio.run(post(webhook_secret_previous=OLD))
    assert verifies(OLD, headers, body)


def test_what_was_changed_on_the_way_does_not_verify() -> None:
    ((headers, body),) = asyncio.run(post(webhook_secret=NEW))
    assert not verifies(NEW, headers, body.replace(b"HNY13", b"HNY12"))
    assert not verifies(NEW, headers, body + b" ")
    for name, value in {
        "webhook-id": "another",
        "webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1),
        "webhook-signature": headers["webhook-signature"].replace("v1,", "v2,"),
    }.items():
        assert not verifies(NEW, {**headers, name: value}, body), name


@pytest.mark.parametrize(("skew", "verified"), [(-400, False), (-200, True), (200, True), (400, False)])
def test_a_clock_that_is_wrong_is_seen_by_the_receiver(skew: float, verified: bool) -> None:
    ((headers, body),) = asyncio.run(post(now=lambda: time() + skew, webhook_secret=NEW))
    assert verifies(NEW, headers, body) is verified


def test_a_repeat_has_the_same_id_and_body_and_a_signature_of_its_own_time() -> None:
    clock = iter(range(1_800_000_000, 1_900_000_000))
    (first, one), (second, other) = asyncio.run(post(now=lambda: float(next(clock)), times=2, webhook_secret=NEW))
    assert one == other
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-timestamp"] != second["webhook-timestamp"]
    assert first["webhook-signature"] != second["webhook-signature"]


def test_without_a_secret_a_letter_has_its_id_and_no_signature() -> None:
    ((headers, _),) = asyncio.run(post())
    assert "webhook-signature" not in {name.lower() for name in headers}
    assert headers["webhook-id"] == LETTER.letter_id


@pytest.mark.parametrize("setting", ["webhook_secret", "webhook_secret_previous"])
@pytest.mark.parametrize(
    "wrong",
    [
        "canary", "whsec_", "whsec_canary!", secret(23), secret(65), secret().removeprefix("whsec_"), secret() + " ",
        secret()[:-2], "WHSEC_" + secret()[6:], secret().replace("whsec_", "whsec_ "), "whsec_" + "é" * 40,
    ],
    ids=range(11),  # each process that collects the tests makes secrets of its own, and must name them alike
)  # fmt: skip
def test_a_secret_of_another_form_is_refused_by_name_and_not_repeated(setting: str, wrong: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(wrong.replace(" ", "~"))  # white space around what a file holds is no fault
    for name, value in ((setting, wrong), (f"{setting}_file", file)):
        with pytest.raises(SettingsRefused, match=f"POSTBAG_{name.upper()}: .*whsec_") as refused:
            load(WebhookSettings, **{name: value})
        assert "canary" not in str(refused.value)
        assert len(wrong) < 10 or wrong[6:] not in str(refused.value)


@pytest.mark.parametrize("size", [24, 64])
def test_the_shortest_and_the_longest_secret_are_taken(size: int) -> None:
    given = secret(size)
    ((headers, body),) = asyncio.run(post(webhook_secret=given))
    assert verifies(given, headers, body)


def test_a_secret_can_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{NEW}\n")
    ((headers, body),) = asyncio.run(post(webhook_secret_file=file, webhook_secret_previous=OLD))
    assert verifies(NEW, headers, body)
    assert verifies(OLD, headers, body)
    with pytest.raises(SettingsRefused, match=r"POSTBAG_WEBHOOK_SECRET_FILE: .*unset one"):
        load(WebhookSettings, webhook_secret=OLD, webhook_secret_file=file)
    with pytest.raises(SettingsRefused, match=r"POSTBAG_WEBHOOK_SECRET_FILE: .*cannot be read"):
        load(WebhookSettings, webhook_secret_file=tmp_path / "absent")


def test_the_effective_settings_are_shown_without_the_secrets() -> None:
    shown = str(describe(load(WebhookSettings, webhook_secret=NEW, webhook_secret_previous=OLD)))
    assert NEW not in shown
    assert OLD not in shown
    assert "POSTBAG_WEBHOOK_SECRET_PREVIOUS" in shown
