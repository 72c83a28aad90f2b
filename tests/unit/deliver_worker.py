"""A deliver worker on a broker in memory, with a channel that answers as told and a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from prometheus_client import generate_latest

from schemas.control import Control, ControlGiven
from schemas.ledger import Entry, LedgerWritten
from schemas.letter import Letter
from schemas.report import LetterReported, Report
from schemas.topics import CONTROLS, DEAD, LEDGER, LETTERS, REPORTS, TIERS
from schemas.wire import read, write
from services.deliver.channel import Channel
from services.deliver.channels import Channels
from services.deliver.claims import index
from services.deliver.delays import Delays
from services.deliver.entries import Entries
from services.deliver.flights import Flights
from services.deliver.lanes import Lanes
from services.deliver.offices import Offices
from services.deliver.routing import Routing
from services.deliver.settings import DeliverSettings
from services.deliver.stage import DeliverStage
from services.deliver.tools import Tools
from services.deliver.verdicts import Verdicts
from services.deliver.watch import Watch
from services.pipeline.controls import Controls
from services.pipeline.journal import CrashJournal
from services.pipeline.loop import Loop
from services.pipeline.memory import MemoryBroker, MemoryClient, MemoryReader, MemoryRecord
from services.pipeline.metrics import WorkerMetrics
from services.pipeline.settings import load
from services.pipeline.store import Store
from services.pipeline.tiers import Tiers
from tests.unit import made
from tests.unit.scripted_channel import ScriptedChannel

TOPICS: Final = (LETTERS, *TIERS, REPORTS, LEDGER, DEAD, CONTROLS)
"""All that deliver reads and writes."""

Others = Mapping[str, Callable[[], Channel]] | None


class Worker:
    """``now`` is seconds since the epoch, and moves only by hand; ``channel`` is the usual one."""

    def __init__(
        self, broker: MemoryBroker, channel: ScriptedChannel, folder: Path, others: Others = None, **settings: Any
    ) -> None:
        self.broker, self.channel, self.now = broker, channel, made.NOW.timestamp()
        self._metrics = WorkerMetrics("deliver")
        self.tools = self._tools(channel, folder, others or {}, load(DeliverSettings, **settings))
        self.stage = DeliverStage(self.tools, now=lambda: self.now)
        self._client = MemoryClient(broker, "deliver", "0", self.stage.reads)
        self._journal = CrashJournal(folder / "deliver.journal")
        tiers = Tiers(self._client, frozenset(topic.name for topic in TIERS), now=lambda: self.now)
        self._loop = Loop(self.stage, self._client, self._journal, tiers, self._metrics)
        self._open = True

    def _tools(
        self,
        channel: ScriptedChannel,
        folder: Path,
        others: Mapping[str, Callable[[], Channel]],
        settings: DeliverSettings,
    ) -> Tools:
        offices = Offices.load(settings.offices, settings.channel, settings.concurrency)
        channels = Channels({settings.channel: lambda: channel, **others})
        delays = Delays(settings.retry_delays, 1 + settings.short_retries)
        return Tools(
            settings=settings,
            channels=channels,
            routing=Routing(offices, channels),
            lanes=Lanes(offices, now=lambda: self.now, patience_seconds=settings.patience_seconds),
            flights=Flights(settings.concurrency, settings.short_retries, settings.longest_seconds),
            verdicts=Verdicts(delays.after, settings.max_age_seconds),
            delays=delays,
            entries=Entries(),
            controls=Controls(lambda: MemoryReader(self.broker), clock=lambda: self.now, now=lambda: self.now),
            store=Store(folder / "ledger.sqlite", LEDGER, index, lambda: MemoryReader(self.broker)),
            watch=Watch(self._metrics, settings.office_metrics, offices.channels()),
            partitions=2,
        )

    def send(self, letter: Letter, partition: int = 0) -> None:
        """As render would."""
        self.broker.append(LETTERS.name, partition, letter.office.encode(), write(made.rendered(letter)))

    def order(self, **control: Any) -> None:
        """As an operator would; it is in force at the next turn."""
        given = Control(**control)
        key = f"{given.scope}/{given.name}"
        event = ControlGiven(id=key, source="/postbag/cli", time=made.NOW, data=given)
        self.broker.append(CONTROLS.name, 0, key.encode(), write(event))
        self.now += 1.1

    def hear(self, partition: int = 0, **report: Any) -> None:
        """As the mails that come back would say."""
        usual: dict[str, Any] = {"letter_id": made.identity(1), "office": "HNY13", "reported_at": made.NOW}
        data = Report(**usual | report)
        event = LetterReported(id=data.letter_id, source="/postbag/cli", time=made.NOW, data=data)
        self.broker.append(REPORTS.name, partition, data.letter_id.encode(), write(event))

    def turn(self) -> int:
        """One batch; how many records were committed."""
        return self._loop.turn(0)

    def later(self, seconds: float, step: float = 1.0) -> None:
        """Let time pass, turning as it does."""
        until = self.now + seconds
        while self.now < until:
            self.now = min(until, self.now + step)
            self.turn()

    def replay(self) -> None:
        """Read everything there is once more, from the beginning."""
        self.broker.groups["deliver"].offsets.clear()
        self.broker.evict("deliver")
        while self.turn():
            pass

    def waiting(self) -> list[MemoryRecord]:
        """Every record that was ever put into a tier."""
        return [record for topic in TIERS for record in self.broker.records(topic)]

    def ledger(self) -> list[tuple[int, str, Entry]]:
        """Partition, key and entry of everything in the ledger."""
        return [
            (record.partition, (record.key or b"").decode(), read(LedgerWritten, record.value).data)
            for record in self.broker.records(LEDGER)
        ]

    def states(self, number: int = 1) -> list[str]:
        """All states of her letter number ``number``, in order."""
        return [entry.state for _, key, entry in self.ledger() if key == made.identity(number)]

    def last(self) -> Entry:
        """The newest entry."""
        return self.ledger()[-1][2]

    def scrape(self) -> bytes:
        """The metrics as served."""
        return generate_latest(self._metrics.registry)

    def drain(self) -> None:
        """As on SIGTERM, after the last batch."""
        self.stage.drain()

    def crash(self) -> None:
        """Gone without a word: nothing that is under way is ever heard of again."""
        self.close()

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
    broker = MemoryBroker(TOPICS, partitions=2)
    opened: list[Worker] = []

    def start(channel: ScriptedChannel, folder: str = "machine", **settings: Any) -> Worker:
        (tmp_path / folder).mkdir(exist_ok=True)
        opened.append(Worker(broker, channel, tmp_path / folder, **settings))
        return opened[-1]

    yield start
    for worker in opened:
        worker.close()
