"""One stage from near: rate, errors and duration, where its time goes, and each of its workers."""

from __future__ import annotations

from typing import Final

from deploy.grafana.expressions import STAGE, highest, lowest, of, over_window, per_second, quantile
from deploy.grafana.panel import Board, Panel, Row, stat

_ERRORS: Final = 'outcome=~"dead|retry"'
_ASIDE: Final = 'outcome="emit", detail=~"rejected|held"'
_SHARES: Final = (0.5, 0.95, 0.99)
_OF_ITS_WORKERS: Final = f"on (job, instance) {of('postbag_last_turn_timestamp_seconds', STAGE)}"
"""The process's own metrics know no stage; that of the loop tells which instances belong to it."""

PACE: Final = Row(
    "Rate, errors, duration",
    (
        Panel(
            "Outcomes",
            "What became of records, per second: emitted (to a topic), to be tried again, dead, or done (for a reason).",
            "cps",
            ((f"{per_second('postbag_records_total', 'outcome, detail', STAGE)} > 0", "{{outcome}} {{detail}}"),),
            stacked=True,
        ),
        Panel(
            "What did not go well",
            "Dead, to be tried again, turned away or held, by reason or topic. A step after a roll-out: roll back, "
            "then replay what is dead.",
            "cps",
            (
                (per_second("postbag_records_total", "outcome, detail", STAGE, _ERRORS), "{{outcome}} {{detail}}"),
                (per_second("postbag_records_total", "outcome, detail", STAGE, _ASIDE), "{{outcome}} {{detail}}"),
            ),
            alerts=("PostbagDeadLettersGrow",),
        ),
        Panel(
            "Time of a batch",
            "From the records' arrival to their commit. Near the session time-out of the group, workers lose their "
            "partitions.",
            "s",
            tuple((quantile(share, "postbag_batch_seconds", "", STAGE), f"{share:.0%} within") for share in _SHARES),
        ),
        Panel(
            "Time of a commit",
            "The broker's part of a batch: the transaction from its beginning to its end. Slow here: look at the "
            "broker's disk.",
            "s",
            tuple((quantile(share, "postbag_commit_seconds", "", STAGE), f"{share:.0%} within") for share in _SHARES),
        ),
        Panel(
            "Where the time goes",
            "Seconds a second in each phase of the loop, all workers together. Mostly poll: it is idle. Mostly handle: "
            "add a worker. Mostly commit: look at the broker.",
            "s",
            ((per_second("postbag_loop_seconds_total", "phase", STAGE), "{{phase}}"),),
            stacked=True,
        ),
        Panel(
            "Records in a batch",
            "Nine of ten batches are at most as large. At the largest size for long, the stage is the bottleneck.",
            "short",
            ((quantile(0.9, "postbag_batch_records", "instance", STAGE), "{{instance}}"),),
        ),
    ),
)

WAITING: Final = Row(
    "What waits for it",
    (
        Panel(
            "Age of the next unread record",
            "By topic, as the observer sees it; for letters that wait for a time, by how much they are overdue.",
            "s",
            ((highest("postbag_topic_lag_seconds", "topic", STAGE), "{{topic}}"),),
            width=8,
            alerts=("PostbagStageFallsBehind", "PostbagStageStandsStill"),
        ),
        Panel(
            "Records that wait, by topic",
            "Between the stage's committed position and the end. Letters in tiers wait on purpose.",
            "short",
            ((highest("postbag_topic_lag_records", "topic", STAGE), "{{topic}}"),),
            width=8,
        ),
        Panel(
            "Records that wait, by worker",
            "As each worker sees its own partitions. One far above the others: a partition that holds a large office.",
            "short",
            ((highest("postbag_lag_records", "instance", STAGE), "{{instance}}"),),
            width=8,
        ),
        Panel(
            "Age of the records in hand, by worker",
            "The oldest record of each worker's last batch; 0 when there is nothing left to read.",
            "s",
            ((highest("postbag_lag_seconds", "instance", STAGE), "{{instance}}"),),
            width=8,
        ),
        Panel(
            "Partitions, by worker",
            "Assigned by the group. A worker at 0 is a spare, or the group is stuck.",
            "short",
            ((highest("postbag_assigned_partitions", "instance", STAGE), "{{instance}}"),),
            width=8,
        ),
        Panel(
            "Partitions that sleep, by worker",
            "Partitions of tiers that wait for the time of their next record; only deliver has any.",
            "short",
            ((highest("postbag_paused_partitions", "instance", STAGE), "{{instance}}"),),
            width=8,
        ),
    ),
)

WORKERS: Final = Row(
    "Its workers",
    (
        stat(
            "Workers in the group",
            "Members that the broker counts, over the stages that are selected. Red: none is left.",
            "short",
            f"sum({highest('postbag_group_members', 'stage', STAGE)})",
            width=6,
            base="red",
            steps=((1, "green"),),
            alerts=("PostbagStageUnmanned",),
        ),
        stat(
            "Last turn of the slowest loop",
            "Time since the loop of the worker that is furthest behind turned. Its watchdog ends it after 30 seconds.",
            "s",
            f"time() - {lowest('postbag_last_turn_timestamp_seconds', '', STAGE)}",
            width=6,
            steps=((15, "orange"), (30, "red")),
            alerts=("PostbagLoopStale",),
        ),
        Panel(
            "Rebalances and rewinds",
            "Assignments received, and batches that were aborted and read again because the group had moved on.",
            "short",
            (
                (over_window("postbag_rebalances_total", "instance", STAGE), "{{instance}} rebalances"),
                (over_window("postbag_rewinds_total", "instance", STAGE), "{{instance}} rewinds"),
            ),
            alerts=("PostbagRebalancesOften",),
        ),
        Panel(
            "Producers opened, by worker",
            "One at each start. More: the worker ended and was restarted; its log says `worker_ended` and why.",
            "short",
            ((over_window("postbag_producers_opened_total", "instance", STAGE), "{{instance}}"),),
            width=8,
            alerts=("PostbagWorkerRestarts",),
        ),
        Panel(
            "Processor",
            "Cores that each worker uses. At one, Python uses all that a process can: add a worker.",
            "short",
            ((f"rate({of('process_cpu_seconds_total')}[$__rate_interval]) and {_OF_ITS_WORKERS}", "{{instance}}"),),
            width=8,
        ),
        Panel(
            "Memory",
            "Resident memory of each worker. It does not grow with the number of letters; if it does, restart it and "
            "say so.",
            "bytes",
            ((f"{of('process_resident_memory_bytes')} and {_OF_ITS_WORKERS}", "{{instance}}"),),
            width=8,
        ),
    ),
)

RESOLVE: Final = Row(
    "Resolve alone",
    (
        Panel(
            "Addresses resolved, by outcome",
            "Whatever stage is selected. A sudden change of shares: a bad reference file; compare it by `postbag "
            "refdata diff`.",
            "cps",
            ((per_second("postbag_resolutions_total", "outcome"), "{{outcome}}"),),
            stacked=True,
        ),
        Panel(
            "Unknown ZIPs and contradictions",
            "Addresses whose ZIP the reference does not list, and those of which two parts contradict each other.",
            "cps",
            (
                (per_second("postbag_zips_unknown_total", "unknown"), "unknown: {{unknown}}"),
                (per_second("postbag_resolution_conflicts_total", "kind"), "{{kind}}"),
            ),
        ),
        Panel(
            "Questions to the geocoder",
            "By what came of them, the kept answers among them; all 0 where no geocoder is set. `failed` or "
            "`timed_out` alone: people wait as if there were none.",
            "cps",
            ((per_second("postbag_geocoder_requests_total", "result"), "{{result}}"),),
        ),
        Panel(
            "Age of the reference data",
            "Since its newest source was published, and since its roster of members was. A roster of two weeks is old.",
            "s",
            ((highest("postbag_reference_age_seconds", "dataset"), "{{dataset}}"),),
            steps=((1_209_600, "red"),),
            alerts=("PostbagReferenceRosterOld",),
        ),
    ),
)

BOARD: Final = Board(
    "stage",
    "Postbag: one stage",
    "Rate, errors and duration of one stage, where its time goes, and each of its workers.",
    (PACE, WAITING, WORKERS, RESOLVE),
    variables=(("stage", "postbag_last_turn_timestamp_seconds"),),
)
