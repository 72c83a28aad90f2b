"""The intake stage: a batch of raw records to outcomes, and the memory of what was accepted.

``submissions`` is keyed by submission id, so every copy of a submission reaches the worker that owns its partition, and
that worker knows what it accepted: in this batch, and before, through the local index of ``accepted``. What a frontend
sends, however much of it is garbage, never stops this stage: its dead letters are not the stage's own failures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from schemas.accepted import SubmissionAccepted
from schemas.topics import SUBMISSIONS
from schemas.wire import Unreadable, read
from services.ingest.handler import Deps, handle
from services.ingest.intake import Sent, receive
from services.pipeline.campaigns import Campaigns
from services.pipeline.outcomes import DeadLetter, Emit, Outcome
from services.pipeline.stage import Stage

if TYPE_CHECKING:
    from services.pipeline.broker import Partition, Reader, Record
    from services.pipeline.store import Store


def index(record: Record) -> tuple[bytes, bytes] | None:
    """A record of ``accepted`` as a store entry: the submission id, and the fingerprint of what was accepted under it."""
    try:
        accepted = read(SubmissionAccepted, record.value).data
    except Unreadable:
        return None
    return accepted.submission_id.encode(), bytes.fromhex(accepted.fingerprint)


def utc_now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)


class IngestStage(Stage):
    """Reads ``submissions``; writes ``accepted`` and ``rejected``. ``store`` is indexed by ``index``."""

    def __init__(self, reader: Callable[[], Reader], store: Store, now: Callable[[], datetime] = utc_now) -> None:
        super().__init__("ingest", (SUBMISSIONS,))
        self._campaigns, self._store, self._now = Campaigns(reader), store, now

    def settle(self, records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        """One outcome for each record; see ``Stage.settle``."""
        answers: list[Sequence[Outcome]] = [()] * len(records)
        received: list[tuple[int, Sent]] = []
        for place, record in enumerate(records):
            try:
                received.append((place, receive(record)))
            except Unreadable as error:
                answers[place] = (DeadLetter(error.reason, own=False),)
        known = self._store.get(sent.key for _, sent in received)
        deps = Deps(self._campaigns.get, known, self._now())
        kept: dict[int, dict[bytes, bytes]] = {}
        for place, sent in received:
            answers[place] = outcomes = handle(sent, deps)
            outcome = outcomes[0]
            if type(outcome) is Emit and isinstance(outcome.event, SubmissionAccepted):
                known[sent.key] = mark = bytes.fromhex(outcome.event.data.fingerprint)
                kept.setdefault(records[place].partition, {})[sent.key] = mark
        for partition, entries in kept.items():  # only now: nothing may be left behind by a batch that raised
            self._store.stage(partition, entries)
        return answers

    def assigned(self, partitions: frozenset[Partition]) -> None:
        """Catch up with ``accepted`` in the partitions that are now owned."""
        self._store.assigned(partitions)

    def committed(self) -> None:
        """Keep what was staged; and campaigns change seldom: look between two batches."""
        self._store.commit()
        self._campaigns.refresh()

    def aborted(self) -> None:
        """Forget what was staged."""
        self._store.abort()

    def idle(self) -> None:
        """Look for news of campaigns."""
        self._campaigns.refresh()

    def close(self) -> None:
        """Close the store, and let go of the campaigns' connection."""
        self._store.close()
        self._campaigns.close()
