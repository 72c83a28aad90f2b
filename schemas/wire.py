"""Bytes to models and back, strictly: the only way an event enters or leaves Postbag.

pydantic parses the bytes directly (no intermediate dicts); what its parser lets through but one reader could see
differently from another is refused here: duplicate keys, NUL, NaN, anything not strict JSON. Reading never puts an
input value into an error, because inputs are personal data; an ``Unreadable`` names fields and codes only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from types import NoneType
from typing import Annotated, Any, Final, Literal, TypeVar, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

MAX_EVENT_BYTES: Final = 1_000_000
"""Largest event read or written, in bytes: under Kafka's default ``max.message.bytes`` of 1 MiB with its overhead."""

UnreadableReason = Literal[
    "tombstone", "too_large", "not_json", "duplicate_key", "forbidden_character", "unsupported_version", "wrong_shape"
]

_TYPE_VERSION = re.compile(r"^(?P<name>[a-z][a-z0-9.]*)\.v(?P<major>[0-9]{1,4})$")

_ENVELOPE: Final = frozenset({"specversion", "id", "source", "type", "time", "traceparent", "data", "datacontenttype"})

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


def read(model: type[E], raw: bytes | None, *, ours: bool = False) -> E:
    """Validate ``raw`` (UTF-8 JSON) as ``model``.

    ``ours`` is for topics that only Postbag's own writer can write to: it never repeats a key nor writes a NUL, so that
    nobody looks for them, which is a third of the price of reading a letter. Everything else is checked as ever.

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
    if not ours and _suspect(event, raw):
        _scan(raw)
    return event


def write(event: Wire) -> bytes:
    """The event as compact UTF-8 JSON; absent optional fields are left out."""
    return event.__pydantic_serializer__.to_json(event, exclude_none=True)


def _suspect(event: Wire, raw: bytes) -> bool:
    """Whether ``raw`` may hold a duplicate key or a NUL, so that it is worth a full parse. Never misses one.

    Each key and each string has two quotes of its own, and what was parsed says how many of both there must be at least.
    A key that stands there twice makes them more. Escaped quotes are taken off; whatever confuses the count (an escaped
    backslash before a quote, an unknown field) makes it differ, which only costs the parse.
    """
    quotes = raw.count(b'"')
    if b"\\" in raw:
        if b"\\u0000" in raw:
            return True
        quotes -= raw.count(b'\\"')
    return quotes != 2 * _count_strings(event)


@cache
def _uncertain(model: type[BaseModel]) -> tuple[str, ...]:
    """Fields of ``model`` whose value is not always exactly one JSON string."""
    return tuple(name for name, field in model.model_fields.items() if not _is_string(field.annotation))


def _is_string(annotation: Any) -> bool:
    if get_origin(annotation) is Literal:
        return all(isinstance(value, str) for value in get_args(annotation))
    if get_origin(annotation) is Annotated:
        return _is_string(get_args(annotation)[0])
    return annotation in (str, AwareDatetime)


def _count_strings(event: BaseModel) -> int:
    """JSON strings that ``event`` was read from, keys and values, as far as the model kept them."""
    fields = event.__pydantic_fields_set__
    values = event.__dict__
    count = 2 * len(fields)
    for name in _uncertain(event.__class__):
        if name in fields:
            value = values[name]
            strings = _STRINGS.get(value.__class__)
            if strings is None:
                strings = sum(map(_count_in, value)) if value.__class__ is tuple else _count_in(value)
            count += strings - 1
    return count


def _count_in(value: Any) -> int:
    """As above, for an item of a list or a mapping of names."""
    if value.__class__ is dict:
        return len(value) + sum(map(_count_in, value.values()))
    strings = _STRINGS.get(value.__class__)
    return _count_strings(value) if strings is None else strings


_STRINGS: Final[dict[type, int]] = {str: 1, datetime: 1, date: 1, NoneType: 0, int: 0, float: 0, bool: 0}
"""How many JSON strings a plain value is; models and lists are counted."""


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
    faults = {(_path(_place(d), known), _CODES.get(d["type"], "malformed")) for d in details}
    return Unreadable("wrong_shape", tuple(sorted(faults)))


def _place(detail: Mapping[str, Any]) -> tuple[int | str, ...]:
    """Where a fault lies. Inside the data an attribute of the envelope is a stranger like any other, in every form."""
    place: tuple[int | str, ...] = detail["loc"]
    return place[:-1] if detail["type"] == "extra_forbidden" and len(place) > 1 and place[-1] in _ENVELOPE else place


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
