"""The loop: records in, outcomes out, offsets with them, exactly once between topics.

Read ``turn`` from top to bottom and you have read the guarantee. One thread, one batch in flight, no queue: memory is
bounded because nothing is polled before the last batch is committed. It must never commit a record without an outcome,
take the membership after the work (late, it commits as nobody and duplicates), or do slow work inside a transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from services.pipeline.ahead import WriteAhead
from services.pipeline.dead import DeadLetterLimit
from services.pipeline.errors import CannotRead, Evicted, MissingOutcome, PostbagError
from services.pipeline.outcomes import DeadLetter, Outcome
from services.pipeline.writer import OutcomeWriter

if TYPE_CHECKING:
    from services.pipeline.broker import Batch, Client, Partition, Record
    from services.pipeline.journal import CrashJournal
    from services.pipeline.metrics import WorkerMetrics
    from services.pipeline.stage import Stage
    from services.pipeline.tiers import Tiers

log = logging.getLogger(__name__)
_QUARANTINE: Sequence[Sequence[Outcome]] = ((DeadLetter("killed_worker"),),)


class Loop:
    """Drives one stage over one client; ``turn`` is called until the worker is told to stop."""

    def __init__(
        self, stage: Stage, client: Client, journal: CrashJournal, tiers: Tiers, metrics: WorkerMetrics
    ) -> None:
        self._stage, self._client, self._journal, self._tiers, self._metrics = stage, client, journal, tiers, metrics
        self._writer, self._limit = OutcomeWriter(client, stage.name), DeadLetterLimit(stage.name)
        self._ahead = stage.write_ahead = WriteAhead(client, self._writer)
        client.on_assigned(self._assigned)

    def turn(self, timeout: float) -> int:
        """One batch, whole. ``timeout`` (seconds) bounds the wait for it; returns how many records were committed."""
        with self._metrics.time("poll"):
            try:
                batch = self._tiers.poll(timeout, self._stage.most)
            except CannotRead as broken:
                return self._pass_over(broken)
        member = self._client.member()  # now: taken after the work, it would commit as nobody
        self._ahead.stand(batch, member)
        try:
            if not batch:
                self._stage.idle()
                return 0
            if member.generation_id < 0:
                return self._rewind(batch)
            batch, killer = self._journal.admit(batch, put_back=self._client.seek)
            with self._metrics.time("handle"):  # no transaction is open here: slow work is allowed
                records = [record for some in batch.values() for record in some]
                settled = list(zip(records, _QUARANTINE if killer else self._answers(records), strict=True))
                self._limit.check(settled)
            self._journal.handled()
            with self._metrics.time("commit"):
                self._client.begin()
                tally = self._writer.write(settled)
                ends = {place: records[-1].offset + 1 for place, records in batch.items()}
                self._client.commit(ends, member)
        except Evicted:
            self._client.abort()
            self._stage.aborted()
            return self._rewind(batch)
        self._ahead.past(ends)
        self._stage.committed()
        self._journal.committed(batch)
        self._metrics.batch(batch, tally)
        return len(settled)

    def _answers(self, records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        """The stage's outcomes. If it raises, each record is handled alone, and the culprit is parked."""
        try:
            answers = self._stage.settle(records)
        except (PostbagError, MemoryError):  # about the worker, not about a record: nothing is parked for it
            raise
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is about one record, until shown otherwise
            if len(records) > 1:
                return [self._answers([record])[0] for record in records]
            log.error("handler_raised", extra={"stage": self._stage.name, "error_type": type(error).__name__})  # noqa: TRY400 - its text may hold a record's contents
            return [(DeadLetter("handler_raised", type(error).__name__),)]
        if len(answers) != len(records) or not all(answers):
            raise MissingOutcome(f"{self._stage.name} gave a record no outcome; nothing of its batch was committed")
        return answers

    def _pass_over(self, broken: CannotRead) -> int:
        """Step over a place that the client cannot parse, leaving a note of it in ``dead``: all that there is of it."""
        if (member := self._client.member()).generation_id < 0:
            return 0
        self._client.begin()
        tally = self._writer.note_unreadable(broken)
        try:
            self._client.commit({broken.place: broken.offset + 1}, member)
        except Evicted:
            self._client.abort()
            return 0
        self._client.seek(broken.place, broken.offset + 1)
        self._metrics.batch({}, tally)
        return 1

    def _rewind(self, batch: Batch) -> int:
        """After an abort the position is ahead of the committed offset: go back, or the batch would be skipped."""
        for place, records in batch.items():
            self._client.seek(place, records[0].offset)
        self._metrics.rewound()
        log.warning("batch_rewound", extra={"stage": self._stage.name})
        return 0

    def _assigned(self, partitions: frozenset[Partition]) -> None:
        self._tiers.forget()
        self._metrics.assigned(len(partitions))
        log.info("assigned", extra={"stage": self._stage.name, "partitions": len(partitions)})
        self._stage.assigned(partitions)
