"""Where the letter is in an alert: its greeting, its text and its closing, by lines.

The letter is the part that must arrive as it was written, so that text is only left out of it where it is plainly a button or
a link, and what is left out is reported. Where nothing greets, the letter is looked for under a label such as "Message".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from services.render.importing.greetings import placeholder, signs, split_greeting, takes_leave, weight
from services.render.importing.kinds import LETTER_BEGINS, SUBJECT, boilerplate, chrome
from services.render.importing.templating import only_fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.render.importing.draft import Confidence, Line, Lines
    from services.render.importing.form import Form

_POSTSCRIPT: Final = re.compile(r"p\.?\s?(?:p\.?\s?)?s\b", re.IGNORECASE)
_LABEL: Final = re.compile(r"closing\s?:\s?", re.IGNORECASE)
_MOST_SIGNING = 10
_STOPS: Final = ("a footer", "a form's legend", "a form's small print")
_NAME_LENGTH = 60
_FAR: Final = 20
"""Lines below its label within which a letter begins."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter in three parts; ``first`` and ``last`` are places in the alert's lines, not numbers. ``others`` are greetings
    of further letters, ``dropped`` lines of the page between those of the letter.
    """

    greeting: Line | None
    body: Lines
    closing: Lines
    first: int
    last: int
    how: str
    confidence: Confidence
    others: Lines = ()
    dropped: Lines = ()


def find_letter(lines: Lines, form: Form) -> Letter | None:
    """The letter in ``lines``, if there is one."""
    weights = {at: points for at, line in enumerate(lines) if (points := weight(line)) is not None and points >= 0}
    if weights:
        start = max(weights, key=lambda at: (weights[at], -at))
        others = [at for at in sorted(weights) if at > start and weights[at] > 1]
        greeting, first = split_greeting(lines[start])
        end = _stop(lines, form, start + 1, others[0] if others else len(lines))
        sure: Confidence = "high" if weights[start] > 1 else "medium"
        begun = Letter(greeting, (first,) if first else (), (), start, end, "from the greeting on", sure)
        return _taken(lines, form, replace(begun, others=tuple(lines[at] for at in others)))
    below = _labelled(lines, form)
    if below is None:
        return None
    end = _stop(lines, form, below, len(lines))
    found = _taken(lines, form, Letter(None, (), (), below, end, "below the name of the section", "low"))
    return found if any(line.text for line in found.body) else None


def _labelled(lines: Lines, form: Form) -> int | None:
    """Where a letter begins that greets nobody: below a heading such as "Message", or below the subject."""
    for pattern in (LETTER_BEGINS, SUBJECT):
        for at in range(len(lines) - 1, -1, -1):
            found = pattern.fullmatch(lines[at].text[:300])
            if found is None:
                continue
            below = [place for place in range(at + 1, min(at + _FAR, len(lines))) if lines[place].text]
            if pattern is SUBJECT and not found[1]:
                below = below[1:]
            if below and lines[below[0]].number not in form.lines and not chrome(lines[below[0]].text):
                return below[0]
    return None


def _stop(lines: Lines, form: Form, start: int, end: int) -> int:
    """The first place from ``start`` on that is surely not in the letter any more."""
    marked = {*form.marked, form.legend}
    for at in range(start, end):
        line = lines[at]
        if (
            line.number in marked
            or line.kind in ("footer", "navigation", "subject")
            or boilerplate(line.text) in _STOPS
        ):
            return at
    return end


def _taken(lines: Lines, form: Form, begun: Letter) -> Letter:
    """A letter of which the beginning is known, and the place that it does not go beyond, with its text and its closing."""
    begin, end = begun.first + (begun.greeting is not None), begun.last
    leave = next((at for at in range(begin, end) if takes_leave(lines, at)), None)
    closing: Lines = ()
    if leave is None:
        text = next((at for at in range(begin, end) if lines[at].text), end)
        leave = last = next((at for at in range(text + 1, end) if _button(lines[at], chrome)), end)
    else:
        last = _end_of_closing(lines, form, leave, end)
        closing = tuple(replace(line, text=placeholder(_LABEL.sub("", line.text))) for line in lines[leave:last])
    between = lines[begin:leave]
    body = begun.body + tuple(line for line in between if not _button(line))
    dropped = tuple(line for line in between if _button(line))
    return replace(begun, body=_trimmed(body), closing=_trimmed(closing), last=last, dropped=dropped)


def _button(line: Line, what: Callable[[str], str] = boilerplate) -> bool:
    """Whether a line between a letter's is the page's: a button has no full stop, and a sentence of the letter has one."""
    return bool(what(line.text)) and line.text[-1] not in ".!?"


def _trimmed(lines: Lines) -> Lines:
    """Without blank lines at either end."""
    texts = [at for at, line in enumerate(lines) if line.text]
    return lines[texts[0] : texts[-1] + 1] if texts else ()


def _end_of_closing(lines: Lines, form: Form, leave: int, end: int) -> int:
    """The place after the closing's last line: a leave, a name, and the fields of an address below it."""
    last, named, blank = leave + 1, signs(lines[leave].text.rpartition(",")[2].strip() or lines[leave].text), False
    for at in range(leave + 1, min(end, leave + 2 * _MOST_SIGNING)):
        line = lines[at]
        if not line.text:
            blank = True
            continue
        text = placeholder(line.text)
        fields = only_fields(text)
        if fields is None and ((blank and named) or not _could_be_a_name(line, form)):
            break
        named = named or fields is None or signs(text)
        last, blank = at + 1, False
    return _with_postscript(lines, last, end)


def _could_be_a_name(line: Line, form: Form) -> bool:
    text = line.text
    if line.kind == "heading" or line.number in form.lines or len(text) > _NAME_LENGTH or chrome(text):
        return False
    return len(text.split()) <= 6 and text[-1] not in ".!?:"


def _with_postscript(lines: Lines, last: int, end: int) -> int:
    below = next((at for at in range(last, min(end, last + 4)) if lines[at].text), None)
    if below is None or not _POSTSCRIPT.match(lines[below].text):
        return last
    return next((at for at in range(below, end) if not lines[at].text), end)
