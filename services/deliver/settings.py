"""Settings of deliver: where letters go, how long an attempt may take, when to try again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from services.pipeline.settings import WorkerSettings


class DeliverSettings(WorkerSettings):
    """Sends each letter to its office; reads `letters` and `letters.retry.soon`, writes `ledger`."""

    batch_records: Annotated[
        int, Field(description="Most letters in one batch, and so in one transaction.", ge=1, le=10_000)
    ] = 1000
    channel: Annotated[
        Literal["outbox", "webhook", "discard"],
        Field(description="How letters leave: `outbox` writes files, `webhook` posts JSON to POSTBAG_WEBHOOK_URL, "
              "`discard` drops them and calls them accepted (for benchmarks only)."),
    ] = "outbox"  # fmt: skip
    outbox_dir: Annotated[Path, Field(description="Folder that the outbox channel writes to.")] = Path("var/outbox")
    webhook_url: Annotated[
        str,
        Field(description="Where the webhook channel posts; `{office}` in it stands for the office's id.",
              pattern=r"^https?://[^\s/]+(/\S*)?$"),
    ] = "http://127.0.0.1:8025/offices/{office}/letters"  # fmt: skip
    webhook_hosts: Annotated[
        str,
        Field(description="Hosts at which a recipient of a campaign's own list may have a webhook, with commas between: "
              "`name`, or `name:port` for another port. HTTPS only, except to loopback. Letters to any other are refused.",
              pattern=r"^([a-z0-9.:-]+(,[a-z0-9.:-]+)*)?$"),
    ] = ""  # fmt: skip
    concurrency: Annotated[int, Field(description="Attempts under way at once.", ge=1, le=1000)] = 32
    attempt_seconds: Annotated[
        float,
        Field(description="Hard limit on one attempt, from connecting to the last byte of the answer.", gt=0, le=60),
    ] = 10.0
    batch_seconds: Annotated[
        float,
        Field(
            description="Letters of a batch not begun by then are put back, without counting an attempt.", gt=0, le=60
        ),
    ] = 10.0
    short_retries: Annotated[
        int,
        Field(
            description="Further tries in place, a moment apart, before a letter goes to the retry topic.", ge=0, le=5
        ),
    ] = 2
    retry_seconds: Annotated[
        float, Field(description="Wait in the retry topic; up to half as much is added at random.", ge=0.1, le=3600)
    ] = 15.0
    max_age_seconds: Annotated[
        float, Field(description="A letter not delivered this long after it was accepted expires.", ge=1, le=2_592_000)
    ] = 270_000.0
