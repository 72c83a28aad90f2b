"""Lines to paragraphs: one line each, a blank line between, as every channel expects a letter's text.

Mail programs break lines at 70-odd characters, word processors put no blank line between paragraphs, and addresses and lists
are lines that must stay apart; which of these a paragraph is shows in its lines' lengths. Words are never changed.
"""

from __future__ import annotations

import re
from typing import Final

_ITEM: Final = re.compile(r"(?:[•·‣▪◦*\u2013—-]|\(?\d{1,2}[.)])\s")
_SHORTEST_FULL = 45
"""Characters: a line that was broken because it was full is hardly shorter."""
_LONGEST_BROKEN = 120
"""Characters: no program breaks lines later than that, so that a longer line is a paragraph by itself."""
_MESSAGE: Final = "{{ message }}"
_WITH_MESSAGE: Final = "{% if message %}\n{{ message }}\n\n{% endif %}\n"


def laid_out(text: str) -> str:
    """``text`` as paragraphs: broken lines joined, one blank line between paragraphs, lists and addresses as they are."""
    blocks: list[list[str]] = [[]]
    for raw in text.split("\n"):
        line = raw.rstrip()
        if not line:
            blocks.append([])
        elif len(line) > _LONGEST_BROKEN:
            blocks += [[line], []]
        else:
            blocks[-1].append(line)
    return "\n\n".join(_joined(block) for block in blocks if block)


def _joined(block: list[str]) -> str:
    broken = len(block) > 1 and all(len(line) >= _SHORTEST_FULL for line in block[:-1])
    if not broken or any(_ITEM.match(line) for line in block[1:]):
        return "\n".join(block)
    return " ".join(block)


def with_message(letter: str) -> str:
    """``letter``, in which a paragraph that is the person's own words leaves no gap where there are none."""
    paragraphs = letter.split("\n\n")
    if _MESSAGE not in paragraphs:
        return letter
    text = "".join(_WITH_MESSAGE if one == _MESSAGE else f"{one}\n\n" for one in paragraphs)
    return text.rstrip("\n")


def markdown(text: str) -> str:
    """``text`` so that Markdown shows it as it was typed; bullets become lists, and everything else stays."""
    return "\n".join(_plain(line) for line in text.split("\n"))


_SIGNS: Final = re.compile(r"[\\`*\[<]|(?<!\w)_|_(?!\w)")
_STARTS: Final = re.compile(r"(?:#{1,6}\s|>|[+=-]{1,80}(?:\s|$)|~~~)|(\d{1,9})([.)]\s)")
_BULLET: Final = re.compile(r"[•·‣▪◦*]\s{0,9}(?=\S)")


def _plain(line: str) -> str:
    bullet = "- " if _BULLET.match(line) else ""
    if bullet:
        line = _BULLET.sub("", line, count=1)
    line = _SIGNS.sub(lambda sign: "\\" + sign[0], line)
    start = None if bullet else _STARTS.match(line)
    if start is None or start[1]:  # a number before a full stop is a list in Markdown too
        return bullet + line
    return bullet + "\\" + line
