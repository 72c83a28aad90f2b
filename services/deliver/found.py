"""What a mail that came back says of a letter, before it is published as a report (``schemas.report``).

Each channel has its own reader of mails (``channels/smtp/bounces.py``, ``channels/cwc/acknowledgements.py``), and all of them
say what they found in this one shape, so that ``postbag reports read`` can try one after the other. It must never hold
anything of the mail itself: an id, an office, a reason and a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Found:
    """One mail's word on one letter.

    ``office`` is None where the mail does not tell it; the ledger does. ``channel`` is the one that the letter went by,
    ``reason`` a code, ``reported_at`` when the far side said so (aware; the mail's own date, or when it was read).
    """

    letter_id: str
    office: str | None
    channel: str
    says: Literal["refused", "delivered"]
    reason: str
    reported_at: datetime
