"""The form ``paper``: a letter's facts to a PDF in base64.

The press is opened with the form, so that a worker whose campaigns never ask for paper loads no fonts. A letter that cannot
be printed as it was written is unfit for paper and goes its other ways: nothing is left out or replaced to make it fit.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final

from services.pipeline.errors import SettingsRefused
from services.render.forms import Facts, Unfit
from services.render.forms.paper.content import content, text_of
from services.render.forms.paper.press import NotInstalled, Press, Unprintable

if TYPE_CHECKING:
    from services.render.forms.paper.settings import PaperSettings

MOST_BYTES: Final = 500_000
"""Of a PDF. In base64 it fits ``schemas.letter.Letter.paper``, and the letter with all its forms into one record."""

MOST_LINES: Final = 2000
"""Ends of lines in a body: some 50 pages of them. A letter of 25,000 that are next to empty would take seconds."""


def paper_form(settings: PaperSettings) -> PaperForm:
    """The form as the settings have it. Raises ``SettingsRefused``: no extra ``paper``, no such folder of fonts."""
    if settings.fonts_dir is not None and not settings.fonts_dir.is_dir():
        raise SettingsRefused("POSTBAG_FONTS_DIR: there is no such folder (docs/forms.md)")
    try:
        return PaperForm(Press(settings.fonts_dir))
    except NotInstalled as error:
        raise SettingsRefused(f"a campaign asks for the form paper: {error} (docs/forms.md)") from None


class PaperForm:
    """A ``services.render.forms.Form``."""

    def __init__(self, press: Press) -> None:
        self._press = press

    def make(self, letter: Facts) -> str:
        """The PDF in base64. Raises ``Unfit``: glyph_missing, paper_too_large, paper_failed."""
        return b64encode(self.pdf(letter)).decode()

    def pdf(self, letter: Facts) -> bytes:
        """The PDF itself. Raises ``Unfit`` as ``make`` does.

        Tags for readers' programs cost 40 bytes a letter in scripts whose marks are placed one by one (measured: 1.3 MB
        for 24,000 letters of Arabic, 0.2 MB without), so a letter that is too large with them goes without.
        """
        if letter.body.count("\n") > MOST_LINES:
            raise Unfit("paper_too_large")
        values = content(letter)
        try:
            for tagged in (True, False):
                pdf = self._press.pdf(values, letter.locale, tagged=tagged)
                if len(pdf) <= MOST_BYTES:
                    return pdf
        except Unprintable as error:
            raise Unfit(error.reason) from None
        raise Unfit("paper_too_large")

    def png(self, letter: Facts, page: int = 1, ppi: float = 110) -> bytes:
        """A picture of a page, the first is 1, for a preview. Raises ``Unfit`` as ``make`` does, and IndexError."""
        self.pdf(letter)
        pages = self._press.pngs(content(letter), letter.locale, ppi)
        if not 1 <= page <= len(pages):
            raise IndexError(f"the letter has {len(pages)} pages")
        return pages[page - 1]

    def missing(self, letter: Facts) -> tuple[str, ...]:
        """The characters of a letter that no font has: what a campaigner can change when it is ``glyph_missing``."""
        return self._press.missing(text_of(content(letter)))
