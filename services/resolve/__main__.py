"""The resolve worker: reads ``accepted``, writes ``resolved``, ``held`` and ``rejected``. This file only wires."""

from __future__ import annotations

from services.pipeline.kafka_reader import KafkaReader
from services.pipeline.metrics import WorkerMetrics
from services.pipeline.stage import Stage
from services.pipeline.worker import main
from services.resolve.held import Waiting
from services.resolve.reload import References
from services.resolve.settings import ResolveSettings
from services.resolve.stage import ResolveStage
from services.resolve.tally import Tally


def make_stage(settings: ResolveSettings, metrics: WorkerMetrics) -> Stage:
    """The stage, with the reference data and the campaigns it looks things up in, and the index of what it holds."""
    tally = Tally(metrics)
    references = References(settings.reference, settings.reference_check_seconds, tally.reloaded)
    as_of = settings.reference_as_of.timestamp() if settings.reference_as_of else None
    geocoder = None
    if settings.geocoder_url:
        from services.resolve.geocoding.geocoder import Geocoder  # noqa: PLC0415 - its client costs 10 MB and a third of a second

        geocoder = Geocoder(settings, metrics)
    path = settings.state_dir / f"{settings.topic_prefix}resolve-{settings.slot}.sqlite"
    waiting = Waiting(path, lambda: KafkaReader(settings))
    return ResolveStage(references, lambda: KafkaReader(settings), tally, waiting, as_of, geocoder)


if __name__ == "__main__":
    raise SystemExit(main(ResolveSettings, "resolve", make_stage))
