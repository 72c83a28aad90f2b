"""Holds a finished document to the rules: parsed anew, by a parser that the writer does not use.

Any XML may be given, and nothing in it is trusted: a document type is refused before an entity could be declared. All
faults are found at once, each with its place and a code and never a value, since values are people's names and words.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Literal
from xml.parsers import expat

from services.render.forms.cwc.rules import FaultCode, Rules

LARGEST: Final = 1_000_000
"""Bytes of a document that are looked at; the longest letter has a tenth of it."""

Code = Literal[
    FaultCode, "attribute", "document_type", "empty", "misplaced_text", "not_utf8", "not_xml", "out_of_order", "too_large",
    "twice", "unknown_element",
]  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """``path`` is below ``CWC`` and empty for the document itself; ``line`` counts from 1, 0 where there is none."""

    path: str
    code: Code
    line: int = 0


def faults(xml: str | bytes, rules: Rules) -> list[Fault]:
    """Everything in ``xml`` that ``rules`` refuse, in the document's order; an empty list is a document that they accept."""
    try:
        raw = xml.encode() if isinstance(xml, str) else xml
    except UnicodeEncodeError:
        return [Fault("", "not_utf8")]
    if len(raw) > LARGEST:
        return [Fault("", "too_large")]
    reading = _Reading(rules)
    try:
        reading.parser.Parse(raw, True)
    except _DocumentType:
        reading.found.append(Fault("", "document_type", reading.parser.CurrentLineNumber))
    except expat.ExpatError as error:
        reading.found.append(Fault("", "not_xml", error.lineno))
    return reading.found


class _DocumentType(Exception):
    """A document type declaration begins."""


@dataclass(slots=True)
class _Open:
    """An element whose end has not been met: its text, and the paths of its children, in order."""

    path: str
    line: int
    text: list[str] = field(default_factory=list)
    children: list[str] = field(default_factory=list)


class _Reading:
    """One document: a stack of open elements, each judged at its end."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.found: list[Fault] = []
        self.stack: list[_Open] = []
        self.unknown = 0  # depth within an element that no rule knows: what is in it is not looked at
        self.parser = expat.ParserCreate("UTF-8")
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declared
        self.parser.StartDoctypeDeclHandler = self._document_type
        self.parser.StartElementHandler = self._begins
        self.parser.EndElementHandler = self._ends
        self.parser.CharacterDataHandler = self._text

    def _add(self, path: str, code: Code, line: int | None = None) -> None:
        self.found.append(Fault(path, code, self.parser.CurrentLineNumber if line is None else line))

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if (encoding or "UTF-8").upper() != "UTF-8":
            self._add("", "not_utf8")

    def _document_type(self, *_: object) -> None:
        raise _DocumentType

    def _text(self, text: str) -> None:
        if not self.unknown:
            self.stack[-1].text.append(text)

    def _begins(self, tag: str, attributes: dict[str, str]) -> None:
        if self.unknown:
            self.unknown += 1
            return
        if self.stack:
            above = self.stack[-1]
            path = f"{above.path}/{tag}" if above.path else tag
            above.children.append(path)
            known = path in self.rules.rows
        else:
            known = tag == "CWC"
            path = "" if known else tag
        if attributes:
            self._add(path, "attribute")
        if known:
            self.stack.append(_Open(path, self.parser.CurrentLineNumber))
        else:
            self._add(path, "unknown_element")
            self.unknown = 1

    def _ends(self, _tag: str) -> None:
        if self.unknown:
            self.unknown -= 1
            return
        one = self.stack.pop()
        text = "".join(one.text)
        rule = self.rules.rows.get(one.path)
        if not text.strip() and not one.children:
            self._add(one.path, "empty", one.line)
        elif rule is not None and rule.kind != "group":
            fault = rule.fault(text)
            if fault:
                self._add(one.path, fault, one.line)
        else:
            if text.strip():
                self._add(one.path, "misplaced_text", one.line)
            self._judge_children(one)

    def _judge_children(self, one: _Open) -> None:
        counts = Counter(one.children)
        for rule in self.rules.below(one.path):
            if rule.required and not counts[rule.path]:
                self._add(rule.path, "missing", one.line)
            if counts[rule.path] > 1 and not rule.many:
                self._add(rule.path, "twice", one.line)
        for paths in self.rules.some:
            if paths[0].rpartition("/")[0] == one.path and not any(counts[path] for path in paths):
                self._add(paths[0], "missing", one.line)
        for paths in self.rules.order:
            there = [paths.index(path) for path in one.children if path in paths]
            if there != sorted(there):
                self._add(one.path, "out_of_order", one.line)
