"""What an import makes: findings with their places, questions where the alert does not say, and what was left out.

A finding says which lines it was taken from and how surely; a question says what must be answered, and whether the
campaign's file can be used before it is. Nothing here decides: a proposal stays a comment in the file until a person takes
its ``#`` away.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

LineKind = Literal["text", "heading", "item", "title", "site", "footer", "navigation", "subject"]
"""What a page says a line is; everything in plain text is ``text``. ``title`` and ``site`` stand in a page's head."""

Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line without space around it, and its number in the file that it came from, counted from 1."""

    number: int
    text: str
    kind: LineKind = "text"


Lines = tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A field's value and where it was found: ``lines`` are the first and the last, none where nobody wrote it."""

    field: str
    value: str
    how: str
    lines: tuple[int, int] | None = None
    confidence: Confidence = "high"


@dataclass(frozen=True, slots=True)
class Question:
    """What the alert does not say. ``required``: without an answer the file is no campaign.

    ``proposals`` are lines of YAML to choose from, in the form in which they would stand in the file.
    """

    field: str
    text: str
    line: int | None = None
    required: bool = False
    proposals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Lines of the alert of which nothing is in the file, and why."""

    lines: tuple[int, int]
    why: str
    text: str


@dataclass(slots=True)
class Draft:
    """A campaign's file in the making. A field that is None was not found; a question then asks for it."""

    slug: str | None = None
    organization: str | None = None
    headline: str | None = None
    narrative: str | None = None
    targets: tuple[str, ...] = ()
    required_fields: tuple[str, ...] = ()
    subject: str | None = None
    salutation: str | None = None
    letter: str | None = None
    closing: str | None = None
    findings: list[Finding] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every question may stay open."""
        return not any(question.required for question in self.questions)


def spans(lines: Lines) -> list[Lines]:
    """Runs of lines that stand below one another, blank ones between them left aside."""
    found: list[list[Line]] = []
    for line in lines:
        if found and line.number - found[-1][-1].number in (0, 1):
            found[-1].append(line)
        else:
            found.append([line])
    return [tuple(run) for run in found]
