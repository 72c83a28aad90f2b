"""The render worker: reads ``resolved``, writes ``letters``. This file only wires."""

from __future__ import annotations

from services.pipeline.kafka_reader import KafkaReader
from services.pipeline.metrics import WorkerMetrics
from services.pipeline.stage import Stage
from services.pipeline.worker import main
from services.render.forms.opening import Forms
from services.render.settings import RenderSettings
from services.render.stage import RenderStage


def make_stage(settings: RenderSettings, _metrics: WorkerMetrics) -> Stage:
    """The stage, with the campaigns whose templates it runs and the forms that they ask for."""
    return RenderStage(lambda: KafkaReader(settings), Forms(settings))


if __name__ == "__main__":
    raise SystemExit(main(RenderSettings, "render", make_stage))
