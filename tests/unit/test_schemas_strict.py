"""The reader takes exactly one reading of every event, and says nothing of what it read when it refuses."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from schemas.publish import PUBLISHED
from schemas.wire import MAX_EVENT_BYTES, Unreadable, Wire, read, write
from tests.unit.schema_examples import EACH_TYPE, ENVELOPES, STRICT, compact, found, full, places

Path = tuple[str | int, ...]
_MARK = "@mark@"
_SPELLINGS = {
    "as it is": ("{key}", ":"),
    "blanks before the colon": ("{key}", "   :"),
    "a blank and a newline": ("{key}", " \n:"),
    "a tab": ("{key}", "\t:"),
    "a newline": ("{key}", "\n:"),
    "a carriage return": ("{key}", "\r:"),
    "an escaped letter": ("\\u{code:04x}{rest}", ":"),
    "an escaped letter and a blank": ("\\u{code:04X}{rest}", " :"),
}


def refusal(name: str, raw: bytes | None) -> Unreadable:
    """Why ``raw`` is refused as ``name``."""
    with pytest.raises(Unreadable) as caught:
        read(PUBLISHED[name], raw)
    return caught.value


def attempt(name: str, raw: bytes) -> Unreadable | None:
    """Why ``raw`` is refused as ``name``, or None where it is taken."""
    try:
        read(PUBLISHED[name], raw)
    except Unreadable as error:
        return error
    return None


def with_raw(name: str, at: Path, text: str) -> bytes:
    """The full example with ``text``, byte for byte, in place of the value at ``at``."""
    document = full(name)
    found(document, at[:-1])[at[-1]] = _MARK
    return compact(document).replace(json.dumps(_MARK).encode(), text.encode("utf-8", "surrogatepass"))


def with_member(name: str, at: Path, member: str) -> bytes:
    """The full example with a member (``"key":value``) added, byte for byte, to the object at ``at``."""
    document = full(name)
    found(document, at)[_MARK] = 0
    return compact(document).replace(f'"{_MARK}":0'.encode(), member.encode())


def objects(name: str) -> Iterator[Path]:
    return (at for at in places(full(name)) if isinstance(found(full(name), at), dict))


def leaves(name: str, kind: type) -> Iterator[Path]:
    return (at for at in places(full(name)) if type(found(full(name), at)) is kind)


def texts(name: str) -> Iterator[Path]:
    """Where free text stands: what takes one more character of any sort."""
    for at in leaves(name, str):
        if attempt(name, with_raw(name, at, json.dumps(found(full(name), at) + "é"))) is None:
            yield at


@EACH_TYPE
@pytest.mark.parametrize("spelling", _SPELLINGS)
def test_a_key_given_twice_is_refused_at_every_level_however_it_is_spelled(name: str, spelling: str) -> None:
    pattern, colon = _SPELLINGS[spelling]
    for at in objects(name):
        for key, value in found(full(name), at).items():
            spelled = pattern.format(key=key, code=ord(key[0]), rest=key[1:])
            raw = with_member(name, at, f'"{spelled}"{colon}{json.dumps(value)}')
            assert refusal(name, raw).reason == "duplicate_key", (at, key)


@EACH_TYPE
def test_a_key_given_twice_is_refused_even_where_no_model_looks(name: str) -> None:
    for member in ('"x":1,"x":1', '"x":{"a":1,"a":1}', '"x":[[{"a" :1,"\\u0061":1}]]'):
        for at in objects(name):
            assert refusal(name, with_member(name, at, member)).reason in ("duplicate_key", "wrong_shape")
    assert refusal(name, with_member(name, (), '"x":1,"x":1')).reason == (
        "wrong_shape" if name.endswith(".bare.v1") else "duplicate_key"
    )


@EACH_TYPE
@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_in_json_is_refused_wherever_it_stands(name: str, constant: str) -> None:
    for at in places(full(name)):
        if at:
            assert refusal(name, with_raw(name, at, constant)).reason in ("not_json", "wrong_shape")
    assert refusal(name, with_member(name, (), f'"x":{constant}')).reason in ("not_json", "wrong_shape")


@EACH_TYPE
def test_a_number_of_five_thousand_digits_is_refused_wherever_it_stands(name: str) -> None:
    for at in places(full(name)):
        if at:
            assert refusal(name, with_raw(name, at, "9" * 5_000)).reason == "not_json"
    assert refusal(name, with_member(name, (), '"x":' + "9" * 5_000)).reason == "not_json"


@EACH_TYPE
@pytest.mark.parametrize("half", ["\\ud800", "\\udc00", "\\udbff\\ud800", "\ud800"], ids=["high", "low", "two", "raw"])
def test_half_a_surrogate_pair_is_refused_in_every_string(name: str, half: str) -> None:
    for at in leaves(name, str):
        assert refusal(name, with_raw(name, at, f'"a{half}b"')).reason == "not_json"


@EACH_TYPE
def test_a_nul_is_refused_in_every_string_and_its_escape_as_text_is_not(name: str) -> None:
    for at in leaves(name, str):
        assert refusal(name, with_raw(name, at, '"a\\u0000b"')).reason in ("forbidden_character", "wrong_shape"), at
        assert refusal(name, with_raw(name, at, '"a\x00b"')).reason == "not_json"
    for at in texts(name):
        assert refusal(name, with_raw(name, at, '"abc\\u0000"')).reason == "forbidden_character"
        event = read(PUBLISHED[name], with_raw(name, at, '"abc\\\\u0000"'))
        assert found(json.loads(write(event)), at) == "abc\\u0000", "these are six characters that a person may type"
    for member in ('"x":"\\u0000"', '"x\\u0000":0'):
        assert refusal(name, with_member(name, (), member)).reason in ("forbidden_character", "wrong_shape")


@EACH_TYPE
def test_bytes_that_are_not_one_json_document_in_utf_8_are_refused(name: str) -> None:
    raw = compact(full(name))
    read(PUBLISHED[name], raw)
    cases: dict[str, bytes] = {
        "empty": b"",
        "blank": b" ",
        "a byte order mark": b"\xef\xbb\xbf" + raw,
        "trailing bytes": raw + b"x",
        "two documents": raw + raw,
        "a comment": raw[:-1] + b"/* */}",
        "a comment before": b"// x\n" + raw,
        "a trailing comma": raw[:-1] + b",}",
        "single quotes": raw.replace(b'"', b"'"),
        "utf-16": raw.decode().encode("utf-16"),
        "latin-1": raw[:-1] + b',"x":"\xe9"}',
        "an overlong encoding": raw[:-1] + b',"x":"\xc0\xaf"}',
        "cut short": raw[:-1],
        "deep nesting": raw[:-1] + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "deep nesting, not closed": b"[" * 100_000,
        "deep objects": b'{"a":' * 50_000,
    }
    for case, damaged in cases.items():
        assert refusal(name, damaged).reason == "not_json", case
    for other in (b"[]", b"null", b"0", b'"text"', b"[" + raw + b"]"):
        assert refusal(name, other).reason == "wrong_shape"


@EACH_TYPE
def test_blanks_around_and_within_are_no_fault(name: str) -> None:
    pretty = b"\r\n " + json.dumps(full(name), indent="\t").encode() + b"\n"
    assert read(PUBLISHED[name], pretty) == read(PUBLISHED[name], compact(full(name)))


@EACH_TYPE
def test_a_tombstone_and_what_is_too_large_are_told_apart(name: str) -> None:
    assert refusal(name, None).reason == "tombstone"
    raw = compact(full(name))
    read(PUBLISHED[name], raw + b" " * (MAX_EVENT_BYTES - len(raw)))
    assert refusal(name, raw + b" " * (MAX_EVENT_BYTES - len(raw) + 1)).reason == "too_large"


@pytest.mark.parametrize("name", ENVELOPES)
def test_another_major_version_is_told_from_a_wrong_shape(name: str) -> None:
    later = name.replace(".v1", ".v2")
    for document in ({**full(name), "type": later}, {"type": later}, {"type": later, "data": {"new": 1}, "id": 7}):
        assert refusal(name, compact(document)).reason == "unsupported_version"
    for kind in (f"{name}2", name.replace(".v1", ".v1.v2"), name.removesuffix(".v1"), "org.postbag.other.v2", "", 7):
        assert refusal(name, compact({**full(name), "type": kind})).reason in ("unsupported_version", "wrong_shape")
    assert refusal(name, compact({**full(name), "type": "org.postbag.other.v2"})).reason == "wrong_shape"


@EACH_TYPE
def test_unknown_fields_are_ignored_in_our_events_and_refused_in_what_a_frontend_sends(name: str) -> None:
    for at in objects(name):
        if at == ("lists",):  # whose names are the campaigner's own
            continue
        raw = with_member(name, at, '"canary_field":{"any":[1,"thing"]}')
        if name in STRICT and (at[:1] == ("data",) or name.endswith("bare.v1")):
            error = refusal(name, raw)
            assert error.faults == ((".".join(map(str, at)) or "$", "unknown_field"),)
            assert "canary" not in str(error), "a name that a sender made up may be a person's"
        else:
            assert read(PUBLISHED[name], raw) == read(PUBLISHED[name], compact(full(name)))


@EACH_TYPE
def test_a_fault_is_named_by_field_and_code_and_no_value_is_in_the_error(name: str) -> None:
    wrongs = ['"canary"', '"' + "canary" * 5_000 + '"', '["canary"]', '{"canary":"canary"}', '"canary\\u0000"']
    wrongs += ['"canary', '"canary\\ud800"', '{"canary":1,"canary":2}', "canary", '"2026-11-22T10:00:00canary"']
    known = _names(PUBLISHED[name])
    for at in places(full(name)):
        for wrong in wrongs:
            error = attempt(name, with_raw(name, at, wrong) if at else wrong.encode())
            if error is not None:
                assert "canary" not in f"{error} {error!r} {error.faults}", (at, wrong)
                assert error.__cause__ is None
                assert error.__suppress_context__ or error.__context__ is None, "a traceback would show the value"
                assert set(".".join(field for field, _ in error.faults).split(".")) <= known


def _names(kind: type[Wire]) -> set[str]:
    """Every field name of the schema, and what stands for the whole, for no field, and for places in a list."""
    schema: Any = kind.model_json_schema()
    properties = [part.get("properties", {}) for part in (schema, *schema.get("$defs", {}).values())]
    return {field for part in properties for field in part} | {"$", "", *map(str, range(20))}
