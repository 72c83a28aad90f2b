"""The ledger: for every letter, where it stands and what proves it. It holds no personal data.

The topic is compacted under the letter id, so the last entry of an id is its state. A letter made from another
submission of the same person (same campaign, same office) is *suppressed*: its entry stands under ``letter id/submission
id``, so that it can never hide the entry of the letter that was sent.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from schemas.envelope import Envelope
from schemas.fields import Code, LetterId, OfficeId, Sha256, Slug, SubmissionId, Time
from schemas.wire import Wire

State = Literal["accepted", "refused", "retrying", "expired", "suppressed", "in_doubt", "held", "unknown", "cancelled"]
"""``held``: waits for its turn; no attempt since. ``retrying``: the last attempt did not deliver it. ``unknown``: an attempt
was begun, and its outcome is not known (yet). ``in_doubt``: it will not be, and trying again could deliver twice."""

TERMINAL: Final[frozenset[State]] = frozenset({"accepted", "refused", "expired", "suppressed", "in_doubt", "cancelled"})
"""States that Postbag itself does not leave again, but for what an office reports later (``schemas.report``); an operator may
settle ``in_doubt``."""

Channel = Code | Literal["cwc-house", "cwc-senate"]
"""A channel's name; those with a dash are of congressional intake."""


class Entry(Wire):
    """One letter's state on ``channel``, the one that was tried last.

    ``answer`` is the office's answer code, ``receipt`` its receipt, ``body_sha256`` what was sent, without what a
    channel adds to each attempt. ``unsure`` tells that an attempt on this channel may have arrived though nobody said so.
    """

    letter_id: LetterId
    submission_id: SubmissionId
    campaign: Slug
    office: OfficeId
    state: State
    channel: Channel
    attempts: Annotated[int, Field(ge=0)]
    reason: Code | None = None
    answer: Annotated[int, Field(ge=100, le=999)] | None = None
    receipt: Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z0-9._:-]+$")] | None = None
    body_sha256: Sha256 | None = None
    accepted_at: Time
    unsure: bool = False


class LedgerWritten(Envelope):
    """Topic ``ledger``, keyed by letter id, placed on the partition of the letter's office."""

    type: Literal["org.postbag.ledger.written.v1"] = "org.postbag.ledger.written.v1"
    data: Entry
