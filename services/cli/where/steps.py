"""A record in words: what one record of a topic says of a submission or a letter, as a step on its way.

Words are made of ids, codes, offices, channels and times, which Postbag chose or checked; nothing that a person typed is ever
in one. A record that is no event of its topic makes no step: it is nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from schemas.accepted import SubmissionAccepted, SubmissionRejected
from schemas.completion import Completed, CompletionAccepted
from schemas.ledger import Entry, LedgerWritten
from schemas.letter import Letter, LetterRendered
from schemas.report import LetterReported, Report
from schemas.resolved import Released, SubmissionHeld, SubmissionReleased, SubmissionResolved
from schemas.settlement import DeadSettled, Settlement
from schemas.topics import (
    ACCEPTED,
    DEAD,
    DEAD_SETTLED,
    HELD,
    LEDGER,
    LETTERS,
    REJECTED,
    REPORTS,
    RESOLVED,
    SUBMISSIONS,
    TIERS,
)
from schemas.wire import Unreadable, read
from services.ingest.intake import Sent, receive
from services.pipeline.dead import ATTEMPTS, HOLD_UNTIL, NOT_BEFORE, number
from services.pipeline.parked import Parked

if TYPE_CHECKING:
    from schemas.topics import Topic
    from services.pipeline.broker import Record
    from services.pipeline.kafka_search import Found

_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,60}")
_WAY: Final = (SUBMISSIONS, ACCEPTED, RESOLVED, HELD, REJECTED, LETTERS, LEDGER, *TIERS, REPORTS, DEAD, DEAD_SETTLED)
_ORDER: Final = {topic.name: number for number, topic in enumerate(_WAY)}


@dataclass(frozen=True, slots=True)
class Step:
    """What a record says. ``at`` is the broker's timestamp (milliseconds since the epoch), ``topic`` without the prefix;
    ``due`` is when a letter that waits may be tried (seconds since the epoch), 0 for all others.
    """

    at: int
    stage: str
    topic: str
    partition: int
    offset: int
    what: str
    data: Any
    submission_id: str = ""
    letter_id: str = ""
    due: float = 0.0

    @property
    def place(self) -> tuple[str, int, int]:
        """Where its record lies; a record has one step."""
        return self.topic, self.partition, self.offset

    @property
    def order(self) -> tuple[int, int, int, int]:
        """By time, and in the direction of the way where times are equal."""
        return self.at, _ORDER[self.topic], self.partition, self.offset


@dataclass(frozen=True, slots=True)
class Told:
    """The part of a step that the event says."""

    stage: str
    what: str
    data: Any
    submission_id: str = ""
    letter_id: str = ""
    due: float = 0.0


def step(found: Found) -> Step | None:
    """The step that a record is; None where it is no event of its topic."""
    topic, record = found
    try:
        told = _TELLERS[topic.name](record)
    except Unreadable:
        return None
    return Step(
        record.timestamp, told.stage, topic.name, record.partition, record.offset, told.what, told.data,
        told.submission_id, told.letter_id, told.due,
    )  # fmt: skip


def clock(seconds: float) -> str:
    """A time as it is shown: UTC, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _submissions(record: Record) -> Told:
    sent: Sent = receive(record)
    by = f" by {sent.frontend}" if sent.frontend else ""
    what = f"sent{by}, to complete it" if sent.completes else f"sent{by}"
    return Told("frontend", what, sent, sent.submission_id)


def _accepted(record: Record) -> Told:
    data = _event(record, SubmissionAccepted, CompletionAccepted)
    flags = f" ({', '.join(data.flags)})" if data.flags else ""
    what = "what completes it was accepted" if isinstance(data, Completed) else f"accepted for {data.campaign}"
    return Told("ingest", what + flags, data, data.submission_id)


def _rejected(record: Record) -> Told:
    event = read(SubmissionRejected, record.value)
    data = event.data
    faults = ", ".join(f"{fault.field} {fault.code}" for fault in data.faults)
    what = "what was to complete it was rejected" if data.completion else "rejected"
    return Told(event.source.rpartition("/")[2], f"{what}: {faults}", data, data.submission_id)


def _resolved(record: Record) -> Told:
    data = read(SubmissionResolved, record.value).data
    found = data.resolution
    sure = f", confidence {found.confidence:.2f}" if found.confidence is not None else ""
    what = f"resolved to {', '.join(data.offices) or 'no office'} by {found.basis}{sure}"
    return Told("resolve", what, data, data.submission.submission_id)


def _held(record: Record) -> Told:
    data = _event(record, SubmissionHeld, SubmissionReleased)
    if isinstance(data, Released):
        return Told("resolve", f"held no longer: {data.reason}", data, data.submission_id)
    needs = f"; needs {', '.join(data.needs)}" if data.needs else ""
    return Told("resolve", f"held: {data.reason}{needs}", data, data.submission.submission_id)


def _letters(record: Record) -> Told:
    data: Letter = read(LetterRendered, record.value).data
    version = f"version {data.campaign_version} of {data.campaign}"
    unfit = "".join(f"; no {one.form}: {one.reason}" for one in data.unfit)
    return Told("render", f"letter to {data.office} made, {version}{unfit}", data, data.submission_id, data.letter_id)


def _tier(record: Record) -> Told:
    data: Letter = read(LetterRendered, record.value).data
    due = max(number(record, NOT_BEFORE) or 0, number(record, HOLD_UNTIL) or 0) / 1000
    why = {name: value for name, value in record.headers if value}.get("postbag-retry-reason", b"")
    after = _attempts(number(record, ATTEMPTS) or 0)
    what = f"waits until {clock(due)}: {code(why.decode('utf-8', 'replace'))}, {after} so far"
    return Told("deliver", what, data, data.submission_id, data.letter_id, due)


def _ledger(record: Record) -> Told:
    data: Entry = read(LedgerWritten, record.value).data
    said = [f"{data.state} by {data.channel}"]
    said += [data.reason] if data.reason else []
    said += [f"answer {data.answer}"] if data.answer else []
    said += [f"receipt {data.receipt}"] if data.receipt else []
    said += [_attempts(data.attempts)] if data.attempts else []
    said += [f"of submission {data.submission_id}"] if data.state == "suppressed" else []
    return Told("deliver", ", ".join(said), data, data.submission_id, data.letter_id)


def _reports(record: Record) -> Told:
    data: Report = read(LetterReported, record.value).data
    what = f"reported {data.says} by {data.channel}: {data.reason}"
    return Told("report", what, data, letter_id=data.letter_id)


def _dead(record: Record) -> Told:
    found = Parked.of(record)
    inner = _told_inside(found.source, found, record)
    source = f"{found.source.name if found.source else 'elsewhere'}[{found.partition}]@{found.offset}"
    what = f"parked as {found.place}: {code(found.reason)} (it came from {source})"
    return Told(code(found.stage), what, found, inner.submission_id, inner.letter_id)


def _told_inside(topic: Topic | None, found: Parked, record: Record) -> Told:
    """Whose the parked record is: as its event says or, where that cannot be read, as its key does."""
    teller = _TELLERS[topic.name] if topic else None
    if topic in (LETTERS, *TIERS):
        teller = _letters
    try:
        if teller and found.whole:
            return teller(record)
    except Unreadable:
        pass
    return Told("", "", None, (found.key or b"").decode("utf-8", "replace"))


def _settled(record: Record) -> Told:
    data: Settlement = read(DeadSettled, record.value).data
    done = "put back" if data.action == "replayed" else "discarded"
    return Told("operator", f"{data.partition}/{data.offset} was {done}", data)


def _event(record: Record, *models: type[Any]) -> Any:
    """The data of the first of ``models`` that it is. Raises ``Unreadable``."""
    for model in models[:-1]:
        try:
            return read(model, record.value).data
        except Unreadable:
            continue
    return read(models[-1], record.value).data


def _attempts(count: int) -> str:
    return f"{count} attempt{'' if count == 1 else 's'}"


def code(text: str) -> str:
    """A code as Postbag writes them, and nothing else: what stands in a header could be anybody's."""
    return text if _CODE.fullmatch(text) else "unknown"


Teller = Callable[["Record"], Told]
_TELLERS: Final[dict[str, Teller]] = {
    SUBMISSIONS.name: _submissions,
    ACCEPTED.name: _accepted,
    REJECTED.name: _rejected,
    RESOLVED.name: _resolved,
    HELD.name: _held,
    LETTERS.name: _letters,
    **{tier.name: _tier for tier in TIERS},
    REPORTS.name: _reports,
    LEDGER.name: _ledger,
    DEAD.name: _dead,
    DEAD_SETTLED.name: _settled,
}
