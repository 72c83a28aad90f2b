"""The first look: is anything wrong, does anything stand still, where, and since when."""

from __future__ import annotations

from typing import Final

from deploy.grafana.expressions import (
    MONTH,
    SELECTED,
    highest,
    if_any,
    known_total,
    letters,
    lowest,
    over_window,
    per_second,
    quantile,
    within_a_month,
)
from deploy.grafana.panel import Board, Panel, Row, stat

_BAD: Final = ((1, "red"),)
_ODD: Final = ((1, "orange"),)

WRONG: Final = Row(
    "Is anything wrong?",
    (
        stat(
            "Oldest letter that waits",
            "Age of the oldest letter that is in no final state, from when its submission was accepted. Letters that "
            "wait for an office's pace or opening hours are meant to age; a letter older than a day is not.",
            "s",
            highest("postbag_letters_oldest_pending_seconds"),
            steps=((3600, "orange"), (86_400, "red")),
            alerts=("PostbagLettersWaitTooLong",),
            none="none waits",
        ),
        stat(
            "Faults in the books",
            "Ledger entries without a letter, and letters with two owners. Anything but 0 is a defect or lost data: "
            "keep the topics, and run `postbag books`.",
            "short",
            highest("postbag_books_faults"),
            steps=_BAD,
            alerts=("PostbagBooksOff",),
        ),
        stat(
            "Dead records",
            "Records that a stage could not handle, neither replayed nor discarded yet. `postbag dead list` says why.",
            "short",
            known_total("postbag_dead_records", "stage, reason"),
            steps=_BAD,
            alerts=("PostbagDeadLettersWait", "PostbagDeadLettersGrow"),
            none="not known",
        ),
        stat(
            "Letters in doubt",
            "Letters of which nobody can tell whether they arrived, and which may not be sent again: each waits for a "
            "person.",
            "short",
            known_total("postbag_in_doubt_letters", "reason"),
            steps=_ODD,
            alerts=("PostbagLettersInDoubt",),
            none="not known",
        ),
        stat(
            "Submissions held",
            "People whose district or seat is not certain. They wait for an answer from the person or a word from an "
            "operator.",
            "short",
            known_total("postbag_held_submissions", "reason"),
            alerts=("PostbagHeldGrows",),
            none="not known",
        ),
        stat(
            "Age of these figures",
            "Time since the observer last read the topics. Every figure about letters on this page is as old as this.",
            "s",
            f"time() - {highest('postbag_survey_timestamp_seconds')}",
            steps=((60, "orange"), (300, "red")),
            alerts=("PostbagObserverBlind",),
        ),
    ),
)

FLOW: Final = Row(
    "Does it flow?",
    (
        Panel(
            "Records through each stage",
            "Records in committed batches, per second. One stage flat while the one before it runs: that stage is stuck.",
            "cps",
            ((per_second("postbag_batch_records_sum", "stage"), "{{stage}}"),),
            alerts=("PostbagStageStandsStill",),
        ),
        Panel(
            "Where records wait, and since when",
            "Age of the next unread record of each topic; for letters that wait for a time, by how much they are "
            "overdue. The line that rises by a second a second is where it stands still.",
            "s",
            ((highest("postbag_topic_lag_seconds", "stage, topic"), "{{stage}} reads {{topic}}"),),
            alerts=("PostbagStageFallsBehind", "PostbagFreshnessBudgetBurn", "PostbagIntakeBudgetBurn"),
        ),
        Panel(
            "Records that wait",
            "Records behind each stage's position, by topic. Where it falls, the stage catches up.",
            "short",
            ((highest("postbag_topic_lag_records", "stage, topic"), "{{stage}} reads {{topic}}"),),
        ),
        Panel(
            "Time until unread records are deleted",
            "By the topic's retention, for the oldest unread record; a month where nothing is at risk. At 0 letters "
            "are lost.",
            "s",
            (
                (
                    within_a_month(lowest("postbag_topic_retention_left_seconds", "stage, topic")),
                    "{{stage}} reads {{topic}}",
                ),
            ),
            words=((f"{MONTH}+", "a month or more"),),
            alerts=("PostbagRetentionOvertakesLag",),
        ),
        Panel(
            "Letters that ended, or wait for something else",
            "Entries in the ledger per second, by the letter's new state.",
            "cps",
            ((per_second("postbag_letters_total", "state"), "{{state}}"),),
            stacked=True,
        ),
        Panel(
            "Age of letters at their end",
            "From accepted to accepted or refused by the office.",
            "s",
            tuple(
                (quantile(share, "postbag_letter_age_seconds"), f"{share:.0%} within") for share in (0.5, 0.95, 0.99)
            ),
            alerts=("PostbagDeliveryBudgetBurn",),
        ),
    ),
)

BOOKS: Final = Row(
    "The books",
    (
        Panel(
            "Letters by state",
            "All letters that were made, each in one state; the sum never falls. `pending`: not entered by deliver yet.",
            "short",
            ((letters(by="state"), "{{state}}"),),
            stacked=True,
            alerts=("PostbagBooksOff",),
        ),
        Panel(
            "Submissions by where they ended",
            "Accepted and rejected by ingest, held by resolve, dead anywhere.",
            "short",
            ((highest("postbag_books_submissions", "state"), "{{state}}"),),
        ),
    ),
)

WORKERS: Final = Row(
    "Are all workers there?",
    (
        Panel(
            "Workers in each group",
            "Members that the broker counts. Fewer than were started: a worker is down or cannot reach the broker.",
            "short",
            ((highest("postbag_group_members", "stage"), "{{stage}}"),),
            width=8,
            alerts=("PostbagStageUnmanned", "PostbagWorkerDown"),
        ),
        Panel(
            "Time since a loop last turned",
            "The slowest worker of each stage. It turns at least every second, with or without records.",
            "s",
            (
                (
                    f"time() - {lowest('postbag_last_turn_timestamp_seconds', 'stage')}",
                    "{{stage}}",
                ),
            ),
            width=8,
            steps=((30, "red"),),
            alerts=("PostbagLoopStale",),
        ),
        Panel(
            "Producers opened",
            "Each start of a worker opens one. More than one where nothing was rolled out: it ended and was restarted.",
            "short",
            ((over_window("postbag_producers_opened_total", "stage"), "{{stage}}"),),
            width=8,
            alerts=("PostbagWorkerRestarts",),
        ),
        Panel(
            "Orders in force",
            "What operators hold back or cancelled: `postbag controls` lists each with its reason and its end.",
            "short",
            ((if_any(highest("postbag_controls_in_force", "scope, action"), "action"), "{{action}} {{scope}}"),),
            width=8,
        ),
        Panel(
            "Transactions that hang",
            "Open for more than 15 minutes, where the broker tells. Readers of those partitions wait behind them: "
            "nothing flows.",
            "short",
            ((highest("postbag_hanging_transactions"), "hanging"),),
            width=8,
            steps=_BAD,
            alerts=("PostbagTransactionsHang",),
        ),
        Panel(
            "Running versions",
            "Processes by version. Two versions for longer than a roll-out takes: one worker was not replaced.",
            "short",
            ((f"count by (version) (postbag_build{{{SELECTED}}})", "{{version}}"),),
            width=8,
        ),
    ),
)

BOARD: Final = Board(
    "overview",
    "Postbag: overview",
    "Is anything wrong, does anything stand still, where, and since when. Start here.",
    (WRONG, FLOW, BOOKS, WORKERS),
    variables=(("campaign", "postbag_books_letters"),),
)
