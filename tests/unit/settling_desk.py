"""A settler on the broker in memory, and the command line on both: what the tests of dead and held records stand on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services.cli.__main__ import postbag
from services.cli.dead import commands as dead_commands
from services.cli.dead import showing
from services.cli.held import commands as held_commands
from services.pipeline.errors import BrokerFailed
from services.pipeline.memory import MemoryBroker, MemoryReader
from services.pipeline.settler import Sending


class MemorySettler:
    """Writes whole portions. ``last`` is how many it may write before the broker fails; ``before`` is called before each."""

    def __init__(
        self, broker: MemoryBroker, last: int | None = None, before: Callable[[], None] = lambda: None
    ) -> None:
        self._broker, self._last, self._before = broker, last, before
        self.portions: list[Sequence[Sending]] = []
        self.closed = False

    def settle(self, records: Sequence[Sending]) -> None:
        self._before()
        if len(self.portions) == self._last:
            raise BrokerFailed("the broker went away")
        self.portions.append(records)
        for one in records:
            self._broker.append(one.topic, one.partition, one.key, one.value, [*one.headers])

    def close(self) -> None:
        self.closed = True


class Operators:
    """Runs commands on ``broker``; ``settler`` is what the next one is given, and a new one after it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, broker: MemoryBroker) -> None:
        self._broker = broker
        self.settlers: list[MemorySettler] = []
        self.settler: Callable[[], MemorySettler] | None = None
        for module in (dead_commands, showing, held_commands):
            monkeypatch.setattr(module, "KafkaReader", lambda _: MemoryReader(broker))
        for module in (dead_commands, held_commands):
            monkeypatch.setattr(module, "Settler", self._open)

    def run(self, *arguments: str, **options: Any) -> Result:
        """``postbag`` with ``arguments``; a crash of the command is the test's, but for the errors that Postbag knows."""
        result = CliRunner().invoke(postbag, list(arguments), **options)
        if result.exception is not None and not isinstance(result.exception, (SystemExit, BrokerFailed)):
            raise result.exception
        return result

    def _open(self, *_: object) -> MemorySettler:
        make, self.settler = self.settler or (lambda: MemorySettler(self._broker)), None
        self.settlers.append(make())
        return self.settlers[-1]
