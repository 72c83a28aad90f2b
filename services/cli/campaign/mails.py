"""Reads the mail that render made, with the standard library's parser: what an office's program would see."""

from __future__ import annotations

import email
from email.policy import SMTP
from typing import NamedTuple


class Mail(NamedTuple):
    """The subject and both parts, decoded; a part that is missing is empty."""

    subject: str
    text: str
    html: str


def read_mail(message: str) -> Mail:
    """What ``message`` says."""
    found = email.message_from_bytes(message.encode(), policy=SMTP)
    parts = {part.get_content_type(): str(part.get_content()) for part in found.walk() if not part.is_multipart()}
    return Mail(str(found["Subject"] or ""), parts.get("text/plain", ""), parts.get("text/html", ""))
