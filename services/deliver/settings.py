"""Settings of deliver: the usual channel, when to try again, how long a batch waits; each channel adds its own."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from schemas.topics import TIERS
from services.deliver.channels.cwc.settings import CwcSettings
from services.deliver.channels.printing.settings import PrintSettings
from services.deliver.channels.smtp.settings import SmtpSettings
from services.deliver.channels.webhook.settings import WebhookSettings


def _ascending(delays: tuple[float, ...]) -> tuple[float, ...]:
    if len(delays) != len(TIERS) or delays[0] <= 0 or not all(a < b for a, b in pairwise(delays)):
        raise ValueError(f"takes {len(TIERS)} delays in seconds, each longer than the one before")
    return delays


class DeliverSettings(WebhookSettings, SmtpSettings, CwcSettings, PrintSettings):
    """Sends each letter to its office; reads `letters`, their tiers and `reports`, writes `ledger`."""

    batch_records: Annotated[
        int, Field(description="Most letters in one batch, and so in one transaction.", ge=1, le=10_000)
    ] = 1000
    channel: Annotated[
        Literal["outbox", "webhook", "smtp", "cwc-house", "cwc-senate", "print", "discard"],
        Field(description="How letters leave whose office has no channels in POSTBAG_OFFICES: `outbox` writes files, "
              "`webhook` posts JSON to POSTBAG_WEBHOOK_URL, `smtp` sends mail, `cwc-house` and `cwc-senate` post to "
              "congressional intake, `print` makes PDF files to be carried, `discard` drops all letters and calls them "
              "accepted (for benchmarks only)."),
    ] = "outbox"  # fmt: skip
    offices: Annotated[
        Path | None,
        Field(description="File with the channels and the pace of each office (docs/offices.md); none: all by the usual "
              "channel, at its usual pace."),
    ] = None  # fmt: skip
    outbox_dir: Annotated[Path, Field(description="Folder that the outbox channel writes to.")] = Path("var/outbox")
    patience_seconds: Annotated[
        float,
        Field(description="How long a batch waits at most for the attempts that it began: once half of them have ended, for "
              "four times as long as those took, 0.2 seconds at least. What takes longer goes on, and is entered when it "
              "ends; an office that keeps it up is not waited for.", gt=0, le=10),
    ] = 1.0  # fmt: skip
    short_retries: Annotated[
        int,
        Field(description="Further tries in place, a moment apart, before a letter waits in a tier.", ge=0, le=5),
    ] = 2
    retry_delays: Annotated[
        tuple[float, ...],
        Field(description="Delays (seconds, as a JSON list) of the tiers in which letters wait, the shortest first. After up "
              "to 1 + POSTBAG_SHORT_RETRIES failed tries a letter waits in the second one, after up to twice as many in the "
              "third, and so on, or half of the time that is left to it, if that is less; up to half is added at random."),
        AfterValidator(_ascending),
    ] = (1.0, 15.0, 120.0, 900.0, 7200.0, 43_200.0)  # fmt: skip
    max_age_seconds: Annotated[
        float,
        Field(description="A letter not delivered this long after it was accepted expires. The hours over which its campaign "
              "spreads its letters (`drip_hours`) are added.", ge=1, le=2_592_000),
    ] = 270_000.0  # fmt: skip
    office_metrics: Annotated[
        int,
        Field(description="Offices that have a name of their own in metrics, the first that attempts are made at; all others "
              "are counted as `other`. 0 means none.", ge=0, le=10_000),
    ] = 600  # fmt: skip

    @property
    def longest_seconds(self) -> float:
        """After this long no attempt is under way, unless its channel does not keep to ``attempt_seconds``."""
        return (1 + self.short_retries) * (self.attempt_seconds + 2.0)
