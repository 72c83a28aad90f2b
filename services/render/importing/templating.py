"""A piece of an alert as a template: fields become Postbag's names, and everything else prints as it was typed.

A field that is not known becomes ``{{ ? its name }}``, which no template engine takes: a campaign cannot be checked or
published while it stands there, and the fault names its line. Braces that are no field are written so that the engine
prints them. Whatever the alert contains, it is never run.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from services.render.importing.draft import Question
from services.render.importing.merge_fields import LITERAL, SYNTAXES, Meaning, Syntax, meaning, words

if TYPE_CHECKING:
    from services.render.importing.draft import Lines

_FIELD: Final = re.compile("|".join(f"(?P<{syntax.name}>{syntax.pattern})" for syntax in SYNTAXES))
_SYNTAX: Final = {syntax.name: syntax for syntax in SYNTAXES}
_INNER: Final = {name: number + 1 for name, number in _FIELD.groupindex.items()}
_OPENING: Final = re.compile(r"\{{2,}[%#]?|\{[%#]|\{\Z")
_TAG: Final = re.compile(r"\{%[^{}%\n]{1,120}%\}|\{\{[#/^][^{}\n]{1,120}\}\}")
_NAME: Final = re.compile(r"\s{0,9}[A-Za-z][\w .~'-]{0,60}(?:\||,\s{0,9}fallback=|\s{0,9}$)")
_MOST_ASKED: Final = 50
_NESTING: Final = re.compile(r"\[\[|\]\]")
_TITLED: Final = re.compile(
    r"\b(?:(?:u\.?s\.? )?(?:senator|representative|congress(?:man|woman|member|person))|(?:sen|rep|hon)\.?"
    r"|the honorable)"
    r" (?=\{\{ decision_maker \}\})", re.IGNORECASE,
)  # fmt: skip
_REPEATED: Final = re.compile(r"(\{\{ decision_maker \}\})(?:,? ?\{\{ decision_maker \}\})+")


@dataclass(slots=True)
class Converted:
    """A template, the questions that it raises, and which of the alert's fields became what, in their order.

    ``asked`` are the fields that were asked about: each is once, wherever else it stands.
    """

    text: str = ""
    questions: list[Question] = field(default_factory=list)
    fields: list[tuple[str, str]] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)


def convert(lines: Lines, name: str, *, greeting: bool = False) -> Converted:
    """``lines`` as the template of the campaign's field ``name``; its lines are theirs, but for fields over two lines."""
    source = "\n".join(line.text for line in lines)
    starts = [0, *accumulate(len(line.text) + 1 for line in lines)]
    made = Converted()
    parts: list[str] = []
    at = 0
    for start, end, found in _fields(source):
        if start < at:
            continue
        text = _field(source, start, end, found, greeting=greeting)
        if text is None:
            continue
        parts.append(_as_typed(source[at:start]))
        number = lines[bisect_right(starts, start) - 1].number
        parts.append(_put(text, source[start:end], name, number, made))
        at = end
    made.text = "".join(parts) + _as_typed(source[at:])
    made.questions += _logic(source, lines, starts, name)
    if greeting:
        once = _REPEATED.sub(r"\1", made.text)
        made.fields += [(title[0].strip(), "a part of {{ decision_maker }}") for title in _TITLED.finditer(once)]
        made.text = _REPEATED.sub(r"\1", _TITLED.sub("", once))
    return made


def has_field(text: str) -> bool:
    """Whether there is anything in ``text`` that ``convert`` would put something else for."""
    return any(_field(text, *found, greeting=False) is not None for found in _fields(text))


def only_fields(text: str) -> list[str] | None:
    """The values of a line that is nothing but known fields of the person and what separates them; None for any other."""
    made: list[str] = []
    rest: list[str] = []
    at = 0
    for start, end, found in _fields(text):
        value = _field(text, start, end, found, greeting=False) if start >= at else None
        if value is None:
            return None
        made.append(value.text or "")
        rest.append(text[at:start])
        at = end
    return made if made and not any(char.isalnum() for char in "".join(rest) + text[at:]) else None


def _fields(source: str) -> list[tuple[int, int, re.Match[str] | None]]:
    """Places of what may be a field, in order; without a match for Luminate's conditions, which nest."""
    found: list[tuple[int, int, re.Match[str] | None]] = []
    opened: list[int] = []
    for mark in _NESTING.finditer(source) if "[[?" in source else ():
        if mark[0] == "[[":
            opened.append(mark.start())
        elif opened and source.startswith("[[?", start := opened.pop()):
            found.append((start, mark.end(), None))
    found += [(match.start(), match.end(), match) for match in _FIELD.finditer(source)]
    return sorted(found, key=lambda place: (place[0], -place[1]))


def _field(source: str, start: int, end: int, found: re.Match[str] | None, *, greeting: bool) -> Meaning | None:
    """What the field at a place stands for; None where it is text and no field."""
    if found is None:
        return Meaning(None, "It is a condition: write what every letter shall say.")
    syntax: Syntax = _SYNTAX[found.lastgroup or ""]
    name = found[_INNER[syntax.name]]
    if syntax.name == "bracket" and (LITERAL.fullmatch(name) or _within_a_word(source, start, end)):
        return None
    if syntax.certain and not name.strip("_ "):
        if greeting:
            return Meaning("{{ decision_maker }}")
        return Meaning(None, "It is a gap that each person would have to fill in: write the sentence without it.")
    what = meaning(name, recipient=syntax.recipient, greeting=greeting)
    if what.text is None and not syntax.certain and not what.advice:
        return what if syntax.name == "double_brace" and _NAME.match(name) else None
    return what if syntax.certain or words(name) else None


def _within_a_word(source: str, start: int, end: int) -> bool:
    """Whether brackets change a word, as in "[T]he", or are a link's text, as Markdown writes it."""
    before, after = source[start - 1 : start], source[end : end + 1]
    return before.isalnum() or after.isalnum() or after == "("


def _put(what: Meaning, written: str, name: str, number: int, made: Converted) -> str:
    """What stands for a field in the template; for an unknown one that is nothing that could be sent."""
    shown = " ".join(written.split())
    if what.text is not None:
        made.fields.append((shown, what.text))
        return what.text
    advice = what.advice or "Write one of the names that docs/campaigns.md has, or words that fit every letter."
    plain = " ".join(re.findall(r"\w+", shown))[:40].strip("_ ") or "gap"
    put = f"{{{{ ? {plain} }}}}"
    if shown not in made.asked and len(made.asked) < _MOST_ASKED:
        text = f"{shown[:80]} is no name that a letter's template has, and {put} stands in its place. {advice}"
        made.questions.append(Question(name, text, number, required=True))
    elif shown not in made.asked and len(made.asked) == _MOST_ASKED:
        text = "There are more such fields: look for {{ ? from this line on."
        made.questions.append(Question(name, text, number, required=True))
    made.asked.add(shown)
    return put


def _as_typed(text: str) -> str:
    """``text`` so that Jinja2 prints it unchanged: an opening brace must not meet another, whoever wrote that."""
    return _OPENING.sub(lambda found: "{{ '" + found[0] + "' }}", text)


def _logic(source: str, lines: Lines, starts: list[int], name: str) -> list[Question]:
    """A question for each line with a ``{% … %}``: it is kept as text, which is hardly what was meant."""
    numbers = {lines[bisect_right(starts, tag.start()) - 1].number: tag[0] for tag in _TAG.finditer(source)}
    text = "{} was taken as text and would stand in the letter. Write what every letter shall say."
    return [Question(name, text.format(tag), number) for number, tag in [*numbers.items()][:_MOST_ASKED]]
