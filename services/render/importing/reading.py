"""Bytes to lines: which encoding a pasted alert is in, and no character in it that a letter must not carry.

People paste from browsers, mail and word processors, so nothing is refused here: what had to be replaced or dropped is said
instead. Typographic quotes and dashes stay. Lines keep the numbers that an editor shows. Nothing here may take longer
than in proportion to the input.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from services.render.importing.draft import Line, Lines
from services.render.importing.page import is_page, page_lines

MAX_BYTES: Final = 4_000_000
"""Largest alert that is read; a page saved with everything in it is rarely a tenth of that."""

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_BREAKS: Final = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_SPACES: Final = re.compile("[\t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_INVISIBLE: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u200b\u2060\ufeff\ufdd0-\ufdef\ufff9-\ufffc\ufffe\uffff]|[\ud800-\udfff]"
)
_LAST_OF_PLANES: Final = "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
_BEYOND: Final = re.compile(f"[{_LAST_OF_PLANES}]")


@dataclass(frozen=True, slots=True)
class Source:
    """An alert as lines, blank ones included, and what had to be done to read it."""

    lines: Lines
    encoding: str
    page: bool
    notes: tuple[str, ...]


def read_source(raw: bytes) -> Source:
    """The alert in ``raw``, plain text or HTML; whatever the bytes are, there is a result."""
    notes: list[str] = []
    text, encoding = _decoded(raw, notes)
    text = _clean(text, notes)
    page = is_page(text)
    if page:
        notes.append("It is HTML: its text was read, its scripts and styles were not. Lines are counted in that text.")
        lines = page_lines(text)
    else:
        lines = tuple(Line(number, _SPACES.sub(" ", line).strip()) for number, line in enumerate(text.split("\n"), 1))
    return Source(lines, encoding, page, tuple(notes))


def _decoded(raw: bytes, notes: list[str]) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            text = raw.decode(encoding, "replace")
            if "\N{REPLACEMENT CHARACTER}" in text:
                notes.append(f"Some bytes are not {encoding.upper()}; \N{REPLACEMENT CHARACTER} stands in their place.")
            return text, encoding
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        notes.append(f"It is not UTF-8 (line {line}) and was read as Windows-1252. Look at its accents and quotes.")
        return raw.decode("cp1252", "replace"), "cp1252"


def _clean(text: str, notes: list[str]) -> str:
    """``text`` in LF lines and NFC, without controls, invisible characters and what no XML or YAML can carry."""
    text = _BREAKS.sub("\n", text).replace("\t", " ")
    text, bidi = _BIDI.subn("", text)
    if bidi:
        notes.append(f"{bidi} characters that turn the direction of writing were dropped.")
    text, dropped = _INVISIBLE.subn("", text)
    text, beyond = _BEYOND.subn("", text)
    if dropped + beyond:
        notes.append(f"{dropped + beyond} characters that cannot be seen were dropped.")
    return unicodedata.normalize("NFC", text)
