"""The mail of a letter, whole: the form ``mail`` that render made, under the headers that only the channel can give it.

It is in 7 bits, always: which server takes more is known only once it is met, and the bytes of a letter are the same for
every attempt; besides, a signature outlives only what no relay converts (RFC 6376, 5.3). The one exception is an address
that ASCII cannot write: its message needs SMTPUTF8. What a person typed never becomes more than the text of one header:
nothing here lets a line end through, and a mail with a bare CR, a bare LF or a line too long is not sent.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from datetime import UTC
from email import message_from_bytes
from email.header import Header
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from services.deliver.channel import Unfit
from services.deliver.channels.smtp.addresses import Mailbox, mailbox

if TYPE_CHECKING:
    from schemas.accepted import Constituent
    from schemas.letter import Letter

_SEVEN_BIT: Final = SMTP.clone(cte_type="7bit", refold_source="none")
"""Headers stay as they are, so that no release of Python folds them in another way."""

_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
"""All that anything ends a line at, the other controls, and halves of characters."""

_LONGEST_LINE: Final = 998  # octets (RFC 5322, 2.1.1)

_OURS: Final = re.compile(
    rb"(?:^|\n)(?:from|sender|to|cc|bcc|reply-to|date|message-id|return-path|dkim-signature|resent-[a-z-]*)[ \t]*:",
    re.IGNORECASE,
)
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9 !#$%&'*+,./:;=?@^_`{|}~()<>\[\]-]{1,100}")
_WIDTH: Final = 76  # of base64 (RFC 2045, 6.8)


def build(letter: Letter, to: str, sender: Mailbox) -> bytes | Unfit:
    """The message, with CRLF line ends; the same bytes whenever it is asked for.

    ``Unfit``: ``no_address``, ``address_malformed`` (of the office), ``email_malformed`` (of the person), ``mail_malformed``.
    """
    office, person = mailbox(to), mailbox(letter.constituent.email)
    if office is None:
        return Unfit("address_malformed" if to else "no_address")
    if person is None:
        return Unfit("email_malformed")
    mail = _in_seven_bits(letter.mail.encode("utf-8", "replace")) if letter.mail else _plain(letter)
    if mail is None or _OURS.search(mail.partition(b"\r\n\r\n")[0]) or _is_broken(mail):
        return Unfit("mail_malformed")
    head = (
        f"From: {_named(letter.constituent)}<{sender}>\r\n"
        f"To: <{office.shortest}>\r\n"
        f"Reply-To: <{person.shortest}>\r\n"
        f"Date: {format_datetime(letter.accepted_at.astimezone(UTC))}\r\n"
        f"Message-ID: <{letter.letter_id}@{sender.domain}>\r\n"
    )
    return head.encode() + mail + (b"" if mail.endswith(b"\r\n") else b"\r\n")


def _named(person: Constituent) -> str:
    """The person's name as it may stand before an address, with a space after it, or nothing."""
    parts = (_BREAKS.sub(" ", part).strip() for part in (person.prefix, person.first_name, person.last_name))
    name = " ".join(filter(None, parts))
    if not name:
        return ""
    # An encoded word is decoded inside of quotes, too, by programs that should not: a name may look like one.
    if _PLAIN_NAME.fullmatch(name) and "=?" not in name:
        return f'"{name}" '
    return f"{_encoded(name, 'From')} "


def _encoded(text: str, header: str) -> str:
    return Header(text, "utf-8", header_name=header).encode(linesep="\r\n")


def _in_seven_bits(mail: bytes) -> bytes | None:
    """``mail`` with its 8-bit parts in base64; None where that cannot be done."""
    if mail.isascii():
        return mail
    try:
        made = message_from_bytes(mail, policy=_SEVEN_BIT).as_bytes(policy=_SEVEN_BIT)
    except Exception:  # noqa: BLE001 - the parser's failures on what is no mail have no common base
        return None
    return made if made.isascii() else None


def _is_broken(text: bytes) -> bool:
    """Whether a server could refuse this text, or see two mails in it: a CR or LF alone, a NUL, a line too long."""
    ends = text.count(b"\r\n")
    if text.count(b"\r") != ends or text.count(b"\n") != ends or b"\x00" in text:
        return True
    return max(map(len, text.split(b"\r\n"))) > _LONGEST_LINE


def _plain(letter: Letter) -> bytes:
    """The letter's text alone, for campaigns that do not ask for the form."""
    subject = _BREAKS.sub(" ", letter.subject)
    told = subject if subject.isascii() and "=?" not in subject else _encoded(subject, "Subject")
    body = re.sub(r"\r\n?|\n", "\r\n", letter.body).encode("utf-8", "replace")
    coding = b"7bit"
    if not body.isascii() or _is_broken(body):
        coded = b2a_base64(body, newline=False)
        body = b"\r\n".join(coded[start : start + _WIDTH] for start in range(0, len(coded), _WIDTH))
        coding = b"base64"
    return (
        b"MIME-Version: 1.0\r\nSubject: " + told.encode() + b"\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: " + coding + b"\r\n\r\n" + body
    )
