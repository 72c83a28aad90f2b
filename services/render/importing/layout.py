"""A draft as a campaign's file: YAML that a person goes on writing in, with what was taken from where beside each field.

``# ?`` marks a question at its place, and what follows it to choose from is a comment until its ``#`` is taken away. Text
goes into block scalars; whatever an alert contains, a YAML reader gets back exactly what the draft has.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.render.importing.draft import Draft, Finding, Question

_WIDTH: Final = 118
_BLOCKS: Final = frozenset({"narrative", "letter", "closing"})
_FIELDS: Final = (
    "slug", "version", "organization", "headline", "narrative", "", "targets", "", "required_fields", "", "subject",
    "salutation", "letter", "closing", "", "topics", "bill", "stance", "forms",
)  # fmt: skip
"""The fields of the file in their order; a blank line where the name is empty."""
_OPTIONAL: Final = frozenset({"required_fields", "salutation", "closing", "topics", "bill", "stance", "forms"})
_LISTS: Final = frozenset({"targets", "required_fields"})
_SHORT: Final = 110


def file_of(draft: Draft, source: str) -> str:
    """The campaign's file; ``source`` names the alert for its first line."""
    parts = [
        *_comment(
            f"From {_shown(source)}, by `postbag campaign import`. Answer what “# ?” marks, then: postbag campaign"
            f" check"
        )
    ]
    for note in draft.notes:
        parts += _comment(note)
    for name in _FIELDS:
        lines = list(_field(draft, name)) if name else [""]
        if lines != [""] or parts[-1]:
            parts += lines
    return "\n".join(parts).rstrip("\n") + "\n"


def _field(draft: Draft, name: str) -> Iterator[str]:
    value = "1" if name == "version" else getattr(draft, name, None)
    findings = [finding for finding in draft.findings if finding.field == name]
    asked = [question for question in draft.questions if question.field == name]
    if name not in _LISTS:
        for finding in findings:
            yield from _comment(_origin(finding))
    if name == "targets":
        yield "targets:"
        yield from (f"  - {finding.value}   # {_origin(finding)}" for finding in findings)
    for question in asked:
        yield from _question(question, indent="  " if name == "targets" else "")
    if name == "required_fields":
        yield from _required(findings, draft)
    elif name in _BLOCKS and value:
        yield f"{name}: |"
        yield from (f"  {line}" if line else "" for line in value.split("\n"))
    elif name == "targets":
        return
    elif value is not None:
        yield f"{name}: {value if name == 'version' else _scalar(value)}"
    elif name not in _OPTIONAL:
        yield f"{name}:"


def _required(findings: list[Finding], draft: Draft) -> Iterator[str]:
    if draft.required_fields:
        yield from (f"# {_origin(finding)}" for finding in findings)
        yield "required_fields:"
        yield from (f"  - {field}" for field in draft.required_fields)


def _origin(finding: Finding) -> str:
    """Where a finding is from, in words."""
    if finding.lines is None:
        return f"{finding.how[:1].upper()}{finding.how[1:]}."
    first, last = finding.lines
    place = f"from line {first}" if first == last else f"from lines {first} to {last}"
    sure = "" if finding.confidence == "high" else f" ({finding.confidence} confidence)"
    return f"{place}: {finding.how}{sure}"


def _question(question: Question, indent: str) -> Iterator[str]:
    place = f"Line {question.line}: " if question.line else ""
    first, *more = textwrap.wrap(f"{place}{_shown(question.text)}", _WIDTH - 6) or [""]
    yield f"{indent}# ? {first}"
    yield from (f"{indent}#   {line}" for line in more)
    yield from (f"{indent}# {_shown(line)}" for line in question.proposals)


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(_shown(text), _WIDTH - 2)]


def _shown(text: str) -> str:
    """``text`` in one line, as a comment must be; the blanks at its beginning are a proposal's indentation."""
    indent = text[: len(text) - len(text.lstrip(" "))]
    return indent + " ".join(text.split(" ")).replace("\n", " ").lstrip(" ")


def _scalar(text: str) -> str:
    """``text`` as YAML in one line, in quotes only where it must."""
    return yaml.safe_dump(text, allow_unicode=True, width=10**9).removesuffix("...\n").strip()
