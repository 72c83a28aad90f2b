"""How a record is read: three forms with one meaning, the trace it came with, and what makes it nobody's submission."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from schemas import wire
from schemas.accepted import Fault
from schemas.submission import Submission
from schemas.wire import Unreadable
from services.ingest.codes import FAULTS
from services.ingest.intake import Sent, receive
from services.ingest.salvage import TRACEPARENTS, conforms
from tests.badinput import desk

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
OTHER = "00-11111111111111111111111111111111-2222222222222222-00"
MINTED = "00-3f2b8c1e5d4a4c6b9e7f0a1b2c3d4e5f-9e7f0a1b2c3d4e5f-00"


def of(sent: Sent) -> dict[str, Any]:
    """What was sent, without the differences of form."""
    assert isinstance(sent.said, Submission)
    inner = sent.said.model_dump(exclude={"id", "source", "traceparent"})
    return {**sent._asdict(), "said": inner}


def test_the_three_forms_say_the_same() -> None:
    fields = {"message": "Please.", "consented_at": "2026-03-04T11:00:00Z", "constituent.prefix": "Ms."}
    found = [of(receive(desk.sent(form, fields))) for form in desk.FORMS]
    assert found[0] == found[1] == found[2]
    assert found[0]["submission_id"] == desk.ID
    assert found[0]["key"] == desk.ID.encode()
    assert found[0]["frontend"] == desk.SOURCE
    assert found[0]["faults"] == ()


@pytest.mark.parametrize("given", [TRACE, OTHER])
def test_a_trace_is_continued_whichever_way_it_comes(given: str) -> None:
    raw = given.encode()
    assert receive(desk.sent("bare", {"traceparent": given})).traceparent == given
    headers, value = desk.structured(desk.data())
    document = json.loads(value) | {"traceparent": given}
    assert receive(desk.record(json.dumps(document).encode(), headers)).traceparent == given
    headers, value = desk.binary(desk.data())
    assert receive(desk.record(value, [*headers, ("ce_traceparent", raw)])).traceparent == given
    for form in desk.FORMS:
        headers, value = desk.FORMS[form](desk.data())
        assert receive(desk.record(value, [*headers, ("traceparent", raw)])).traceparent == given


@pytest.mark.parametrize(
    "given",
    [
        "",
        "nonsense",
        TRACE.upper(),
        TRACE + "\n",
        "01" + TRACE[2:],
        "00-" + "0" * 32 + TRACE[35:],
        TRACE[:36] + "0" * 16 + "-01",
    ],
)
def test_a_trace_that_is_none_is_left_out_and_never_a_fault(given: str) -> None:
    headers, value = desk.binary(desk.data())
    for record in (
        desk.sent("bare", {"traceparent": given}),
        desk.record(value, [*headers, ("ce_traceparent", given.encode())]),
        desk.record(value, [*headers, ("traceparent", given.encode())]),
    ):
        sent = receive(record)
        assert sent.faults == ()
        assert sent.traceparent == MINTED


def test_a_trace_of_the_wrong_kind_is_left_out_too() -> None:
    for given in (7, None, ["x"], "\0"):
        sent = receive(desk.sent("bare", {"traceparent": given, "consented_at": "1990-01-01T00:00:00Z"}))
        assert sent.traceparent == MINTED
        assert isinstance(sent.said, Submission)
        assert sent.said.consented_at, "and takes nothing else along"


@pytest.mark.parametrize(
    "submission_id", [desk.ID, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "00000000-0000-0000-0000-000000000000"]
)
def test_a_minted_trace_is_valid_and_the_same_when_read_again(submission_id: str) -> None:
    first, second = (receive(desk.sent(submission_id=submission_id)).traceparent for _ in range(2))
    assert first == second
    assert conforms(TRACEPARENTS, first)
    assert first[3:35].strip("0")
    assert first[36:52].strip("0")


@pytest.mark.parametrize("form", desk.FORMS)
def test_an_empty_message_is_none_and_takes_nothing_else_along(form: str) -> None:
    sent = receive(desk.sent(form, {"message": "", "consented_at": "1990-01-01T00:00:00Z"}))
    assert sent.faults == ()
    assert isinstance(sent.said, Submission)
    assert sent.said.message is None
    assert sent.said.consented_at


def test_a_path_never_grows_with_what_was_sent() -> None:
    deep: dict[str, Any] = {"city": "\0"}
    for _ in range(60):
        deep = {"constituent": {"address": deep}}
    sent = receive(desk.sent("bare", {"constituent.address": deep}))
    assert max(len(path) for path, _ in sent.faults) < 120
    TypeAdapter(list[Fault]).validate_python([{"field": path, "code": code} for path, code in sent.faults])


def test_structured_mode_needs_no_content_type_and_beats_stray_headers() -> None:
    headers, value = desk.structured(desk.data())
    assert receive(desk.record(value)).faults == ()
    stray: desk.Headers = [*headers, ("ce_id", b"something else")]
    assert receive(desk.record(value, stray)).submission_id == desk.ID


def test_a_bare_submission_may_talk_of_envelopes() -> None:
    sent = receive(desk.sent("bare", {"constituent.first_name": "specversion", "message": '"specversion": "1.0"'}))
    assert sent.faults == ()
    assert isinstance(sent.said, Submission)
    assert sent.said.constituent.first_name == "specversion"


def test_an_envelope_without_its_version_is_still_an_envelope() -> None:
    headers, value = desk.structured(desk.data())
    document = json.loads(value)
    del document["specversion"]
    assert receive(desk.record(json.dumps(document).encode(), headers)).submission_id == desk.ID


@pytest.mark.parametrize("major", ["v0", "v2", "v10"])
@pytest.mark.parametrize("form", ["structured", "binary"])
def test_an_unknown_major_version_is_not_guessed_at(form: str, major: str) -> None:
    kind = desk.TYPE[:-2] + major
    headers, value = desk.FORMS[form](desk.data())
    if form == "structured":
        value = json.dumps(json.loads(value) | {"type": kind}).encode()
    else:
        headers = [(name, kind.encode() if name == "ce_type" else given) for name, given in headers]
    with pytest.raises(Unreadable) as caught:
        receive(desk.record(value, headers))
    assert caught.value.reason == "unsupported_version"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ('"message":"a","message":"b"', ("message", "duplicate_key")),
        ('"message" :"a","message":"a"', ("message", "duplicate_key")),
        ('"message":NaN', ("message", "malformed")),
        ('"message":-Infinity', ("message", "malformed")),
        (r'"message":"\ud800"', ("message", "forbidden_character")),
        (r'"message":"\u0000"', ("message", "forbidden_character")),
    ],
)
@pytest.mark.parametrize("form", desk.FORMS)
def test_what_readers_of_json_disagree_about_is_refused(form: str, given: str, fault: tuple[str, str]) -> None:
    headers, value = desk.FORMS[form](desk.data({"message": "@"}))
    spoilt = value.replace(b'"message": "@"', given.encode()).replace(b'"message":"@"', given.encode())
    assert spoilt != value
    assert receive(desk.record(spoilt, headers)).faults == (fault,)


def test_all_that_the_schema_refuses_is_told_with_its_place() -> None:
    inner = desk.data(
        {"constituent.email": 7, "constituent.shoe_size": 44, "color": "blue"}, ["campaign", "constituent.address.zip"]
    )
    expected = {
        ("$", "unknown_field"),
        ("campaign", "required"),
        ("constituent", "unknown_field"),
        ("constituent.address.zip", "required"),
        ("constituent.email", "malformed"),
    }
    for form in desk.FORMS.values():
        headers, value = form(inner)
        assert set(receive(desk.record(value, headers)).faults) == expected


def test_every_code_of_the_schemas_has_a_meaning_here() -> None:
    assert {*wire._CODES.values(), "malformed"} - set(FAULTS) == {"too_short"}, "empty text is judged as blank text is"
