"""What the linter finds, and the template that it finds it in, cut into text and code.

Places are those of the template's own text, from line 1, column 1; whoever knows the campaign's file adds where the template
stands in it. The words of a finding are for campaigners: a sentence that says what is wrong, and one that says what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

Severity = Literal["error", "warning"]
Path = tuple[str | int, ...]
"""A field of a campaign, as ``("versions", 0, "letter")``."""

_CODE: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: ``line`` and ``column`` count from 1 in the text of the field at ``path``. An error stops publishing."""

    path: Path
    line: int
    column: int
    code: str
    severity: Severity
    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Source:
    """A template of a campaign. ``code`` are the spans of its ``{{ }}``, ``{% %}`` and ``{# #}``."""

    path: Path
    text: str
    code: tuple[tuple[int, int], ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "code", tuple(match.span() for match in _CODE.finditer(self.text)))

    @property
    def name(self) -> str:
        """``subject``, ``letter``, ``salutation`` or ``closing``, whichever version it is of."""
        return str(self.path[-1])

    @property
    def plain(self) -> str:
        """The text with every character of code but line breaks blanked out, so that places stay as they are."""
        return _CODE.sub(lambda code: re.sub(r"[^\n]", "\0", code[0]), self.text)

    def tags(self) -> Iterator[tuple[int, str]]:
        """Where each piece of code begins, and the piece."""
        return ((start, self.text[start:end]) for start, end in self.code)

    def error(self, offset: int, code: str, sentence: str, remedy: str) -> Finding:
        """A finding that stops publishing, at the character ``offset``."""
        return self._finding(offset, code, "error", sentence, remedy)

    def warning(self, offset: int, code: str, sentence: str, remedy: str) -> Finding:
        """A finding that a person should look at, at the character ``offset``."""
        return self._finding(offset, code, "warning", sentence, remedy)

    def line_start(self, line: int) -> int:
        """Where line ``line``, from 1, begins."""
        at = 0
        for _ in range(line - 1):
            at = self.text.find("\n", at) + 1 or len(self.text)
        return at

    def word(self, line: int, word: str, number: int = 0) -> int:
        """Where the code of line ``line`` has ``word`` for the ``number``-th time; where its code begins if it has not."""
        start = self.line_start(line)
        end = self.text.find("\n", start) % (len(self.text) + 1)
        first = next((begin for begin, stop in self.code if stop > start), start)
        found = [
            match.start()
            for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", self.text[start:end])
            if any(begin <= start + match.start() < stop for begin, stop in self.code)
        ]
        return start + found[min(number, len(found) - 1)] if word and found else max(start, min(first, end))

    def _finding(self, offset: int, code: str, severity: Severity, sentence: str, remedy: str) -> Finding:
        line = self.text.count("\n", 0, offset) + 1
        column = offset - (self.text.rfind("\n", 0, offset) + 1) + 1
        return Finding(self.path, line, column, code, severity, sentence, remedy)
