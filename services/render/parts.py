"""A letter put together, and taken apart: what is the campaign's text, what are the person's own words, and how much of the
campaign's text the person changed.

Forms carry the parts differently: a mail as one text, a message to a congressional office with both apart and no signature.
A letter that the person edited is the person's own text and data, like the message; it is never a template. Nothing that a
person wrote may be lost here, and nothing of it may end up in the campaign's part.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from services.render.edits import edited_share
from services.render.templates import TemplateFault

if TYPE_CHECKING:
    from services.render.templates import LetterTemplate, LetterText

MAX_BODY_CHARACTERS: Final = 25_000
"""Longest letter with the person's own words in it; ``schemas.letter`` refuses more."""
MAX_LINE_CHARACTERS: Final = 300
"""Longest subject and salutation."""

_GAP: Final = re.compile(r"\n{3,}")


class Composed(NamedTuple):
    """One letter; see ``schemas.letter.Parts``. ``version`` is empty for the campaign's own letter."""

    subject: str
    body: str
    salutation: str
    statement: str
    own_words: str
    closing: str
    edited: float
    version: str


def compose(
    template: LetterTemplate, text: LetterText, values: dict[str, str], message: str = "", edited_letter: str = ""
) -> Composed:
    """The letter of one person. ``values`` are what templates may use, but for ``message``, which is set here.

    Raises:
        TemplateFault: a template failed, or what came out is empty or too long.
    """
    values["message"] = message
    subject = _line(template.fill(text.subject, values))
    salutation = _line(template.fill(template.salutation, values))
    closing = template.fill(template.closing, values).strip()
    whole = template.fill(text.letter, values).strip()
    statement = whole
    if message and text.has_message:
        statement = template.fill(text.letter, values | {"message": ""}).strip()
    if template.in_parts:
        statement = tidy(statement)
        whole = whole if message and text.has_message else statement
    own_words, share = message, 0.0
    if edited_letter:
        share = min(edited_share(original, edited_letter) for original in {statement, whole})
        if share:
            statement, own_words = "", _with(edited_letter, message)
            whole = own_words
    if message and not share and template.in_parts and not text.has_message:
        whole = _with(whole, own_words)
    body = "\n\n".join(part for part in (salutation, whole, closing) if part) if template.in_parts else whole
    slug = template.campaign.slug
    if not subject or not whole or len(body) > MAX_BODY_CHARACTERS:
        raise TemplateFault(f"{slug}: the letter came out empty or over {MAX_BODY_CHARACTERS} characters")
    if len(subject) > MAX_LINE_CHARACTERS or len(salutation) > MAX_LINE_CHARACTERS:
        raise TemplateFault(f"{slug}: a line came out over {MAX_LINE_CHARACTERS} characters")
    return Composed(subject, body, salutation, statement, own_words, closing, share, text.name)


def tidy(text: str) -> str:
    """Paragraphs apart by one blank line, where a part that was left out has left two."""
    return _GAP.sub("\n\n", text) if "\n\n\n" in text else text


def _line(text: str) -> str:
    return " ".join(text.split())


def _with(text: str, message: str) -> str:
    """Both, in this order; a message that stands in the text already is not said twice."""
    return text if not message or message in text else f"{text}\n\n{message}"
