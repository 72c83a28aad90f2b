"""What kind of mail one is, and what it says of a letter: every reader of mails that there is, in turn.

A mail is a stranger's: whatever it holds, it is sorted into some kind, the next one is read, and none of its text is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Final, Literal, get_args

from services.deliver.channels.cwc.acknowledgements import read_acknowledgement
from services.deliver.channels.smtp import bounces

if TYPE_CHECKING:
    from email.message import EmailMessage

    from services.deliver.channels.cwc.ack_patterns import Patterns
    from services.deliver.found import Found

Kind = Literal["bounced", "delivered", "refused", "acknowledged", "delayed", "automatic", "unrecognised", "unreadable"]
"""The first four say something of a letter: mail that came back or did arrive, an office's intake that refused or took it."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_OF_A_BOUNCE: Final[dict[bounces.Kind, Kind]] = {
    "bounced": "bounced",
    "delivered": "delivered",
    "delayed": "delayed",
    "automatic": "automatic",
    "nothing": "unrecognised",
}


@dataclass(frozen=True, slots=True)
class Sorted:
    """A mail's kind, and what it says of a letter, if it does."""

    kind: Kind
    found: Found | None = None


def sort(raw: bytes, patterns: Patterns, now: datetime) -> Sorted:
    """Sort one mail; never raises. ``patterns`` are those of the offices' acknowledgements."""
    try:
        message = message_from_bytes(raw, policy=default)
    except Exception:  # noqa: BLE001 - the parser's failures have no common base, and nesting without end is one
        return Sorted("unreadable")
    if not any(True for _ in message.raw_items()):
        return Sorted("unreadable")
    bounce = bounces.sort(message, now)
    if bounce.found:
        return Sorted(_OF_A_BOUNCE[bounce.kind], bounce.found)
    acknowledged = _acknowledgement(message, patterns)
    if acknowledged:
        return Sorted("refused" if acknowledged.says == "refused" else "acknowledged", acknowledged)
    return Sorted(_OF_A_BOUNCE[bounce.kind])


def _acknowledgement(message: EmailMessage, patterns: Patterns) -> Found | None:
    try:
        return read_acknowledgement(message, patterns)
    except Exception:  # noqa: BLE001 - a header that the standard library cannot read raises when it is looked at
        return None
