"""Words from topics on an operator's terminal: shown as they are where they were asked for, and never obeyed."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner

from schemas.control import Control, ControlGiven
from schemas.topics import CONTROLS, SUBMISSIONS
from schemas.wire import write
from services.cli.__main__ import postbag
from services.cli.campaign import load_campaign, publish_campaign
from services.cli.controls import orders
from services.pipeline.controls import key_of
from services.pipeline.memory import MemoryBroker, MemoryReader
from services.pipeline.publisher import Publisher
from tests.unit import made
from tests.unit.campaign_desk import MemoryPublisher, campaign_file, on_memory
from tests.unit.ground import Ground
from tests.unit.settling_desk import Operators
from tests.unit.test_cli_dead import park

STEERING = "\x1b[2Jall is well\x07"


def order(broker: MemoryBroker, control: Control) -> None:
    event = ControlGiven(id="1", source="/postbag/cli", time=made.NOW, data=control)
    MemoryPublisher(broker).publish(CONTROLS, key_of(control.scope, control.name), write(event))


@pytest.mark.parametrize("action", ["pause", "cancel"])
@pytest.mark.parametrize("command", [("pause", "--campaign", "rivers", "--reason", "x"), ("controls",)])
def test_the_reason_of_an_order_is_told_and_steers_no_terminal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, action: str, command: tuple[str, ...]
) -> None:
    broker = on_memory(monkeypatch, Ground())
    monkeypatch.setattr(orders, "KafkaReader", lambda _: MemoryReader(broker))
    monkeypatch.setattr(orders, "Publisher", lambda _: MemoryPublisher(broker))
    publish_campaign(cast("Publisher", MemoryPublisher(broker)), load_campaign(campaign_file(tmp_path)))
    given = {"scope": "campaign", "name": "rivers", "action": action, "reason": STEERING}
    order(broker, Control.model_validate(given))
    result = CliRunner().invoke(postbag, [*command])
    assert "all is well" in " ".join(result.output.split())
    assert [char for char in result.output if not char.isprintable() and char != "\n"] == []


def test_what_was_typed_is_revealed_letter_for_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    ground = Ground()
    ground.append(SUBMISSIONS.name, 0, b":key:", b'{"message": "see you at 10 :warning: [bold]now"}', [("x", b":ok:")])
    park(ground, ground.log(SUBMISSIONS.name, 0)[0], "wrong_shape", "ingest")
    shown = Operators(monkeypatch, ground).run("dead", "show", "0/0", "--reveal").stdout
    for typed in (":key:", ":ok:", ":warning:", "[bold]now"):
        assert typed in shown
