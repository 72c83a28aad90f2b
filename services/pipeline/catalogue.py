"""Every metric of Postbag, named and explained once, with the first thing to look at when it looks wrong.

``docs/metrics.md`` is generated from here, and what is not declared here cannot be served. Labels are closed sets (stage,
topic, reason, phase), or campaigns and offices up to a limit; nothing of a person and no free text ever becomes one. Names
are without the ``_total`` that the library adds to a counter's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final, Literal

Combinations = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """A metric: its kind, labels, meaning and remedy. ``values`` are the combinations of its labels but ``stage`` that exist
    at 0 from the start: all, where the sets are closed; none, where they are learnt on the way. ``many`` tells that they are
    thousands, and kept as ``services.pipeline.many`` does. ``late``: a 0 would be false; it exists once its value is known.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    help: str
    remedy: str
    values: Combinations = ()
    many: bool = False
    late: bool = False


def each(*sets: tuple[str, ...]) -> Combinations:
    """Every combination of the values of some labels."""
    return tuple(product(*sets))


CHANNELS: Final = ("outbox", "webhook", "smtp", "cwc-house", "cwc-senate", "print", "discard")
VERDICTS: Final = ("accepted", "refused", "retry", "throttle", "unknown")
_PHASES: Final = ("poll", "handle", "commit")
_DEAD: Final = ("tombstone", "too_large", "not_json", "duplicate_key", "forbidden_character", "unsupported_version",
                "wrong_shape", "campaign_withdrawn", "template_failed", "recipient_withdrawn", "handler_raised",
                "killed_worker", "unparseable")  # fmt: skip
_GEOCODER: Final = ("found", "none", "ambiguous", "elsewhere", "refused", "cached", "failed", "timed_out", "breaker_open",
                    "over_budget")  # fmt: skip
_CONDITIONS: Final = ("lanes", "breakers_open", "breakers_half_open", "slow", "throttled", "paused_by_answer", "closed",
                      "warming_up", "under_way")  # fmt: skip
_BASES: Final = ("asserted", "zip9", "point", "zip_unique", "zip_dominant", "zip_split", "po_box_point", "state_atlarge",
                 "state_field", "zip3", "none")  # fmt: skip
_CONFLICTS: Final = ("state_vs_zip", "state_vs_point", "state_vs_plus4", "state_vs_asserted", "zip_vs_point", "zip_vs_plus4",
                     "zip_vs_asserted", "point_vs_plus4", "point_vs_asserted", "plus4_vs_asserted", "geocoder_vs_state",
                     "geocoder_vs_zip", "geocoder_vs_point")  # fmt: skip
_SEATS: Final = ("held", "vacant", "term_ended_unconfirmed", "unknown")

_EVERY: Final = (
    Declared("postbag_records", "counter", ("stage", "outcome", "detail"),
             "Outcomes committed: emit (detail: topic), retry, dead and done (detail: reason).",
             "A flat line with lag above zero: look at the worker's log and readiness.", each(("dead",), _DEAD)),
    Declared("postbag_batch_records", "histogram", ("stage",),
             "Records in a committed batch.", "Always at 2,000: the stage is the bottleneck, add a replica."),
    Declared("postbag_batch_seconds", "histogram", ("stage",),
             "Time of a committed batch, from when it was read until it was committed.",
             "Rising: postbag_loop_seconds_total tells whether in handling or in committing."),
    Declared("postbag_commit_seconds", "histogram", ("stage",),
             "Time of a batch's transaction, its writing included.", "Above 1 s: the broker is slow, or its disk is."),
    Declared("postbag_loop_seconds", "counter", ("stage", "phase"),
             "Where the loop's time went: poll, handle, commit.",
             "Mostly commit: look at the broker. Mostly handle: profile or add replicas. Mostly poll: it is idle.",
             each(_PHASES)),
    Declared("postbag_lag_seconds", "gauge", ("stage",),
             "Age of the oldest record of the last committed batch; 0 when there is nothing left to read.",
             "Rising: the stage falls behind its input."),
    Declared("postbag_lag_records", "gauge", ("stage",),
             "Records between the worker's position and the end of its partitions.",
             "Rising for minutes: add replicas, up to the partition count."),
    Declared("postbag_last_turn_timestamp_seconds", "gauge", ("stage",),
             "When the loop last turned, with or without records, or told that it restores its index.",
             "Older than a minute: the watchdog will end it.", late=True),
    Declared("postbag_rewinds", "counter", ("stage",),
             "Batches aborted and read again, because the group had moved on.",
             "More than a few an hour: batches take longer than the poll interval, or workers keep restarting."),
    Declared("postbag_rebalances", "counter", ("stage",),
             "Assignments received.", "More than 5 in 10 minutes: workers restart or are evicted."),
    Declared("postbag_producers_opened", "counter", ("stage",),
             "Transactional producers that this slot has opened since its state folder was made, over all its restarts.",
             "Rising by more than was deployed: the worker ends and is started again; the last `worker_ended` in its log "
             "says why.", late=True),
    Declared("postbag_assigned_partitions", "gauge", ("stage",),
             "Partitions this worker owns.", "0 for long: more workers than partitions, or the group is stuck."),
    Declared("postbag_paused_partitions", "gauge", ("stage",),
             "Retry partitions that wait for the time of their next record.",
             "Normal while letters wait to be tried again."),
    Declared("postbag_build", "gauge", ("version",), "Always 1; the running version.", "More than one: a roll-out."),
)  # fmt: skip

_RESOLVE: Final = (
    Declared("postbag_geocoder_requests", "counter", ("result",),
             "Addresses that the geocoder was wanted for, by what came of it; cached, breaker_open and over_budget "
             "made no request.",
             "failed, timed_out or breaker_open: look at the geocoder; the people wait as if there were none. "
             "over_budget: see docs/geocoder.md. refused for all: its benchmark or vintage is not known there.",
             each(_GEOCODER)),
    Declared("postbag_geocoder_seconds", "histogram", ("stage",),
             "Time of one question to the geocoder.", "Near the limit of a question: the geocoder is slow."),
    Declared("postbag_geocoder_breaker_open", "gauge", ("stage",),
             "1 while the geocoder is left alone after failures, else 0.",
             "1 for long: the geocoder is down, or POSTBAG_GEOCODER_URL is wrong."),
    Declared("postbag_resolutions", "counter", ("outcome", "basis", "plan"),
             "Addresses resolved, by outcome, by what the answer rests on, and by map.",
             "A sudden change of shares: a bad import. Compare `postbag refdata diff` of the last two files."),
    Declared("postbag_resolution_confidence", "histogram", ("basis",),
             "How likely the first candidate is to be right, where there is one.",
             "Lower than it was: weights, ZIP+4 ranges or points are missing from the reference file.", each(_BASES)),
    Declared("postbag_resolution_conflicts", "counter", ("kind",),
             "Addresses of which two parts contradict each other.",
             "state_vs_zip rising: look at a frontend's form. Any other: a dataset disagrees with the map.",
             each(_CONFLICTS)),
    Declared("postbag_zips_unknown", "counter", ("unknown",),
             "Addresses whose ZIP the reference does not list: the ZIP alone, or its first three digits as well.",
             "Rising: the table of ZIPs is old, is the sample, or is not of the whole country.", each(("zip", "prefix"))),
    Declared("postbag_reference_info", "gauge", ("version", "plans"),
             "Always 1; the reference file in use, and its maps.",
             "More than one version for long: a worker refused the new file; its log says why."),
    Declared("postbag_reference_age_seconds", "gauge", ("dataset",),
             "Time since the newest source of the reference file was published, and since its roster was.",
             "Roster older than two weeks: members change; build and activate a new file."),
    Declared("postbag_reference_reloads", "counter", ("result",),
             "New reference files by what became of them: taken_up, taken_back (an earlier one again), refused.",
             "refused: the log says why (reference_refused); the file before goes on answering.",
             each(("taken_up", "taken_back", "refused"))),
    Declared("postbag_seats", "gauge", ("status",),
             "Seats of Congress by status as of now.",
             "vacant changed by more than 5, or unknown above 0: look at the roster of the reference file.", each(_SEATS)),
)  # fmt: skip

_DELIVER: Final = (
    Declared("postbag_attempts", "counter", ("channel", "result"),
             "Delivery attempts by what the answer means; not_begun: admitted, and put back before it began.",
             "retry or unknown rising: look at the offices' answers.", each(CHANNELS, (*VERDICTS, "not_begun"))),
    Declared("postbag_attempt_seconds", "histogram", ("channel",),
             "Time of a delivery attempt, with its further tries in place.", "Rising: the offices are slow.", each(CHANNELS)),
    Declared("postbag_attempts_under_way", "gauge", ("stage",),
             "Attempts that go on after their batch, or landed and wait for their letter's record.",
             "Rising: offices are slow. Near POSTBAG_CONCURRENCY times ten: look for one that hangs."),
    Declared("postbag_office_attempts", "counter", ("office", "channel", "result"),
             "Delivery attempts by office. result: accepted, refused, unknown, and retry, which has those in it that the "
             "office throttled. Beyond POSTBAG_OFFICE_METRICS offices, office is other.",
             "One office with much retry or unknown: see docs/offices.md. other growing: raise the setting, if the server "
             "that scrapes can bear it.", many=True),
    Declared("postbag_office_breaker", "gauge", ("office", "channel"),
             "The breaker of an office's lane: 0 closed, 1 half open, 2 open. office as above; of other, the worst.",
             "2 for a quarter of an hour: breaker_opened in the log says why. The letters wait; none is lost.", many=True),
    Declared("postbag_letters", "counter", ("channel", "state", "reason"),
             "Entries written to the ledger, each of which ends a letter or says what it waits for, by state and reason "
             "(docs/reference/answers.md; other: a form's own).",
             "refused, in_doubt or expired rising: the reason says what to see to."),
    Declared("postbag_lanes", "gauge", ("condition",),
             "Lanes (an office on a channel) by condition; one can be in several.",
             "breakers_open or paused_by_answer above 0: breaker_opened in the log says which and why. slow rising: attempts "
             "take longer than a batch waits.", each(_CONDITIONS)),
    Declared("postbag_letter_age_seconds", "histogram", ("stage",),
             "Age of a letter, from accepted to its final state.", "Rising: look for lag along the stages."),
)  # fmt: skip

OBSERVER: Final = (
    Declared("postbag_topic_lag_records", "gauge", ("stage", "topic"),
             "Records of a topic that its stage has not read, the marks of transactions among them.",
             "Rising for minutes: look at the stage's workers and add replicas; postbag_topic_lag_seconds says how long."),
    Declared("postbag_topic_lag_seconds", "gauge", ("stage", "topic"),
             "Age of the next record that its stage has not read; of a tier, how long it has been due; 0 if there is none.",
             "Rising: the stage stands or falls behind. `postbag top` shows its members and its rate."),
    Declared("postbag_topic_retention_left_seconds", "gauge", ("stage", "topic"),
             "Time until retention deletes the oldest unread record; infinite if there is none, 0 if it has begun. It goes "
             "by the topic's own configuration, and where the broker does not tell the observer that, by what is declared.",
             "Below a day: records are about to be lost. Raise the topic's retention now, then mend the stage."),
    Declared("postbag_group_members", "gauge", ("stage",),
             "Workers in the stage's consumer group.", "0: none runs, or none can join; look at their logs."),
    Declared("postbag_books_letters", "gauge", ("campaign", "state"),
             "Letters by state; the sum is all letters made. Campaigns beyond the 50 largest are `other`.",
             "pending or unknown that does not fall: look at deliver's lag and its lanes."),
    Declared("postbag_books_submissions", "gauge", ("state",),
             "Submissions that were accepted, rejected, or are held or dead now.",
             "rejected or held rising out of proportion: look at a frontend's form and at the campaign's fields."),
    Declared("postbag_books_faults", "gauge", (),
             "What does not agree: ledger entries without a letter, letters with two owners.",
             "Above 0: `postbag books` says what; nothing is to be replayed before it is understood."),
    Declared("postbag_letters_oldest_pending_seconds", "gauge", ("campaign",),
             "Age of the campaign's oldest letter that is in no final state, from when it was accepted; 0 if there is none.",
             "Older than the campaign's pace explains: `postbag top`, then `postbag where` for one of its letters."),
    Declared("postbag_campaign_deadline_timestamp_seconds", "gauge", ("campaign",),
             "When the campaign's letters expire (deliver_before), where it says so.",
             "Nearer than postbag_campaign_drain_seconds reaches: raise the offices' pace, or tell the campaigners."),
    Declared("postbag_campaign_drain_seconds", "gauge", ("campaign",),
             "Time until none of the campaign's letters is open, at the pace of the last 10 minutes; infinite if none ended.",
             "Past the deadline: letters will expire. Look at lanes, pauses and the offices' breakers."),
    Declared("postbag_dead_records", "gauge", ("stage", "reason"),
             "Records parked in `dead`, neither put back nor discarded.",
             "Above 0: docs/dead-letters.md says what each reason means, and `postbag dead` puts them back."),
    Declared("postbag_held_submissions", "gauge", ("reason",),
             "Submissions that wait for an answer or a decision.",
             "Rising: see to what they wait for, as docs/input.md says."),
    Declared("postbag_in_doubt_letters", "gauge", ("reason",),
             "Letters of which nobody knows whether they arrived, and which are not tried again.",
             "Above 0: ask the offices; the reason says at what point the answer was lost."),
    Declared("postbag_controls_in_force", "gauge", ("scope", "action"),
             "Orders of operators that hold letters back.",
             "More than you know of: `postbag controls` lists them with reasons."),
    Declared("postbag_hanging_transactions", "gauge", (),
             "Transactions of this installation open for more than 15 minutes, where the broker tells.",
             "Above 0: readers of those partitions stand still. Find the producer, and abort what it left open."),
    Declared("postbag_survey_seconds", "gauge", (),
             "Time of the observer's last look.", "Longer than POSTBAG_SURVEY_SECONDS for long: it lags behind the topics."),
    Declared("postbag_survey_timestamp_seconds", "gauge", (),
             "When the observer last looked without failing.", "Old: what it serves is no longer so; look at its log."),
    Declared("postbag_survey_failures", "counter", (),
             "Looks that failed; the values of the last good one stay.",
             "Rising: the broker is away, or refuses the observer."),
)  # fmt: skip

SERVED: Final[Mapping[str, tuple[Declared, ...]]] = {
    "every worker": _EVERY,
    "resolve": _RESOLVE,
    "deliver": _DELIVER,
    "observe": OBSERVER,
}
"""Who serves what; ``observe`` is no worker, and serves its own and nothing else."""

WORKER: Final = (*_EVERY, *_RESOLVE, *_DELIVER)
CATALOGUE: Final = (*WORKER, *OBSERVER)

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
BUCKETS: Final[Mapping[str, tuple[float, ...]]] = {
    "postbag_batch_records": (1, 10, 50, 100, 250, 500, 1000, 1500, 2000),
    "postbag_batch_seconds": _SECONDS,
    "postbag_commit_seconds": _SECONDS,
    "postbag_attempt_seconds": (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    "postbag_geocoder_seconds": (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10),
    "postbag_resolution_confidence": (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99, 1),
    "postbag_letter_age_seconds": (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 21600, 86400, 259200),
}
