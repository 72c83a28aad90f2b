"""The press: one typesetter for the life of a process, with its fonts and the compiled layout.

Standards do the checking: a PDF/UA page has its language, its title, its order of reading and a character for every glyph,
or it is not made at all. So a character that no font shows is found by the typesetter itself, after shaping, where a list of
each font's characters would miss marks and joined letters. Nothing of a letter may be kept or told: errors are codes.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from services.render.forms.paper.content import text_of
from services.render.forms.paper.fonts import cjk_language, folders, order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FOLDER: Final = Path(__file__).parent
_ACCESSIBLE: Final[list[Any]] = ["a-2a", "ua-1"]
_PLAIN: Final[list[Any]] = ["a-2u"]
_NO_GLYPH: Final = ("could not be displayed", "disallowed codepoint")
_PRIVATE: Final = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
"""Private use: a font shows something for them, and nobody knows whether that is what was meant."""
_LANGUAGES: Final = ("zh", "tw", "ja", "ko")


class NotInstalled(Exception):
    """The extra ``paper`` is not installed; the message says how to install it."""


class Unprintable(Exception):
    """No page was made; ``reason`` is a ``schemas.fields.Code`` and the whole message."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Press:
    """Sets ``content.content`` in type, with the installed fonts and those in ``fonts_dir``. Raises ``NotInstalled``."""

    def __init__(self, fonts_dir: Path | None = None) -> None:
        try:
            import typst  # noqa: PLC0415 - the extra is optional: only a campaign that asks for paper needs it
        except ImportError:
            raise NotInstalled("letters on paper need the extra `paper`: pip install 'postbag[paper]'") from None
        places: list[Path] = [*folders(), *([fonts_dir] if fonts_dir else [])]
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=places)
        families = fonts.families()
        if "Noto Serif" not in families:
            raise NotInstalled("letters on paper need the fonts of the extra `paper`: pip install 'postbag[paper]'")
        self._error = typst.TypstError
        self._fonts = {language: json.dumps(order(families, language)) for language in _LANGUAGES}
        # From files: a compiler of a source in memory loses it after its first document (measured with typst 0.15).
        self._page = typst.Compiler(_FOLDER / "letter.typ", root=_FOLDER, font_paths=fonts)
        self._sample = typst.Compiler(_FOLDER / "sample.typ", root=_FOLDER, font_paths=fonts)

    def pdf(self, values: Mapping[str, Any], locale: str, *, tagged: bool = True) -> bytes:
        """The pages as PDF/A-2a and PDF/UA-1, or without tags as PDF/A-2u; the same bytes for the same values.

        The file is dated by the letter and not by the clock. Raises ``Unprintable``.
        """
        if _PRIVATE.search(text_of(values)):
            raise Unprintable("glyph_missing")
        try:
            made = self._page.compile(
                format="pdf",
                sys_inputs=self._inputs(values, locale),
                pdf_standards=_ACCESSIBLE if tagged else _PLAIN,
                pdf_tags=tagged,
            )
        except self._error as error:
            raise _reason(error.message) from None  # its text quotes the letter
        return bytes(made) if isinstance(made, bytes) else b""

    def pngs(self, values: Mapping[str, Any], locale: str, ppi: float) -> tuple[bytes, ...]:
        """A picture of each page, ``ppi`` pixels to the inch. Raises ``Unprintable``, but not for missing glyphs."""
        try:
            made = self._page.compile(format="png", sys_inputs=self._inputs(values, locale), ppi=ppi)
        except self._error as error:
            raise _reason(error.message) from None
        return (made,) if isinstance(made, bytes) else tuple(made or ())

    def missing(self, text: str) -> tuple[str, ...]:
        """The characters of ``text`` that no font has, in their order, as far as each can be told by itself."""
        doubtful = sorted({c for c in text if c > "\x7e" and not _PRIVATE.match(c)}, key=text.index)
        return tuple(sorted((*self._without_glyph(doubtful), *set(_PRIVATE.findall(text))), key=text.index))

    def _without_glyph(self, characters: Sequence[str]) -> Sequence[str]:
        """By halves: most texts have none, and few have many."""
        if not characters or self._shows(characters):
            return ()
        if len(characters) == 1:
            return characters
        middle = len(characters) // 2
        return (*self._without_glyph(characters[:middle]), *self._without_glyph(characters[middle:]))

    def _shows(self, characters: Sequence[str]) -> bool:
        inputs = {"text": json.dumps(characters), "fonts": self._fonts["zh"]}
        try:
            self._sample.compile(format="pdf", sys_inputs=inputs, pdf_standards=_ACCESSIBLE)
        except self._error:
            return False
        return True

    def _inputs(self, values: Mapping[str, Any], locale: str) -> dict[str, str]:
        fonts = self._fonts[cjk_language(locale, text_of(values))]
        return {"letter": json.dumps(values, ensure_ascii=False), "fonts": fonts}


def _reason(message: str) -> Unprintable:
    return Unprintable("glyph_missing" if any(sign in message for sign in _NO_GLYPH) else "paper_failed")
