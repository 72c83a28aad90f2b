"""What stands on the page: a letter's facts to the values that the layout is filled with.

Text stays text: it is cut into paragraphs and lines and told which way it runs, and nothing of it is dropped but characters
that nobody can see and that could make it read otherwise than it was written. The layout decides where everything stands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from unicodedata import bidirectional

from services.render.forms.paper.wording import date_line, is_right_to_left, page_line

if TYPE_CHECKING:
    from schemas.accepted import Address, Constituent
    from services.render.forms import Facts

_MOST_CLOSING_LINES: Final = 8
_MOST_CLOSING: Final = 600
"""A closing of more lines or characters is no closing any more: it may be broken over two pages."""

_UNSEEN: Final = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff\u200b\u00ad]")
"""Orders to reverse text, which could forge what a reader sees, and characters without width. Intake removes them from what
people type; a campaign's own text comes here as it is."""

_TALL: Final = re.compile(r"[\u0590-\u109f\u1200-\u139f\u1780-\u17ff\u2e80-\ud7ff]")
"""Scripts whose letters or marks reach further up or down than Latin's: their lines stand further apart."""

_EAST_ASIAN: Final = r"\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef"
_PIECES: Final = re.compile(rf"\n|[{_EAST_ASIAN}] ?|[^\n {_EAST_ASIAN}]+ *| +")
_NEVER_FIRST: Final = frozenset("、。〉》」』】〕〗〙〛，．：；？！）］｝ぁぃぅぇぉっゃゅょァィゥェォッャュョー々…")  # noqa: RUF001 - so they are typed
"""What East Asian typesetting never puts at the start of a line: it stays with the character before it."""


def content(letter: Facts) -> dict[str, Any]:
    """The values of ``letter.typ``, fit for JSON."""
    locale = letter.locale
    rtl = is_right_to_left(locale)
    language, _, region = locale.partition("-")
    salutation, paragraphs, closing = _taken_apart(letter)
    name = _name(letter.constituent)
    return {
        "language": language,
        "region": region or None,
        "rtl": rtl,
        "id": letter.letter_id,
        "pages": page_line(locale),
        "day": [letter.made_on.year, letter.made_on.month, letter.made_on.day],
        "date": _seen(date_line(letter.made_on, locale)),
        "sender": [_seen(line) for line in (name, *_address_lines(letter.constituent.address))],
        "addressee": [_seen(line) for line in _addressee_lines(letter)],
        "subject": _block(letter.subject, rtl=rtl),
        "salutation": _block(salutation, rtl=rtl) if salutation else None,
        "paragraphs": [_block(paragraph, rtl=rtl) for paragraph in paragraphs[:-1]],
        "last": {**_block(paragraphs[-1], rtl=rtl), "pieces": _pieces(_seen(paragraphs[-1]))} if paragraphs else None,
        "closing": _closing(closing, letter.constituent, rtl=rtl) if closing else None,
    }


def text_of(values: Any) -> str:
    """All text among ``values`` that a font has to show."""
    if isinstance(values, str):
        return values
    if isinstance(values, dict):
        values = values.values()
    return "".join(map(text_of, values)) if isinstance(values, (list, type({}.values()))) else ""


def _taken_apart(letter: Facts) -> tuple[str, list[str], str]:
    """Salutation, paragraphs and closing. The text between is that of ``body``, where the person's words stand where the
    campaign has put them; a letter whose parts were never told apart is paragraphs alone.
    """
    body, parts = letter.body.strip("\n"), letter.parts
    salutation, closing = parts.salutation.strip(), parts.closing.strip("\n")
    if salutation and body.startswith(salutation):
        body = body[len(salutation) :].lstrip("\n")
    else:
        salutation = ""
    if closing and body.endswith(closing):
        body = body[: -len(closing)].rstrip("\n")
    else:
        closing = ""
    return salutation, [part.strip("\n") for part in re.split(r"\n[ \t]*\n", body) if part.strip()], closing


def _closing(text: str, person: Constituent, *, rtl: bool) -> dict[str, Any]:
    """The closing, with the lines before the person's name apart from it: there is room to sign between them.

    A closing without the name gets it: a letter on paper is signed.
    """
    lines = text.split("\n")
    signed = [at for at, line in enumerate(lines) if person.first_name in line and person.last_name in line]
    at = signed[0] if signed else len(lines)
    before, after = (lines[:at], lines[at:] or [_name(person)]) if at else (lines, [])
    return {
        "together": len(lines) <= _MOST_CLOSING_LINES and len(text) <= _MOST_CLOSING,
        "before": _block("\n".join(before), rtl=rtl),
        "after": _block("\n".join(after), rtl=rtl) if after else None,
    }


def _block(text: str, *, rtl: bool) -> dict[str, Any]:
    text = _seen(text)
    return {"rtl": _runs_left(text, otherwise=rtl), "tall": bool(_TALL.search(text)), "lines": text.split("\n")}


def _runs_left(text: str, *, otherwise: bool) -> bool:
    """Whether a paragraph is set from right to left: its first letter says so (Unicode annex 9, rules P2 and P3)."""
    if text.isascii() and any(map(str.isalpha, text)):
        return False
    for character in text:
        kind = bidirectional(character)
        if kind in ("L", "R", "AL"):
            return kind != "L"
    return otherwise


def _pieces(text: str) -> list[str]:
    """``text`` cut where a line may end: the layout keeps the last lines of a letter with its closing.

    A line break is a piece of its own. Put together again they are the text.
    """
    pieces: list[str] = []
    for piece in _PIECES.findall(text):
        if pieces and pieces[-1] != "\n" and piece[0] in _NEVER_FIRST:
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def _seen(text: str) -> str:
    return text if text.isascii() else _UNSEEN.sub("", text)


def _name(person: Constituent) -> str:
    return " ".join(part for part in (person.prefix, person.first_name, person.last_name) if part)


def _address_lines(address: Address) -> list[str]:
    zip_code = f"{address.zip5}-{address.plus4}" if address.plus4 else address.zip5
    city = f"{address.city}, {address.state} {zip_code}" if address.state else f"{address.city} {zip_code}"
    return [line for line in (address.line1, address.line2, city) if line]


def _addressee_lines(letter: Facts) -> list[str]:
    to = letter.addressee
    return list(to.lines) or [to.name or to.salutation]
