"""The reasons that stand in the ledger without an answer behind them: why a letter waits, or came to its end unasked.

They are beside the table and no part of it: deliver enters them by its own rules, which are in ``desk``, ``verdicts`` and
``lane``. Whoever adds a reason there adds its sentence here, or a test fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from schemas.ledger import State


@dataclass(frozen=True, slots=True)
class Entered:
    """A reason, the states that it stands beside, and what it says."""

    reason: str
    states: tuple[State, ...]
    why: str


ENTERED: Final = (
    Entered("paced", ("held",), "The office's rate is used up for the moment."),
    Entered("channel_paced", ("held",), "The rate that all offices of the channel share is used up for the moment."),
    Entered("busy", ("held",), "As many attempts are under way at the office as may be at once."),
    Entered("warming_up", ("held",), "The office is new, or has been away; its rate is still rising."),
    Entered("breaker_open", ("held",), "The office has failed too often in a row; it is asked again after a while."),
    Entered("throttled", ("held",), "The office asked all to wait, and the time that it named is not over."),
    Entered("paused_by_answer", ("held",),
            "An answer said that no letter would pass, as marked above: a person should see to it."),
    Entered("quiet_hours", ("held",), "The office or the channel is in its quiet hours, or in maintenance."),
    Entered("paused", ("held",), "An operator holds back the campaign, the office or the channel."),
    Entered("drip", ("held",), "The campaign spreads its letters over some hours, and this one's moment is yet to come."),
    Entered("not_begun", ("held",), "The batch's time was up, or the worker was told to stop, before its turn."),
    Entered("attempt_started", ("unknown",),
            "Entered before an attempt where a repeat could deliver twice, or where another channel may follow."),
    Entered("under_way", ("unknown",), "The attempt goes on, longer than its batch could wait for it."),
    Entered("worker_lost", ("unknown", "in_doubt"),
            "The worker ended during the attempt: tried again where a repeat cannot deliver twice, else in doubt."),
    Entered("refused_after_unknown", ("in_doubt",), "Refused now, but an earlier attempt may have arrived."),
    Entered("expired_after_unknown", ("in_doubt",), "Its time is over, but an earlier attempt may have arrived."),
    Entered("channel_gone", ("in_doubt",),
            "An attempt may have arrived by a channel that the letter's target no longer has."),
    Entered("too_late", ("expired",), "The campaign's deadline, or the longest time that a letter may wait, is over."),
    Entered("campaign_cancelled", ("cancelled", "in_doubt"),
            "An operator cancelled the campaign; in doubt if an attempt may have arrived before."),
    Entered("duplicate", ("suppressed",), "Another submission of the same person holds the letter's id."),
    Entered("no_channel", ("refused", "in_doubt"), "No channel is left that the letter's target has."),
)  # fmt: skip
