"""A record of ``dead`` read back: where it came from, why it was parked, and the record as it was before that.

The other half of ``dead.py``, which writes them. Only the headers that parking added are taken for notes: they come last and
begin with the reason, so that nothing that a frontend wrote into headers of its own can pass for them. What was parked
without its bytes can never be put back from here, and says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from schemas.topics import ACCEPTED, DEAD, LETTERS, REPORTS, RESOLVED, SUBMISSIONS, TIERS, Topic
from services.pipeline.dead import REASON, Headers

if TYPE_CHECKING:
    from services.pipeline.broker import Record

SOURCES: Final = (SUBMISSIONS, ACCEPTED, RESOLVED, LETTERS, *TIERS, REPORTS)
"""What stages read, and so what a dead letter can come from."""

_BY_NAME: Final = {topic.name: topic for topic in SOURCES}
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,60}")
_CUT: Final = "postbag-dead-cut"
_UNPARSEABLE: Final = "unparseable"


class Place(NamedTuple):
    """Where a dead letter lies: partition and offset in ``dead``. Written as ``3/1042``."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}/{self.offset}"

    @staticmethod
    def parse(text: str) -> Place:
        """The place that ``str`` wrote. Raises ``ValueError``."""
        partition, _, offset = text.partition("/")
        if not (partition.isdecimal() and offset.isdecimal() and text.isascii()):
            raise ValueError("a place in dead looks like 3/1042")
        return Place(int(partition), int(offset))


@dataclass(frozen=True, slots=True)
class Parked:
    """One dead letter.

    ``key``, ``value`` and ``headers`` are the record's own, as it came. ``reason`` and ``stage`` are codes, or empty: a
    stranger's words are neither shown nor counted. ``topic`` is where it came from by its full name, with the installation's
    prefix, and empty where the notes are not Postbag's; ``source`` is the same as declared, None where it is no topic that a
    stage of this installation reads. Times are milliseconds since the epoch; ``source_timestamp`` is 0 where it is not known.
    ``whole`` tells that all of the record is here.
    """

    place: Place
    parked_at: int
    reason: str
    error: str
    stage: str
    topic: str
    source: Topic | None
    partition: int
    offset: int
    source_timestamp: int
    version: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    whole: bool

    @staticmethod
    def of(record: Record) -> Parked:
        """What a record of ``dead`` says; whatever else is written there has an empty reason, and is not whole."""
        names = [name for name, _ in record.headers]
        begins = len(names) - 1 - names[::-1].index(REASON) if REASON in names else len(names)
        own = [(name, value or b"") for name, value in record.headers[:begins]]
        notes = {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers[begins:]}
        absent = notes.get("postbag-dead-null", "").split(",")
        reason, topic = _code(notes.get(REASON, "")), notes.get("postbag-source-topic", "")
        prefix = record.topic.removesuffix(DEAD.name)
        return Parked(
            place=Place(record.partition, record.offset),
            parked_at=record.timestamp,
            reason=reason,
            error=notes.get("postbag-dead-error", ""),
            stage=_code(notes.get("postbag-dead-stage", "")),
            topic=topic,
            source=_BY_NAME.get(topic.removeprefix(prefix)) if topic.startswith(prefix) else None,
            partition=_number(notes, "postbag-source-partition"),
            offset=_number(notes, "postbag-source-offset"),
            source_timestamp=_number(notes, "postbag-source-timestamp"),
            version=notes.get("postbag-version", ""),
            key=None if "key" in absent else record.key,
            value=None if "value" in absent else record.value,
            headers=own,
            whole=bool(reason) and reason != _UNPARSEABLE and _CUT not in notes,
        )


def _code(text: str) -> str:
    return text if _CODE.fullmatch(text) else ""


def _number(notes: dict[str, str], name: str) -> int:
    said = notes.get(name, "")
    return int(said) if said.isdecimal() and said.isascii() else 0
