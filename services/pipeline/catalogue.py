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
    at 0 from the start: all, where the sets are closed; none, where they are learnt on the way.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    help: str
    remedy: str
    values: Combinations = ()


def each(*sets: tuple[str, ...]) -> Combinations:
    """Every combination of the values of some labels."""
    return tuple(product(*sets))


CHANNELS: Final = ("outbox", "webhook", "smtp", "cwc-house", "cwc-senate", "print", "discard")
VERDICTS: Final = ("accepted", "refused", "retry", "throttle", "unknown")
_PHASES: Final = ("poll", "handle", "commit")
_DEAD: Final = ("tombstone", "too_large", "not_json", "duplicate_key", "forbidden_character", "unsupported_version",
                "wrong_shape", "handler_raised", "killed_worker", "unparseable")  # fmt: skip
_GEOCODER: Final = ("found", "none", "ambiguous", "elsewhere", "refused", "cached", "failed", "timed_out", "breaker_open",
                    "over_budget")  # fmt: skip
_CONDITIONS: Final = ("lanes", "breakers_open", "breakers_half_open", "slow", "throttled", "paused_by_answer", "closed",
                      "warming_up", "under_way")  # fmt: skip
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
             "When the loop last turned, with or without records.", "Older than a minute: the watchdog will end it."),
    Declared("postbag_rewinds", "counter", ("stage",),
             "Batches aborted and read again, because the group had moved on.",
             "More than a few an hour: batches take longer than the poll interval, or workers keep restarting."),
    Declared("postbag_rebalances", "counter", ("stage",),
             "Assignments received.", "More than 5 in 10 minutes: workers restart or are evicted."),
    Declared("postbag_producers_opened", "counter", ("stage",),
             "Transactional producers that this slot has opened since its state folder was made, over all its restarts.",
             "Rising by more than was deployed: the worker ends and is started again; the last `worker_ended` in its log "
             "says why."),
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
             "Lower than it was: weights, ZIP+4 ranges or points are missing from the reference file."),
    Declared("postbag_resolution_conflicts", "counter", ("kind",),
             "Addresses of which two parts contradict each other.",
             "state_vs_zip rising: look at a frontend's form. Any other: a dataset disagrees with the map."),
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
             "that scrapes can bear it."),
    Declared("postbag_office_breaker", "gauge", ("office", "channel"),
             "The breaker of an office's lane: 0 closed, 1 half open, 2 open. office as above; of other, the worst.",
             "2 for a quarter of an hour: breaker_opened in the log says why. The letters wait, and none is lost."),
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

OBSERVER: Final[tuple[Declared, ...]] = ()

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
