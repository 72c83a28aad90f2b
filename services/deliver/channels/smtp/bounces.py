"""Reads mails that come back: which letter one is about, and whether it says that the letter was not delivered after all.

A notification (RFC 3464) is believed by its fields. What is no notification is believed only if it came to a letter's own
return path, from a mail system, with a server's 5xx reply in it: half of what comes to such an address is out-of-office notes
(RFC 3834) and requests to confirm. Mail can be forged, so the most that this can say is what the ledger then checks;
it must never fail on a mail, whatever is in it, nor hand out any of its text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Final, Literal

from services.deliver.channels.smtp import dsn
from services.deliver.channels.smtp.verp import read_return_path
from services.deliver.found import Found

Kind = Literal["bounced", "delivered", "delayed", "automatic", "nothing"]
"""``delayed``: the far side still tries. ``automatic``: a note that a person's program sent. ``nothing``: none of these."""

_NAME: Final = "smtp"
_TO: Final = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "To")
"""Where mail systems write the address that a mail came to, the surest first."""

_UUID5: Final = "[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_MESSAGE_ID: Final = re.compile(rf"<({_UUID5})@[A-Za-z0-9.-]{{1,253}}>")
"""A letter's id is of version 5 and lower-case; those of mail programs are of version 4, or in capitals."""

_ENVELOPE_ID: Final = re.compile(rf"\A{_UUID5}\Z")
_RETURNED_ID: Final = re.compile(r"^Message-ID:[ \t]*(?:\r?\n[ \t]+)?(\S+)", re.IGNORECASE | re.MULTILINE)
_SYSTEM: Final = re.compile(r"(?<![\w.+-])(mailer-daemon|postmaster|mail-daemon)(?![\w.+-]*\w)", re.IGNORECASE)
_REPLY: Final = re.compile(
    r"(?<![\d.-])5\d\d[ -]#?5\.\d{1,3}\.\d{1,3}\b"  # 550 5.1.1
    r"|#5\.\d{1,3}\.\d{1,3}\b"  # (#5.1.1)
    r"|\b(?:said|reply|response|error|server returned)\b[^\n]{0,60}?(?<![\d.-])55[0-4](?![\d.-])",  # said: 550
    re.IGNORECASE,
)
_MOST_TEXT: Final = 100_000


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a mail is, and what it says of a letter where it says something that holds."""

    kind: Kind
    found: Found | None = None


def read_bounce(message: Message, now: datetime | None = None) -> Found | None:
    """What ``message`` says of a letter, if it is one that came back; never raises. ``now`` is when it was read."""
    return sort(message, now).found


def sort(message: Message, now: datetime | None = None) -> Bounce:
    """The kind of ``message`` with what it says; never raises."""
    try:
        return _sort(message, now or datetime.now(UTC))
    except Exception:  # noqa: BLE001 - a stranger's mail must not stop those after it, whatever the parser trips over
        return Bounce("nothing")


def _sort(message: Message, now: datetime) -> Bounce:
    blocks = dsn.statuses(message)
    recipients = dsn.recipients(blocks)
    became = dsn.outcome(recipients)
    if became == "delayed":
        return Bounce("delayed")
    if became is None and not _is_a_bounce_in_prose(message):
        return Bounce("automatic" if _is_automatic(message) else "nothing")
    letter = _letter(message, blocks[0].get("original-envelope-id", "") if blocks else "")
    if letter is None:
        return Bounce("nothing")
    when = _date(message, now)
    if became == "delivered":
        return Bounce("delivered", Found(*letter, _NAME, "delivered", "delivered", when))
    said = dsn.reason(recipients[0]) if recipients else dsn.reason({"diagnostic-code": _text(message)})
    return Bounce("bounced", Found(*letter, _NAME, "refused", said, when))


def _letter(message: Message, envelope_id: str) -> tuple[str, str | None] | None:
    """The letter and its office: by the address it came to, by the envelope's id, by the mail that was returned."""
    tagged = _came_to(message)
    if tagged is not None:
        return tagged
    if _ENVELOPE_ID.match(envelope_id):
        return envelope_id, None
    for inner in dsn.returned(message):
        ids = _RETURNED_ID.findall(inner) if isinstance(inner, str) else dsn.headers(inner, "Message-ID")
        found = _MESSAGE_ID.search(" ".join(ids[:1]))
        if found:
            return found[1], None
    return None


def _came_to(message: Message) -> tuple[str, str | None] | None:
    for name in _TO:
        for value in dsn.headers(message, name):
            found = read_return_path(value)
            if found:
                return found
    return None


def _is_a_bounce_in_prose(message: Message) -> bool:
    if _came_to(message) is None:
        return False
    replied = any("auto-replied" in value.lower() for value in dsn.headers(message, "Auto-Submitted"))
    system = any(_SYSTEM.search(value) for value in dsn.headers(message, "From"))
    return system and not replied and _REPLY.search(_text(message)) is not None


def _is_automatic(message: Message) -> bool:
    """RFC 3834, 5, and what programs used before it."""
    said = [value.lower() for value in dsn.headers(message, "Auto-Submitted")]
    bulk = {value.lower() for value in dsn.headers(message, "Precedence")} & {"auto_reply", "bulk", "junk"}
    marked = any(dsn.headers(message, name) for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponse"))
    return any(not value.startswith("no") for value in said) or bool(bulk) or marked


def _text(message: Message) -> str:
    """The first readable text of the mail, bounded."""
    for part in dsn.parts(message):
        if dsn.content_type(part).startswith("text/plain"):
            raw = part.get_payload(decode=True)
            return raw[:_MOST_TEXT].decode("utf-8", "replace") if isinstance(raw, bytes) else ""
    return ""


def _date(message: Message, now: datetime) -> datetime:
    """When the mail says that it was written; nobody can have written it after it was read."""
    for value in dsn.headers(message, "Date"):
        try:
            found = parsedate_to_datetime(value)
        except (ValueError, OverflowError, IndexError, TypeError):
            break
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        return min(aware.astimezone(UTC), now) if aware.year > 1990 else now
    return now
