"""The deliver worker: reads ``letters``, writes ``ledger``. This file only wires."""

from __future__ import annotations

from schemas.topics import LEDGER, RETRY
from services.deliver.channels import open_channels
from services.deliver.claims import index
from services.deliver.settings import DeliverSettings
from services.deliver.stage import DeliverStage
from services.pipeline.kafka_reader import KafkaReader
from services.pipeline.metrics import WorkerMetrics
from services.pipeline.stage import Stage
from services.pipeline.store import Store
from services.pipeline.worker import main


def make_stage(settings: DeliverSettings, metrics: WorkerMetrics) -> Stage:
    """The stage, with its channels and the local index of the ledger."""
    path = settings.state_dir / f"{settings.topic_prefix}deliver-{settings.slot}.sqlite"
    store = Store(path, LEDGER, index, lambda: KafkaReader(settings))
    return DeliverStage(open_channels(settings), store, settings, metrics)


if __name__ == "__main__":
    raise SystemExit(main(DeliverSettings, "deliver", make_stage, retries=(RETRY,)))
