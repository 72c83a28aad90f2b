"""What the check must see, and what one run cannot show, each with its reason: short lists, and a test keeps them so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

AT_ANY_TIME: Final = frozenset({"PostbagWatchdog"})
"""What fires while all is well."""

AFTER_THE_BREAKAGE: Final = (
    "PostbagOfficeBreakerOpen",
    "PostbagManyBreakersOpen",
    "PostbagOfficeTakesFew",
    "PostbagLettersInDoubt",
    "PostbagDeliveryBudgetBurn",
    "PostbagCampaignWillMissDeadline",
    "PostbagDeadLettersGrow",
    "PostbagDeadLettersWait",
    "PostbagHeldGrows",
    "PostbagBooksOff",
)
"""Offices, frontends and a stranger are to blame for these."""

OF_KILLED_WORKERS: Final = ("PostbagWorkerRestarts",)
OF_ABSENT_STAGES: Final = (
    "PostbagStageUnmanned",
    "PostbagWorkerDown",
    "PostbagStageStandsStill",
    "PostbagStageFallsBehind",
    "PostbagTierOverdue",
    "PostbagIntakeBudgetBurn",
    "PostbagFreshnessBudgetBurn",
)
OVER_AGAIN: Final = ("PostbagStageUnmanned", "PostbagWorkerDown", "PostbagStageStandsStill")
"""Those of an absent stage that end soon after it is back."""

IN_TIME: Final = ("PostbagLettersWaitTooLong",)
OF_AN_ABSENT_OBSERVER: Final = ("PostbagObserverBlind",)

SILENT: Final[Mapping[str, str]] = {
    "PostbagLoopStale": "every worker's watchdog works: a loop that stands ends its process",
    "PostbagRebalancesOften": "static members come back to their partitions without a new assignment",
    "PostbagRetentionOvertakesLag": "nothing is unread for six days",
    "PostbagTransactionsHang": "every worker's transactions end with it",
    "PostbagReferenceRosterOld": "the sample of reference data has no roster, so none that is old",
}
"""Alerts that must not fire in the whole run."""

_SAMPLE: Final = "the sample of reference data does not say when its sources were published"

UNSEEN: Final[Mapping[str, str]] = {"postbag_reference_age_seconds": _SAMPLE}
"""Metrics that no scrape of the run can show."""

EMPTY: Final[Mapping[str, str]] = {"stage: Age of the reference data": _SAMPLE}
"""Panels, as `dashboard: title`, whose queries return nothing in the run."""


def to_be_seen() -> frozenset[str]:
    """Every alert that the run must see firing."""
    return AT_ANY_TIME.union(AFTER_THE_BREAKAGE, OF_KILLED_WORKERS, OF_ABSENT_STAGES, IN_TIME, OF_AN_ABSENT_OBSERVER)
