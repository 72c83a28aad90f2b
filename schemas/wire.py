"""Bytes to models and back, strictly: the only way an event enters or leaves Postbag.

pydantic parses the bytes directly (no intermediate dicts); what its parser lets through but one reader could see
differently from another is refused here: duplicate keys, NUL, NaN, anything not strict JSON. Reading never puts an
input value into an error, because inputs are personal data; an ``Unreadable`` names fields and codes only.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, Final, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

MAX_EVENT_BYTES: Final = 1_000_000
"""Largest event read or written, in bytes: under Kafka's default ``max.message.bytes`` of 1 MiB with its overhead."""

UnreadableReason = Literal[
    "tombstone", "too_large", "not_json", "duplicate_key", "forbidden_character", "unsupported_version", "wrong_shape"
]

_TYPE_VERSION = re.compile(r"^(?P<name>[a-z][a-z0-9.]*)\.v(?P<major>[0-9]{1,4})$")

_CODES: Final = {
    "missing": "required",
    "string_too_long": "too_long",
    "string_too_short": "too_short",
    "too_long": "too_long",
    "too_short": "too_short",
    "extra_forbidden": "unknown_field",
    "literal_error": "unknown_value",
    "string_pattern_mismatch": "malformed",
    "finite_number": "malformed",
}


class Wire(BaseModel):
    """Base of everything that travels: frozen, strict, and blind to unknown optional fields of a newer writer."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="ignore",
        allow_inf_nan=False,
        hide_input_in_errors=True,
        ser_json_inf_nan="null",
    )


E = TypeVar("E", bound=Wire)


class Unreadable(Exception):
    """Bytes that are not the event they should be.

    ``reason`` is one of a closed set, fit for a metric label. ``faults`` are ``(field path, code)`` pairs, with the
    path made of names this schema knows: a name that a sender invented is personal data until shown otherwise.
    """

    def __init__(self, reason: UnreadableReason, faults: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(reason if not faults else f"{reason}: " + ", ".join(f"{f} {c}" for f, c in faults))
        self.reason: UnreadableReason = reason
        self.faults = faults


def read(model: type[E], raw: bytes | None) -> E:
    """Validate ``raw`` (UTF-8 JSON) as ``model``.

    Raises:
        Unreadable: with a reason of the closed set; never with a value of the input.
    """
    if raw is None:
        raise Unreadable("tombstone")
    if len(raw) > MAX_EVENT_BYTES:
        raise Unreadable("too_large")
    try:
        event: E = model.__pydantic_validator__.validate_json(raw)
    except ValidationError as error:
        raise _explain(model, raw, error) from None
    except (ValueError, RecursionError):
        raise Unreadable("not_json") from None
    if _suspect(event, raw):
        _scan(raw)
    return event


def write(event: Wire) -> bytes:
    """The event as compact UTF-8 JSON; absent optional fields are left out."""
    return event.__pydantic_serializer__.to_json(event, exclude_none=True)


def _suspect(event: Wire, raw: bytes) -> bool:
    """Whether ``raw`` may hold a duplicate key or a NUL, so that it is worth a full parse. Never misses one.

    A quote inside a JSON string is escaped, so each ``":`` ends a key unless it is text, which only makes it suspect;
    a key that is not counted this way has white space before its colon, which is looked for as well.
    """
    return (
        raw.count(b'":') != _count_keys(event)
        or (b"\\" in raw and b"\\u0000" in raw)
        or (b'" ' in raw and b" :" in raw)
        or b"\n" in raw
        or b"\t" in raw
        or b"\r" in raw
    )


@cache
def _nested(model: type[BaseModel]) -> tuple[str, ...]:
    """Names of the fields of ``model`` whose values are models, or tuples of them: the ones with keys of their own."""
    return tuple(name for name, field in model.model_fields.items() if _holds_model(field.annotation))


def _holds_model(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return True
    return any(_holds_model(part) for part in get_args(annotation))


def _count_keys(value: Any) -> int:
    """JSON object keys that ``value`` was read from, as far as the model kept them."""
    if value is None:
        return 0
    if isinstance(value, tuple):
        return sum(map(_count_keys, value))
    fields = value.__pydantic_fields_set__
    count = len(fields)
    for name in _nested(value.__class__):
        if name in fields:
            count += _count_keys(getattr(value, name))
    return count


def _scan(raw: bytes) -> None:
    """Refuse a duplicate key, a NUL or a NaN anywhere, unknown fields included; raises ``Unreadable``."""
    try:
        document = json.loads(raw, object_pairs_hook=_unique_pairs, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Unreadable("not_json") from None
    for text in _strings(document):
        if "\x00" in text:
            raise Unreadable("forbidden_character")


def _refuse_constant(_name: str) -> None:
    """NaN and Infinity are no JSON, though both parsers take them where the model does not look."""
    raise Unreadable("not_json")


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("duplicate_key")
    return found


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in _strings(part)]
    if isinstance(value, list):
        return [text for part in value for text in _strings(part)]
    return []


def _explain(model: type[Wire], raw: bytes, error: ValidationError) -> Unreadable:
    details = error.errors(include_input=False, include_url=False, include_context=False)
    if any(d["type"] in ("json_invalid", "json_type") for d in details):
        return Unreadable("not_json")
    if any(d["loc"] == ("type",) for d in details) and _other_major(model, raw):
        return Unreadable("unsupported_version")
    known = _field_names(model)
    faults = {(_path(d["loc"], known), _CODES.get(d["type"], "malformed")) for d in details}
    return Unreadable("wrong_shape", tuple(sorted(faults)))


def _other_major(model: type[Wire], raw: bytes) -> bool:
    """Whether ``raw`` calls itself this event, in a major version that this reader does not know."""
    field = model.model_fields.get("type")
    expected = _TYPE_VERSION.match(str(field.default)) if field else None
    try:
        given = _TYPE_VERSION.match(str(json.loads(raw).get("type")))
    except (ValueError, AttributeError, RecursionError):
        return False
    return bool(expected and given and given["name"] == expected["name"] and given["major"] != expected["major"])


def _path(loc: tuple[int | str, ...], known: frozenset[str]) -> str:
    return ".".join(str(part) for part in loc if isinstance(part, int) or part in known) or "$"


@cache
def _field_names(model: type[BaseModel]) -> frozenset[str]:
    names: set[str] = set()
    pending: list[Any] = [model]
    while pending:
        kind = pending.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            for name, field in kind.model_fields.items():
                names.add(name)
                pending.append(field.annotation)
        else:
            pending.extend(getattr(kind, "__args__", ()))
    return frozenset(names)
