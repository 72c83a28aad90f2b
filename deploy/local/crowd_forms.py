"""The frontends and their wire forms: the same submission as three programs by three authors would write it.

One writes CloudEvents in structured mode, one in binary mode, one bare JSON with ULIDs, spaces and escapes. They are
written by hand and share no code with Postbag's models, because a frontend shares none either. They must not correct
what they are given to send.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from deploy.local.dice import Dice

Headers = tuple[tuple[str, bytes], ...]
"""Kafka record headers."""

SENT_TYPE: Final = "org.postbag.submission.sent.v1"
NEWER_TYPE: Final = "org.postbag.submission.sent.v2"

_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What surrounds the data: who sends it, under which id, when."""

    submission_id: str
    source: str
    time: datetime
    type: str = SENT_TYPE


Form = Callable[[Envelope, dict[str, Any]], tuple[Headers, bytes]]
"""Writes a submission as one frontend does: the record's headers and value."""

_STRUCTURED: Final[Headers] = (("content-type", b"application/cloudevents+json; charset=UTF-8"),)


def structured(envelope: Envelope, data: dict[str, Any]) -> tuple[Headers, bytes]:
    """CloudEvents 1.0, structured mode of the Kafka binding."""
    event = {
        "specversion": "1.0",
        "id": envelope.submission_id,
        "source": envelope.source,
        "type": envelope.type,
        "time": _rfc3339(envelope.time),
        "datacontenttype": "application/json",
        "data": data,
    }
    return _STRUCTURED, _compact(event)


def binary(envelope: Envelope, data: dict[str, Any]) -> tuple[Headers, bytes]:
    """CloudEvents 1.0, binary mode of the Kafka binding."""
    headers = (
        ("ce_specversion", b"1.0"),
        ("ce_id", envelope.submission_id.encode()),
        ("ce_source", envelope.source.encode()),
        ("ce_type", envelope.type.encode()),
        ("ce_time", _rfc3339(envelope.time).encode()),
        ("content-type", b"application/json"),
    )
    return headers, _compact(data)


def bare(envelope: Envelope, data: dict[str, Any]) -> tuple[Headers, bytes]:
    """JSON without an envelope, in ASCII and with spaces, as many languages' libraries write it unasked."""
    document = {"id": envelope.submission_id, "source": envelope.source, **data}
    return (), json.dumps(document).encode()


ENVELOPED: Final[dict[str, Form]] = {"action-page": structured, "partner.petitions": binary}
FRONTENDS: Final[dict[str, Form]] = {**ENVELOPED, "phone-app": bare}
"""The invented frontends by the name that each is registered under; the enveloped ones state a version."""


def submission_id(source: str, dice: Dice, time: datetime) -> str:
    """A new id as the frontend makes them: a random UUID, or from the phone app a ULID."""
    if FRONTENDS[source] is bare:
        return _ulid(int(time.timestamp() * 1000), dice.bits(80))
    return uuid4(dice)


def uuid4(dice: Dice) -> str:
    """A UUID of version 4 (RFC 9562), in lower case."""
    return str(UUID(int=dice.bits(128), version=4))


def _ulid(milliseconds: int, randomness: int) -> str:
    number, digits = milliseconds << 80 | randomness, ""
    for _ in range(26):
        number, digit = divmod(number, 32)
        digits = _CROCKFORD[digit] + digits
    return digits


def _rfc3339(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _compact(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
