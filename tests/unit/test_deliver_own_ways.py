"""Offices with ways of their own and recipients with a channel of their own: whose word counts, and whose host is whose."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from services.deliver.channels.webhook.channel import Webhook
from services.deliver.settings import DeliverSettings
from services.pipeline.settings import load
from tests.unit import made
from tests.unit.deliver_worker import OpenWorker, open_worker
from tests.unit.scripted_channel import REFUSED, ScriptedChannel

__all__ = ["open_worker"]

FILE = """
offices:
  - {match: x-chair, channels: [outbox, {channel: webhook, to: "https://file.example/{office}"}]}
  - {match: "*", channels: [print, outbox]}
"""


@pytest.fixture
def offices(tmp_path: Path) -> Path:
    path = tmp_path / "offices.yaml"
    path.write_text(FILE)
    return path


@pytest.mark.parametrize(
    ("own", "channel", "to"),
    [
        ({"office": "x-chair"}, "outbox", ""),
        ({"office": "HNY13"}, "print", ""),
        ({"office": "x-chair", "channel": "webhook"}, "webhook", "https://file.example/x-chair"),
        ({"office": "x-chair", "channel": "webhook", "to": "https://own.example/"}, "webhook", "https://own.example/"),
        ({"office": "x-board", "channel": "webhook", "to": "https://own.example/"}, "webhook", "https://own.example/"),
        ({"office": "x-board", "channel": "outbox"}, "outbox", ""),
    ],
)
def test_a_recipient_s_own_channel_and_address_count_before_the_file_s(
    open_worker: OpenWorker, offices: Path, own: dict[str, Any], channel: str, to: str
) -> None:
    ways = {name: ScriptedChannel(REFUSED, name=name) for name in ("outbox", "webhook", "print")}
    makers = {name: lambda one=one: one for name, one in ways.items()}
    worker = open_worker(ways["outbox"], others=makers, offices=offices)
    worker.send(made.letter(**own))
    worker.turn()
    assert [(name, way.sent_to) for name, way in ways.items() if way.seen] == [(channel, [to])]
    if "channel" in own:
        assert worker.states() == ["refused"], "and no other is tried"
    else:
        assert worker.states() == ["unknown", "retrying"]


def test_a_recipient_that_wants_a_webhook_and_has_none_is_not_posted_to_the_operator_s(
    open_worker: OpenWorker, offices: Path
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as operator_s:
        operator_s.setblocking(False)
        url = f"http://127.0.0.1:{operator_s.getsockname()[1]}/letters"
        channel = Webhook.opened(load(DeliverSettings, webhook_url=url))
        worker = open_worker(ScriptedChannel(), others={"webhook": lambda: channel}, offices=offices)
        worker.send(made.letter(office="x-board", channel="webhook"))
        worker.later(5)
        assert (worker.last().state, worker.last().reason) == ("refused", "address_not_allowed")
        with pytest.raises(BlockingIOError):
            operator_s.accept()
