"""Which of an alert's lines is its headline, which the letter's subject, and what between them is the narrative.

The subject stands right above the greeting or under its label, the headline at the top; both are told with the line they came
from, because a page has many headings. What is neither and no part of a page or a form is the narrative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.render.importing.draft import Line
from services.render.importing.kinds import SUBJECT, chrome
from services.render.importing.paragraphs import laid_out, markdown

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from services.render.importing.draft import Confidence, Lines

MOST: Final = 300
"""Characters of a line in a campaign's file."""
_HEADING = 160
_CLOSE = 12
"""Lines above the greeting within which an unlabelled subject is looked for."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, what spoke for it, and the lines that it takes with it, its label among them."""

    line: Line
    how: str
    confidence: Confidence
    lines: frozenset[int]


def find_subject(lines: Lines, start: int, end: int, taken: AbstractSet[int]) -> Heading | None:
    """The subject of the letter at the places from ``start`` to ``end``; ``taken`` are numbers of lines of other parts."""
    above = range(start - 1, -1, -1)
    for at in (*above, *range(end, len(lines)), *range(start + 1, min(start + 4, end))):
        found = _labelled(lines, at, start)
        if found:
            return found
    for at in above[: 3 * _CLOSE]:
        line = lines[at]
        if not line.text or chrome(line.text) or line.number in taken:
            continue
        if len(line.text) > _HEADING or line.text[-1] in ".,;:" or line.kind in ("title", "site"):
            return None
        near = start - at <= _CLOSE
        return Heading(line, "the line above the letter", "high" if near else "medium", frozenset((line.number,)))
    return None


def _labelled(lines: Lines, at: int, start: int) -> Heading | None:
    """The subject that the line at a place labels, or is the value of a page's field for it."""
    line = lines[at]
    if line.kind == "subject" and line.text:
        return Heading(line, "the form's field for the subject", "high", frozenset((line.number,)))
    label = SUBJECT.fullmatch(line.text) if len(line.text) <= 2 * MOST else None
    if label is None:
        return None
    if label[1].strip(" *"):
        value = Line(line.number, label[1].strip(" *"))
        return Heading(value, "what stands after its label", "high", frozenset((line.number,)))
    below = next((one for place, one in enumerate(lines[at + 1 : at + 4], at + 1) if one.text and place != start), None)
    if below is None or len(below.text) > MOST or chrome(below.text):
        return None
    return Heading(below, "what stands below its label", "high", frozenset((line.number, below.number)))


def find_headline(lines: Lines, before: int, taken: AbstractSet[int]) -> Heading | None:
    """The headline above the place ``before``: a page's highest heading, else the first line that could be one."""
    free = [line for line in lines[:before] if line.text and line.number not in taken and not chrome(line.text)]
    marked = next((line for line in free if line.kind == "heading" and len(line.text) <= MOST), None)
    if marked:
        return Heading(marked, "the page's first heading", "high", frozenset((marked.number,)))
    shown = [line for line in free if line.kind not in ("title", "site", "footer", "navigation")]
    if shown and len(shown[0].text) <= _HEADING and not shown[0].text.casefold().startswith("dear "):
        below = shown[1].text if len(shown) > 1 else ""
        sure: Confidence = "high" if below[-1:] in (".", "?", "!", ",", "") or len(below) > _HEADING else "medium"
        return Heading(shown[0], "the first line that is no navigation", sure, frozenset((shown[0].number,)))
    title = next((line for line in free if line.kind == "title" and len(line.text) <= MOST), None)
    if title:
        return Heading(title, "the page's title", "medium", frozenset((title.number,)))
    return None


def narrative_of(lines: Lines) -> str:
    """What is left of an alert, as Markdown: paragraphs, headings and lists of a page as such."""
    parts: list[str] = []
    text: list[str] = []
    for line in (*lines, Line(0, "")):
        if line.kind in ("heading", "item") or not line.text:
            if text:
                parts.append(markdown(laid_out("\n".join(text))))
                text = []
            if line.text:
                parts.append(("### " if line.kind == "heading" else "- ") + markdown(line.text).removeprefix("- "))
        else:
            text.append(line.text)
    joined = ""
    for part in parts:
        tight = part.startswith("- ") and joined.rpartition("\n")[2].startswith("- ")
        joined += ("\n" if tight else "\n\n") + part if joined else part
    return joined
