"""Tells whether a changed schema still takes everything that the old one took, and means the same by it.

Events lie in topics for weeks and frontends change when they please, so within a major version a schema may only grow: new
optional fields, wider sets, higher limits. Everything else is a new event type, published beside the old one for a
while. The check reads schemas as ``schemas.publish`` makes them; what it cannot judge (another pattern, a keyword that
it does not know) it must call a fault rather than let through.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_MOST: Final = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties")
_LEAST: Final = {
    "minLength": 0.0,
    "minItems": 0.0,
    "minProperties": 0.0,
    "minimum": float("-inf"),
    "exclusiveMinimum": float("-inf"),
}
"""Lower limits, with what holds where none is given."""
_JUDGED: Final = frozenset(
    {*_MOST, *_LEAST, "type", "const", "enum", "anyOf", "$ref", "$defs", "properties", "required", "items", "default"}
    | {"additionalProperties", "title", "description", "$schema", "$id", "$comment", "examples"}
)
"""Keywords that are looked into or say nothing about what is taken; any other must stay as it is."""
_TYPES: Final = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


def faults(old: Schema, new: Schema) -> list[str]:
    """Where ``new`` refuses, drops or reads otherwise what ``old`` took, as ``path: what``; empty if nothing.

    Both are whole documents, whose references point into their own ``$defs``.
    """
    return sorted(set(_Comparison(old, new).differences("$", old, new)))


class _Comparison:
    """Two documents. It knows which pairs of definitions it is inside of, since a schema may contain itself."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new
        self._inside: list[tuple[str, str]] = []

    def differences(self, at: str, old: Schema, new: Schema) -> list[str]:
        pair = (old.get("$ref", ""), new.get("$ref", ""))
        if all(pair) and pair in self._inside:
            return []
        self._inside.append(pair)
        try:
            old, new = _follow(self._old, old), _follow(self._new, new)
            if "anyOf" in old or "anyOf" in new:
                return [*_default(at, old, new), *self._alternatives(at, old, new)]
            return [*_own(at, old, new), *self._fields(at, old, new), *self._items(at, old, new)]
        finally:
            self._inside.pop()

    def _alternatives(self, at: str, old: Schema, new: Schema) -> Iterator[str]:
        """One of the new alternatives must take each of the old; if none does, the nearest one's faults are told."""
        for before in old.get("anyOf", [_bare(old)]):
            yield from min((self.differences(at, before, after) for after in new.get("anyOf", [_bare(new)])), key=len)

    def _fields(self, at: str, old: Schema, new: Schema) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before.keys() - after.keys():
            yield f"{at}.{name}: removed"
        for name in set(new.get("required", ())) - set(old.get("required", ())):
            yield f"{at}.{name}: required now"
        for name in before.keys() & after.keys():
            yield from self.differences(f"{at}.{name}", before[name], after[name])
        strict = new.get("additionalProperties", True)
        if strict is not True and strict != old.get("additionalProperties", True):
            yield f"{at}: unknown fields refused now"

    def _items(self, at: str, old: Schema, new: Schema) -> list[str]:
        return self.differences(f"{at}[]", old.get("items", {}), new["items"]) if "items" in new else []


def _follow(document: Schema, part: Schema) -> Schema:
    """The definition that ``part`` points to, or ``part`` itself; what stands beside a reference holds as well."""
    while "$ref" in part:
        found: Any = document
        for step in str(part["$ref"]).removeprefix("#/").split("/"):
            found = found[step]
        part = {**found, **{key: value for key, value in part.items() if key != "$ref"}}
    return part


def _bare(part: Schema) -> Schema:
    """Without its default, which belongs to the field and not to the alternative."""
    return {key: value for key, value in part.items() if key != "default"}


def _own(at: str, old: Schema, new: Schema) -> Iterator[str]:
    """What a schema says of a value itself, without its parts."""
    yield from _default(at, old, new)
    if lost := _types(old) - _types(new):
        yield f"{at}: no longer takes type {', '.join(sorted(lost))}"
    if gone := _gone(old, new):
        yield f"{at}: no longer takes {', '.join(gone)}"
    for keyword in _MOST:
        if keyword in new and new[keyword] < old.get(keyword, float("inf")):
            yield f"{at}: {keyword} lowered to {new[keyword]}"
    for keyword, none in _LEAST.items():
        if keyword in new and new[keyword] > old.get(keyword, none):
            yield f"{at}: {keyword} raised to {new[keyword]}"
    for keyword in new.keys() - _JUDGED:
        if new[keyword] != old.get(keyword) and not (
            keyword == "pattern" and _wider(old.get(keyword, ""), new[keyword])
        ):
            yield f"{at}: {keyword} changed"


def _wider(old: str, new: str) -> bool:
    """Whether a pattern ``^(a|b)$`` has only got further alternatives; any other change cannot be judged."""
    whole = ("^(", ")$")
    if not all(pattern.startswith(whole[0]) and pattern.endswith(whole[1]) for pattern in (old, new)):
        return False
    return f"{new[2:-2]}|".startswith(f"{old[2:-2]}|") and "(" not in old[2:-2]


def _default(at: str, old: Schema, new: Schema) -> Iterator[str]:
    """An event without the field would mean something else than when it was written."""
    if "default" in old and "default" in new and old["default"] != new["default"]:
        yield f"{at}: default changed"


def _types(part: Schema) -> frozenset[str]:
    given = part.get("type")
    if given is None:
        return _TYPES
    types = frozenset([given] if isinstance(given, str) else given)
    return types | {"integer"} if "number" in types else types


def _gone(old: Schema, new: Schema) -> list[str]:
    """Members of the old closed set that the new one lacks."""
    allowed = _closed(new)
    if allowed is None:
        return []
    before = _closed(old)
    return ["values outside a set"] if before is None else [str(value) for value in before if value not in allowed]


def _closed(part: Schema) -> list[Any] | None:
    return [part["const"]] if "const" in part else part.get("enum")
