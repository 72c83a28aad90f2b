"""What can still be told of a submission that the schema refused: its id, and everything that is wrong with it.

The document is parsed leniently and cleaned (an unusable value becomes an empty one and a fault), then validated again, so
that all faults come out at once and the fields that are right are judged like any other's. The slow path: it runs for bad
input only, is bounded by the size of a record, and never accepts what the schema would refuse for its content.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, Final, NamedTuple, cast

from pydantic import TypeAdapter

from schemas.fields import Frontend, SubmissionId, Traceparent
from schemas.submission import BareSubmission, SentAddress, SentConstituent, Submission, SubmissionSent
from schemas.wire import Unreadable, Wire, read
from services.ingest.codes import Fault, FaultCode

IDS: Final = TypeAdapter[str](SubmissionId)
FRONTENDS: Final = TypeAdapter[str](Frontend)
TRACEPARENTS: Final = TypeAdapter[str](Traceparent)

_FORBIDDEN: Final = re.compile("[\x00\ud800-\udfff]")
_NO_JSON: Final = object()
_ENVELOPE: Final = ("specversion", "type", "data")
_NAMES: Final = frozenset(
    name for model in (SubmissionSent, BareSubmission, SentConstituent, SentAddress) for name in model.model_fields
)
"""The only names that a fault may quote: one that a sender made up is personal data until shown otherwise."""
_PATH_LIMIT: Final = 80
"""Characters of a path that is worth reporting; the schema's own are shorter."""


class Salvaged(NamedTuple):
    """A submission with an id. ``submission`` is None where there is no object to judge; see ``intake.Sent``."""

    submission_id: str
    frontend: str | None
    traceparent: str | None
    submission: Submission | None
    faults: tuple[Fault, ...]


def salvage(raw: bytes) -> Salvaged:
    """A bare or structured submission. Raises ``Unreadable`` where it has no id, or another major version."""
    document, faults = _parse(raw)
    enveloped = not document.keys().isdisjoint(_ENVELOPE)
    data = document.get("data") if enveloped else document
    _forget_blank_message(data)
    if not conforms(TRACEPARENTS, document.get("traceparent")):  # a trace is for operators: nobody is refused over it
        document.pop("traceparent", None)
    event = _validate(SubmissionSent if enveloped else BareSubmission, document, faults)
    submission_id, frontend = document.get("id"), document.get("source")
    if ("id", "duplicate_key") in faults:
        raise Unreadable("duplicate_key")
    if not conforms(IDS, submission_id):
        raise Unreadable("wrong_shape")
    submission = event.data if isinstance(event, SubmissionSent) else event
    return Salvaged(
        cast("str", submission_id),
        frontend if conforms(FRONTENDS, frontend) else None,
        document.get("traceparent"),
        submission if isinstance(submission, Submission) else _rebuild(data),
        tuple(faults),
    )


def salvage_data(raw: bytes) -> tuple[Submission | None, tuple[Fault, ...]]:
    """A submission whose id is known from elsewhere, as far as it can be judged, and its faults."""
    try:
        data, faults = _parse(raw)
        _forget_blank_message(data)
        submission = _validate(Submission, data, faults)
    except Unreadable as error:
        return None, (("$", "not_json" if error.reason == "not_json" else "malformed"),)
    return submission if isinstance(submission, Submission) else _rebuild(data), tuple(faults)


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
            raw.decode(), object_pairs_hook=_Object, parse_int=_number, parse_float=_number, parse_constant=_constant
        )
        document = _clean(found, "", faults)
    except (ValueError, RecursionError):
        raise Unreadable("not_json") from None
    if not isinstance(document, dict):
        raise Unreadable("wrong_shape")
    return document, faults


def _number(_digits: str) -> int:
    """No field is a number, so none is worth reading, of 5,000 digits or five."""
    return 0


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


def _forget_blank_message(data: object) -> None:
    """An empty message is as good as none: many forms send the field all the same."""
    if isinstance(data, dict) and data.get("message") == "":
        del data["message"]


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


def _rebuild(data: object) -> Submission | None:
    """A submission of those fields that are text, the others empty, to be judged as far as it goes."""
    if not isinstance(data, dict):
        return None
    person = data.get("constituent")
    place = person.get("address") if isinstance(person, dict) else None
    return Submission.model_construct(
        campaign=_texts(data, Submission)["campaign"],
        constituent=SentConstituent.model_construct(
            **(_texts(person, SentConstituent) | {"address": SentAddress.model_construct(**_texts(place, SentAddress))})
        ),
        message=_texts(data, Submission)["message"],
    )


def _texts(found: object, model: type[Wire]) -> dict[str, Any]:
    values = found if isinstance(found, dict) else {}
    return {name: value if isinstance(value := values.get(name), str) else "" for name in model.model_fields}
