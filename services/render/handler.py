"""One resolved submission to its letters: one for each office, under ids that never change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from schemas.letter import LetterRendered
from schemas.resolved import SubmissionResolved
from schemas.topics import LETTERS
from schemas.wire import read
from services.pipeline.outcomes import DeadLetter, Outcome, emit
from services.render.letters import context, letter_id, person_key, without_place
from services.render.templates import LetterTemplate, TemplateFault

if TYPE_CHECKING:
    from services.pipeline.broker import Record

SOURCE: Final = "/postbag/render"


@dataclass(frozen=True, slots=True)
class Deps:
    """``template`` gives a published campaign's compiled templates by slug."""

    template: Callable[[str], LetterTemplate | None]


def decode(record: Record) -> SubmissionResolved:
    """The event of a record of ``resolved``."""
    return read(SubmissionResolved, record.value)


def handle(event: SubmissionResolved, deps: Deps) -> Sequence[Outcome]:
    """The letters. A campaign that was withdrawn, or whose template fails, parks its own letters and nobody else's; so does
    one that no longer has a recipient whom the submission was resolved to.
    """
    submission = event.data.submission
    template = deps.template(submission.campaign)
    if template is None:
        return (DeadLetter("campaign_withdrawn", own=False),)
    person = person_key(submission.constituent)
    constituent = without_place(submission.constituent)
    now = datetime.now(UTC)
    letters: list[Outcome] = []
    for office in event.data.offices:
        identity = letter_id(submission.campaign, office, person)
        recipient = template.recipients.get(office)
        if recipient is None and office.startswith("x-"):
            return (DeadLetter("recipient_withdrawn", own=False),)
        try:
            subject, body = template.render(context(submission, office, recipient))
            # Validated in one call: half the price of building the models one by one, and as strict.
            rendered = LetterRendered.model_validate(
                {
                    "id": identity,
                    "source": SOURCE,
                    "time": now,
                    "traceparent": event.traceparent,
                    "data": {
                        "letter_id": identity,
                        "submission_id": submission.submission_id,
                        "campaign": submission.campaign,
                        "campaign_version": template.campaign.version,
                        "office": office,
                        "constituent": constituent,
                        "subject": subject,
                        "body": body,
                        "accepted_at": submission.received_at,
                        "channel": recipient.channel if recipient else None,
                        "to": (recipient.address or None) if recipient else None,
                    },
                }
            )
        except (TemplateFault, ValidationError) as error:  # all but subject and body was valid when it came
            return (DeadLetter("template_failed", type(error).__name__, own=False),)
        key = office.encode()
        letters.append(emit(LETTERS, key, rendered, place_by=key))
    return letters
