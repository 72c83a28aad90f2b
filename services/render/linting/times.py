"""Faults of a campaign's times: a deadline by which letters would be worth nothing, and letters spread past it.

A letter that is not delivered by ``deliver_before`` expires without a word to its writer. So what would expire for certain is
an error here, and what would expire for late writers a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from services.render.linting.finding import Finding, Severity

if TYPE_CHECKING:
    from schemas.campaign import Campaign

_LATER: Final = "Set deliver_before later, or take it out."


def lint_times(campaign: Campaign, now: float | None) -> Iterator[Finding]:
    """All faults of its times; as of ``now`` (seconds since the epoch), or (None) whatever day it is."""
    deadline = campaign.deliver_before
    if deadline is None:
        return
    moment = datetime.fromtimestamp(now, UTC) if now is not None else None
    if moment is not None and deadline <= moment:
        yield _fault("deadline_passed", "error", f"Letters expire at {_told(deadline)}, which has passed.", _LATER)
    elif campaign.opens is not None and deadline <= campaign.opens:
        said = f"Letters expire at {_told(deadline)}, before the campaign opens ({_told(campaign.opens)})."
        yield _fault("deadline_too_early", "error", said, _LATER)
    else:
        yield from _drip(campaign, deadline, moment)
    if campaign.closes is None or deadline < campaign.closes:
        closes = "It never closes" if campaign.closes is None else f"It closes at {_told(campaign.closes)}"
        said = f"{closes}, and letters expire at {_told(deadline)}: those of late submissions are never sent."
        yield _fault("late_letters", "warning", said, f"Set closes to {_told(deadline)} or earlier.")


def _drip(campaign: Campaign, deadline: datetime, moment: datetime | None) -> Iterator[Finding]:
    """Letters are spread over ``drip_hours`` from when each was accepted, the first of them not before it opens."""
    if campaign.drip_hours is None:
        return
    spread = timedelta(hours=campaign.drip_hours)
    first = max((time for time in (campaign.opens, moment) if time is not None), default=None)
    last = min(campaign.closes or deadline, deadline)
    hours = f"{campaign.drip_hours:g} hours"
    if first is not None and first + spread > deadline:
        said = f"Letters are spread over {hours}, and the first of them have less than that until {_told(deadline)}."
        yield _fault("drip_too_long", "error", said, "Set drip_hours lower, or deliver_before later.", "drip_hours")
    elif campaign.closes is not None and last + spread > deadline:
        said = f"Letters are spread over {hours}: the last submissions have less than that until {_told(deadline)}."
        remedy = f"Set closes to {_told(deadline - spread)} or earlier, or drip_hours lower."
        yield _fault("drip_too_long", "warning", said, remedy, "drip_hours")


def _fault(code: str, severity: Severity, sentence: str, remedy: str, field: str = "deliver_before") -> Finding:
    return Finding((field,), 1, 1, code, severity, sentence, remedy)


def _told(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="minutes").replace("+00:00", "Z")
