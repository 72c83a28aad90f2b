"""What holds for an attempt on any channel; the settings of each channel are built on it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.pipeline.settings import WorkerSettings


class AttemptSettings(WorkerSettings):
    """Limits of one attempt."""

    attempt_seconds: Annotated[
        float,
        Field(description="Hard limit on one attempt, from connecting to the last byte of the answer.", gt=0, le=60),
    ] = 10.0
    concurrency: Annotated[int, Field(description="Attempts under way at once.", ge=1, le=1000)] = 32
