"""Where the fields of a campaign stand in its file, so that a fault can be told by a line and column that an editor jumps to.

A template's own line 3 is some other line of the file, further in. Texts in ``|`` blocks keep their lines; folded and quoted
ones do not, so there the words at the fault are looked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

_LONGEST: Final = 24
"""Characters of a text that are looked for in the file: enough to be met once, short enough not to be folded."""


class Place(NamedTuple):
    """Line and column, both from 1."""

    line: int
    column: int


class Places:
    """The places of one file, which is YAML."""

    def __init__(self, file: Path) -> None:
        self._text = file.read_text(encoding="utf-8").removeprefix("\ufeff")
        self._lines = self._text.splitlines()
        self._root = yaml.compose(self._text, yaml.SafeLoader)

    def of(self, path: tuple[str | int, ...], line: int = 1, column: int = 1) -> Place:
        """The place in the file of a place in the field at ``path``; of a field that is not there, what it would stand in."""
        node, whole = self._find(path)
        if node is None or node is self._root:
            return Place(1, 1)
        if not whole or not isinstance(node, yaml.ScalarNode):
            return Place(node.start_mark.line + 1, node.start_mark.column + 1)
        if node.style == "|":
            return self._in_block(node, line, column)
        return self._in_text(node, line, column)

    def _find(self, path: tuple[str | int, ...]) -> tuple[Any, bool]:
        node: Any = self._root
        for step in path:
            inner = _child(node, step)
            if inner is None:
                return node, False
            node = inner
        return node, True

    def _in_block(self, node: yaml.ScalarNode, line: int, column: int) -> Place:
        first = node.start_mark.line + 1
        raw = next((text for text in self._lines[first : node.end_mark.line + 1] if text.strip()), "")
        told = next((text for text in str(node.value).split("\n") if text.strip()), "")
        indent = _leading(raw) - _leading(told)
        return Place(first + line, indent + column)

    def _in_text(self, node: yaml.ScalarNode, line: int, column: int) -> Place:
        lines = str(node.value).split("\n")
        said = lines[line - 1][column - 1 :] if line <= len(lines) else ""
        start, end = node.start_mark.index, node.end_mark.index
        for length in range(min(len(said), _LONGEST), 0, -1):
            found = self._text.find(said[:length], start, end)
            if found >= 0:
                return Place(self._text.count("\n", 0, found) + 1, found - self._text.rfind("\n", 0, found))
        return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _leading(text: str) -> int:
    return len(text) - len(text.lstrip(" "))


def _child(node: Any, step: str | int) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]
    return None
