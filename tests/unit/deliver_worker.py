"""A deliver worker on a broker in memory, with a channel that answers as told and a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest

from schemas.ledger import Entry, LedgerWritten
from schemas.letter import Letter
from schemas.topics import DEAD, LEDGER, LETTERS, RETRY
from schemas.wire import read, write
from services.deliver.channel import Channel
from services.deliver.channels import Channels
from services.deliver.claims import index
from services.deliver.settings import DeliverSettings
from services.deliver.stage import DeliverStage
from services.pipeline.journal import CrashJournal
from services.pipeline.loop import Loop
from services.pipeline.memory import MemoryBroker, MemoryClient, MemoryReader
from services.pipeline.metrics import WorkerMetrics
from services.pipeline.settings import load
from services.pipeline.store import Store
from services.pipeline.tiers import Tiers
from tests.unit import made
from tests.unit.scripted_channel import ScriptedChannel

Others = Mapping[str, Callable[[], Channel]] | None


class Worker:
    """``now`` is seconds since the epoch, and moves only by hand."""

    def __init__(
        self, broker: MemoryBroker, channel: ScriptedChannel, folder: Path, others: Others = None, **settings: Any
    ) -> None:
        self.broker, self.channel, self.now = broker, channel, made.NOW.timestamp()
        self._metrics = WorkerMetrics("deliver")
        store = Store(folder / "ledger.sqlite", LEDGER, index, lambda: MemoryReader(broker))
        self.stage = DeliverStage(
            Channels(channel, others), store, load(DeliverSettings, **settings), self._metrics, now=lambda: self.now
        )
        client = MemoryClient(broker, "deliver", "0", self.stage.reads)
        self._journal = CrashJournal(folder / "deliver.journal")
        tiers = Tiers(client, frozenset({RETRY.name}), now=lambda: self.now)
        self._loop = Loop(self.stage, client, self._journal, tiers, self._metrics)
        self._open = True

    def send(self, letter: Letter, partition: int = 0) -> None:
        """As render would."""
        self.broker.append(LETTERS.name, partition, letter.office.encode(), write(made.rendered(letter)))

    def turn(self) -> int:
        """One batch; how many records were committed."""
        return self._loop.turn(0)

    def replay(self) -> None:
        """Read everything there is once more, from the beginning."""
        self.broker.groups["deliver"].offsets.clear()
        self.broker.evict("deliver")
        while self.turn():
            pass

    def ledger(self) -> list[tuple[int, str, Entry]]:
        """Partition, key and entry of everything in the ledger."""
        return [
            (record.partition, (record.key or b"").decode(), read(LedgerWritten, record.value).data)
            for record in self.broker.records(LEDGER)
        ]

    def last(self) -> Entry:
        """The newest entry."""
        return self.ledger()[-1][2]

    def scrape(self) -> bytes:
        """The metrics as served."""
        return generate_latest(self._metrics.registry)

    def close(self) -> None:
        """End it; once is enough."""
        if self._open:
            self._open = False
            self.stage.close()
            self._journal.close()


OpenWorker = Callable[..., Worker]


@pytest.fixture
def open_worker(tmp_path: Path) -> Iterator[OpenWorker]:
    """Opens a worker over one broker; with another ``folder`` it is one on another machine."""
    broker = MemoryBroker((LETTERS, RETRY, LEDGER, DEAD), partitions=2)
    opened: list[Worker] = []

    def start(channel: ScriptedChannel, folder: str = "machine", **settings: Any) -> Worker:
        (tmp_path / folder).mkdir(exist_ok=True)
        opened.append(Worker(broker, channel, tmp_path / folder, **settings))
        return opened[-1]

    yield start
    for worker in opened:
        worker.close()
