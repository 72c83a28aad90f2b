"""What every answer of an office means: one table, as data.

Three things can be true of an attempt: it was accepted, it was refused, or nobody can tell (*unknown*: the request was
written and no whole answer came). Only the last can lead to a duplicate, so it is never treated like a plain failure.
``docs/reference/answers.md`` is generated from ``TABLE``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Verdict = Literal["accepted", "refused", "retry", "throttle", "unknown"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """A row: the statuses or failures it covers, what they mean, and why."""

    when: str
    verdict: Verdict
    reason: str
    why: str
    statuses: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """How an attempt ended. ``retry_after`` is in seconds; ``receipt`` is the office's own, if it gave one.

    ``pauses`` tells that the office takes no letter for now, whichever. ``if_unsure`` is the verdict where an earlier attempt may
    have arrived: a repeat that is refused as known was accepted before.
    """

    verdict: Verdict
    reason: str
    status: int | None = None
    receipt: str | None = None
    retry_after: float | None = None
    pauses: bool = False
    if_unsure: Verdict | None = None


TABLE: Final = (
    Meaning("2xx", "accepted", "accepted", "The office has it.", tuple(range(200, 300))),
    Meaning("3xx", "refused", "redirected", "Redirects are not followed: a letter goes where it was addressed.",
            tuple(range(300, 400))),
    Meaning("401, 403", "retry", "not_authorized", "The letter is fine, our credentials are not: try later.", (401, 403)),
    Meaning("408", "retry", "office_timed_out", "The office stopped waiting for the request.", (408,)),
    Meaning("409", "refused", "conflict", "The id is taken by another letter: sending again cannot help.", (409,)),
    Meaning("410", "refused", "office_gone", "The office says it is gone for good.", (410,)),
    Meaning("425, 429", "throttle", "throttled", "Too early or too fast: wait as long as it asks.", (425, 429)),
    Meaning("other 4xx", "refused", "refused", "The office will not take this letter, however often.",
            tuple(s for s in range(400, 500) if s not in (401, 403, 408, 409, 410, 425, 429))),
    Meaning("503", "throttle", "unavailable", "Not now: wait as long as it asks.", (503,)),
    Meaning("other 5xx", "unknown", "office_failed", "It failed after it had the letter; it may have kept it.",
            tuple(s for s in range(500, 600) if s != 503)),
)  # fmt: skip

FAILURES: Final = (
    Meaning("no connection", "retry", "no_connection", "Nothing was sent."),
    Meaning("TLS refused", "retry", "tls_failed", "Nothing was sent."),
    Meaning("time-out before the request was written", "retry", "connect_timed_out", "Nothing was sent."),
    Meaning("time-out after the request was written", "unknown", "no_answer", "It may have it, and said nothing."),
    Meaning("connection lost after the request was written", "unknown", "connection_lost", "It may have it."),
    Meaning("an answer that is not HTTP, or of a status that HTTP has not", "unknown", "bad_answer",
            "Something answered; nobody can say what."),
)  # fmt: skip

ELSEWHERE: Final = (
    Meaning("the channel `outbox` wrote the file", "accepted", "written", "It is on the disk before it is entered."),
    Meaning(
        "the channel `outbox` could not write it", "retry", "disk_failed", "The disk is full, or not ours to write."
    ),
    Meaning(
        "the channel `webhook` may not post to the recipient's address",
        "refused",
        "address_not_allowed",
        "It has none, it is not HTTPS, or its host is not in POSTBAG_WEBHOOK_HOSTS. Nothing was sent.",
    ),
    Meaning("the channel `discard` dropped it", "accepted", "discarded", "For benchmarks: nothing was sent."),
)
"""What the channels without an office say."""

_BY_STATUS: Final = {status: meaning for meaning in TABLE for status in meaning.statuses}
_BY_REASON: Final = {meaning.reason: meaning for meaning in FAILURES}
_STRANGE: Final = _BY_REASON["bad_answer"]


def of_status(status: int, receipt: str | None = None, retry_after: float | None = None) -> Answer:
    """What an HTTP status means."""
    meaning = _BY_STATUS.get(status, _STRANGE)
    shown = status if status >= 100 else None  # 042 can be sent, and has no place in the ledger
    return Answer(meaning.verdict, meaning.reason, shown, receipt, retry_after)


def of_failure(reason: str) -> Answer:
    """What a failure without an answer means; ``reason`` is one of ``FAILURES``."""
    meaning = _BY_REASON[reason]
    return Answer(meaning.verdict, meaning.reason)
