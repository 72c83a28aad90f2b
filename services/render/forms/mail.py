"""The form ``mail``: the letter as a MIME message of two parts that say the same, plain text and HTML.

The HTML has the same paragraphs and lines and nothing more: complete in itself, without links, pictures or anything else from
elsewhere, so that it cannot be used to watch who reads it. Each paragraph finds its own direction, because one letter may
hold several scripts. Its lines are such as every server takes; who it is from and to, the channel adds.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from email.header import Header
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from services.render.forms import Facts

_RIGHT_TO_LEFT: Final = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
"""Languages that are written from right to left (CLDR, characterOrder)."""

_STYLE: Final = (
    "body{margin:1.5em auto;max-width:40em;padding:0 1em;font:16px/1.5 Georgia,serif;color:#111;background:#fff}"
    "p{margin:0 0 1em;white-space:pre-wrap;overflow-wrap:anywhere}"
)
"""``pre-wrap`` keeps runs of spaces as they were typed; line breaks are elements, since not every program reads styles."""

_BOUNDARY: Final = "=_postbag"
"""Base64 has no underscore, so it cannot hold this; a letter that does is given in base64."""

_ALTERNATIVES: Final = f'Content-Type: multipart/alternative; boundary="{_BOUNDARY}"\r\n'
_OPENS: Final = f"\r\n--{_BOUNDARY}\r\nContent-Type: "
_AS: Final = "; charset=utf-8\r\nContent-Transfer-Encoding: "
_BOUNDARIES: Final = 4  # one that is told, three that stand there
_ENDS: Final = f"\r\n--{_BOUNDARY}--\r\n"
_LONGEST: Final = 998  # octets of a line (RFC 5322, 2.1.1)
_WIDTH: Final = 76  # ... of base64 (RFC 2045, 6.8)
_CRLF: Final = "\r\n"

_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""All that the standard library ends a line at (``str.splitlines``), and the other controls."""

_PARAGRAPH: Final = '</p>\n<p dir="auto">'


class MailForm:
    """A ``services.render.forms.Form``. Nothing makes a letter unfit for it."""

    def make(self, letter: Facts) -> str:
        """The message."""
        return message(letter.locale, letter.subject, letter.body)


def message(locale: str, subject: str, body: str) -> str:
    """The message: headers that are the letter's own, then both parts (RFC 2045, 2046, 2047), the last one preferred."""
    parts = (body.replace("\n", _CRLF), document(locale, subject, body).replace("\n", _CRLF))
    made = _message(subject, *map(_as_it_is, parts))
    # A line that is longer than any server must take, or looks like the end of a part, is seldom.
    if max(map(len, made.encode().split(b"\r\n"))) <= _LONGEST and made.count(_BOUNDARY) == _BOUNDARIES:
        return made
    return _message(subject, *map(_in_base64, parts))


def _message(subject: str, text: str, html: str) -> str:
    return (
        f"MIME-Version: 1.0\r\nSubject: {_header(subject)}\r\n{_ALTERNATIVES}"
        f"{_OPENS}text/plain{text}{_OPENS}text/html{html}{_ENDS}"
    )


def document(locale: str, subject: str, body: str) -> str:
    """The HTML of a letter."""
    direction = ' dir="rtl"' if locale[:2] in _RIGHT_TO_LEFT else ""
    text = _escaped(body).replace("\n", "<br>").replace("<br><br>", _PARAGRAPH)
    return (
        f'<!DOCTYPE html>\n<html lang="{locale}"{direction}>\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_escaped(subject)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<p dir="auto">{text}</p>\n</body>\n</html>\n'
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@lru_cache(maxsize=1000)
def _header(subject: str) -> str:
    """A line of a header; most letters of a campaign have the same. It holds no line end, so it can start no other header."""
    subject = _BREAKS.sub(" ", subject)
    return Header(subject, "us-ascii" if subject.isascii() else "utf-8", header_name="Subject").encode(linesep="\r\n")


def _as_it_is(text: str) -> str:
    """The rest of a part, which is readable in its source, too."""
    return f"{_AS}{'7bit' if text.isascii() else '8bit'}\r\n\r\n{text}"


def _in_base64(text: str) -> str:
    coded = b2a_base64(text.encode(), newline=False).decode()
    lines = [coded[start : start + _WIDTH] for start in range(0, len(coded), _WIDTH)]
    return f"{_AS}base64\r\n\r\n{_CRLF.join(lines)}"
