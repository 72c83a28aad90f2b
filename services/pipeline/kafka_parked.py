"""Lets the client library read on in a partition that was paused half-read.

When a partition is paused while records of it are still in the library's hands, kafka-python (3.0.12) puts them aside, and
does not fetch from the partition as long as they lie there. It means to take them up again after ``resume``, but only in
a moment when it has nothing else in hand, and an emptied remainder of another partition counts as something: such a
partition is never read again. A tier would stand still until the worker's next restart. So the emptied remainder is let
go of before each poll; the library then does what it means to (docs/adr/0016).
"""

from __future__ import annotations

from typing import Any


def let_go_of_what_is_empty(consumer: Any) -> None:
    """Call it before each ``poll`` of ``consumer``, on the same thread."""
    fetcher = consumer._fetcher  # noqa: SLF001 - there is no public way, and the version is pinned
    remainder = fetcher._next_partition_records  # noqa: SLF001 - ditto
    if remainder is not None and not remainder:
        fetcher._next_partition_records = None  # noqa: SLF001 - ditto
