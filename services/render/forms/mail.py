"""The form ``mail``: the letter as an HTML document, for the part of a mail that readers' programs prefer to show.

It says what the plain text says, in the same paragraphs and lines, and nothing more: complete in itself, without links,
pictures or anything else from elsewhere, so that it cannot be used to watch who reads it. Each paragraph finds its own
direction, because one letter may hold several scripts.
"""

from __future__ import annotations

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

_PARAGRAPH: Final = '</p><p dir="auto">'


class MailForm:
    """A ``services.render.forms.Form``. Nothing makes a letter unfit for it."""

    def make(self, letter: Facts) -> str:
        """The HTML document."""
        return document(letter.locale, letter.subject, letter.body)


def document(locale: str, subject: str, body: str) -> str:
    """The HTML document of a letter."""
    direction = ' dir="rtl"' if locale[:2] in _RIGHT_TO_LEFT else ""
    text = _escaped(body).replace("\n\n", _PARAGRAPH).replace("\n", "<br>")
    return (
        f'<!DOCTYPE html>\n<html lang="{locale}"{direction}>\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_escaped(subject)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<p dir="auto">{text}</p>\n</body>\n</html>\n'
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
