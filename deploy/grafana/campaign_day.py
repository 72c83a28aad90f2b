"""One campaign on its day: will its letters be out before the deadline, and what waits for a person."""

from __future__ import annotations

from typing import Final

from deploy.grafana.expressions import (
    CAMPAIGN,
    MONTH,
    WINDOW,
    highest,
    letters,
    lowest,
    of,
    per_second,
    total,
    within_a_month,
)
from deploy.grafana.panel import Board, Panel, Row, stat

_INGEST: Final = 'stage="ingest"'
_OPEN: Final = "held|retrying|unknown|pending"
_ENDED: Final = "accepted|refused|in_doubt|expired|suppressed|cancelled|dead"
_DEADLINE: Final = lowest("postbag_campaign_deadline_timestamp_seconds", "campaign", CAMPAIGN)
_DRAIN: Final = highest("postbag_campaign_drain_seconds", "campaign", CAMPAIGN)
_ENDING: Final = of("postbag_books_letters", CAMPAIGN, f'state=~"{_ENDED}"')
_NEVER: Final = ((f"{MONTH}+", "not at this pace"),)

DONE: Final = Row(
    "Will we be done in time?",
    (
        stat(
            "Letters that are open",
            "Letters of the campaign in no final state: not tried yet, waiting for their turn or to be tried again.",
            "short",
            letters(_OPEN),
        ),
        stat(
            "Done at this pace in",
            "Time until nothing is open, at the pace of the last ten minutes; the slowest of the campaigns selected.",
            "s",
            within_a_month(f"max({_DRAIN})"),
            words=_NEVER,
            none="nothing is open",
        ),
        stat(
            "Time to the deadline",
            "Until the campaign's letters must be delivered (`deliver_before`); the nearest of the campaigns selected.",
            "s",
            f"min({_DEADLINE}) - time()",
            base="red",
            steps=((0, "text"),),
            none="no deadline",
        ),
        stat(
            "Time to spare",
            "The time to the deadline less the time until done. Red below zero: at this pace letters will be late. "
            "Look at the offices that hold them back, and at orders in force.",
            "s",
            f"clamp_min(min({_DEADLINE} - time() - {_DRAIN}), -{MONTH})",
            base="red",
            steps=((0, "orange"), (3600, "green")),
            alerts=("PostbagCampaignWillMissDeadline",),
            none="no deadline",
        ),
        stat(
            "Delivered",
            "Share of the campaign's letters that offices accepted, of all that ended or are still open.",
            "percentunit",
            f"{letters('accepted')} / clamp_min({letters()}, 1)",
        ),
        stat(
            "Oldest letter that waits",
            "Age of the campaign's oldest open letter, from when its submission was accepted.",
            "s",
            highest("postbag_letters_oldest_pending_seconds", "", CAMPAIGN),
            steps=((3600, "orange"), (86_400, "red")),
            alerts=("PostbagLettersWaitTooLong",),
            none="none waits",
        ),
    ),
)

PROGRESS: Final = Row(
    "How far, and how fast?",
    (
        Panel(
            "Letters by state",
            "The campaign's letters, each in one state. The day is over when only final states are left.",
            "short",
            ((letters(by="state"), "{{state}}"),),
            stacked=True,
        ),
        Panel(
            "Letters that end per minute",
            "How fast the campaign's letters reach a final state. Zero while letters are open: look where records wait.",
            "short",
            (
                (
                    f"60 * clamp_min(sum by (state) (max by (campaign, state) (deriv({_ENDING}[{WINDOW}]))), 0)",
                    "{{state}}",
                ),
            ),
            alerts=("PostbagStageStandsStill",),
        ),
        Panel(
            "Open letters by campaign",
            "Where several campaigns share a day, whose letters are still to be sent.",
            "short",
            ((letters(_OPEN, by="campaign"), "{{campaign}}"),),
        ),
        Panel(
            "Submissions per second",
            "What frontends send, for all campaigns together, by what ingest made of it.",
            "cps",
            ((f"{per_second('postbag_records_total', 'outcome, detail', _INGEST)} > 0", "{{outcome}} {{detail}}"),),
            stacked=True,
        ),
        Panel(
            "Campaigns",
            "Every campaign that is selected: what is open, how old the oldest is, and when it will be done.",
            "s",
            (
                (letters(_OPEN, by="campaign"), ""),
                (letters("accepted", by="campaign"), ""),
                (highest("postbag_letters_oldest_pending_seconds", "campaign", CAMPAIGN), ""),
                (within_a_month(_DRAIN), ""),
                (f"{_DEADLINE} - time()", ""),
            ),
            kind="table",
            width=24,
            columns=(
                ("open", "short"),
                ("accepted", "short"),
                ("oldest waits", "s"),
                ("done in", "s"),
                ("time to the deadline", "s"),
            ),
            words=_NEVER,
        ),
    ),
)

PERSONS: Final = Row(
    "What waits for a person?",
    (
        Panel(
            "Submissions held, by reason",
            "What the person or an operator has to add. `postbag held list` shows them; a campaign that holds more "
            "than a few in a hundred should ask for a street address.",
            "short",
            ((total("postbag_held_submissions", "reason", "reason"), "{{reason}}"),),
            alerts=("PostbagHeldGrows",),
            width=8,
        ),
        Panel(
            "Letters in doubt, by reason",
            "They may have arrived, and the channel does not recognise a repeated letter. Ask the office, then settle "
            "them.",
            "short",
            ((total("postbag_in_doubt_letters", "reason", "reason"), "{{reason}}"),),
            width=8,
            alerts=("PostbagLettersInDoubt",),
        ),
        Panel(
            "Dead records, by stage and reason",
            "`postbag dead show` explains each; after a fix, `postbag dead replay` puts them back, once.",
            "short",
            ((highest("postbag_dead_records", "stage, reason"), "{{stage}}: {{reason}}"),),
            width=8,
            alerts=("PostbagDeadLettersWait", "PostbagDeadLettersGrow"),
        ),
    ),
)

BOARD: Final = Board(
    "campaign-day",
    "Postbag: campaign day",
    "Will the campaign's letters be out before the deadline, and what waits for a person.",
    (DONE, PROGRESS, PERSONS),
    variables=(("campaign", "postbag_books_letters"),),
)
