"""What the observer reads of each record: ids, codes and states, and as little as it can of everything else.

Letters and submissions are large and about people, so only the few fields that are counted are made into values; the rest
is passed over while it is parsed. The topics read here are written by Postbag alone.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from schemas.completion import is_completion
from schemas.envelope import bears, mark
from schemas.fields import Code, LetterId, Slug, SubmissionId, Time
from schemas.ledger import Entry, LedgerWritten
from schemas.resolved import Released, SubmissionReleased
from schemas.settlement import DeadSettled, Settlement
from schemas.topics import ACCEPTED, LETTERS, RESOLVED, SUBMISSIONS, TIERS, Topic
from schemas.wire import Unreadable, Wire, read
from services.pipeline.parked import Parked as DeadLetter

if TYPE_CHECKING:
    from services.pipeline.broker import Record

_SUBMISSIONS: Final = (SUBMISSIONS, RESOLVED)
SENT, ACCEPTED_ONE = 1, 2
_LETTERS: Final = (LETTERS, *TIERS)
UNKNOWN: Final = "unknown"
"""Stage and reason of a dead letter that says nothing of them."""
_RELEASED: Final = mark(SubmissionReleased)


class _Letter(Wire):
    letter_id: LetterId
    submission_id: SubmissionId
    campaign: Slug
    accepted_at: Time


class _LetterMade(Wire):
    type: Literal["org.postbag.letter.rendered.v1"]
    data: _Letter


class _Named(Wire):
    submission_id: SubmissionId


class _Hold(Wire):
    submission: _Named
    reason: Code


class _Held(Wire):
    type: Literal["org.postbag.submission.held.v1"]
    data: _Hold


class _Release(Wire):
    data: Released


class _Refusal(Wire):
    completion: Literal[True] | None = None


class _Rejected(Wire):
    type: Literal["org.postbag.submission.rejected.v1"]
    data: _Refusal


class Made(NamedTuple):
    """A letter that render made; times are seconds since the epoch, ``at`` that of its record."""

    letter: bytes
    submission: bytes
    campaign: str
    accepted: int
    at: int


class Written(NamedTuple):
    """A record of the ledger: an entry, or (None) that there is none any more under ``key``."""

    key: str
    entry: Entry | None
    at: int


class Hold(NamedTuple):
    """A submission that is held from here on for ``reason``, or (None) no longer."""

    submission: bytes
    reason: str | None
    at: int


class Parked(NamedTuple):
    """A dead letter and where it lies. ``ids`` are those of the letter and its submission, where it is a letter.

    ``source`` tells a submission (``SENT``), also one that was accepted (``ACCEPTED_ONE``) or resolved, from all else (0).
    """

    partition: int
    offset: int
    at: int
    stage: str
    reason: str
    source: int
    ids: tuple[bytes, bytes] | None


def small(identity: str) -> bytes:
    """An id as 16 bytes: a UUID's own, a hash of a ULID's text."""
    if len(identity) == 36:
        return bytes.fromhex(identity.replace("-", ""))
    return blake2b(identity.encode(), digest_size=16).digest()


def letter(record: Record) -> Made:
    """A record of ``letters`` or of a tier. Raises ``Unreadable``."""
    data = read(_LetterMade, record.value, ours=True).data
    ids = small(data.letter_id), small(data.submission_id)
    return Made(*ids, data.campaign, int(data.accepted_at.timestamp()), record.timestamp // 1000)


def entry(record: Record) -> Written:
    """A record of ``ledger``. Raises ``Unreadable``."""
    key = str(record.key or b"", "utf-8", "replace")
    said = None if record.value is None else read(LedgerWritten, record.value, ours=True).data
    return Written(key, said, record.timestamp // 1000)


def hold(record: Record) -> Hold:
    """A record of ``held``. Raises ``Unreadable``."""
    at = record.timestamp // 1000
    if bears(record.value, _RELEASED):
        return Hold(small(read(_Release, record.value, ours=True).data.submission_id), None, at)
    data = read(_Held, record.value, ours=True).data
    return Hold(small(data.submission.submission_id), data.reason, at)


def rejection(record: Record) -> bool:
    """Whether a record of ``rejected`` is about a submission, and not about what completes one. Raises ``Unreadable``."""
    return read(_Rejected, record.value, ours=True).data.completion is None


def acceptance(record: Record) -> bool:
    """Whether a record of ``accepted`` is a submission, and not what completes one."""
    return not is_completion(record.value)


def settlement(record: Record) -> Settlement:
    """A record of ``dead.settled``. Raises ``Unreadable``."""
    return read(DeadSettled, record.value, ours=True).data


def parked(record: Record) -> Parked:
    """A record of ``dead``, told by its notes; what was parked is looked into only where it is a letter."""
    found = DeadLetter.of(record)
    return Parked(
        record.partition,
        record.offset,
        record.timestamp // 1000,
        found.stage or UNKNOWN,
        found.reason or UNKNOWN,
        _source(found.source, record.value),
        _ids(record) if found.source in _LETTERS else None,
    )


def _source(topic: Topic | None, value: bytes | None) -> int:
    if topic == ACCEPTED:
        return 0 if is_completion(value) else ACCEPTED_ONE
    return SENT if topic in _SUBMISSIONS else 0


def _ids(record: Record) -> tuple[bytes, bytes] | None:
    """Of the letter and of its submission; None where the record is no letter."""
    try:
        found = letter(record)
    except Unreadable:
        return None
    return found.letter, found.submission
