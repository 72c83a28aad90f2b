"""What an office expects of a letter, checked by hand: field by field, on purpose without Postbag's own models.

The real offices do not run Postbag's code, so a check that shared its models would agree with it even when both are
wrong. What fails is answered with a status and codes; no value of the letter may go into an answer or a log.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from deploy.local.office_book import LetterTo

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OFFICE: Final = re.compile(r"H[A-Z]{2}[0-9]{2}|S[A-Z]{2}0[123]")
_LINE: Final = re.compile(r"\S(?:[^\x00-\x1f\x7f-\x9f\u2028\u2029]{0,298}\S)?")  # one line, trimmed, no controls
_BODY: Final = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f]{1,10000}")  # the longest that the House's intake takes

_REQUIRED: Final[Mapping[str, re.Pattern[str]]] = {
    "letter_id": _UUID,
    "submission_id": re.compile(r"[0-9A-Za-z-]{26,36}"),
    "campaign": re.compile(r"[a-z0-9]+(-[a-z0-9]+)*"),
    "office": _OFFICE,
    "subject": _LINE,
    "body": _BODY,
    "constituent.first_name": _LINE,
    "constituent.email": re.compile(r"[^\s@]{1,64}@[^\s@]+"),
    "constituent.address.line1": _LINE,
    "constituent.address.city": _LINE,
    "constituent.address.zip5": re.compile(r"[0-9]{5}"),
}
_OPTIONAL: Final[Mapping[str, re.Pattern[str]]] = {
    "constituent.last_name": _LINE,
    "constituent.prefix": _LINE,
    "constituent.phone": _LINE,
    "constituent.address.line2": _LINE,
    "constituent.address.state": re.compile(r"[A-Z]{2}"),
    "constituent.address.plus4": re.compile(r"[0-9]{4}"),
}


class MalformedError(Exception):
    """A request that is no letter. ``status`` and ``code`` answer it; ``fields`` are names, never values."""

    def __init__(self, status: int, code: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.status, self.code, self.fields = status, code, fields


@dataclass(frozen=True, slots=True)
class Offered:
    """A letter that is one: what it is, for whom, and the sha256 of the very bytes that came."""

    letter: LetterTo
    sha256: str


def check(office: str, headers: Mapping[str, str], raw: bytes) -> Offered:
    """Hold a request to ``POST /offices/{office}/letters`` against what an office expects.

    Raises:
        MalformedError: 400 for the request's form, 422 for the letter's content, 409 where two parts of the request
            contradict each other.
    """
    key = headers.get("Idempotency-Key")
    if key is None:
        raise MalformedError(400, "idempotency_key_missing")
    if not _UUID.fullmatch(key):
        raise MalformedError(400, "idempotency_key_malformed")
    if headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        raise MalformedError(400, "content_type")
    letter = _parse(raw)
    if wrong := _wrong_fields(letter):
        raise MalformedError(422, "fields", wrong)
    if not _OFFICE.fullmatch(office):
        raise MalformedError(422, "office_unknown")
    if letter["letter_id"] != key:
        raise MalformedError(409, "idempotency_key_not_letter_id")
    if letter["office"] != office:
        raise MalformedError(409, "office_not_addressed")
    return Offered(LetterTo(key, office), hashlib.sha256(raw).hexdigest())


def _parse(raw: bytes) -> dict[str, Any]:
    try:
        letter = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise MalformedError(400, "not_json") from None
    if not isinstance(letter, dict):
        raise MalformedError(422, "not_an_object")
    return letter


def _refuse_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are not JSON


def _wrong_fields(letter: dict[str, Any]) -> tuple[str, ...]:
    wrong = [path for path, shape in _REQUIRED.items() if not _fits(_at(letter, path), shape)]
    wrong += [path for path, shape in _OPTIONAL.items() if (value := _at(letter, path)) and not _fits(value, shape)]
    version = letter.get("campaign_version")
    if type(version) is not int or version < 1:  # to Python, JSON's true is an int as well
        wrong.append("campaign_version")
    if not _is_time(letter.get("accepted_at")):
        wrong.append("accepted_at")
    return tuple(sorted(wrong))


def _at(letter: dict[str, Any], path: str) -> object:
    value: object = letter
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _fits(value: object, shape: re.Pattern[str]) -> bool:
    return isinstance(value, str) and shape.fullmatch(value) is not None


def _is_time(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
