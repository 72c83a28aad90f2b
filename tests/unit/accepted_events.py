"""Accepted submissions of every kind, drawn by hypothesis, and ways to spoil their text."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final, get_args

from hypothesis import strategies as st

from schemas.accepted import (
    Accepted,
    Accuracy,
    Address,
    AssertedDistrict,
    Constituent,
    Location,
    SubmissionAccepted,
)
from schemas.fields import StateCode
from schemas.wire import write
from tests.unit import made

_TEXT: Final = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40)
_LINES: Final = st.one_of(
    st.sampled_from(
        ["Ana", "Zoë Ångström", "李小龍", 'Robert "Bob" Smith', "back\\slash", "a" * 300, "é" * 300, "🕊" * 30]
    ),
    _TEXT,
)
_OPTIONAL: Final = st.one_of(st.just(""), _LINES)
_TIMES: Final = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis wants it so, and adds the zone
    max_value=datetime(9990, 1, 1),  # noqa: DTZ001 - ditto
    timezones=st.just(UTC),
)
_LOCATIONS: Final = st.builds(
    Location,
    lat=st.floats(-90, 90),
    lon=st.floats(-180, 180),
    accuracy=st.sampled_from(get_args(Accuracy)),
)
_DISTRICTS: Final = st.builds(
    AssertedDistrict,
    geoid=st.from_regex(r"[0-9]{4}", fullmatch=True),
    congress=st.integers(100, 199),
    proof=st.sampled_from(["person_confirmed", "geocoder"]),
)
_ADDRESSES: Final = st.builds(
    Address,
    line1=_LINES,
    line2=_OPTIONAL,
    city=_LINES,
    state=st.none() | st.sampled_from(get_args(StateCode)),
    zip5=st.from_regex(r"[0-9]{5}", fullmatch=True),
    plus4=st.none() | st.from_regex(r"[0-9]{4}", fullmatch=True),
    location=st.none() | _LOCATIONS,
    district=st.none() | _DISTRICTS,
)
_PEOPLE: Final = st.builds(
    Constituent,
    prefix=_OPTIONAL,
    first_name=_LINES,
    last_name=_OPTIONAL,
    email=st.just("maria@canary.example"),
    phone=_OPTIONAL,
    address=_ADDRESSES,
)
_SUBMISSIONS: Final = st.builds(
    Accepted,
    submission_id=st.uuids().map(str) | st.just("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    frontend=st.sampled_from(["forms.example", "web-1"]),
    campaign=st.sampled_from(["open", "save-the-bees-2026", "a" * 80]),
    constituent=_PEOPLE,
    message=st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1),
    flags=st.sampled_from([(), ("many_links",), ("many_links", "resent")]),
    fingerprint=st.just("0123456789abcdef" * 2),
    received_at=_TIMES,
)
EVENTS: Final = st.builds(
    SubmissionAccepted,
    id=st.just(made.identity(1)) | _TEXT,
    source=st.just("/postbag/ingest"),
    time=_TIMES,
    traceparent=st.none() | st.just(f"00-{'ab' * 16}-{'cd' * 8}-01"),
    data=_SUBMISSIONS,
)
_ORDINARY: Final = made.accepted(
    made.constituent(
        plus4="4307",
        location=Location(lat=40.8, lon=-73.95, accuracy="rooftop"),
        district=AssertedDistrict(geoid="3613", congress=119, proof="geocoder"),
    ),
    message='My canary said: "no".\n',
    flags=("many_links", "resent"),
)


class Twice(dict[str, Any]):
    """An object of JSON that has one of its keys a second time."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs

    def items(self) -> Any:
        return self.pairs


def _objects(value: Any) -> list[dict[str, Any]]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value] * isinstance(value, dict) + [found for one in inner for found in _objects(one)]


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """An event as another writer, a broken one or an attacker might write it.

    More keys, keys twice, keys elsewhere, other values, other layouts, or single characters changed.
    """
    raw = write(draw(st.just(_ORDINARY) | EVENTS))
    kind = draw(st.sampled_from(["characters", "keys", "layout"]))
    if kind == "characters":
        return _with_characters_changed(draw, raw)
    document = json.loads(raw)
    if kind == "keys":
        _change_keys(draw, document)
    separators = (",", ":") if kind == "keys" else draw(st.sampled_from([(",", ":"), (", ", ":"), (",", ": ")]))
    escaped = kind == "layout" and draw(st.booleans())
    return json.dumps(document, ensure_ascii=escaped, separators=separators).encode()


def _with_characters_changed(draw: st.DrawFn, raw: bytes) -> bytes:
    text = bytearray(raw)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text) - 1))
        piece = draw(
            st.sampled_from([b'"', b"\\", b",", b"}", b"{", b":", b"0", b"\x00", b"\xff", b"\\u0000", b" ", b""])
        )
        text[at : at + draw(st.integers(0, 2))] = piece
    return bytes(text)


def _change_keys(draw: st.DrawFn, document: dict[str, Any]) -> None:
    holder = {"": document}
    target = draw(st.sampled_from(_objects(holder)[1:]))
    pairs = list(target.items())
    name, value = draw(st.sampled_from(pairs))
    deed = draw(st.sampled_from(["twice", "move", "more", "other", "without"]))
    if deed == "twice":
        other = draw(st.sampled_from([value, "99999", None, {"zip5": "99999"}]))
        pairs.insert(draw(st.integers(0, len(pairs))), (name, other))
    elif deed == "move":
        pairs.remove((name, value))
        pairs.insert(draw(st.integers(0, len(pairs))), (name, value))
    elif deed == "more":
        pairs.insert(draw(st.integers(0, len(pairs))), (draw(st.sampled_from(["zip", "a new field"])), value))
    else:
        at = pairs.index((name, value))
        replaced: Any = draw(st.sampled_from([None, "", "x" * 301, 7, 1.5, True, [], {}, "2026-02-30T00:00:00Z"]))
        pairs[at : at + 1] = [(name, replaced)] if deed == "other" else []
    _replace(holder, target, Twice(pairs))


def _replace(inside: Any, old: Any, new: Any) -> None:
    for key, value in list(inside.items() if isinstance(inside, dict) else enumerate(inside)):
        if value is old:
            inside[key] = new
        elif isinstance(value, dict | list):
            _replace(value, old, new)
