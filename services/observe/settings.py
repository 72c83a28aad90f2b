"""Settings of observe: those of every process, and how often it looks."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.pipeline.settings import ServiceSettings


class ObserveSettings(ServiceSettings):
    """Looks at the topics from outside and serves the books, the lags and what waits; writes to no topic."""

    survey_seconds: Annotated[
        float, Field(description="Between two looks at the topics.", ge=0.5, le=300, allow_inf_nan=False)
    ] = 5.0
