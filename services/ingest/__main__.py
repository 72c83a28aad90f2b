"""The intake worker: reads ``submissions``, writes ``accepted`` and ``rejected``. This file only wires."""

from __future__ import annotations

from schemas.topics import ACCEPTED
from services.ingest.settings import IngestSettings
from services.ingest.stage import IngestStage, index
from services.pipeline.kafka_reader import KafkaReader
from services.pipeline.metrics import WorkerMetrics
from services.pipeline.stage import Stage
from services.pipeline.store import Store
from services.pipeline.worker import main


def make_stage(settings: IngestSettings, _metrics: WorkerMetrics) -> Stage:
    """The stage, with the local index of what it accepted and the campaigns that submissions are for."""
    path = settings.state_dir / f"{settings.topic_prefix}ingest-{settings.slot}.sqlite"
    store = Store(path, ACCEPTED, index, lambda: KafkaReader(settings))
    return IngestStage(lambda: KafkaReader(settings), store)


if __name__ == "__main__":
    raise SystemExit(main(IngestSettings, "ingest", make_stage))
