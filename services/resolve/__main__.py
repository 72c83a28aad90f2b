"""The resolve worker: reads ``accepted``, writes ``resolved`` and ``held``. This file only wires."""

from __future__ import annotations

from services.pipeline.kafka_reader import KafkaReader
from services.pipeline.metrics import WorkerMetrics
from services.pipeline.stage import Stage
from services.pipeline.worker import main
from services.resolve.reference import load_reference
from services.resolve.settings import ResolveSettings
from services.resolve.stage import ResolveStage


def make_stage(settings: ResolveSettings, _metrics: WorkerMetrics) -> Stage:
    """The stage, with the reference data and the campaigns it looks things up in."""
    return ResolveStage(load_reference(), lambda: KafkaReader(settings))


if __name__ == "__main__":
    raise SystemExit(main(ResolveSettings, "resolve", make_stage))
