"""Mails that come back, made by hand in the shapes that mail systems give them."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid5

LETTER: Final = str(uuid5(UUID(int=0), "a letter"))
PATH: Final = f"bounces+{UUID(LETTER).hex}.HNY13@postbag.example"
CANARY: Final = "maria@canary.example"

RETURNED: Final = f"""\
From: "Maria Canary" <letters@postbag.example>
To: <hny13@offices.example>
Reply-To: <{CANARY}>
Message-ID: <{LETTER}@postbag.example>
Subject: A subject

Dear Representative, my canary died.
"""


def notification(
    *,
    status: str = "5.1.1",
    action: str = "failed",
    diagnostic: str = "smtp; 550 5.1.1 <hny13@offices.example>: Recipient address rejected",
    to: str = PATH,
    returned: str = RETURNED,
    per_message: str = "Reporting-MTA: dns; relay.example\n",
    more: str = "",
    kind: str = "message/delivery-status",
    original: str = "message/rfc822",
    headers: str = "",
) -> bytes:
    """A delivery status notification (RFC 3464) as the usual relays write it."""
    recipient = "".join(
        f"{name}: {value}\n"
        for name, value in (
            ("Final-Recipient", "rfc822; hny13@offices.example"),
            ("Action", action),
            ("Status", status),
            ("Diagnostic-Code", diagnostic),
        )
        if value
    )
    return f"""\
Return-Path: <>
{headers}Delivered-To: {to}
Date: Tue, 10 Mar 2026 08:00:00 -0500
From: MAILER-DAEMON@relay.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"

--=_b
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--=_b
Content-Type: {kind}

{per_message}
{recipient}{more}
--=_b
Content-Type: {original}

{returned}
--=_b--
""".encode()


def prose(
    text: str = "hny13@offices.example: host mx.offices.example said: 550 5.1.1 No such user",
    *,
    to: str = PATH,
    sender: str = "MAILER-DAEMON@relay.example",
    headers: str = "",
) -> bytes:
    """A bounce of a system that knows no notifications."""
    return f"""\
Return-Path: <>
{headers}Delivered-To: {to}
Date: Tue, 10 Mar 2026 08:00:00 -0500
From: {sender}
To: {to}
Subject: failure notice

Hi. This is the mail program at relay.example.
{text}
""".encode()


def away(*, to: str = PATH, text: str = "I am away until Monday. In urgent cases call 555 1234 or room 550.") -> bytes:
    """A note of a person's program (RFC 3834)."""
    return f"""\
Return-Path: <>
Delivered-To: {to}
Date: Tue, 10 Mar 2026 08:00:00 -0500
From: "Some Staff" <staff@offices.example>
To: {to}
Subject: Out of office: A subject
Auto-Submitted: auto-replied
In-Reply-To: <{LETTER}@postbag.example>

{text}
""".encode()
