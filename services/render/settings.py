"""Settings of render: what every worker has."""

from __future__ import annotations

from services.pipeline.settings import WorkerSettings


class RenderSettings(WorkerSettings):
    """Makes one letter for each office; reads `resolved`, writes `letters`."""
