"""Ledger entries, and the claims that go with them: made in one place, so that topic and local index cannot differ.

An entry holds no personal data: ids, codes, the office's receipt, a hash of what was sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from schemas.ledger import Entry, LedgerWritten, State
from schemas.topics import LEDGER
from services.deliver.claims import Claim, store_key
from services.pipeline.outcomes import Emit, emit

if TYPE_CHECKING:
    from schemas.letter import LetterRendered
    from schemas.report import LetterReported
    from services.deliver.answers import Answer
    from services.pipeline.store import Store

SOURCE: Final = "/postbag/deliver"


Told = tuple[str, str, str]
"""What the metrics count of an entry: channel, state and reason."""


@dataclass(slots=True)
class Entries:
    """What a batch enters. ``time`` is that of the batch; claims are kept by partition until they are handed to the store,
    and what the metrics count is kept until it is on record.
    """

    time: datetime = field(default_factory=lambda: datetime.now(UTC))
    _kept: dict[int, dict[bytes, bytes]] = field(default_factory=dict)
    _told: list[tuple[bytes, Told]] = field(default_factory=list)
    _staged: list[Told] = field(default_factory=list)
    _on_record: list[Told] = field(default_factory=list)

    def open(self, now: float) -> None:
        """A new batch, at ``now`` (seconds since the epoch)."""
        self.time = datetime.fromtimestamp(now, UTC)
        self._kept, self._told = {}, []

    def stage(self, store: Store) -> None:
        """Hand the claims to the store, which keeps them when the transaction is committed."""
        for partition, claims in self._kept.items():
            store.stage(partition, claims)
        self._staged += [told for _, told in self._told]
        self._kept, self._told = {}, []

    def committed(self) -> None:
        """What was staged is in the ledger."""
        self._on_record += self._staged
        self._staged = []

    def aborted(self) -> None:
        """What was staged never happened."""
        self._staged = []

    def counted(self) -> list[Told]:
        """The entries that are on record and were not asked for before."""
        counted, self._on_record = self._on_record, []
        return counted

    def keep(self, store: Store, ahead: Sequence[tuple[int, Emit]]) -> None:
        """Have the store keep the claims of entries that were committed ahead of their batch, and of no others: those of the
        rest of the batch are true only once it is committed.
        """
        for partition, entry in ahead:
            key = store_key(entry.key.decode())
            store.keep(partition, {key: self._kept[partition].pop(key)})
        ahead_of_it = {entry.key for _, entry in ahead}
        self._on_record += [told for key, told in self._told if key in ahead_of_it]
        self._told = [one for one in self._told if one[0] not in ahead_of_it]

    def letter(  # noqa: PLR0913 - the columns of an entry
        self,
        event: LetterRendered,
        partition: int,
        state: State,
        channel: str,
        *,
        attempts: int,
        reason: str,
        answer: Answer | None = None,
        body: bytes | None = None,
        unsure: bool = False,
    ) -> Emit:
        """The letter is now in ``state``; ``answer`` and ``body`` are those of the last attempt, if there was one."""
        letter = event.data
        entry = {
            "letter_id": letter.letter_id,
            "submission_id": letter.submission_id,
            "campaign": letter.campaign,
            "office": letter.office,
            "state": state,
            "channel": channel,
            "attempts": attempts,
            "reason": reason,
            "answer": answer.status if answer else None,
            "receipt": answer.receipt if answer else None,
            "body_sha256": hashlib.sha256(body).hexdigest() if body is not None else None,
            "accepted_at": letter.accepted_at,
            "unsure": unsure,
        }
        return self._written(entry, event.traceparent, partition)

    def report(self, event: LetterReported, partition: int, claim: Claim, state: State) -> Emit:
        """What was reported of a letter that ``claim`` is of puts it into ``state``."""
        report = event.data
        entry = {
            "letter_id": report.letter_id,
            "submission_id": claim.submission_id,
            "campaign": claim.campaign,
            "office": report.office,
            "state": state,
            "channel": report.channel,
            "attempts": claim.attempts,
            "reason": report.reason,
            "accepted_at": datetime.fromisoformat(claim.accepted_at),
        }
        return self._written(entry, event.traceparent, partition)

    def _written(self, entry: dict[str, object], traceparent: str | None, partition: int) -> Emit:
        key = f"{entry['letter_id']}"
        if entry["state"] == "suppressed":
            key += f"/{entry['submission_id']}"
        # Validated in one call, without a detour: half the price of building the models one by one, and as strict.
        written: LedgerWritten = LedgerWritten.__pydantic_validator__.validate_python(
            {"id": key, "source": SOURCE, "time": self.time, "traceparent": traceparent, "data": entry}
        )
        found: Entry = written.data
        if found.state != "suppressed":
            self._kept.setdefault(partition, {})[store_key(found.letter_id)] = Claim.of(found).pack()
        placed = key.encode()
        self._told.append((placed, (found.channel, found.state, found.reason or "")))
        return emit(LEDGER, placed, written)
