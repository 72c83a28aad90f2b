"""Events by hand, for the unit tests of the stages: one person's submission on its way, and what is different about it.

Every text that the person typed holds the word ``canary``, so that a test can look for it where none of it may be.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from schemas.accepted import Accepted, Address, Constituent, SubmissionAccepted
from schemas.letter import Letter, LetterRendered
from schemas.resolved import Resolution, Resolved, SubmissionResolved
from schemas.topics import LETTERS, Topic
from schemas.wire import Wire, write
from services.pipeline.memory import MemoryRecord
from services.pipeline.outcomes import Emit, Outcome
from tests.badinput.desk import campaign as campaign  # noqa: PLC0414 - one home for campaigns made by hand

NOW: Final = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)
CANARY: Final = "canary"
ADDRESS: Final = Address(line1="1 Canary Wharf", city="Canaryville", state="NY", zip5="10027")


def identity(number: int) -> str:
    """A submission's or a letter's id."""
    return str(UUID(int=number))


def constituent(**changes: Any) -> Constituent:
    """Maria Canary of Harlem, but for ``changes``; those of ``Address`` go there."""
    of_address = {name: changes.pop(name) for name in tuple(changes) if name in Address.model_fields}
    person: dict[str, Any] = {
        "first_name": "Maria",
        "last_name": "Canary",
        "email": "maria@canary.example",
        "phone": "+12125550123",
        "address": ADDRESS.model_copy(update=of_address),
    }
    return Constituent(**(person | changes))


def submission(person: Constituent | None = None, **changes: Any) -> Accepted:
    """Her submission to the campaign ``open``."""
    accepted: dict[str, Any] = {
        "submission_id": identity(1),
        "frontend": "forms.example",
        "campaign": "open",
        "constituent": person or constituent(),
        "fingerprint": "0" * 32,
        "received_at": NOW,
    }
    return Accepted(**(accepted | changes))


def accepted(person: Constituent | None = None, **changes: Any) -> SubmissionAccepted:
    """As ingest writes it."""
    data = submission(person, **changes)
    return SubmissionAccepted(id=data.submission_id, source="/postbag/ingest", time=NOW, data=data)


def resolved(*offices: str, person: Constituent | None = None, **changes: Any) -> SubmissionResolved:
    """As resolve writes it, for ``offices``."""
    data = Resolved(
        submission=submission(person, **changes),
        offices=offices,
        resolution=Resolution(outcome="resolved", basis="zip_unique", reference="sample"),
    )
    return SubmissionResolved(id=data.submission.submission_id, source="/postbag/resolve", time=NOW, data=data)


def letter(number: int = 1, **changes: Any) -> Letter:
    """Her letter number ``number``, of the submission of the same number."""
    made: dict[str, Any] = {
        "letter_id": identity(number),
        "submission_id": identity(number),
        "campaign": "open",
        "campaign_version": 1,
        "office": "HNY13",
        "constituent": constituent(),
        "subject": "A subject",
        "body": "Dear Representative, my canary died.",
        "accepted_at": NOW,
    }
    return Letter(**(made | changes))


def rendered(one: Letter) -> LetterRendered:
    """As render writes it."""
    return LetterRendered(id=one.letter_id, source="/postbag/render", time=NOW, data=one)


def record(topic: Topic, event: Wire | bytes | None, key: bytes = b"", **changes: Any) -> MemoryRecord:
    """``event`` as a record of ``topic``."""
    value = write(event) if isinstance(event, Wire) else event
    return MemoryRecord(topic.name, 0, 0, round(NOW.timestamp() * 1000), key, value, [])._replace(**changes)


def letter_record(one: Letter, topic: Topic = LETTERS, **changes: Any) -> MemoryRecord:
    """A letter as deliver reads it."""
    return record(topic, rendered(one), one.office.encode(), **changes)


def emitted(outcome: Outcome, topic: Topic) -> bytes:
    """The bytes of the one outcome that must be an ``Emit`` to ``topic``."""
    assert isinstance(outcome, Emit)
    assert outcome.topic is topic
    return outcome.value
