"""A campaigner's desk for tests: a good campaign's file to spoil, and the commands on a broker in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from click.testing import CliRunner, Result

from schemas.topics import ALL, Topic
from services.cli.__main__ import postbag
from services.cli.campaign import ending, publishing
from services.pipeline.memory import MemoryBroker, MemoryReader

GOOD: Final = """\
# A remark, so that the fields do not begin on the first line.
slug: rivers
version: 1
organization: Friends of the River
headline: Open the rivers
narrative: Three dams that no longer make power.
targets: [HNY12, SNY01, HDC00]
required_fields: [prefix, last_name, address.state]
subject: Open the rivers of New England
salutation: Dear {{ decision_maker }},
letter: |
  I live in {{ city }}, and I ask you to let the licenses end.
  {% if message %}

  {{ message }}
  {% endif %}

  Please tell me where you stand.
closing: |
  Sincerely,
  {{ your_name }}
topics: [Environmental Protection]
forms: [mail, cwc]
"""


def campaign_file(folder: Path, **changes: Any) -> Path:
    """The good campaign with ``changes`` made to it (None: taken out)."""
    path = folder / "rivers.yaml"
    fields = {name: value for name, value in (yaml.safe_load(GOOD) | changes).items() if value is not None}
    path.write_text(yaml.safe_dump(fields, allow_unicode=True, sort_keys=False) if changes else GOOD, encoding="utf-8")
    return path


def run(*arguments: object, **options: Any) -> Result:
    """``postbag campaign`` with ``arguments``; a crash of the command is the test's."""
    result = CliRunner().invoke(postbag, ["campaign", *map(str, arguments)], **options)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


class MemoryPublisher:
    """Puts records on the broker in memory, as ``services.pipeline.publisher`` puts them on a real one."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker

    def publish(self, topic: Topic, key: bytes, value: bytes | None) -> None:
        self._broker.publish(topic, key, value)

    def flush(self) -> None:
        """It is there already."""

    def close(self) -> None:
        """Nothing is open."""


def on_memory(monkeypatch: pytest.MonkeyPatch, broker: MemoryBroker | None = None) -> MemoryBroker:
    """The commands read and write the broker that is returned."""
    broker = broker or MemoryBroker(ALL)
    reader: Callable[[object], MemoryReader] = lambda _: MemoryReader(broker)  # noqa: E731 - it stands for a class
    monkeypatch.setattr(publishing, "KafkaReader", reader)
    for module in (publishing, ending):
        monkeypatch.setattr(module, "Publisher", lambda _: MemoryPublisher(broker))
    return broker
