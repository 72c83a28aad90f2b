"""Settings of resolve: what every worker has; the reference sample ships with the service."""

from __future__ import annotations

from services.pipeline.settings import WorkerSettings


class ResolveSettings(WorkerSettings):
    """Finds the offices that represent each person; reads `accepted`, writes `resolved` and `held`."""
