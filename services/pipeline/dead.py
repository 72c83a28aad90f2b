"""Dead letters and retries as records: the original bytes untouched, and headers that say what happened to them.

A dead letter keeps the original value, key and headers, so that it can be replayed as it came; what Postbag adds starts
with ``postbag-`` and holds no personal data: reasons of a closed set, exception types, places. ``DeadLetterLimit`` tells
bad data from a bad deploy, which must stop before it has parked the whole topic.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from math import ceil
from typing import TYPE_CHECKING, Final

from services.pipeline.errors import TooManyDead
from services.pipeline.outcomes import DeadLetter, Outcome, RetryAt

if TYPE_CHECKING:
    from services.pipeline.broker import Record
    from services.pipeline.errors import CannotRead

PREFIX: Final = "postbag-"
REASON: Final = "postbag-dead-reason"
NOT_BEFORE: Final = "postbag-not-before"
HOLD_UNTIL: Final = "postbag-hold-until"
ATTEMPTS: Final = "postbag-attempts"
FIRST_ATTEMPT: Final = "postbag-first-attempt"

_WINDOW: Final = 1_000
_SHARE: Final = 0.05

LARGEST: Final = 7 << 20
"""Bytes of the largest record that is parked whole: below the producer's limit and the topic's, which are 8 MiB."""

Headers = list[tuple[str, bytes]]


def dead_letter(record: Record, dead: DeadLetter, stage: str) -> tuple[bytes | None, bytes, Headers]:
    """Key, value and headers of a parked record: its own, untouched, and the notes on it.

    A record that was compressed to fit its topic can be larger than any that a producer will write. Of that one the notes
    alone are parked, with its size, or it would stop the stage for good; its topic has the rest for as long as it keeps it.
    """
    headers = dead_headers(record, dead, stage)
    size = len(record.key or b"") + len(record.value or b"") + sum(len(name) + len(value) for name, value in headers)
    if size <= LARGEST:
        return record.key, record.value or b"", headers
    notes = headers[len(record.headers) :]
    return None, b"", [*notes, ("postbag-dead-cut", b"%d" % size)]


def dead_headers(record: Record, dead: DeadLetter, stage: str) -> Headers:
    """The record's own headers, then where it came from and why it is here."""
    absent = [name for name, value in (("key", record.key), ("value", record.value)) if value is None]
    return [
        *_original(record),
        (REASON, dead.reason.encode()),
        ("postbag-dead-error", dead.error.encode()),
        ("postbag-dead-stage", stage.encode()),
        ("postbag-dead-null", ",".join(absent).encode()),
        ("postbag-source-topic", record.topic.encode()),
        ("postbag-source-partition", b"%d" % record.partition),
        ("postbag-source-offset", b"%d" % record.offset),
        ("postbag-source-timestamp", b"%d" % record.timestamp),
        ("postbag-version", version("postbag").encode()),
    ]


def unreadable_headers(broken: CannotRead, stage: str) -> Headers:
    """What is known of a place that could not be parsed."""
    return [
        (REASON, b"unparseable"),
        ("postbag-dead-stage", stage.encode()),
        ("postbag-dead-null", b"key,value"),
        ("postbag-source-topic", broken.place.topic.encode()),
        ("postbag-source-partition", b"%d" % broken.place.partition),
        ("postbag-source-offset", b"%d" % broken.offset),
        ("postbag-version", version("postbag").encode()),
    ]


def retry_headers(record: Record, retry: RetryAt) -> Headers:
    """The record's own headers, with when to try again (milliseconds since the epoch) and what was tried."""
    headers = [
        *((name, value) for name, value in _original(record) if not name.startswith(PREFIX)),
        (NOT_BEFORE, b"%d" % ceil(retry.due * 1000)),  # rounded down, it would be too soon
        (ATTEMPTS, b"%d" % retry.attempts),
        (FIRST_ATTEMPT, b"%d" % round(retry.first_attempt * 1000)),
        ("postbag-retry-reason", retry.reason.encode()),
    ]
    if retry.hold_until:
        headers.append((HOLD_UNTIL, b"%d" % ceil(retry.hold_until * 1000)))
    return headers


def number(record: Record, header: str) -> int | None:
    """A whole number that Postbag wrote into a header, or None where there is none to be read."""
    for name, value in reversed(record.headers):
        if name == header and value is not None and value.isdigit():
            return int(value)
    return None


def _original(record: Record) -> Headers:
    """The client cannot write a header without a value: it becomes an empty one."""
    return [(name, value if value is not None else b"") for name, value in record.headers]


class DeadLetterLimit:
    """Stops a stage that is parking its input: more than 50 own failures among the last 1,000 records (5 %).

    That includes any row of them: the 51st in a row stops it, so that nothing like a hundred is parked on the way.
    """

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._recent: deque[bool] = deque(maxlen=_WINDOW)
        self._failures = 0

    def check(self, settled: Iterable[tuple[Record, Sequence[Outcome]]]) -> None:
        """Take a batch's outcomes into account, before they are committed. Raises ``TooManyDead``."""
        for _, outcomes in settled:
            outcome = outcomes[0]
            failed = type(outcome) is DeadLetter and outcome.own
            if len(self._recent) == _WINDOW and self._recent[0]:
                self._failures -= 1
            self._recent.append(failed)
            if not failed:
                continue
            self._failures += 1
            if self._failures > _WINDOW * _SHARE:
                raise TooManyDead(
                    f"{self._stage} would have dead-lettered {self._failures} of its last {len(self._recent)} records: a"
                    " fault of the stage, not of its input. Nothing of this batch was committed; mend or roll back the"
                    " deploy, and it goes on where it stopped"
                )
