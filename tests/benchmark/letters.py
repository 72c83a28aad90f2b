"""Letters a second on one core, without Kafka: from the bytes of resolved events to the bytes of letters, by the stage.

``python -m tests.benchmark.letters [EVENTS]`` prints JSON. Each figure is the best of three runs over the same events, of CPU
time of this process alone. ``service`` is a campaign as it always was, plain text in one piece; ``mail`` one in parts whose
letters are made as text and HTML, about 1,500 characters each; the others show what a message, an edit and a page cost.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from time import process_time
from typing import Any, Final

from schemas.accepted import Accepted, Address, Constituent
from schemas.campaign import Campaign, CampaignPublished
from schemas.letter import LetterRendered
from schemas.resolved import Resolution, Resolved, Seat, SubmissionResolved
from schemas.topics import CAMPAIGNS, LETTERS, RESOLVED
from schemas.wire import read, write
from services.pipeline.memory import MemoryBroker, MemoryReader, MemoryRecord
from services.pipeline.outcomes import Emit
from services.render.forms.opening import Forms
from services.render.settings import RenderSettings
from services.render.stage import RenderStage

EVENTS: Final = 50_000
PAGES: Final = 300
BATCH: Final = 500
ROUNDS: Final = 3
NOW: Final = datetime(2026, 3, 4, 12, 0, 0, 123456, tzinfo=UTC)

SENTENCE: Final = "We live in {{ city }} and ask you to protect the river that our town drinks from. "
LETTER: Final = "\n\n".join([SENTENCE + "It has been clean for thirty years, and one permit would undo that. " * 3] * 5)
HOLDER: Final = {"bioguide": "E000001", "name": "Ana Example", "last_name": "Example", "party": "Independent",
                 "since": "2025-01-03", "until": "2027-01-03"}  # fmt: skip
PARTS: Final[dict[str, Any]] = {
    "letter": LETTER,
    "salutation": "Dear {{ decision_maker }},",
    "closing": "Sincerely,\n{{ your_name }}",
    "forms": ("mail",),
}
WHOLE: Final[dict[str, Any]] = {
    "letter": "Dear {{ decision_maker }},\n\n"
    + LETTER
    + "{% if message %}\n\n{{ message }}{% endif %}\n\nSincerely,\n{{ your_name }}"
}


def figures(events: int) -> dict[str, Any]:
    """Microseconds an event, letters a second, and the characters of one letter, by kind."""
    message = "My sister lives by the river, and her children swim in it. " * 4
    edited = (LETTER.replace("{{ city }}", "Cambridge") + "\n\nPlease.").replace("clean", "quiet")
    return {
        "events": events,
        "service": _measured(events, WHOLE),
        "service_with_message": _measured(events, WHOLE, message=message),
        "mail": _measured(events, PARTS),
        "mail_with_message": _measured(events, PARTS, message=message),
        "mail_edited": _measured(events, PARTS, edited_letter=edited),
        "paper": _measured(min(events, PAGES), PARTS | {"forms": ("paper",)}),
    }


def _measured(events: int, campaign: dict[str, Any], **submission: Any) -> dict[str, float]:
    stage = _stage(campaign)
    best = min(_seconds(stage, events, submission) for _ in range(ROUNDS))
    (outcome,) = stage.settle([_record(0, submission)])[0]
    assert isinstance(outcome, Emit)
    assert outcome.topic is LETTERS
    letter = read(LetterRendered, outcome.value).data
    stage.close()
    return {
        "microseconds": round(best / events * 1e6, 1),
        "letters_a_second": round(events / best),
        "characters": len(letter.body),
        "mail_bytes": len(letter.mail or ""),
        "event_bytes": len(outcome.value),
    }


def _stage(campaign: dict[str, Any]) -> RenderStage:
    about: dict[str, Any] = {
        "slug": "rivers", "version": 1, "organization": "River Friends", "headline": "Rivers", "narrative": "Rivers.",
        "targets": ("your_representative",), "subject": "Keep the river clean",
    }  # fmt: skip
    event = CampaignPublished(id="rivers/1", source="/postbag/cli", time=NOW, data=Campaign(**about, **campaign))
    broker = MemoryBroker((CAMPAIGNS,), partitions=1)
    broker.publish(CAMPAIGNS, b"rivers", write(event))
    return RenderStage(lambda: MemoryReader(broker), Forms(RenderSettings()))


def _seconds(stage: RenderStage, events: int, submission: dict[str, Any]) -> float:
    """CPU time of the stage alone: the events of each batch are made before it."""
    spent = 0.0
    for start in range(0, events, BATCH):
        records = [_record(number, submission) for number in range(start, min(start + BATCH, events))]
        began = process_time()
        stage.settle(records)
        spent += process_time() - began
    return spent


def _record(number: int, submission: dict[str, Any]) -> MemoryRecord:
    identity = f"00000000-0000-4000-8000-{number:012x}"
    office = f"HNY{1 + number % 26:02}"
    person = Constituent(
        prefix="Dr.", first_name="María", last_name=f"López {number}", email=f"maria.{number}@example.org",
        phone="+16175550123",
        address=Address(line1=f"{number} Elm Street", city="Cambridge", state="NY", zip5="10027", plus4="4307"),
    )  # fmt: skip
    accepted = Accepted(
        submission_id=identity, frontend="forms.example", campaign="rivers", constituent=person,
        fingerprint="0" * 32, received_at=NOW, **submission,
    )  # fmt: skip
    seat = Seat.model_validate_json(json.dumps({"office": office, "status": "held", "holder": HOLDER}))
    resolution = Resolution(
        outcome="resolved", basis="zip_unique", candidates=(office,), reference="2026-11", plan="us-cd-119",
        purpose="represented_by", confidence=0.995, seats=(seat,),
    )  # fmt: skip
    data = Resolved(submission=accepted, offices=(office,), resolution=resolution)
    trace = f"00-{'ab' * 16}-{'cd' * 8}-01"
    event = SubmissionResolved(id=identity, source="/postbag/resolve", time=NOW, traceparent=trace, data=data)
    return MemoryRecord(RESOLVED.name, 0, number, 0, identity.encode(), write(event), [])


if __name__ == "__main__":
    print(json.dumps(figures(int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS), indent=2))
