"""From a raw record to a submission or a completion as sent: three forms of input, one ``Sent``.

The usual record is read by one pass of the schema. Whatever that refuses goes to ``salvage``, which finds out whether the
record completes a submission, or names one that can be told what is wrong with it. A record that names none raises
``Unreadable`` and is dead-lettered. Nothing here looks at what the submission says, and nothing that a frontend sends may
raise anything else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple

from schemas.completion import Completion
from schemas.submission import BareSubmission, Submission, SubmissionSent
from schemas.wire import Unreadable, read
from services.ingest.codes import Fault
from services.ingest.salvage import FRONTENDS, IDS, TRACEPARENTS, conforms, salvage, salvage_data

if TYPE_CHECKING:
    from services.pipeline.broker import Record

_TYPE: Final = "org.postbag.submission.sent.v1"
_COMPLETED: Final = "org.postbag.submission.completed.v1"
_ANY_VERSION: Final = re.compile(r"org\.postbag\.submission\.(sent|completed)\.v[0-9]{1,4}")
_BEYOND_SALVAGE: Final = ("tombstone", "too_large", "unsupported_version")
_BINARY: Final = frozenset({"ce_specversion", "ce_id", "ce_type"})
_NO_TRACE: Final = "0" * 32
_NO_SPAN: Final = "0" * 16

Headers = Sequence[tuple[str, bytes | None]]


class Sent(NamedTuple):
    """What a frontend sent. A tuple, because a batch makes thousands of them.

    ``key`` is the id as bytes, under which everything about it is written; ``record_key`` the key it came with.
    ``timestamp`` is the broker's, in milliseconds since the epoch. ``said`` has text in every field that ``faults`` does
    not name, and is None where there was nothing to judge. ``completes`` tells a completion from a submission.
    """

    submission_id: str
    key: bytes
    record_key: bytes | None
    timestamp: int
    frontend: str | None
    traceparent: str
    said: Submission | Completion | None
    faults: tuple[Fault, ...] = ()
    completes: bool = False


def receive(record: Record) -> Sent:
    """What ``record`` holds.

    Raises:
        Unreadable: it names no submission, or is one of another major version.
    """
    raw, headers = record.value, record.headers
    if raw is None:
        raise Unreadable("tombstone")
    if headers and _is_binary(headers):
        return _receive_binary(record, raw, dict(headers))
    try:
        # Quoted and unescaped, so not part of a text; what has it all the same and is no envelope is salvaged.
        if b'"specversion"' in raw:
            event = read(SubmissionSent, raw)
            return _sent(record, event.id, event.source, event.traceparent, event.data)
        bare = read(BareSubmission, raw)
        return _sent(record, bare.id, bare.source, bare.traceparent, bare)
    except Unreadable as error:
        if error.reason in _BEYOND_SALVAGE:
            raise
    return _sent(record, *salvage(raw))


def _receive_binary(record: Record, raw: bytes, headers: dict[str, bytes | None]) -> Sent:
    """CloudEvents binary mode: attributes are headers (Kafka protocol binding, 3.2), the value is the data."""
    faults: list[Fault] = []
    submission_id = _attribute(headers, "id")
    kind = _attribute(headers, "type")
    completes = kind == _COMPLETED
    if kind != _TYPE and not completes:
        if kind and _ANY_VERSION.fullmatch(kind):
            raise Unreadable("unsupported_version")
        faults.append(("type", "required" if kind is None else "unknown_value"))
    repeated = _repeated(record.headers)
    if "ce_id" in repeated:
        raise Unreadable("duplicate_key")
    if submission_id is None or not conforms(IDS, submission_id):
        raise Unreadable("wrong_shape")
    faults.extend((name, "duplicate_key") for name in ("source", "specversion", "type") if f"ce_{name}" in repeated)
    version = _attribute(headers, "specversion")
    if version != "1.0":
        faults.append(("specversion", "required" if version is None else "unknown_value"))
    frontend = _attribute(headers, "source")
    if frontend is None or not conforms(FRONTENDS, frontend):
        faults.append(("source", "required" if frontend is None else "malformed"))
        frontend = None
    traceparent = _attribute(headers, "traceparent")
    if not conforms(TRACEPARENTS, traceparent):
        traceparent = None
    model: type[Submission | Completion] = Completion if completes else Submission
    try:
        said: Submission | Completion | None = read(model, raw)
    except Unreadable as error:
        if error.reason in _BEYOND_SALVAGE:
            raise
        said, found = salvage_data(raw, model)
        faults.extend(found)
    return _sent(record, submission_id, frontend, traceparent, said, tuple(faults), completes)


def _sent(
    record: Record,
    submission_id: str,
    frontend: str | None,
    traceparent: str | None,
    said: Submission | Completion | None,
    faults: tuple[Fault, ...] = (),
    completes: bool = False,
) -> Sent:
    trace = _trace(traceparent, record.headers, submission_id)
    key = submission_id.encode()
    return Sent(submission_id, key, record.key, record.timestamp, frontend, trace, said, faults, completes)


def _trace(given: str | None, headers: Headers, submission_id: str) -> str:
    """The trace that the submission came with, in the event or as a header of an instrumented producer; else a new one.

    A new one derives from the id, so that a record read again continues the same trace: the trace id of a UUID is its own
    digits, by which an operator finds it. Its flags say that nobody has sampled it.
    """
    for name, value in headers if given is None else ():
        if name == "traceparent":
            text = _text(value)
            given = text if conforms(TRACEPARENTS, text) else None
    if given is not None and given[3:35] != _NO_TRACE and given[36:52] != _NO_SPAN:
        return given
    digits = submission_id.replace("-", "")
    if len(digits) == len(_NO_TRACE) and _NO_SPAN not in digits:
        return f"00-{digits}-{digits[16:]}-00"
    digits = blake2b(submission_id.encode(), digest_size=24).hexdigest()
    return f"00-{digits[:32]}-{digits[32:]}-00"


def _is_binary(headers: Headers) -> bool:
    """As the Kafka protocol binding tells the modes apart (3): by the content type, then by the attributes."""
    names = {name for name, _ in headers}
    if _BINARY.isdisjoint(names):
        return False
    kind = next((value or b"" for name, value in headers if name == "content-type"), b"")
    return not kind.lower().startswith(b"application/cloudevents")


def _repeated(headers: Headers) -> set[str]:
    seen: set[str] = set()
    return {name for name, _ in headers if name in seen or seen.add(name)}  # type: ignore[func-returns-value]


def _attribute(headers: dict[str, bytes | None], name: str) -> str | None:
    """The text of an attribute; None where there is none, empty where it is not UTF-8."""
    full = f"ce_{name}"
    return _text(headers[full]) if full in headers else None


def _text(value: bytes | None) -> str:
    try:
        return (value or b"").decode()
    except UnicodeDecodeError:
        return ""
