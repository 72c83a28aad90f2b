"""The one way in which ``schemas.wire.write`` puts a model into bytes, as a regular expression: to know an event by sight.

Text that matches is what the strict reader takes and the writer would write again, byte for byte: every key once and in
its place, no NUL, every length and pattern kept. So a stage that changes nothing in an event can carry its text on instead
of parsing and writing it. Text that does not match is not wrong: it is for ``schemas.wire.read`` to judge. What a pattern
cannot tell (that a date exists, that a number is within its bounds) is named in ``unproven``, for whoever matches to check.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from schemas.wire import Wire

_PLAIN: Final = r'[^"\\\x00-\x1f]'
_ESCAPED: Final = r'\\(?:["\\bfnrt]|u00(?:0[1-7bef]|1[0-9a-f]))'
"""What the writer escapes, as it escapes it. NUL is missing: no reader takes it."""

_LONG: Final = 1000
"""A text that may be longer than this may hold escapes, which its length then counts too strictly: see ``most_bytes``."""

_TIME: Final = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(?:\.(?!000000)[0-9]{6})?+Z"  # a fraction only where there is one; always UTC
)
_NUMBERS: Final = {"number": r"-?(?:0|[1-9][0-9]*)\.[0-9]+", "integer": r"(?:0|-?[1-9][0-9]*)"}


@dataclass(slots=True)
class Layout:
    """How events of a model look. ``groups`` names the regular expression's groups, in their order, by their path.

    A group holds what stands between a text's quotes, or, of a text that may hold escapes, the JSON with its quotes.
    The expression is for decoded text, which is how a length in code points is a length; it never takes more than linear
    time. A match proves an event only if its bytes are at most ``most_bytes`` and the ``unproven`` paths are checked.
    """

    pattern: re.Pattern[str]
    groups: tuple[str, ...]
    unproven: frozenset[str]
    most_bytes: int


def layout(model: type[Wire], wanted: frozenset[str]) -> Layout:
    """The layout of ``model``, with a group for each path of ``wanted`` (as in ``data.constituent.address.zip5``).

    Raises:
        ValueError: the model has a kind of field that has no layout yet, or a wanted path does not exist.
    """
    schema = model.model_json_schema()
    draft = _Draft(schema.get("$defs", {}), wanted)
    expression = draft.value(schema, "")
    if missing := wanted - set(draft.groups):
        raise ValueError(f"{model.__name__} has no {min(missing)}")
    return Layout(re.compile(expression), tuple(draft.groups), frozenset(draft.unproven), draft.most_bytes)


@dataclass(slots=True)
class _Draft:
    """Builds the expression from the model's JSON Schema, which says the same and is made to be read by others."""

    definitions: Mapping[str, Any]
    wanted: frozenset[str]
    groups: list[str] = field(default_factory=list)
    unproven: set[str] = field(default_factory=set)
    most_bytes: int = 1_000_000

    def value(self, schema: Mapping[str, Any], path: str) -> str:
        """The expression for one value, captured if it is wanted."""
        if path not in self.wanted:
            return self._bare(schema, path)
        self.groups.append(path)  # before what is inside: groups are numbered by where they open
        return self._captured(schema, path)

    def _captured(self, schema: Mapping[str, Any], path: str) -> str:
        found = self._bare(schema, path)
        # Of a text that holds no escape, what stands between the quotes is the text.
        if found.startswith('"') and found.endswith('"') and _ESCAPED not in found:
            return f'"({found[1:-1]})"'
        return f"({found})"

    def _bare(self, schema: Mapping[str, Any], path: str) -> str:
        if "$ref" in schema:
            return self._bare(self.definitions[schema["$ref"].rpartition("/")[2]], path)
        if "anyOf" in schema:
            one, *others = (option for option in schema["anyOf"] if option != {"type": "null"})
            if others:
                raise ValueError(f"{path} may be of several kinds")
            return self._bare(one, path)
        if known := schema.get("enum", [schema["const"]] if "const" in schema else []):
            texts = [json.dumps(value) for value in known]
            if all(isinstance(value, str) for value in known):
                return f'"(?:{"|".join(re.escape(text[1:-1]) for text in texts)})"'
            return f"(?:{'|'.join(map(re.escape, texts))})"
        return self._of_type(schema, path)

    def _of_type(self, schema: Mapping[str, Any], path: str) -> str:
        kind = schema.get("type")
        if kind == "object" and "properties" in schema:
            return self._object(schema, path)
        if kind == "array" and "items" in schema:
            item = self._bare(schema["items"], f"{path}[]")
            return rf"\[(?:{item}(?:,{item})*+)?+\]"
        if kind == "string":
            return self._string(schema, path)
        if kind in _NUMBERS:
            self.unproven.add(path)
            return _NUMBERS[kind]
        raise ValueError(f"{path or 'the event'} is of a kind that has no layout: {schema}")

    def _object(self, schema: Mapping[str, Any], path: str) -> str:
        required: Sequence[str] = schema.get("required", ())
        parts: list[str] = []
        for name, inner in schema["properties"].items():
            found = self.value(inner, f"{path}.{name}" if path else name)
            key = f'{"," if parts else ""}"{name}":'
            # The writer leaves out what is None, and nothing else.
            absent = name not in required and inner.get("default", ...) is None
            if absent and not parts:
                raise ValueError(f"{path or 'the event'} may begin without its first field")
            parts.append(f"(?:{key}{found})?+" if absent else key + found)
        return rf"\{{{''.join(parts)}\}}"

    def _string(self, schema: Mapping[str, Any], path: str) -> str:
        if schema.get("format") == "date-time":
            self.unproven.add(path)
            return f'"{_TIME}"'
        least, most = schema.get("minLength", 0), schema.get("maxLength")
        if pattern := schema.get("pattern"):
            bare = re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern.removeprefix("^").removesuffix("$"))
            within = f'(?={_PLAIN}{{{least},{most}}}")' if most else ""
            return f'"{within}{bare}"'
        if most is None:
            raise ValueError(f"{path} has no limit to its length")
        if most < _LONG:
            return f'"{_PLAIN}{{{least},{most}}}+"'
        self.most_bytes = min(self.most_bytes, most)
        return f'"(?:{_PLAIN}++|{_ESCAPED}){"+" if least else "*"}+"'
