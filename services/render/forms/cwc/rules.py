"""What a rule of the CWC format is: one row for each element, and the one place that holds a value to it.

The rows themselves are data (``table.py``), so that an operator can change one when a chamber does: the House and the Senate
are the judges, and not this code. Writing and checking both ask ``Rule.fault``; neither may know a limit by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

Chamber = Literal["house", "senate"]
Kind = Literal["group", "text", "date"]
"""A group holds elements, and all others hold text; a date is one of the calendar, as YYYYMMDD."""

FaultCode = Literal["missing", "too_short", "too_long", "not_taken", "malformed"]

FAULTS: Final[dict[FaultCode, str]] = {
    "missing": "The format requires it, and it is not known.",
    "too_short": "It has fewer characters than the rule allows.",
    "too_long": "It has more characters than the rule allows.",
    "not_taken": "It is not one of the values that the rule allows.",
    "malformed": "It has not the form that the rule asks for.",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One element. ``path`` is below ``CWC``; ``name`` begins the reasons why a letter is unfit (``prefix_missing``).

    ``required`` is meant within the element's parent. ``least`` and ``most`` count Unicode characters, 0 for ``most`` meaning
    any number; ``pattern`` is a regular expression for all of the value, and ``values`` a closed set, empty meaning any.
    """

    path: str
    name: str
    required: bool = False
    least: int = 1
    most: int = 0
    pattern: str = ""
    values: tuple[str, ...] = ()
    kind: Kind = "text"
    many: bool = False
    _pattern: re.Pattern[str] | None = field(init=False, repr=False, compare=False)
    _spellings: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_pattern", re.compile(self.pattern) if self.pattern else None)
        object.__setattr__(self, "_spellings", {_letters(value): value for value in self.values})

    @property
    def tag(self) -> str:
        """The element's own name."""
        return self.path.rpartition("/")[2]

    def fault(self, value: str) -> FaultCode | None:
        """What is wrong with ``value``, or None. Nothing at all is ``missing``, whether it is required or not."""
        if not value:
            return "missing"
        if self.values and value not in self.values:
            return "not_taken"
        length = len(value)
        if length < self.least:
            return "too_short"
        if self.most and length > self.most:
            return "too_long"
        if self._pattern is not None and self._pattern.fullmatch(value) is None:
            return "malformed"
        return "malformed" if self.kind == "date" and not _is_date(value) else None

    def spelt(self, value: str) -> str:
        """``value`` as the closed set spells it, where only case and dots differ (``Mr`` is ``Mr.``); else as it is."""
        return self._spellings.get(_letters(value), value) if self._spellings else value


def _letters(value: str) -> str:
    return value.replace(".", "").casefold()


def _is_date(value: str) -> bool:
    try:
        return bool(re.fullmatch("[0-9]{8}", value) and date.fromisoformat(f"{value[:4]}-{value[4:6]}-{value[6:]}"))
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one chamber. ``version`` says which table they are, and whether an operator changed it.

    ``order``: of those elements that are there, each stands before the ones after it. ``some``: at least one must be there.
    """

    chamber: Chamber
    title: str
    version: str
    rows: Mapping[str, Rule]
    order: tuple[tuple[str, ...], ...]
    some: tuple[tuple[str, ...], ...]

    def below(self, path: str) -> tuple[Rule, ...]:
        """The rules of the elements directly within ``path``, which is empty for those within the document's own."""
        prefix = f"{path}/" if path else ""
        return tuple(rule for rule in self.rows.values() if rule.path == prefix + rule.tag)
