"""Faults of what stands between the code of a template, and would reach the office as it is.

Fields of other systems, single braces, mark-up in plain text, characters that nobody sees. What was matched once is blanked
out, so that one slip is told once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from unicodedata import category, name

from services.render.linting.finding import Finding, Source
from services.render.linting.names import instead, is_field

_FOREIGN: Final = re.compile(
    r"\[\[(?P<double>[^\[\]\n]{1,80})\]\]"
    r"|%%(?P<percent>[^%\n]{1,60})%%"
    r"|\*\|(?P<star>[^|\n]{1,60})\|\*"
    r"|\$\{(?P<dollar>[^{}\n]{1,60})\}"
    r"|<<(?P<angle>[^<>\n]{1,60})>>"
    r"|\{!(?P<bang>[^{}\n]{1,60})\}"
    r"|##(?P<hash>\w{1,60})##"
)
_SINGLE: Final = re.compile(r"\{[ \t]*(?P<name>[A-Za-z_][\w .-]{0,60}?)[ \t]*\}")
_LINK: Final = re.compile(r"\[[^\[\]\n]{1,200}\]\(https?://[^)\s]+\)")
_BRACKETS: Final = re.compile(r"\[(?P<name>[^\[\]\n]{1,80})\]")
_FILL_IN: Final = re.compile(r"\b(your|insert|name|maker|enter|add)\b", re.IGNORECASE)
_HTML: Final = re.compile(
    r"</?[A-Za-z][A-Za-z0-9]{0,10}(?:\s[^<>\n]*)?/?>|<!--|&(?:[a-z]{2,8}|#[0-9]{2,6}|#x[0-9a-f]{2,6});"
)
_MARKDOWN: Final = re.compile(r"\*\*(?=\S)[^*\n]+(?<=\S)\*\*|__(?=\S)[^_\n]+(?<=\S)__|^#{1,4} (?=\S)", re.MULTILINE)
_PLACEHOLDER: Final = re.compile(r"\blorem ipsum\b|\bx{3,}\b|\btbd\b|\btktk\b|\byour text here\b|_{4,}", re.IGNORECASE)
_GARBLED: Final = re.compile("\ufffd|\u00e2\u20ac[^\\s\\w]|[\u00c2\u00c3][\u0080-\u00bf]")
"""The replacement character, and UTF-8 that was read as Windows-1252."""
_BIDI: Final = frozenset(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
_WELCOME: Final = frozenset("\n\t\u200c\u200d\u200e\u200f\u061c")
"""Line breaks and tabs, joiners that scripts need, and marks of direction."""


def lint_text(source: Source) -> Iterator[Finding]:
    """All faults of the text of ``source``."""
    plain = source.plain
    yield from _characters(source)
    for match in _FOREIGN.finditer(plain):
        inner = next(group for group in match.groups() if group is not None)
        yield source.error(
            match.start(), "foreign_field", f"{match[0]} is a field of another system: the office would read it as it is.",
            instead(inner),
        )  # fmt: skip
    plain = _FOREIGN.sub(_blank, plain)
    for match in _SINGLE.finditer(plain):
        yield source.error(
            match.start(), "single_braces", f"{match[0]} has single braces: the office would read it as it is.",
            instead(match["name"]),
        )  # fmt: skip
    plain = _SINGLE.sub(_blank, plain)
    yield from _brackets(source, plain)
    plain = _BRACKETS.sub(_blank, _LINK.sub(_blank, plain))
    for match in re.finditer(r"[{}]+", plain):
        yield source.error(
            match.start(),
            "stray_brace",
            f"{match[0]} stands alone.",
            "Take it out, or close it: {{ name }}, {% if name %}.",
        )
    yield from _markup(source, plain)


def _brackets(source: Source, plain: str) -> Iterator[Finding]:
    for match in _LINK.finditer(plain):
        yield source.warning(
            match.start(), "markdown", "A link in Markdown: a letter is plain text, and shows it as it is.",
            "Write the address by itself.",
        )  # fmt: skip
    for match in _BRACKETS.finditer(_LINK.sub(_blank, plain)):
        if is_field(match["name"]) or _FILL_IN.search(match["name"]):
            yield source.error(
                match.start(), "foreign_field", f"{match[0]} is a field to fill in: the office would read it as it is.",
                instead(match["name"]),
            )  # fmt: skip
        else:
            yield source.warning(
                match.start(), "brackets", f"{match[0]} may be a field that was meant to be filled in.",
                "If it is, write a name between {{ and }}; if it is text, leave it.",
            )  # fmt: skip


def _markup(source: Source, plain: str) -> Iterator[Finding]:
    for match in _HTML.finditer(plain):
        yield source.error(
            match.start(), "html", f"{match[0]} is HTML, and a letter is plain text: the office would read it as it is.",
            "Write the text alone; leave an empty line between paragraphs.",
        )  # fmt: skip
    for match in _MARKDOWN.finditer(plain):
        yield source.warning(
            match.start(), "markdown", "Markdown: a letter is plain text, and shows the signs as they are.",
            "Write the words without the signs.",
        )  # fmt: skip
    for match in _PLACEHOLDER.finditer(plain):
        yield source.warning(
            match.start(),
            "placeholder",
            f"{match[0]} looks like a place that is still to be filled in.",
            "Write the words.",
        )


def _characters(source: Source) -> Iterator[Finding]:
    text = source.text
    if text.isascii() and text.replace("\n", "").isprintable():
        return
    for match in _GARBLED.finditer(text):
        yield source.error(
            match.start(), "garbled", f"{match[0]!r} comes of text that was read in the wrong encoding.",
            "Type the characters anew, and save the file as UTF-8.",
        )  # fmt: skip
    for offset, character in enumerate(text):
        if character.isprintable() or character in _WELCOME or category(character) == "Zs":
            continue
        called = f"U+{ord(character):04X} {name(character, '')}".strip()
        if character in _BIDI:
            sentence, code = f"{called} turns the direction of text around, unseen.", "bidi_control"
        elif category(character) in ("Cc", "Zl", "Zp"):
            sentence, code = f"{called} is a control character.", "control_character"
        else:
            sentence, code = f"{called} cannot be seen.", "invisible"
        yield source.error(offset, code, sentence, "Take it out: delete the words around it, and type them anew.")


def _blank(match: re.Match[str]) -> str:
    return "\0" * len(match[0])
