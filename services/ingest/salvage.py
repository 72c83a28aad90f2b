"""What can still be told of a submission that the schema refused: its id, and everything that is wrong with it.

The document is parsed leniently and cleaned (an unusable value becomes an empty one and a fault), then validated again, so
that all faults come out at once and the fields that are right are judged like any other's. The slow path: it runs for bad
input only, is bounded by the size of a record, and never accepts what the schema would refuse for its content.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from math import isfinite
from sys import float_info
from typing import Any, Final, NamedTuple, cast

from pydantic import TypeAdapter

from schemas.completion import BareCompletion, Completion, CompletionSent, SentAmendment
from schemas.fields import Frontend, SubmissionId, Traceparent
from schemas.submission import (
    BareSubmission,
    SentAddress,
    SentConstituent,
    SentDistrict,
    SentLocation,
    Submission,
    SubmissionSent,
)
from schemas.wire import Unreadable, Wire, read
from services.ingest.codes import Fault, FaultCode

IDS: Final = TypeAdapter[str](SubmissionId)
FRONTENDS: Final = TypeAdapter[str](Frontend)
TRACEPARENTS: Final = TypeAdapter[str](Traceparent)

_FORBIDDEN: Final = re.compile("[\x00\ud800-\udfff]")
_NO_JSON: Final = object()
_ENVELOPE: Final = ("specversion", "type", "data")
_COMPLETED: Final = re.compile(r"org\.postbag\.submission\.completed\.v[0-9]{1,4}")
_SENT_MODELS: Final[tuple[type[Wire], ...]] = (
    *(SubmissionSent, BareSubmission, SentConstituent, SentAddress, SentLocation, SentDistrict),
    *(CompletionSent, BareCompletion, SentAmendment),
)
_NAMES: Final = frozenset(name for model in _SENT_MODELS for name in model.model_fields)
"""The only names that a fault may quote: one that a sender made up is personal data until shown otherwise."""
_PATH_LIMIT: Final = 80
"""Characters of a path that is worth reporting; the schema's own are shorter."""
_MANY_DIGITS: Final = 20


class Salvaged(NamedTuple):
    """A submission or a completion with an id. ``said`` is None where there is no object to judge; see ``intake.Sent``."""

    submission_id: str
    frontend: str | None
    traceparent: str | None
    said: Submission | Completion | None
    faults: tuple[Fault, ...]
    completes: bool


def salvage(raw: bytes) -> Salvaged:
    """What is bare or structured. Raises ``Unreadable`` where it has no id, or another major version.

    Completions that are whole come this way too: they are rare, and a look for them would cost every submission.
    """
    document, faults = _parse(raw)
    enveloped = not document.keys().isdisjoint(_ENVELOPE)
    completes = _completes(document, enveloped=enveloped)
    data = document.get("data") if enveloped else document
    _forget_blank_texts(data)
    if not conforms(TRACEPARENTS, document.get("traceparent")):  # a trace is for operators: nobody is refused over it
        document.pop("traceparent", None)
    models = (BareCompletion, CompletionSent) if completes else (BareSubmission, SubmissionSent)
    event = _validate(models[enveloped], document, faults)
    submission_id, frontend = document.get("id"), document.get("source")
    if ("id", "duplicate_key") in faults:
        raise Unreadable("duplicate_key")
    if not conforms(IDS, submission_id):
        raise Unreadable("wrong_shape")
    said = event.data if isinstance(event, SubmissionSent | CompletionSent) else event
    return Salvaged(
        cast("str", submission_id),
        frontend if conforms(FRONTENDS, frontend) else None,
        document.get("traceparent"),
        said if isinstance(said, Submission | Completion) else _rebuild(data, completes=completes),
        tuple(faults),
        completes,
    )


def salvage_data(
    raw: bytes, model: type[Submission | Completion]
) -> tuple[Submission | Completion | None, tuple[Fault, ...]]:
    """The data of what has its id elsewhere, as far as it can be judged, and its faults."""
    try:
        data, faults = _parse(raw)
        _forget_blank_texts(data)
        said = _validate(model, data, faults)
    except Unreadable as error:
        return None, (("$", "not_json" if error.reason == "not_json" else "malformed"),)
    return said if isinstance(said, model) else _rebuild(data, completes=model is Completion), tuple(faults)


def _completes(document: dict[str, Any], *, enveloped: bool) -> bool:
    """Whether it calls itself a completion: by its type, or, where it is bare, by ``completes``, whatever that says."""
    if enveloped:
        return bool(_COMPLETED.fullmatch(str(document.get("type"))))
    return "completes" in document


def conforms(kind: TypeAdapter[str], value: object) -> bool:
    """Whether ``value`` is text of this ``kind``."""
    return kind.validator.isinstance_python(value, strict=True)


class _Object(dict[str, Any]):
    """A JSON object that remembers which of its keys came twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.repeated: tuple[str, ...] = ()
        if len(self) != len(pairs):
            self.repeated = tuple(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)


def _parse(raw: bytes) -> tuple[dict[str, Any], list[Fault]]:
    """The document, cleaned, and the faults that cleaning found."""
    faults: list[Fault] = []
    try:
        found = json.loads(
            raw.decode(), object_pairs_hook=_Object, parse_int=_whole, parse_float=_fraction, parse_constant=_constant
        )
        document = _clean(found, "", faults)
    except (ValueError, RecursionError):
        raise Unreadable("not_json") from None
    if not isinstance(document, dict):
        raise Unreadable("wrong_shape")
    return document, faults


def _whole(digits: str) -> int:
    """A whole number; one of 5,000 digits is as wrong for every field as one of twenty."""
    return int(digits) if len(digits) < _MANY_DIGITS else 10**_MANY_DIGITS


def _fraction(digits: str) -> float:
    """Any other number; one that no float holds is as wrong as the largest that one does."""
    number = float(digits)
    return number if isfinite(number) else float_info.max


def _constant(_name: str) -> object:
    """NaN and Infinity, which are no JSON though parsers take them."""
    return _NO_JSON


def _clean(value: Any, path: str, faults: list[Fault]) -> Any:
    """``value`` without what no field may hold, which goes to ``faults``."""
    if isinstance(value, str):
        if not _FORBIDDEN.search(value):
            return value
        faults.append((path or "$", "forbidden_character"))
        return ""
    if isinstance(value, list):
        return [_clean(part, path, faults) for part in value]
    if value is _NO_JSON:
        faults.append((path or "$", "malformed"))
        return 0
    if not isinstance(value, _Object):
        return value
    faults.extend((_below(path, name) or "$", "duplicate_key") for name in value.repeated)
    cleaned = {}
    for name, part in value.items():
        if _FORBIDDEN.search(name):
            faults.append((path or "$", "forbidden_character"))
        else:
            cleaned[name] = _clean(part, _below(path, name), faults)
    return cleaned


def _below(path: str, name: str) -> str:
    """The path of a field in the object at ``path``; of the object where the name is not the schema's."""
    if name not in _NAMES or len(path) > _PATH_LIMIT or (name == "data" and not path):
        return path
    return f"{path}.{name}" if path else name


def _forget_blank_texts(data: object) -> None:
    """An empty message is as good as none: many forms send the field all the same. So is an empty letter."""
    for name in ("message", "edited_letter"):
        if isinstance(data, dict) and data.get(name) == "":
            del data[name]


def _validate(model: type[Wire], document: dict[str, Any], faults: list[Fault]) -> Wire | None:
    """The document as ``model``; or None, with what is wrong added to ``faults``."""
    try:
        return read(model, json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())
    except Unreadable as error:
        if error.reason != "wrong_shape":
            raise
        known = {path for path, _ in faults} - {"$"}
        for full, code in error.faults:
            path = "$" if full == "data" else full.removeprefix("data.")
            if code != "too_short" and path not in known:  # empty text is judged as blank text is, later
                faults.append((path, cast("FaultCode", code)))
        return None


def _rebuild(data: object, *, completes: bool) -> Submission | Completion | None:
    """What there is of it: those fields that are text, the others empty, to be judged as far as it goes."""
    if not isinstance(data, dict):
        return None
    if completes:
        amendment = SentAmendment.model_construct(**_texts(data.get("address"), SentAmendment))
        return Completion.model_construct(campaign=_texts(data, Completion)["campaign"], address=amendment)
    person = data.get("constituent")
    place = person.get("address") if isinstance(person, dict) else None
    own = _texts(data, Submission)
    return Submission.model_construct(
        campaign=own["campaign"],
        constituent=SentConstituent.model_construct(
            **(_texts(person, SentConstituent) | {"address": SentAddress.model_construct(**_texts(place, SentAddress))})
        ),
        message=own["message"],
        edited_letter=own["edited_letter"],
    )


def _texts(found: object, model: type[Wire]) -> dict[str, Any]:
    """Evidence is no text, and what is rejected needs none."""
    values = found if isinstance(found, dict) else {}
    names = model.model_fields.keys() - {"location", "district"}
    return {name: value if isinstance(value := values.get(name), str) else "" for name in names}
