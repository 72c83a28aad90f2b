"""Settings of ingest: what every worker has; what may be sent is fixed by the schemas and by campaigns."""

from __future__ import annotations

from services.pipeline.settings import WorkerSettings


class IngestSettings(WorkerSettings):
    """Checks and normalises what frontends send; reads `submissions`, writes `accepted` and `rejected`."""
