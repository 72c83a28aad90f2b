"""Three defects of the client library (kafka-python 3.0.12), worked round before each poll and at a producer's start.

A partition that is paused while records of it are still in the library's hands is put aside, and not fetched as long as they
lie there. The library means to take them up again after ``resume``, but only in a moment when it has nothing else in
hand, and an emptied remainder of another partition counts as something: such a partition is never read again. So the
emptied remainder is let go of (docs/adr/0016).

A rejoin that one poll begins and a later one should end is forgotten where its reason goes away in between: the group's
leader compares topics as they are with topics as they were assigned, and notes the former while it assigns. All
partitions then stay marked as being revoked, and none is read until the session ends, which commits put off for ever. So
a rejoin that was begun is asked for until it is complete (docs/adr/0017).

The first two stop a worker for good. The third stops its successor: a producer that is told that its epoch is over takes the
transactional id back and fences whoever has it by right. So ours never asks for another epoch (docs/adr/0020).
"""

from __future__ import annotations

from typing import Any


def before_poll(consumer: Any) -> None:
    """Call it before each ``poll`` of ``consumer``, on the same thread."""
    _let_go_of_what_is_empty(consumer)
    _complete_what_was_begun(consumer)


def stay_fenced(producer: Any) -> None:
    """Call it once, before the first transaction of ``producer``: what would ask for another epoch ends it instead."""
    manager = producer._transaction_manager  # noqa: SLF001 - there is no public way, and the version is pinned
    manager._supports_epoch_bump = lambda: False  # noqa: SLF001 - ditto


def _let_go_of_what_is_empty(consumer: Any) -> None:
    fetcher = consumer._fetcher  # noqa: SLF001 - there is no public way, and the version is pinned
    remainder = fetcher._next_partition_records  # noqa: SLF001 - ditto
    if remainder is not None and not remainder:
        fetcher._next_partition_records = None  # noqa: SLF001 - ditto


def _complete_what_was_begun(consumer: Any) -> None:
    coordinator = consumer._coordinator  # noqa: SLF001 - ditto
    if coordinator.rejoining:
        coordinator.request_rejoin()
