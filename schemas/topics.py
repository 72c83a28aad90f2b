"""Every topic of Postbag, declared: what ``postbag topics apply`` creates and workers check at start.

Topics that a person's records pass through share one partition count, because a record keeps its partition from
``submissions`` to ``resolved``, and deliver owns an office in ``letters``, its retry tier and ``ledger`` at once. Times
are the broker's (LogAppendTime): a frontend with a wrong clock can neither be refused by the broker nor have its records
deleted early. Personal data is kept for days, and its segments roll daily, since an open segment is never deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Topic:
    """A declared topic. ``partitions`` of 0 means the installation's common count; ``retention_ms`` -1 means for ever."""

    name: str
    holds: str
    key: str
    written_by: str
    cleanup: Literal["delete", "compact"] = "delete"
    retention_ms: int = 7 * _DAY_MS
    partitions: int = 0
    personal_data: bool = True

    def config(self, replication: int) -> dict[str, str]:
        """Topic configuration as Kafka spells it, for ``replication`` copies."""
        wanted = {
            "cleanup.policy": self.cleanup,
            "message.timestamp.type": "LogAppendTime",
            "min.insync.replicas": str(max(1, replication - 1)),
            "unclean.leader.election.enable": "false",
            "max.message.bytes": "8388608",
            # Whatever a frontend compresses with, the broker keeps what every worker can read.
            "compression.type": "lz4",
        }
        if self.cleanup == "delete":
            wanted["retention.ms"] = str(self.retention_ms)
            wanted["segment.ms"] = str(min(_DAY_MS, self.retention_ms // 4))
        else:
            wanted["min.cleanable.dirty.ratio"] = "0.1"
            wanted["max.compaction.lag.ms"] = str(_DAY_MS)
        return wanted


SUBMISSIONS: Final = Topic("submissions", "what people sent", "submission id", "frontends, the front door")
REJECTED: Final = Topic(
    "rejected",
    "why a submission was turned away, or what was to complete one",
    "submission id",
    "ingest, resolve",
    retention_ms=30 * _DAY_MS,
    personal_data=False,
)
ACCEPTED: Final = Topic("accepted", "submissions, normalised", "submission id", "ingest")
RESOLVED: Final = Topic("resolved", "submissions with their offices", "submission id", "resolve")
HELD: Final = Topic("held", "submissions that wait for a person", "submission id", "resolve", retention_ms=30 * _DAY_MS)
LETTERS: Final = Topic("letters", "letters to send", "office", "render")
SLOW: Final = Topic("letters.slow", "letters that wait for their office's pace, moments", "office", "deliver")
RETRY: Final = Topic("letters.retry.soon", "letters to try again after seconds", "office", "deliver")
RETRY_MINUTES: Final = Topic("letters.retry.minutes", "ditto, after minutes", "office", "deliver")
RETRY_QUARTER: Final = Topic("letters.retry.quarter", "ditto, after a quarter of an hour", "office", "deliver")
RETRY_HOURS: Final = Topic("letters.retry.hours", "ditto, after hours", "office", "deliver")
RETRY_HALFDAY: Final = Topic("letters.retry.halfday", "ditto, after half a day", "office", "deliver")
TIERS: Final = (SLOW, RETRY, RETRY_MINUTES, RETRY_QUARTER, RETRY_HOURS, RETRY_HALFDAY)
"""Where letters wait, the shortest wait first. A letter that must wait longer goes through several of them."""

REPORTS: Final = Topic(
    "reports",
    "what came back for a letter later",
    "letter id",
    "the CLI",
    retention_ms=30 * _DAY_MS,
    personal_data=False,
)
LEDGER: Final = Topic(
    "ledger",
    "where every letter stands",
    "letter id",
    "deliver",
    cleanup="compact",
    retention_ms=-1,
    personal_data=False,
)
DEAD: Final = Topic(
    "dead", "records that a stage could not handle", "as it came", "any stage", retention_ms=30 * _DAY_MS
)
DEAD_SETTLED: Final = Topic(
    "dead.settled",
    "which dead letters were put back or discarded",
    "partition/offset in dead",
    "the CLI",
    cleanup="compact",
    retention_ms=-1,
    personal_data=False,
)
CAMPAIGNS: Final = Topic(
    "campaigns",
    "campaigns, as published",
    "slug",
    "the CLI",
    cleanup="compact",
    retention_ms=-1,
    partitions=1,
    personal_data=False,
)

CONTROLS: Final = Topic(
    "controls",
    "what operators hold back",
    "scope/name",
    "the CLI",
    cleanup="compact",
    retention_ms=-1,
    partitions=1,
    personal_data=False,
)

ALL: Final = (
    SUBMISSIONS,
    REJECTED,
    ACCEPTED,
    RESOLVED,
    HELD,
    LETTERS,
    *TIERS,
    REPORTS,
    LEDGER,
    DEAD,
    DEAD_SETTLED,
    CAMPAIGNS,
    CONTROLS,
)
