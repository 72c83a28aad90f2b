"""What one look at the topics found: the numbers behind every metric of the observer and every line of ``postbag top``.

Plain values without a way back to the broker, so that a scrape or a screen can hold one for as long as it likes. It holds
ids of campaigns, stages, topics and codes, and nothing of a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import inf, isfinite
from typing import Any, Final, Literal

from schemas.control import ControlGiven
from schemas.topics import ACCEPTED, LETTERS, REPORTS, RESOLVED, SUBMISSIONS, TIERS, Topic

READS: Final[Mapping[str, tuple[Topic, ...]]] = {
    "ingest": (SUBMISSIONS,),
    "resolve": (ACCEPTED,),
    "render": (RESOLVED,),
    "deliver": (LETTERS, *TIERS, REPORTS),
}
"""The four stages and what each of them reads."""

LetterState = Literal[
    "accepted", "refused", "in_doubt", "expired", "suppressed", "cancelled", "dead", "held", "retrying", "unknown",
    "pending",
]  # fmt: skip
"""Where a letter can be, as in ``postbag books``."""

OPEN: Final[tuple[LetterState, ...]] = ("held", "retrying", "unknown", "pending")
"""States that a letter does not stay in."""

SUBMISSIONS_AT: Final = ("accepted", "rejected", "held", "dead")


@dataclass(frozen=True, slots=True)
class TopicLag:
    """What ``stage`` has not read of ``topic`` (without the installation's prefix).

    ``seconds`` is the age of the next record, or for a tier how long it has been due; 0 where there is none.
    ``retention_left`` (seconds) is until retention deletes the oldest unread record; infinite where there is none, 0 where
    others before it are gone unread.
    """

    stage: str
    topic: str
    records: int = 0
    seconds: float = 0.0
    retention_left: float = inf


@dataclass(frozen=True, slots=True)
class StageSeen:
    """One stage: members of its group, ``rate`` in records a second (None at the first look), and its lag.

    ``lag_records`` are those that it could read now; those that wait in tiers for their time are in ``waiting``.
    """

    stage: str
    members: int
    rate: float | None
    lag_records: int
    lag_seconds: float
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class CampaignSeen:
    """One campaign's letters by state.

    ``oldest`` is the age (seconds) of the oldest letter that is not in a final state, None where all are; ``deadline``
    (seconds since the epoch) the campaign's ``deliver_before``; ``drain`` the seconds until nothing is open at the pace of
    the last ten minutes, infinite where nothing ended in them.
    """

    slug: str
    letters: Mapping[str, int]
    oldest: float | None = None
    deadline: float | None = None
    drain: float = 0.0

    @property
    def made(self) -> int:
        """All its letters."""
        return sum(self.letters.values())

    @property
    def open(self) -> int:
        """Letters that are not in a final state."""
        return sum(self.letters.get(state, 0) for state in OPEN)


@dataclass(frozen=True, slots=True)
class Survey:
    """What one look found. ``at`` is seconds since the epoch, ``took`` seconds.

    ``faults`` are ledger entries without a letter and letters with two owners. ``dead`` counts by stage and reason what is
    parked and neither replayed nor discarded, ``held`` submissions that wait and ``in_doubt`` letters by reason. ``attempts``
    are those of all letters, and how many were made a second. ``hanging`` is None where the broker does not tell, ``missing``
    are topics that do not exist.
    """

    at: float
    took: float
    stages: tuple[StageSeen, ...]
    lags: tuple[TopicLag, ...]
    campaigns: tuple[CampaignSeen, ...]
    submissions: Mapping[str, int]
    faults: int
    dead: Mapping[tuple[str, str], int]
    held: Mapping[str, int]
    in_doubt: Mapping[str, int]
    attempts: int
    attempts_rate: float | None
    controls: tuple[ControlGiven, ...]
    hanging: int | None
    missing: tuple[str, ...] = ()

    @property
    def letters(self) -> dict[str, int]:
        """All letters by state."""
        found: dict[str, int] = {}
        for campaign in self.campaigns:
            for state, count in campaign.letters.items():
                found[state] = found.get(state, 0) + count
        return found

    def as_json(self) -> dict[str, Any]:
        """JSON-ready; what is infinite or not known is null."""
        return {
            "at": self.at,
            "took_seconds": self.took,
            "stages": [_plain(asdict(one)) for one in self.stages],
            "topics": [_plain(asdict(one)) for one in self.lags],
            "campaigns": [_plain(asdict(one)) | {"open": one.open, "made": one.made} for one in self.campaigns],
            "letters": self.letters,
            "submissions": dict(self.submissions),
            "faults": self.faults,
            "dead": [{"stage": stage, "reason": reason, "count": n} for (stage, reason), n in self.dead.items()],
            "held": dict(self.held),
            "in_doubt": dict(self.in_doubt),
            "attempts": self.attempts,
            "attempts_rate": self.attempts_rate,
            "controls": [one.data.model_dump(mode="json", exclude_none=True) for one in self.controls],
            "hanging_transactions": self.hanging,
            "missing_topics": list(self.missing),
        }


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    return {name: None if isinstance(value, float) and not isfinite(value) else value for name, value in found.items()}
