"""What congressional intake (CWC) answers, where it differs from what the same status means elsewhere.

The offices of a chamber share one door, so 404 is said of the door and not of an office; and a DeliveryId is minted by
nobody else, so one that was seen before was ours. Its failures are not documented: none proves that nothing was taken.
"""

from __future__ import annotations

from typing import Final

from services.deliver.answers.http import of_status
from services.deliver.answers.meaning import Answer, Meaning, by_key

STATUSES: Final = (
    Meaning("CWC: 200, 201, 202", (200, 201, 202), "accepted", "accepted",
            "The chamber's intake has it. An office may still refuse it by mail, days later."),
    Meaning("CWC: 400, 422", (400, 422), "refused", "rules_broken",
            "It breaks a rule of the format. Where the intake names the element, so does the reason, as in `cwc_prefix`."),
    Meaning("CWC: 401, 403", (401, 403), "retry", "not_authorized",
            "The key is not valid, or does not go with the address that we come from.", pauses=True),
    Meaning("CWC: 404, 405, 410", (404, 405, 410), "retry", "wrong_door",
            "The intake is not at the address in the settings; the letter is fine.", pauses=True),
    Meaning("CWC: 409", (409,), "accepted", "seen_before",
            "This DeliveryId was seen before, and it is this letter's alone: an earlier attempt arrived."),
    Meaning("CWC: 415", (415,), "refused", "wrong_format", "It is no XML to the intake."),
    Meaning("CWC: 429", (429,), "throttle", "throttled", "Too fast: wait as long as it asks, then go slower."),
    Meaning("CWC: 503", (503,), "throttle", "unavailable", "Not now, maybe for maintenance: wait as long as it asks."),
    Meaning("CWC: other 5xx", tuple(range(500, 600)), "unknown", "office_failed",
            "It failed, and nothing says that it did so before it had the letter.", rest=True),
)  # fmt: skip

SAID: Final = (
    Meaning("CWC: 400, for a DeliveryId that was seen before", ("cwc_delivery_id_seen",), "refused", "cwc_delivery_id_seen",
            "As 409; but these are words, so they are taken as proof only where an earlier attempt may have arrived.",
            if_unsure="accepted"),
    Meaning("CWC: 400, for an office that takes no part; or it is not on the list of active offices",
            ("office_inactive",), "refused", "office_inactive", "It takes no letters this way."),
    Meaning("CWC: `validate` found a fault", ("not_valid",), "refused", "not_valid", "Nothing was sent."),
    Meaning("CWC: `validate` gave no verdict, or too late", ("not_validated",), "retry", "not_validated",
            "What has not been checked is not sent. Nothing was sent."),
)  # fmt: skip
"""What rests on more than a status: on an answer's words, or on what was asked before; ``of_local`` knows the reasons."""

_BY_STATUS: Final = by_key(STATUSES)


def of_cwc(status: int, retry_after: float | None = None, receipt: str | None = None) -> Answer:
    """What a status of the intake means: a row here or, without one, what ``of_status`` says; ``retry_after`` in seconds."""
    row = _BY_STATUS.get(status)
    return row.answer(status, receipt, retry_after) if row else of_status(status, receipt, retry_after)
