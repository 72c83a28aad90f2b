"""What ends an attempt on this side: channels without an office, addresses that are not allowed, and faults of our own.

Each is known by its reason alone, because no code comes with it. ``written`` means that the letter is safe on a disk and
is carried on by a person; it must never be said before the file is there as a whole.
"""

from __future__ import annotations

from typing import Final

from services.deliver.answers.cwc import SAID
from services.deliver.answers.meaning import Answer, by_key
from services.deliver.answers.meaning import by_its_reason as _row

LOCAL: Final = (
    _row("`outbox` or `print` wrote the file", "accepted", "written", "It is on the disk before it is entered."),
    _row("`outbox` or `print` could not write", "retry", "disk_failed", "The disk is full, or not ours to write."),
    _row("`print` has waited for the disk for as long as an attempt may last", "unknown", "disk_hangs",
         "The file may come to be after all."),
    _row("`discard` dropped it", "accepted", "discarded", "For benchmarks: nothing was sent."),
    _row("`webhook` may not post to the recipient's address", "refused", "address_not_allowed",
         "It has none, it is not HTTPS, or its host is not in POSTBAG_WEBHOOK_HOSTS. Nothing was sent."),
    _row("`webhook`: the name leads to a private address", "retry", "address_private",
         "A letter is no way into a network that POSTBAG_WEBHOOK_PRIVATE_NETWORKS does not name; but it is for the operator "
         "or the name server to put right, and no letter's fault. Nothing was sent.", pauses=True),
    _row("a recipient's own channel is not set up on this installation", "refused", "channel_not_set_up",
         "The worker's log says which setting is missing. Nothing was sent."),
    _row("the channel itself failed: a fault in Postbag", "unknown", "channel_raised", "Nobody can say how far it came."),
)  # fmt: skip

_BY_REASON: Final = by_key((*LOCAL, *SAID))


def of_local(reason: str) -> Answer:
    """What an end on this side means; ``reason`` is one of ``LOCAL`` or ``cwc.SAID``. Raises KeyError for another."""
    return _BY_REASON[reason].answer()
