"""What an office's automatic mail says of a letter that its chamber's intake took: that it has it, or refused it after all.

Accepted is not delivered: an office may check the address days later, and answers to the mail address in the document. Such a
mail changes a letter's state, so a guess is worse than nothing: it must come from an office's domain, name exactly one
DeliveryId, and say yes or no in a sentence without an if. What it quotes of the person's letter is no word of the office's,
and an office that it names need not be the letter's: the ledger knows that one. Nothing else of it is kept, or quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
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
_ORIGINAL: Final = re.compile(
    r"^-{2,}\s*original message|^_{10,}[ \t]*$|^From:[^\n]*\n\s*(?:Sent|Date|To):"
    r"|^On [^\n]{5,200}(?:\n[^\n]{0,200})?\bwrote:[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
"""What mail programs put before the mail that they answer."""
_NAMED: Final = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^"<>@,;:\\])*<([^<>]*)>')
_ADDRESS: Final = re.compile(r'[^\s"<>@,;:()\\]+@([A-Za-z0-9.-]+)')
_SKIPPED: Final = ("style", "script", "blockquote")
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|\n\s*\n|\n(?=[A-Za-z-]{2,20}\s*[:=])")


def read_acknowledgement(message: EmailMessage, patterns: Patterns = BUILT_IN) -> Found | None:
    """What the mail says of a letter; None where it is no acknowledgement, or not clearly one. Raises nothing."""
    sender = _sender(message)
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
    return Found(str(UUID(letters.pop())), None, channel, says, reason, _date(message))


def _sender(message: EmailMessage) -> str:
    """The domain of the one address that the mail is from; empty where readers could differ on which one that is.

    As it lies in the mail: what checked the sender on the way may have read another address out of the same header.
    """
    given = [" ".join(str(value).split()) for name, value in message.raw_items() if name.lower() == "from"]
    if len(given) != 1:
        return ""
    named = _NAMED.fullmatch(given[0])
    found = _ADDRESS.fullmatch(named[1] if named else given[0])
    return found[1].lower() if found else ""


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
    """The chamber's channel, by the sender and the offices that are named; empty where that is not clear."""
    chambers = {office[0] for office in offices}
    chambers |= {domain[0].upper() for domain in ("house.gov", "senate.gov") if f".{sender}".endswith(f".{domain}")}
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
    """The plain text of the mail or, where it has none, the text of its HTML."""
    parts = list(_own_parts(message))
    plain = [_content(part) for part in parts if part.get_content_type() == "text/plain"]
    if any(text.strip() for text in plain):
        return "\n\n".join(plain)
    return "\n\n".join(_words(_content(part)) for part in parts if part.get_content_type() == "text/html")


def _own_parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """What the office itself says. What it attaches, and a mail within the mail, is somebody else's, such as the letter."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if part.is_attachment() or part.get_content_maintype() == "message":
            continue
        inner = part.get_payload()
        if isinstance(inner, list):
            waiting += [one for one in reversed(inner) if isinstance(one, EmailMessage)]
        else:
            yield part


def _content(part: EmailMessage) -> str:
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
        """Styles and scripts are no text, and what is quoted is not the office's."""
        self._skipping += tag in _SKIPPED
        if tag in ("p", "div", "br", "tr", "li", "td"):
            self.pieces.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        """As above."""
        self._skipping -= tag in _SKIPPED and self._skipping > 0

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
