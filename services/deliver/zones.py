"""Time zones by name, for offices' windows and for the days that printed letters are gathered by.

A slim system may have no table of time zones, and Windows never has one; the package ``tzdata`` is one. So a zone that is not
found is told with both remedies, and UTC is known without any table.
"""

from __future__ import annotations

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone(name: str) -> tzinfo:
    """The time zone of that name. Raises ``ValueError`` with a remedy."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"`{name}` is no known time zone: write UTC or a name such as America/New_York; where those are unknown, "
            "install the package tzdata"
        ) from None
