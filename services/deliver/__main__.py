"""The deliver worker: reads ``letters``, writes ``ledger``. This file only wires."""

from __future__ import annotations

from pathlib import Path

from schemas.topics import LEDGER, LETTERS, TIERS
from services.deliver.channels import open_channels
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
from services.pipeline.kafka_reader import KafkaReader
from services.pipeline.metrics import WorkerMetrics
from services.pipeline.stage import Stage
from services.pipeline.store import Store
from services.pipeline.worker import main


def make_stage(settings: DeliverSettings, metrics: WorkerMetrics) -> Stage:
    """The stage, with its channels, its lanes and the local index of the ledger."""
    offices = Offices.load(settings.offices, settings.channel, settings.concurrency)
    channels = open_channels(settings)
    for name in offices.channels():
        channels.get(name)  # now, so that a setting that is missing is told at start and not by the first letter
    delays = Delays(settings.retry_delays, 1 + settings.short_retries)
    reader = KafkaReader(settings)
    tools = Tools(
        settings=settings,
        channels=channels,
        routing=Routing(offices, channels),
        lanes=Lanes(offices, patience_seconds=settings.patience_seconds),
        flights=Flights(settings.concurrency, settings.short_retries, settings.longest_seconds),
        verdicts=Verdicts(delays.after, settings.max_age_seconds),
        delays=delays,
        entries=Entries(),
        controls=Controls(lambda: KafkaReader(settings)),
        store=Store(_index_file(settings), LEDGER, index, lambda: reader),
        watch=Watch(metrics, settings.office_metrics, offices.channels()),
        partitions=reader.partitions(LETTERS),
    )
    return DeliverStage(tools)


def _index_file(settings: DeliverSettings) -> Path:
    return settings.state_dir / f"{settings.topic_prefix}deliver-{settings.slot}.sqlite"


if __name__ == "__main__":
    raise SystemExit(main(DeliverSettings, "deliver", make_stage, retries=TIERS))
