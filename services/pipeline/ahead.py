"""Entries that must be on record before something is done that cannot be undone: a transaction of their own, at once.

A stage writes them between reading a batch and finishing it (deliver: "an attempt was begun", before it is). The batch's own
position is committed along with them, so that the group and the broker both have to agree that this worker still owns the
records: one that was evicted or fenced is told here, before it acts, and not afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from services.pipeline.errors import Evicted

if TYPE_CHECKING:
    from services.pipeline.broker import Batch, Client, Member, Partition
    from services.pipeline.outcomes import Emit
    from services.pipeline.writer import OutcomeWriter


class WriteAhead:
    """Called by a stage with (partition, entry) pairs; returns when they are committed. Raises ``Evicted``, ``Fenced``."""

    def __init__(self, client: Client, writer: OutcomeWriter) -> None:
        self._client, self._writer = client, writer
        self._member: Member | None = None
        self._position: Mapping[Partition, int] = {}

    def stand(self, batch: Batch, member: Member) -> None:
        """The batch that the loop has in hand now, and the membership it was read with."""
        self._member = member
        self._position = {place: records[0].offset for place, records in batch.items()}

    def past(self, ends: Mapping[Partition, int]) -> None:
        """The batch in hand is committed up to ``ends``: what is written before the next one must not move that back."""
        self._position = ends

    def __call__(self, entries: Sequence[tuple[int, Emit]]) -> None:
        self._client.begin()
        if self._member is None or self._member.generation_id < 0:
            raise Evicted("no member of the group")  # whoever catches it aborts
        for partition, emit in entries:
            self._writer.put(emit, partition)
        self._client.commit(self._position, self._member)
