"""The intake stage: a batch of raw records to outcomes, and the memory of what was accepted.

``submissions`` is keyed by submission id, so every copy of a submission reaches the worker that owns its partition, and
that worker knows what it accepted: in this batch, and before, through the local index of ``accepted``. What a frontend
sends, however much of it is garbage, never stops this stage: its dead letters are not the stage's own failures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from schemas.accepted import SubmissionAccepted
from schemas.completion import is_completion
from schemas.topics import ACCEPTED, SUBMISSIONS
from schemas.wire import Unreadable, read
from services.ingest.completion import complete
from services.ingest.handler import Deps, handle
from services.ingest.intake import Sent, receive
from services.pipeline.campaigns import Campaigns
from services.pipeline.outcomes import DeadLetter, Emit, Outcome
from services.pipeline.stage import Stage

if TYPE_CHECKING:
    from services.pipeline.broker import Partition, Reader, Record
    from services.pipeline.store import Store

_AT_ONCE: Final = 100
"""Records held as models at once: looked up in the store together, handled, and let go, while the cache still has them."""


def index(record: Record) -> tuple[bytes, bytes] | None:
    """A record of ``accepted`` as a store entry: the submission id, and the fingerprint of what was accepted under it.

    A completion is none: the fingerprint stays that of the submission, which is what a repeat of it is known by.
    """
    if is_completion(record.value):
        return None
    try:
        accepted = read(SubmissionAccepted, record.value).data
    except Unreadable:
        return None
    return accepted.submission_id.encode(), bytes.fromhex(accepted.fingerprint)


def _receive(record: Record) -> Sent | DeadLetter:
    try:
        return receive(record)
    except Unreadable as error:
        return DeadLetter(error.reason, own=False)


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
        deps = Deps(self._campaigns.get, {}, self._now())
        answers: list[Sequence[Outcome]] = []
        accepted: dict[int, dict[bytes, bytes]] = {}
        for start in range(0, len(records), _AT_ONCE):
            self._settle(records[start : start + _AT_ONCE], deps, answers, accepted)
        for partition, entries in accepted.items():  # only now: a batch that raises must leave nothing behind
            self._store.stage(partition, entries)
        return answers

    def _settle(
        self,
        records: Sequence[Record],
        deps: Deps,
        answers: list[Sequence[Outcome]],
        accepted: dict[int, dict[bytes, bytes]],
    ) -> None:
        """Some of a batch: ``answers`` and what was ``accepted``, by partition, are added to."""
        received = [_receive(record) for record in records]
        keys = [sent.key for sent in received if isinstance(sent, Sent)]
        deps.accepted.update(self._store.get(keys))
        for record, sent in zip(records, received, strict=True):
            if isinstance(sent, DeadLetter):
                answers.append((sent,))
                continue
            if sent.completes:
                answers.append(complete(sent, deps))
                continue
            outcomes = handle(sent, deps)
            answers.append(outcomes)
            outcome = outcomes[0]
            if type(outcome) is Emit and outcome.topic is ACCEPTED:
                accepted.setdefault(record.partition, {})[sent.key] = deps.accepted[sent.key]

    def assigned(self, partitions: frozenset[Partition]) -> None:
        """Catch up with ``accepted`` in the partitions that are now owned."""
        self._store.assigned(partitions, self.beat)

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
