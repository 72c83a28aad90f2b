"""What render writes: one letter to one office, complete, so that deliver needs nothing else to send it."""

from __future__ import annotations

from typing import Literal

from schemas.accepted import Constituent
from schemas.envelope import Envelope
from schemas.fields import LetterBody, LetterId, Line, OfficeId, Slug, SubmissionId, Time
from schemas.recipient import RecipientChannel
from schemas.wire import Wire


class Letter(Wire):
    """``body`` is plain text with LF line ends; ``accepted_at`` is when Postbag took responsibility for it.

    ``channel`` and ``to``, an address on that channel, are there where the recipient of a campaign's list has its own.
    """

    letter_id: LetterId
    submission_id: SubmissionId
    campaign: Slug
    campaign_version: int
    office: OfficeId
    constituent: Constituent
    subject: Line
    body: LetterBody
    accepted_at: Time
    channel: RecipientChannel | None = None
    to: Line | None = None


class LetterRendered(Envelope):
    """Topic ``letters``, keyed by office."""

    type: Literal["org.postbag.letter.rendered.v1"] = "org.postbag.letter.rendered.v1"
    data: Letter
