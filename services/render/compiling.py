"""Compiles a campaign's templates, those that could cost much onto a meter.

A template that only puts values in and leaves parts out (nearly all do) is bounded by its own length, and runs unwatched.
Into any other the meter of ``services.render.sandbox`` is put where Jinja2 itself would not ask anybody: into loops, macros,
joined texts and lists.
"""

from __future__ import annotations

from typing import Final, cast

from jinja2 import Template, TemplateSyntaxError, nodes
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer

from services.render.sandbox import BUDGET, LETTERING, MOST_TEXT, MeteredSandbox, OverLimit, Sandbox

_MOST_VALUES: Final = 200
"""Values that a template without a meter may put in: with the longest message in each, two million characters."""

_PLAIN_NODES: Final = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.CondExpr),
    *(nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Filter),
)
_PLAIN_FILTERS: Final = LETTERING | {"d", "default"}

_plain: Final = Sandbox()
_metered: Final = MeteredSandbox()


def compiled(source: str) -> Template:
    """The template of ``source``. Raises ``TemplateSyntaxError``, ``RecursionError`` or ``SyntaxError``."""
    parsed = _plain.parse(source)
    if _is_plain(parsed):
        return _plain.from_string(source)
    _metered.left = BUDGET
    made = _Metering().visit(_metered.parse(source))
    return Template.from_code(_metered, _metered.compile(made), {})


def run(template: Template, values: dict[str, str]) -> str:
    """What ``template`` makes of ``values``. Raises whatever a template can raise, ``OverLimit`` among it."""
    if template.environment is _plain:
        # As ``template.render`` does it, without copying the values, and without what blocks and globals need.
        return "".join(template.root_render_func(Context(_plain, values, None, {})))
    _metered.left = BUDGET
    pieces: list[str] = []
    length = 0
    for piece in template.generate(values):
        length += len(piece)
        if length > MOST_TEXT:
            raise OverLimit
        pieces.append(piece)
    return "".join(pieces)


def names_in(source: str) -> frozenset[str]:
    """All names in a template that compiles: those that it takes from its context, and those that it sets itself."""
    return frozenset(node.name for node in _plain.parse(source).find_all(nodes.Name))


def _is_plain(parsed: nodes.Template) -> bool:
    """Whether a template's text can be no longer than its own length and its values make it."""
    values = 0
    pending: list[nodes.Node] = [parsed]
    while pending:
        node = pending.pop()
        if not isinstance(node, _PLAIN_NODES) or (isinstance(node, nodes.Filter) and node.name not in _PLAIN_FILTERS):
            return False
        values += isinstance(node, nodes.Name)
        pending.extend(node.iter_child_nodes())
    return values <= _MOST_VALUES


class _Metering(NodeTransformer):
    """Puts the meter into a parsed template, where Jinja2 itself would not ask anybody."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 - the name of a node
        if node.recursive:
            raise TemplateSyntaxError("loops cannot be recursive here", node.lineno)
        self.generic_visit(node)
        node.iter = _ask("each", cast("nodes.Expr", node.iter))
        return node

    def visit_Macro(self, node: nodes.Macro) -> nodes.Macro:  # noqa: N802 - the name of a node
        self.generic_visit(node)
        node.body.insert(0, nodes.ExprStmt(_ask("spend")))
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:  # noqa: N802 - the name of a node
        self.generic_visit(node)
        return _ask("joined", *node.nodes)

    def visit_List(self, node: nodes.List | nodes.Tuple) -> nodes.Expr:  # noqa: N802 - the name of a node
        self.generic_visit(node)
        node.items = [_scalar(item) for item in node.items]
        return node

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Expr:  # noqa: N802 - the name of a node
        return self.visit_List(node) if node.ctx == "load" else node

    def visit_Pair(self, node: nodes.Pair) -> nodes.Pair:  # noqa: N802 - the name of a node
        self.generic_visit(node)
        node.value = _scalar(node.value)
        return node

    def visit_Name(self, node: nodes.Name) -> nodes.Name:  # noqa: N802 - the name of a node
        if node.name in ("varargs", "kwargs"):
            raise TemplateSyntaxError(f"{node.name} cannot be used here", node.lineno)
        return node


def _ask(name: str, *values: nodes.Expr) -> nodes.Call:
    return nodes.Call(nodes.EnvironmentAttribute(name), list(values), [], None, None)


def _scalar(node: nodes.Expr) -> nodes.Expr:
    """Literals may stand in one another: they are no longer than the template."""
    return node if isinstance(node, nodes.Literal) else _ask("scalar", node)
