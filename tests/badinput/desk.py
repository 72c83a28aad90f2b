"""A real intake stage on a broker in memory, and submissions in the three forms that frontends write.

The forms are written by hand, as a frontend would, and share no code with Postbag's models. Everything starts from one
valid submission, so that a test shows only what is different about its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from schemas.accepted import Accepted, Rejected, SubmissionAccepted, SubmissionRejected
from schemas.campaign import Campaign, CampaignPublished
from schemas.completion import Completed, CompletionAccepted, is_completion
from schemas.topics import ACCEPTED, CAMPAIGNS, DEAD, REJECTED, SUBMISSIONS
from schemas.wire import read, write
from services.ingest.stage import IngestStage, index
from services.pipeline.memory import MemoryBroker, MemoryReader, MemoryRecord
from services.pipeline.outcomes import DeadLetter, Done, Emit, Outcome
from services.pipeline.store import Store

ID: Final = "3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f"
SOURCE: Final = "forms.example"
TYPE: Final = "org.postbag.submission.sent.v1"
COMPLETED: Final = "org.postbag.submission.completed.v1"
NOW: Final = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)
NOW_MS: Final = round(NOW.timestamp() * 1000)

DATA: Final[dict[str, Any]] = {
    "campaign": "open",
    "constituent": {
        "first_name": "Maria",
        "last_name": "Lopez",
        "email": "maria@example.org",
        "address": {"line1": "12 Elm Street", "city": "Cambridge", "state": "MA", "zip": "02139"},
    },
}

Headers = list[tuple[str, bytes | None]]


def data(fields: dict[str, Any] | None = None, without: Sequence[str] = ()) -> dict[str, Any]:
    """The valid submission's data, with ``fields`` (by dotted path) put in and those of ``without`` taken out."""
    made = deepcopy(DATA)
    for path, value in (fields or {}).items():
        *parents, last = path.split(".")
        place = made
        for parent in parents:
            place = place[parent]
        place[last] = value
    for path in without:
        *parents, last = path.split(".")
        place = made
        for parent in parents:
            place = place[parent]
        del place[last]
    return made


def bare(inner: dict[str, Any], submission_id: str = ID, source: str = SOURCE) -> tuple[Headers, bytes]:
    """JSON without an envelope, as many languages write it: ASCII, with spaces."""
    return [], json.dumps({"id": submission_id, "source": source, **inner}).encode()


def structured(inner: dict[str, Any], submission_id: str = ID, source: str = SOURCE) -> tuple[Headers, bytes]:
    """CloudEvents structured mode, compact and in UTF-8."""
    event = {"specversion": "1.0", "id": submission_id, "source": source, "type": TYPE, "time": "2026-03-04T11:59:58Z"}
    body = json.dumps({**event, "data": inner}, separators=(",", ":"), ensure_ascii=False).encode()
    return [("content-type", b"application/cloudevents+json; charset=UTF-8")], body


def binary(inner: dict[str, Any], submission_id: str = ID, source: str = SOURCE) -> tuple[Headers, bytes]:
    """CloudEvents binary mode."""
    headers: Headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", submission_id.encode()),
        ("ce_source", source.encode()),
        ("ce_type", TYPE.encode()),
        ("ce_time", b"2026-03-04T11:59:58Z"),
        ("content-type", b"application/json"),
    ]
    return headers, json.dumps(inner, separators=(",", ":"), ensure_ascii=False).encode()


FORMS: Final[dict[str, Callable[..., tuple[Headers, bytes]]]] = {
    "bare": bare,
    "structured": structured,
    "binary": binary,
}


def completed(
    form: str, address: dict[str, Any], submission_id: str = ID, campaign: str = "open", source: str = SOURCE
) -> MemoryRecord:
    """A completion of the submission ``submission_id``."""
    inner = {"campaign": campaign, "address": address}
    headers, value = FORMS[form](inner if form != "bare" else inner | {"completes": True}, submission_id, source)
    headers = [(name, COMPLETED.encode() if name == "ce_type" else given) for name, given in headers]
    return record(value.replace(TYPE.encode(), COMPLETED.encode()), headers, submission_id.encode())


def record(
    value: bytes | None,
    headers: Headers | None = None,
    key: bytes | None = ID.encode(),
    timestamp: int = NOW_MS,
    partition: int = 0,
) -> MemoryRecord:
    """A record of ``submissions``."""
    return MemoryRecord(SUBMISSIONS.name, partition, 0, timestamp, key, value, headers or [])


def sent(
    form: str = "bare", fields: dict[str, Any] | None = None, submission_id: str = ID, **of_record: Any
) -> MemoryRecord:
    """A valid submission, but for ``fields``."""
    headers, value = FORMS[form](data(fields), submission_id)
    return record(value, headers, **{"key": submission_id.encode(), **of_record})


def campaign(slug: str, **changes: Any) -> Campaign:
    """A campaign that asks for nothing special."""
    given: dict[str, Any] = {
        "slug": slug,
        "version": 1,
        "organization": "Example Coalition",
        "headline": "A headline",
        "narrative": "A narrative.",
        "targets": ("your_representative",),
        "subject": "A subject",
        "letter": "Dear {{ decision_maker }}",
    }
    return Campaign(**(given | changes))


CAMPAIGNS_OPEN: Final = (
    campaign("open", required_fields=("first_name", "email", "address.line1", "address.city", "address.zip")),
    campaign("not-yet", opens=NOW + timedelta(hours=1)),
    campaign("over", closes=NOW - timedelta(hours=1)),
    campaign("all", required_fields=("prefix", "last_name", "phone", "address.state", "message")),
    campaign("locked", editable=False),
)


def broker() -> MemoryBroker:
    """A broker with the topics of intake and the campaigns above."""
    made = MemoryBroker((SUBMISSIONS, ACCEPTED, REJECTED, DEAD, CAMPAIGNS), partitions=2)
    for one in CAMPAIGNS_OPEN:
        publish(made, one)
    return made


def publish(where: MemoryBroker, one: Campaign) -> None:
    """Publish a campaign as the command line would."""
    event = CampaignPublished(id=one.slug, source="/postbag/cli", time=NOW, data=one)
    where.publish(CAMPAIGNS, one.slug.encode(), write(event))


def open_stage(folder: Path, where: MemoryBroker, now: datetime = NOW) -> IngestStage:
    """The stage as ``__main__`` wires it, with a clock that stands still."""
    store = Store(folder / "ingest.sqlite", ACCEPTED, index, lambda: MemoryReader(where))
    return IngestStage(lambda: MemoryReader(where), store, lambda: now)


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome in the catalogue's words. ``said`` is the code of a dead letter or of ``Done``."""

    outcome: str
    accepted: Accepted | None = None
    rejected: Rejected | None = None
    completed: Completed | None = None
    said: str = ""

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Field path and code of each fault, in order."""
        return [(fault.field, fault.code) for fault in self.rejected.faults] if self.rejected else []


def read_outcome(outcomes: Sequence[Outcome]) -> Answer:
    """The one outcome of a record; its event is read again from the bytes that would be written."""
    assert len(outcomes) == 1
    outcome = outcomes[0]
    if isinstance(outcome, Emit) and outcome.topic is ACCEPTED and is_completion(outcome.value):
        return Answer("completed", completed=read(CompletionAccepted, outcome.value).data)
    if isinstance(outcome, Emit) and outcome.topic is ACCEPTED:
        return Answer("accepted", accepted=read(SubmissionAccepted, outcome.value).data)
    if isinstance(outcome, Emit):
        assert outcome.topic is REJECTED
        return Answer("rejected", rejected=read(SubmissionRejected, outcome.value).data)
    if isinstance(outcome, DeadLetter):
        assert not outcome.own, "what a frontend sends must never stop intake"
        return Answer("dead", said=outcome.reason)
    assert isinstance(outcome, Done)
    return Answer("repeat", said=outcome.reason)


def settle_one(stage: IngestStage, one: MemoryRecord) -> Answer:
    """What becomes of one record; the stage forgets it again."""
    answers = stage.settle([one])
    stage.aborted()
    assert len(answers) == 1
    return read_outcome(answers[0])
