"""What an office's automatic mail says of a letter that its chamber's intake took: that it has it, or refused it after all.

Accepted is not delivered: an office may check the address days later, and answers to the mail address in the document. Such a
mail changes a letter's state, so a guess is worse than nothing: it must come from an office's domain, name exactly one
DeliveryId, and say yes or no in a sentence without an if. Whatever else it holds is not kept, and never quoted.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime
from html.parser import HTMLParser
from typing import Final, Literal
from uuid import UUID

from services.deliver.channels.cwc.ack_patterns import BUILT_IN, Patterns
from services.deliver.found import Found

_MOST_TEXT: Final = 64 << 10
_ID: Final = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{12}5[0-9A-Fa-f]{3}[89ABab][0-9A-Fa-f]{15}(?![0-9A-Za-z])")
"""A DeliveryId of ours: a UUIDv5 without its dashes, so that another program's 32 hex digits are rarely taken for one."""
_OFFICE: Final = re.compile(r"(?<![0-9A-Za-z])(?:H[A-Z]{2}[0-9]{2}|S[A-Z]{2}0[123])(?![0-9A-Za-z])")
_QUOTED_LINE: Final = re.compile(r"^[ \t]*>[^\n]*$", re.MULTILINE)
_ORIGINAL: Final = re.compile(r"^-{2,}\s*original message", re.IGNORECASE | re.MULTILINE)
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|\n\s*\n|\n(?=[A-Za-z-]{2,20}\s*[:=])")


def read_acknowledgement(message: EmailMessage, patterns: Patterns = BUILT_IN) -> Found | None:
    """What the mail says of a letter; None where it is no acknowledgement, or not clearly one. Raises nothing."""
    sender = parseaddr(_header(message, "From"))[1].partition("@")[2].lower()
    if not patterns.is_sender(sender) or message.get_content_type() == "multipart/report":
        return None
    text = f"{_header(message, 'Subject')}\n\n{_text_of(message)}"[:_MOST_TEXT]
    text = _QUOTED_LINE.sub("", _ORIGINAL.split(text, maxsplit=1)[0])
    letters = {found.lower() for found in _ID.findall(text)}
    offices = set(_OFFICE.findall(text))
    channel = _channel(offices, sender)
    verdict = _verdict(text, patterns)
    if len(letters) != 1 or not channel or not verdict:
        return None
    says, reason = verdict
    office = offices.pop() if len(offices) == 1 else None
    return Found(str(UUID(letters.pop())), office, channel, says, reason, _date(message))


def _verdict(text: str, patterns: Patterns) -> tuple[Literal["refused", "delivered"], str] | None:
    """Yes or no, with the reason; None where no sentence says either, or one says yes and another no."""
    refused: list[str] = []
    delivered = False
    for sentence in (" ".join(one.split()) for one in _SENTENCE.split(text)):
        if any(sign.search(sentence) for sign in patterns.unclear):
            continue
        reason = next((reason for reason, sign in patterns.signs if sign.search(sentence)), None)
        if reason:
            refused.append(reason)
        elif any(sign.search(sentence) for sign in patterns.yes):
            delivered = True
    if refused and delivered:
        return None
    if refused:
        return "refused", next(reason for reason in patterns.refused if reason in refused)
    return ("delivered", "acknowledged") if delivered else None


def _channel(offices: set[str], sender: str) -> str:
    """The chamber's channel, by the offices that are named or else by the sender; empty where that is not clear."""
    chambers = {office[0] for office in offices}
    if not chambers:
        chambers = {domain[0].upper() for domain in ("house.gov", "senate.gov") if f".{sender}".endswith(f".{domain}")}
    return {"H": "cwc-house", "S": "cwc-senate"}[chambers.pop()] if len(chambers) == 1 else ""


def _date(message: EmailMessage) -> datetime:
    """The mail's own date, or now where it has none that can be, such as one of tomorrow."""
    now = datetime.now(UTC)
    try:
        date = parsedate_to_datetime(_header(message, "Date"))
        return min(date, now) if date.tzinfo else now
    except (ValueError, OverflowError):
        return now


def _header(message: EmailMessage, name: str) -> str:
    """The header as text; empty where the library cannot make sense of it, which it may say in any way."""
    try:
        return str(message.get(name, ""))
    except Exception:  # noqa: BLE001 - a stranger's header
        return ""


def _text_of(message: EmailMessage) -> str:
    """The plain text of the mail or, where it has none, the text of its HTML; attachments are left alone."""
    plain = [_content(part) for part in message.walk() if part.get_content_type() == "text/plain"]
    if any(text.strip() for text in plain):
        return "\n\n".join(plain)
    return "\n\n".join(_words(_content(part)) for part in message.walk() if part.get_content_type() == "text/html")


def _content(part: EmailMessage) -> str:
    if part.is_attachment():
        return ""
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    try:
        return raw[: 4 * _MOST_TEXT].decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return raw[: 4 * _MOST_TEXT].decode("ascii", "replace")


class _Text(HTMLParser):
    """Collects text; the end of a block is the end of a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._skipping = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Styles and scripts are no text."""
        self._skipping += tag in ("style", "script")
        if tag in ("p", "div", "br", "tr", "li", "td"):
            self.pieces.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        """As above."""
        self._skipping -= tag in ("style", "script") and self._skipping > 0

    def handle_data(self, data: str) -> None:
        """As above."""
        if not self._skipping:
            self.pieces.append(data)


def _words(html: str) -> str:
    reader = _Text()
    try:
        reader.feed(html[:_MOST_TEXT])
        reader.close()
    except (AssertionError, ValueError):  # a declaration that the library gives up on
        return ""
    return "".join(reader.pieces)
