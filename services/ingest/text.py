"""Text as people type it to text that can be shown, mailed and compared: NFC, visible, and of the people's own words.

NFC and not NFKC, which would turn ligatures and numerals of a person's name into other letters. What cannot be seen is
removed, what could forge a header or a document is refused, and every script is welcome. Normalising twice changes
nothing. ``str.isprintable`` is the fast way past all of it: it is false for every control, format, line-separating,
private and unassigned character, in C.
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import category, name, normalize

from services.ingest.codes import Refused

LINE_LIMIT: Final = 300
"""Code points in a field of one line, as in ``schemas.fields.Line``."""

BODY_LIMIT: Final = 10_000
"""Code points in a message, as in ``schemas.fields.Body``."""

MARKS_LIMIT: Final = 8
"""Combining marks on one character; no script needs more than a few, and stacks of fifty cover the lines around them."""

_C0: Final = frozenset(range(0x20)) | {0x7F}
_C1: Final = frozenset(range(0x80, 0xA0))
_NEL: Final = 0x85
_SEPARATORS: Final = frozenset({0x2028, 0x2029})
_BIDI: Final = frozenset(range(0x202A, 0x202F)) | frozenset(range(0x2066, 0x206A))
_INVISIBLE: Final = frozenset(
    {0xAD, 0x180E, 0x200B, 0xFEFF, *range(0x2060, 0x2065), *range(0x206A, 0x2070), *range(0xFFF9, 0xFFFC)}
) | frozenset(range(0xE0000, 0xE0080))
"""Soft hyphen, zero-width space and its kin, annotation marks, tag characters: nothing to see, something to smuggle.
ZWJ and ZWNJ (200C, 200D) are not here: Persian, Hindi and many others are misspelt without them."""
_DIRECTION: Final = frozenset({0x61C, 0x200E, 0x200F})
"""Marks of direction: of use among the punctuation of a message, of none in a name."""

_LINE_BREAKS: Final = frozenset(map(chr, {0x0A, 0x0D, *_SEPARATORS}))
_LINE_CONTROLS: Final = frozenset(map(chr, _C0 - {0x09, 0x0A, 0x0D}))
_BIDI_CHARACTERS: Final = frozenset(map(chr, _BIDI))
_NONCHARACTERS: Final = frozenset(
    map(chr, [*range(0xFDD0, 0xFDF0), *(plane << 16 | last for plane in range(17) for last in (0xFFFE, 0xFFFF))])
)
_NO_INK: Final = frozenset(" \u200c\u200d\u115f\u1160\u3164\uffa0\u2800")
"""Characters that count as letters, symbols or joiners and leave the paper white."""

_LINE_TABLE: Final[dict[int, str | None]] = {
    **dict.fromkeys(_C1 | _BIDI | _INVISIBLE | _DIRECTION),
    _NEL: " ",
    0x09: " ",
}
_BODY_TABLE: Final[dict[int, str | None]] = {
    **dict.fromkeys(_C0 | _C1 | _BIDI | _INVISIBLE),
    **dict.fromkeys({0x0A, _NEL, *_SEPARATORS}, "\n"),
    0x09: " ",
}

_MARK_RANGES: Final = (range(0x300, 0x1F000), range(0xE0100, 0xE01F0))
_MARKS: Final = "".join(c for span in _MARK_RANGES for c in map(chr, span) if category(c)[0] == "M")
_RARE_MARKS: Final = {ord(c): "\u0301" for c in _MARKS if c > "\uffff"}
_ANY_RARE_CHARACTER: Final = re.compile("[\U00010000-\U0010ffff]")
_TOO_MANY_MARKS: Final = re.compile(
    "[" + "".join(c for c in _MARKS if c <= "\uffff") + f"\u200c\u200d]{{{MARKS_LIMIT + 1}}}"
)
"""Over the first plane of Unicode only: a set that spans more is searched range by range, fifty times as slowly. Marks of
the other planes are counted as an accent."""
_LOOKALIKES: Final = frozenset({"LATIN", "GREEK", "CYRILLIC", "COPTIC", "ARMENIAN", "CHEROKEE"})
_AFTER_LATIN: Final = "\u0370"
_WORDS: Final = re.compile(r"[^\W\d_]+")


def line(text: str, limit: int = LINE_LIMIT) -> str:
    """One line: trimmed, inner white space to single spaces, invisible characters gone; may come out empty.

    ``limit`` counts characters as a reader would (combining marks not), and never lets more than 300 code points by.

    Raises:
        Refused: line_break, control_character, forbidden_character, too_many_marks, too_long.
    """
    if text.isascii() and text.isprintable():
        text = " ".join(text.split()) if "  " in text else text.strip()
        if len(text) > limit:
            raise Refused("too_long")
        return text
    if not text.isprintable():
        text = _without_unprintable(text)
    text = " ".join(normalize("NFC", text).split())
    _check(text, LINE_LIMIT)
    if len(text) > limit and sum(category(c)[0] != "M" for c in text) > limit:
        raise Refused("too_long")
    return text if _has_ink(text) else ""


def is_plain(lines: tuple[str, ...], limit: int) -> bool:
    """Whether ``line`` would return each of ``lines`` as it is: one look at all of them, for the usual submission.

    It may say no to lines that are plain, and never yes to others; ``limit`` is the least of their limits.
    """
    text = "|".join(lines)
    return (
        text.isascii()
        and text.isprintable()
        and "  " not in text
        and "| " not in text
        and " |" not in text
        and text[:1] != " "
        and text[-1:] != " "
        and (len(text) <= limit or max(map(len, lines)) <= limit)
    )


def body(text: str, limit: int = BODY_LIMIT) -> str:
    """Paragraphs: lines end in LF, nothing around them, invisible and control characters gone; may come out empty.

    Raises:
        Refused: forbidden_character, too_many_marks, too_long.
    """
    if text.isascii() and text.replace("\n", " ").isprintable():
        text = text.strip()
        if len(text) > limit:
            raise Refused("too_long")
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.replace("\n", " ").isprintable():
        _refuse_noncharacters(text)
        text = text.translate(_BODY_TABLE)
    text = normalize("NFC", text).strip()
    _check(text, limit)
    return text if _has_ink(text.replace("\n", " ")) else ""


def reorders(text: str) -> bool:
    """Whether ``text`` holds characters that make it display in another order than it is written."""
    return not text.isascii() and not _BIDI_CHARACTERS.isdisjoint(text)


def mixes_scripts(text: str) -> bool:
    """Whether a word of ``text`` mixes alphabets whose letters look alike (Latin and Cyrillic, say).

    A remark and never a reason to refuse: a name may mix them for good reasons. Words of one alphabet each are ordinary.
    """
    if text.isascii() or max(text) < _AFTER_LATIN:
        return False
    return any(len(_LOOKALIKES.intersection(_script(c) for c in word)) > 1 for word in _WORDS.findall(text))


def _script(character: str) -> str:
    return name(character, "").partition(" ")[0]


def _without_unprintable(text: str) -> str:
    if not _LINE_BREAKS.isdisjoint(text):
        raise Refused("line_break")
    if not _LINE_CONTROLS.isdisjoint(text):
        raise Refused("control_character")
    _refuse_noncharacters(text)
    return text.translate(_LINE_TABLE)


def _refuse_noncharacters(text: str) -> None:
    if not _NONCHARACTERS.isdisjoint(text):
        raise Refused("forbidden_character")


def _check(text: str, limit: int) -> None:
    """After normalising, since that can lengthen a text and gather its marks."""
    if len(text) > limit:
        raise Refused("too_long")
    marks = text.translate(_RARE_MARKS) if _ANY_RARE_CHARACTER.search(text) else text
    if _TOO_MANY_MARKS.search(marks):
        raise Refused("too_many_marks")


def _has_ink(text: str) -> bool:
    return any(c not in _NO_INK and category(c)[0] != "M" for c in text)
