"""Whatever bytes come: the reader answers with an event or with Unreadable, and with an event only for one reading."""

import contextlib
import json
from random import Random
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from schemas.publish import PUBLISHED
from schemas.wire import Unreadable, read
from tests.unit.schema_examples import compact, full

NAMES = st.sampled_from(sorted(PUBLISHED))
CHANCES = st.integers(0, 2**32).map(Random)
_BLANKS = ("", "", "", " ", "  ", "\n", "\t", "\r\n")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


def spell(value: Any, chance: Random, doubling: float) -> str:
    """The value as JSON in an unusual hand: odd blanks, escapes, keys in any order, and some of them twice."""

    def blank() -> str:
        return chance.choice(_BLANKS)

    if isinstance(value, dict):
        members = [*value.items()]
        chance.shuffle(members)
        members += [member for member in members if chance.random() < doubling]
        inside = ",".join(
            f"{blank()}{_string(key, chance)}{blank()}:{blank()}{spell(item, chance, doubling)}{blank()}"
            for key, item in members
        )
        return "{" + inside + "}"
    if isinstance(value, list):
        return "[" + ",".join(blank() + spell(item, chance, doubling) + blank() for item in value) + "]"
    return _string(value, chance) if isinstance(value, str) else json.dumps(value)


def _string(text: str, chance: Random) -> str:
    """The text as a JSON string, some of its characters escaped without need."""
    plain = [json.dumps(char, ensure_ascii=chance.random() < 0.5)[1:-1] for char in text]
    for place, char in enumerate(text):
        if ord(char) < 0x10000 and chance.random() < 0.05:
            plain[place] = f"\\u{ord(char):04{chance.choice('xX')}}"
    return '"' + "".join(plain) + '"'


def one_reading(raw: bytes) -> bool:
    """Whether the standard library's parser, told to refuse duplicates and constants, takes the bytes."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("duplicate")
        return dict(pairs)

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        json.loads(raw, object_pairs_hook=unique, parse_constant=refuse)
    except (ValueError, RecursionError):
        return False
    return True


@given(NAMES, CHANCES)
def test_the_hand_that_an_event_is_written_in_makes_no_difference(name: str, chance: Random) -> None:
    raw = spell(full(name), chance, 0).encode()
    assert read(PUBLISHED[name], raw) == read(PUBLISHED[name], compact(full(name)))


@given(NAMES, CHANCES, st.sampled_from([0.02, 0.2]))
def test_what_has_two_readings_is_refused(name: str, chance: Random, doubling: float) -> None:
    raw = spell(full(name), chance, doubling).encode()
    taken = True
    try:
        read(PUBLISHED[name], raw)
    except Unreadable:
        taken = False
    assert taken is one_reading(raw)


@given(NAMES, CHANCES, st.dictionaries(st.text(max_size=5), VALUES, max_size=3))
def test_what_has_two_readings_is_refused_among_unknown_fields_too(
    name: str, chance: Random, unknown: dict[str, Any]
) -> None:
    raw = spell({**unknown, **full(name)}, chance, 0.1).encode("utf-8", "surrogatepass")
    with contextlib.suppress(Unreadable):
        read(PUBLISHED[name], raw)
        assert one_reading(raw)


@given(NAMES, st.binary() | st.text().map(str.encode) | VALUES.map(lambda value: json.dumps(value).encode()))
@example("org.postbag.ledger.written.v1", b'{"type":"\xff"}')
@example("org.postbag.ledger.written.v1", b'{"type":{"type":[]}}')
def test_nothing_but_unreadable_is_ever_raised_over_any_bytes(name: str, raw: bytes) -> None:
    with contextlib.suppress(Unreadable):
        read(PUBLISHED[name], raw)
        assert one_reading(raw)


@given(NAMES, st.data())
def test_nothing_but_unreadable_is_ever_raised_over_a_damaged_event(name: str, data: st.DataObject) -> None:
    raw = bytearray(compact(full(name)))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    with contextlib.suppress(Unreadable):
        read(PUBLISHED[name], bytes(raw))
        assert one_reading(bytes(raw))
