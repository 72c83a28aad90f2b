"""Delivery status notifications (RFC 3464), read from mail that anybody may have sent: fields by name, and what they come to.

Nothing here trusts a header to be well-formed: names and values are taken as they lie in the mail, because the standard
library's own reading of a malformed header can raise anything. What cannot be read is taken for absent.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from email.message import EmailMessage, Message
from typing import Final, Literal

Outcome = Literal["failed", "delivered", "delayed"]

_STATUS_PARTS: Final = re.compile(r"^message/(global-)?delivery-status\b", re.IGNORECASE)
_RETURNED: Final = re.compile(r"^(message/(rfc822|global)|text/rfc822-headers|message/global-headers)\b", re.IGNORECASE)
_STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_MOST_PARTS: Final = 200
"""Parts of a mail that are looked at; a notification has three."""

_BY_DETAIL: Final = {
    (1, 7): "bounced_sender",
    (1, 8): "bounced_sender",
    (2, 1): "bounced_no_mailbox",
    (2, 2): "bounced_mailbox_full",
    (2, 3): "bounced_too_large",
    (3, 4): "bounced_too_large",
    (4, 7): "bounced_expired",
}
_BY_SUBJECT: Final = {1: "bounced_no_mailbox", 3: "bounced_unreachable", 4: "bounced_unreachable", 6: "bounced_content",
                      7: "bounced_policy"}  # fmt: skip
"""Enhanced status codes, subject and detail (RFC 3463; 5248 keeps the list): what a letter's sender can make of them."""

_BY_REPLY: Final = {"550": "bounced_no_mailbox", "551": "bounced_no_mailbox", "552": "bounced_mailbox_full",
                    "553": "bounced_no_mailbox"}  # fmt: skip
"""Where no enhanced code tells more, the reply of the server that refused (RFC 5321, 4.2.3)."""

REASONS: Final = frozenset({*_BY_DETAIL.values(), *_BY_SUBJECT.values(), "bounced_other"})
"""Every reason that a bounce can give."""


def headers(message: Message, name: str) -> list[str]:
    """The values of header ``name`` as they lie in the mail, unfolded."""
    if isinstance(message, EmailMessage):
        items: Iterator[tuple[str, object]] = iter(message.raw_items())
    else:
        items = iter(message.items())
    return [" ".join(str(value).split()) for one, value in items if str(one).lower() == name.lower()]


def parts(message: Message) -> Iterator[Message]:
    """The message and what is in it, up to a bound."""
    for number, part in enumerate(message.walk()):
        if number >= _MOST_PARTS:
            return
        yield part


def content_type(part: Message) -> str:
    """The header as it lies there, in lower case; plain text where there is none."""
    return next(iter(headers(part, "Content-Type")), "text/plain").lower()


def statuses(message: Message) -> list[Mapping[str, str]]:
    """The blocks of fields of the notification in ``message``: one of the message, and one of each recipient.

    Field names are in lower case. Empty where ``message`` holds no notification.
    """
    for part in parts(message):
        if _STATUS_PARTS.match(content_type(part)):
            return [block for block in _blocks(part) if block]
    return []


def recipients(blocks: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Those of recipients. Some systems leave the message's block out, or the line between it and the first of these."""
    return [block for block in blocks if not block.keys().isdisjoint(_OF_RECIPIENTS)]


def returned(message: Message) -> Iterator[Message | str]:
    """What came back of the mail that was sent: the mail, or the text of its headers."""
    for part in parts(message):
        if part is not message and _RETURNED.match(content_type(part)):
            inner = part.get_payload()
            if isinstance(inner, list):
                yield from (one for one in inner if isinstance(one, Message))
            elif isinstance(inner, str):
                yield inner


def outcome(blocks: Sequence[Mapping[str, str]]) -> Outcome | None:
    """What became of the letter, by the blocks of its recipients: failed only where it failed for all of them.

    An office's address may be several people's, and one of them having it is enough.
    """
    each = {found for found in map(_outcome, blocks) if found}
    if each == {"failed"}:
        return "failed"
    return "delivered" if "delivered" in each else "delayed" if each else None


def reason(block: Mapping[str, str]) -> str:
    """The code for why a recipient's delivery failed."""
    diagnostic = block.get("diagnostic-code", "")
    said = _STATUS.search(block.get("status", ""))
    if said is None or (said[2], said[3]) == ("0", "0"):  # "other": the server's own words may hold more
        said = _STATUS.search(diagnostic) or said
    subject, detail = (int(said[2]), int(said[3])) if said else (0, 0)
    if subject == 0:
        code = re.search(r"(?<!\d)5\d\d(?!\d)", diagnostic)
        return _BY_REPLY.get(code[0] if code else "", "bounced_other")
    return _BY_DETAIL.get((subject, detail)) or _BY_SUBJECT.get(subject, "bounced_other")


def _outcome(block: Mapping[str, str]) -> Outcome | None:
    action, status = block.get("action", "").partition("(")[0].strip().lower(), block.get("status", "")
    if action == "failed" or (not action and status.startswith("5.")):
        return "failed"  # a status of 4 as well, if the far side has given up
    if action == "delivered" or (not action and status.startswith("2.")):
        return "delivered"
    # relayed and expanded: it went where no more will be heard of it
    return "delayed" if action or status else None


def _blocks(part: Message) -> Iterator[Mapping[str, str]]:
    """The parser makes a message of each block; of the international form, only of the first, and text of the rest."""
    payload = part.get_payload()
    if isinstance(payload, list) and "base64" in map(str.lower, headers(part, "Content-Transfer-Encoding")):
        texts = (one.get_payload() for one in payload if isinstance(one, Message))
        payload = _decoded("".join(text for text in texts if isinstance(text, str)))
    if isinstance(payload, str):
        yield from map(_fields, re.split(r"\r?\n[ \t]*\r?\n", payload))
        return
    for inner in payload if isinstance(payload, list) else []:
        if isinstance(inner, Message):
            yield {name: found[0] for name in _NAMES if (found := headers(inner, name))}
            rest = inner.get_payload()
            if isinstance(rest, str):
                yield from map(_fields, re.split(r"\r?\n[ \t]*\r?\n", rest))


def _decoded(text: str) -> str:
    """The international form may be in base64 (RFC 6533, 3), which the parser leaves as it is."""
    try:
        return b64decode(text).decode("utf-8", "replace")
    except ValueError:
        return ""


def _fields(text: str) -> Mapping[str, str]:
    lines = re.sub(r"\r?\n[ \t]+", " ", text.strip()).splitlines()
    pairs = (line.partition(":") for line in lines)
    return {
        name.strip().lower(): value.strip() for name, colon, value in pairs if colon and name.strip().lower() in _NAMES
    }


_NAMES: Final = ("action", "status", "diagnostic-code", "final-recipient", "original-recipient", "original-envelope-id",
                 "reporting-mta", "arrival-date")  # fmt: skip

_OF_RECIPIENTS: Final = frozenset({"action", "status", "final-recipient"})
