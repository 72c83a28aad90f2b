"""docs/webhook.md is true: its verifier verifies what is really sent, and its tables and settings are those of the code."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from time import time
from typing import Any

from services.deliver.answers import SECTIONS, of_local, of_status
from services.deliver.channels.webhook import WebhookSettings
from services.deliver.channels.webhook.address import parse
from services.deliver.channels.webhook.networks import is_open, read_networks
from tests.unit.far_sides import BODY, LETTER, visited, webhook
from tests.unit.test_deliver_webhook_signature import NEW, OLD, STRANGE

PAGE = (Path(__file__).parents[2] / "docs" / "webhook.md").read_text("utf-8")


def test_the_verifier_of_the_documentation_verifies_what_is_sent_and_nothing_else() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    scope: dict[str, Any] = {}
    exec(code, scope)  # noqa: S102 - as a reader would
    is_genuine: Callable[..., bool] = scope["is_genuine"]

    async def run() -> bytes:
        async with (
            visited("127.0.0.1") as (port, visits),
            webhook(f"http://127.0.0.1:{port}/", webhook_secret=NEW, webhook_secret_previous=OLD) as channel,
        ):
            assert (await channel.attempt(LETTER, "", BODY)).verdict == "accepted"
            return visits[0]

    head, body = asyncio.run(run()).split(b"\r\n\r\n", 1)
    pairs = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
    headers = {name.lower(): value for name, value in pairs}
    assert is_genuine(headers, body, NEW, time())
    assert is_genuine(headers, body, OLD, time())
    assert not is_genuine(headers, body, STRANGE, time())
    assert not is_genuine(headers, body + b" ", NEW, time())
    assert not is_genuine({**headers, "webhook-id": "another"}, body, NEW, time())
    assert not is_genuine(headers, body, NEW, time() + 400)
    assert not is_genuine(headers, body, NEW, time() - 400)
    named = re.search(r"\| header \| \|\n(.*?)\n\n", PAGE, re.DOTALL)
    assert named
    for name in re.findall(r"^\| `([A-Za-z-]+)`", named[1], re.MULTILINE):
        assert name.lower() in headers


def test_the_answers_mean_what_the_page_says() -> None:
    assert {of_status(status).verdict for status in (200, 201, 202, 204)} == {"accepted"}
    assert {of_status(status).verdict for status in (429, 503)} == {"throttle"}
    assert {of_status(status).verdict for status in (400, 404, 422)} == {"refused"}
    assert {(of_status(status).verdict, of_status(status).pauses) for status in (401, 403)} == {("retry", True)}
    assert {of_status(status).verdict for status in (500, 502, 504)} == {"unknown"}
    reasons = {row.reason for rows in SECTIONS.values() for row in rows}
    for reason in re.findall(r"`(tls_[a-z_]+|address_[a-z_]+)`", PAGE):
        assert reason in reasons
    assert of_local("address_private").verdict == "retry", "the letters wait, and none is lost"


def test_every_setting_is_told_and_the_examples_hold() -> None:
    told = set(re.findall(r"POSTBAG_(WEBHOOK_[A-Z_]+)", PAGE))
    assert told == {name.upper() for name in WebhookSettings.model_fields if name.startswith("webhook_")}
    assert read_networks("10.1.0.0/16")
    assert read_networks("64:ff9b::/96")
    for network in read_networks("10.0.0.0/8,64:ff9b::/96"):
        assert not is_open(network[1])
    assert parse("http://2130706433/") is None
