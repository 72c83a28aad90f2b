"""What is learnt of a letter after its office took it: a bounce, or a refusal that came by mail days later.

``postbag reports read`` makes them of the mails that come back; deliver enters them in the ledger. They hold no personal
data: the letter's id, its office and a reason.
"""

from __future__ import annotations

from typing import Literal

from schemas.envelope import Envelope
from schemas.fields import Code, LetterId, OfficeId, Time
from schemas.ledger import Channel
from schemas.wire import Wire


class Report(Wire):
    """What came back for one letter. ``refused``: it was not delivered after all. ``delivered``: it was, beyond doubt.

    ``channel`` is the one that the report is about; ``reported_at`` is when the far side said so.
    """

    letter_id: LetterId
    office: OfficeId
    channel: Channel
    says: Literal["refused", "delivered"]
    reason: Code
    reported_at: Time


class LetterReported(Envelope):
    """Topic ``reports``, keyed by letter id, placed on the partition of the letter's office."""

    type: Literal["org.postbag.letter.reported.v1"] = "org.postbag.letter.reported.v1"
    data: Report
