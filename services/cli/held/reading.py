"""What is held now, from the topic ``held`` alone: of each submission the newest hold, unless it was released since.

Of the person only the ZIP code is kept, since a release has to say it again; it is shown nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.resolved import SubmissionHeld, SubmissionReleased
from schemas.topics import HELD
from schemas.wire import Unreadable, read

if TYPE_CHECKING:
    from services.pipeline.broker import Reader, Record


@dataclass(frozen=True, slots=True)
class Hold:
    """One submission that waits, in ``partition``, since ``since`` (milliseconds since the epoch, the broker's)."""

    submission_id: str
    frontend: str
    campaign: str
    reason: str
    needs: tuple[str, ...]
    candidates: tuple[str, ...]
    plan: str | None
    partition: int
    since: int
    zip5: str
    traceparent: str | None

    def __repr__(self) -> str:
        """Nothing of the person, wherever this is shown."""
        return f"Hold({self.submission_id})"


def holds(reader: Reader) -> Iterator[Hold]:
    """All that is held now, by partition, in the order in which it came to be."""
    for partition in range(reader.partitions(HELD)):
        waiting: dict[str, Hold] = {}
        for record in reader.read(HELD, partition, 0):
            _follow(waiting, record)
        yield from waiting.values()


def _follow(waiting: dict[str, Hold], record: Record) -> None:
    try:
        event = read(SubmissionHeld, record.value)
    except Unreadable:
        with suppress(Unreadable):  # nothing of Postbag's own: the books tell
            waiting.pop(read(SubmissionReleased, record.value).data.submission_id, None)
        return
    one = event.data
    waiting.pop(one.submission.submission_id, None)  # the newest hold is the last in the order
    waiting[one.submission.submission_id] = Hold(
        submission_id=one.submission.submission_id,
        frontend=one.submission.frontend,
        campaign=one.submission.campaign,
        reason=one.reason,
        needs=one.needs,
        candidates=one.resolution.candidates,
        plan=one.resolution.plan,
        partition=record.partition,
        since=record.timestamp,
        zip5=one.submission.constituent.address.zip5,
        traceparent=event.traceparent,
    )
