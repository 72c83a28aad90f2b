"""Settings of observe: where it serves its metrics, where it keeps its notes, and how often it looks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from services.pipeline.settings import KafkaSettings


class ObserveSettings(KafkaSettings):
    """Looks at the topics from outside and serves the books, the lags and what waits; writes to no topic."""

    state_dir: Annotated[
        Path, Field(description="Folder for the observer's notes on the topics; it survives a restart of the process.")
    ] = Path("var/state")
    metrics_host: Annotated[str, Field(description="Address that /metrics, /livez and /readyz listen on.")] = (
        "127.0.0.1"
    )
    metrics_port: Annotated[
        int, Field(description="Port for /metrics, /livez and /readyz; 0 picks a free one and logs it.", ge=0, le=65535)
    ] = 0
    survey_seconds: Annotated[
        float, Field(description="Between two looks at the topics.", ge=0.5, le=300, allow_inf_nan=False)
    ] = 5.0
    log_level: Annotated[
        str, Field(description="Postbag's log level. The Kafka client stays at WARNING: below, it logs records.",
                   pattern=r"^(DEBUG|INFO|WARNING|ERROR)$")
    ] = "INFO"  # fmt: skip
