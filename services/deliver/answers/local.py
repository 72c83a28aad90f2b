"""What ends an attempt on this side: channels without an office, addresses that are not allowed, and a worker that ended.

Each is known by its reason alone. Nothing here comes from an office, so none of it is an answer to be proud of: ``written``
and ``printed`` say that the letter is safe on a disk, and who carries it from there is a person.
"""

from __future__ import annotations

from typing import Final

from services.deliver.answers.cwc import BEFORE
from services.deliver.answers.meaning import Answer, Meaning, Verdict, by_key


def _row(case: str, verdict: Verdict, reason: str, why: str) -> Meaning:
    return Meaning(case, (reason,), verdict, reason, why)


LOCAL: Final = (
    _row("`outbox` wrote the file", "accepted", "written", "It is on the disk before it is entered."),
    _row("`print` put it into the office's batch", "accepted", "printed", "It is on the disk before it is entered."),
    _row("`outbox` or `print` could not write", "retry", "disk_failed", "The disk is full, or not ours to write."),
    _row("`discard` dropped it", "accepted", "discarded", "For benchmarks: nothing was sent."),
    _row("`webhook` may not post to the recipient's address", "refused", "address_not_allowed",
         "It has none, it is not HTTPS, or its host is not in POSTBAG_WEBHOOK_HOSTS. Nothing was sent."),
    _row("`webhook`: the name leads to a private address", "refused", "address_private",
         "A letter is no way into a network behind a firewall. Nothing was sent."),
    _row("the attempt was begun, and the worker ended before its end", "unknown", "attempt_started",
         "It was entered before the attempt; nobody saw how that went on."),
    _row("the attempt goes on, longer than a batch waits", "unknown", "under_way", "It has not ended yet."),
    _row("the channel itself failed: a fault in Postbag", "unknown", "channel_failed", "Nobody can say how far it came."),
)  # fmt: skip

_BY_REASON: Final = by_key((*LOCAL, *BEFORE))


def of_local(reason: str) -> Answer:
    """What an end on this side means; ``reason`` is one of ``LOCAL`` or ``cwc.BEFORE``. Raises KeyError for another."""
    return _BY_REASON[reason].answer()
