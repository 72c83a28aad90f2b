"""How long the far side of an HTTP request asks to be left alone: its Retry-After header, in seconds.

Both services that call others (deliver its offices, resolve a geocoder) obey it by this one reading. A header is a stranger's
text: whatever cannot be read is None, and never an error.
"""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

_LONGEST_WAIT: Final = 86_400.0
"""Retry-After is obeyed up to a day: beyond, it is a mistake or an attack."""


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds to wait as asked by a Retry-After header (seconds or a date); None where it cannot be read.

    Source: RFC 9110, 10.2.3. A date in the past means now; more than a day means a day.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text.lstrip("0")[:9] or 0), _LONGEST_WAIT)
    try:
        date = parsedate_to_datetime(text)
        date = date if date.tzinfo else date.replace(tzinfo=UTC)  # asctime's form names no zone, and means this one
        return min(max(0.0, date.timestamp() - now), _LONGEST_WAIT)
    except (TypeError, ValueError, OverflowError):
        return None
