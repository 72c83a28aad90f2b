"""Faults of a template's code: what cannot be compiled, what no letter needs, and names that are unknown or may be empty.

The grammar of a letter is small on purpose: a name, a choice between texts, a few filters. All else is refused, whatever
Jinja2 could do with it, because it could fail, run long, or fetch what no letter may hold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from jinja2 import Environment, TemplateSyntaxError, nodes

from services.render.letters import NAMES
from services.render.linting.finding import Finding, Source
from services.render.linting.names import EMPTY_FOR, FILTERS, instead, meant

_ENVIRONMENT: Final = Environment(autoescape=False)  # noqa: S701 - it parses, and renders nothing
_TAG: Final = re.compile(r"\{%[-+]?\s*(\w*)")
_NEEDED: Final = ("if", "elif", "else", "endif")
_OF_THE_OFFICE: Final = ("district", "state", "decision_maker_name")
"""Where these are empty follows from the office alone, so that some letters are certain to have the gap."""


def lint_code(source: Source, may_be_empty: frozenset[str]) -> Iterator[Finding]:
    """All faults of the code of ``source``. ``may_be_empty`` are the names that are nothing for some of the letters."""
    tags = [*_statements(source), *_balance(source)]
    yield from tags
    try:
        tree = _ENVIRONMENT.parse(source.text)
    except TemplateSyntaxError as error:
        if not any(found.line == error.lineno or found.code == "unbalanced" for found in tags):
            yield _syntax(source, error)
        return
    except (RecursionError, SyntaxError):
        yield source.error(0, "syntax", "The code is nested too deep.", "Make it simpler.")
        return
    yield from _Walk(source, may_be_empty).all(tree)


def _syntax(source: Source, error: TemplateSyntaxError) -> Finding:
    start = source.line_start(error.lineno)
    end = source.text.find("\n", start) % (len(source.text) + 1)
    line = source.text[start:end]
    message = (error.message or "it cannot be read").rstrip(".")
    remedy = "Write {{ name }} for a value, and {% if name %} … {% endif %} for a part that may be left out."
    if re.search("[\u2018\u2019\u201c\u201d]", line):
        remedy = "Type straight quotation marks, ' or \", between the braces."
    if "{{ ?" in line:
        message, remedy = "a question of the import stands in it", "Answer it: write a name or the text in its place."
    at = max(line.find("{{"), 0) or max(line.find("{%"), 0)
    return source.error(start + at, "syntax", f"The template cannot be read: {message}.", remedy)


def _statements(source: Source) -> Iterator[Finding]:
    for offset, tag in source.tags():
        found = _TAG.match(tag)
        if found and found[1] not in _NEEDED and not (found[1].startswith("end") and found[1] != "endif"):
            yield source.error(
                offset, "statement", f"A letter needs no {{% {found[1]} %}}.",
                "Use {{ name }} and {% if name %} … {% endif %} alone.",
            )  # fmt: skip


def _balance(source: Source) -> Iterator[Finding]:
    opened: list[int] = []
    for offset, tag in source.tags():
        found = _TAG.match(tag)
        word = found[1] if found else ""
        if word == "if":
            opened.append(offset)
        elif word in ("elif", "else", "endif") and not opened:
            yield source.error(
                offset,
                "unbalanced",
                f"{{% {word} %}} stands without an {{% if %}}.",
                "Take it out, or begin with {% if name %}.",
            )
        elif word == "endif":
            opened.pop()
    for offset in opened:
        yield source.error(offset, "unbalanced", "{% if %} is never ended.", "Write {% endif %} where the part ends.")


class _Walk:
    """One look at a template's tree. ``guarded`` are names that a condition around has asked for."""

    def __init__(self, source: Source, may_be_empty: frozenset[str]) -> None:
        self._source, self._may_be_empty = source, may_be_empty
        self._seen: Counter[tuple[int, str]] = Counter()

    def all(self, tree: nodes.Template) -> Iterator[Finding]:
        """Every finding."""
        yield from self._many(tree.body, frozenset())

    def _many(self, found: list[nodes.Node], guarded: frozenset[str]) -> Iterator[Finding]:
        for node in found:
            yield from self._node(node, guarded)

    def _node(self, node: nodes.Node, guarded: frozenset[str], *, shown: bool = True) -> Iterator[Finding]:  # noqa: C901, PLR0912 - one arm for each kind
        match node:
            case nodes.TemplateData() | nodes.Const():
                return
            case nodes.Output():
                yield from self._many(list(node.nodes), guarded)
            case nodes.If():
                yield from self._condition(node.test, guarded)
                inside = guarded | _names(node.test)
                yield from self._many([*node.body, *node.elif_, *node.else_], inside)
            case nodes.CondExpr():
                yield from self._condition(node.test, guarded)
                inside = guarded | _names(node.test)
                for branch in (node.expr1, node.expr2):
                    if branch is not None:
                        yield from self._node(branch, inside, shown=shown)
            case nodes.Or() | nodes.And():
                yield from self._node(node.left, guarded | _names(node.left), shown=shown)
                yield from self._node(node.right, guarded | _names(node.left), shown=shown)
            case nodes.Not():
                yield from self._node(node.node, guarded, shown=False)
            case nodes.Compare():
                for part in (node.expr, *(operand.expr for operand in node.ops)):
                    yield from self._node(part, guarded, shown=False)
            case nodes.Name():
                yield from self._name(node, guarded, shown=shown)
            case nodes.Filter():
                yield from self._filter(node, guarded, shown=shown)
            case nodes.Getattr() | nodes.Getitem():
                yield self._inner(node)
            case nodes.Call():
                word = node.node.name if isinstance(node.node, nodes.Name) else "("
                yield self._error(
                    node, word, "call", "A letter calls nothing: values stand as they are.", "Take the parentheses out."
                )
            case nodes.Test():
                yield self._error(
                    node, node.name, "test", f"`is {node.name}` is not needed: every name is there, if empty.",
                    "Write {% if name %}.",
                )  # fmt: skip
            case nodes.Expr():
                yield self._error(
                    node, "", "expression", "A letter works nothing out: it has names, texts and conditions.",
                    "Write the text itself.",
                )  # fmt: skip

    def _condition(self, test: nodes.Node, guarded: frozenset[str]) -> Iterator[Finding]:
        yield from self._node(test, guarded, shown=False)
        if isinstance(test, nodes.Const):
            yield self._error(
                test,
                "if",
                "constant_condition",
                "The condition is always the same.",
                "Ask for a name: {% if message %}.",
            )

    def _name(self, node: nodes.Name, guarded: frozenset[str], *, shown: bool) -> Iterator[Finding]:
        at = self._at(node, node.name)  # counted even where nothing is wrong: the next of the name is another one
        if node.name not in NAMES:
            close = meant(node.name)
            remedy = f"Did you mean {close}? {instead(node.name)}" if close else instead(node.name)
            yield self._source.error(at, "unknown_name", f"{node.name} is no name that a letter knows.", remedy)
        elif shown and node.name in self._may_be_empty - guarded:
            sentence = f"{node.name} is empty for {EMPTY_FOR[node.name]}, and leaves a gap."
            remedy = f"Put the words around it between {{% if {node.name} %}} and {{% endif %}}."
            make = self._source.error if node.name in _OF_THE_OFFICE else self._source.warning
            yield make(at, "may_be_empty", sentence, remedy)

    def _filter(self, node: nodes.Filter, guarded: frozenset[str], *, shown: bool) -> Iterator[Finding]:
        if node.name == "safe":
            yield self._error(
                node,
                "safe",
                "safe",
                "A letter has no HTML to keep: what a person typed is always text.",
                "Take `| safe` out.",
            )
        elif node.name not in FILTERS:
            yield self._error(
                node, node.name, "filter", f"A letter has no use for the filter {node.name}.",
                f"Take it out; there are {', '.join(FILTERS)}.",
            )  # fmt: skip
        if node.node is not None:
            guards = node.name == "default" and len(node.args) == 2  # default('x', true): for the empty, too
            yield from self._node(node.node, guarded | (_names(node.node) if guards else frozenset()), shown=shown)

    def _inner(self, node: nodes.Getattr | nodes.Getitem) -> Finding:
        inner = node.attr if isinstance(node, nodes.Getattr) else ""
        outer = node.node.name if isinstance(node.node, nodes.Name) else ""
        said = f"{outer or '…'}.{inner}" if inner else f"{outer or '…'}[…]"
        return self._error(
            node,
            outer or inner,
            "attribute",
            f"{said} reaches into a value: names are plain text.",
            instead(inner or outer),
        )

    def _error(self, node: nodes.Node, word: str, code: str, sentence: str, remedy: str) -> Finding:
        return self._source.error(self._at(node, word), code, sentence, remedy)

    def _at(self, node: nodes.Node, word: str) -> int:
        number = self._seen[node.lineno, word]
        self._seen[node.lineno, word] += 1
        return self._source.word(node.lineno, word, number)


def _names(test: nodes.Node) -> frozenset[str]:
    found = {node.name for node in test.find_all(nodes.Name)}
    return frozenset(found | ({test.name} if isinstance(test, nodes.Name) else set()))
