"""Where the client library (kafka-python 3.0.12) does what workers cannot live with, and what is done about it.

A partition that is paused while records of it are still in the library's hands is put aside, and not fetched as long as they
lie there. The library means to take them up again after ``resume``, but only in a moment when it has nothing else in
hand, and an emptied remainder of another partition counts as something: such a partition is never read again. So the
emptied remainder is let go of (docs/adr/0016).

A rejoin that one poll begins and a later one should end is forgotten where its reason goes away in between: the group's
leader compares topics as they are with topics as they were assigned, and notes the former while it assigns. All
partitions then stay marked as being revoked, and none is read until the session ends, which commits put off for ever. So
a rejoin that was begun is asked for until it is complete (docs/adr/0017).

These two stop a worker for good. A third defect stops its successor: a producer that is told that its epoch is over takes the
transactional id back and fences whoever has it by right. So ours never asks for another epoch (docs/adr/0020).

The fourth is a habit that suits a backlog: each poll that finds something fetched sends the next request ahead. The broker
answers it with the first record to come, while the batch is handled, and those behind it have to wait for the request
after: a turn longer, for as long as something comes in each turn. So ours asks ahead only where there is a backlog; else
a poll asks when it is called, and is given all that came up to then (docs/adr/0022).
"""

from __future__ import annotations

from typing import Any, Final

_BACKLOG: Final = 0.5
"""This poll or the last one was given so much of what it might have been: there is more than it can take."""


def before_poll(consumer: Any) -> None:
    """Call it before each ``poll`` of ``consumer``, on the same thread."""
    _let_go_of_what_is_empty(consumer)
    _complete_what_was_begun(consumer)


def stay_fenced(producer: Any) -> None:
    """Call it once, before the first transaction of ``producer``: what would ask for another epoch ends it instead."""
    manager = producer._transaction_manager  # noqa: SLF001 - there is no public way, and the version is pinned
    manager._supports_epoch_bump = lambda: False  # noqa: SLF001 - ditto


def read_up_to_now(consumer: Any) -> None:
    """Call it once, before the first ``poll`` of ``consumer``: it asks for records ahead only where there is a backlog."""
    fetcher = consumer._fetcher  # noqa: SLF001 - there is no public way, and the version is pinned
    fetched_records, before = fetcher.fetched_records, 0

    def without_haste(max_records: int, update_offsets: bool = True) -> tuple[dict[Any, list[Any]], bool]:
        nonlocal before
        records, partial = fetched_records(max_records, update_offsets)
        count = sum(map(len, records.values()))
        is_backlog = max(count, before) >= _BACKLOG * max_records
        before = count
        # What is left of a fetch is a reason for the library not to ask for more yet, and the only one.
        return records, partial or (count > 0 and not is_backlog)

    fetcher.fetched_records = without_haste


def _let_go_of_what_is_empty(consumer: Any) -> None:
    fetcher = consumer._fetcher  # noqa: SLF001 - there is no public way, and the version is pinned
    remainder = fetcher._next_partition_records  # noqa: SLF001 - ditto
    if remainder is not None and not remainder:
        fetcher._next_partition_records = None  # noqa: SLF001 - ditto


def _complete_what_was_begun(consumer: Any) -> None:
    coordinator = consumer._coordinator  # noqa: SLF001 - ditto
    if coordinator.rejoining:
        coordinator.request_rejoin()
