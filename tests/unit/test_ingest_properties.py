"""What holds for every record that anybody could send: one outcome, no crash, and acceptance only of what is whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schemas.accepted import Accepted
from services.ingest.codes import DEAD, FAULTS, FLAGS
from services.ingest.stage import IngestStage
from tests.badinput import desk

PATHS = [
    "campaign",
    "message",
    "consented_at",
    "traceparent",
    "constituent",
    "constituent.prefix",
    "constituent.first_name",
    "constituent.last_name",
    "constituent.email",
    "constituent.phone",
    "constituent.address",
    "constituent.address.line1",
    "constituent.address.line2",
    "constituent.address.city",
    "constituent.address.state",
    "constituent.address.zip",
    "constituent.address.location",
    "constituent.address.district",
]
TEXT_PATHS = [
    path
    for path in PATHS
    if path not in {"consented_at", "traceparent", "constituent", "constituent.address"}
    and not path.endswith(("location", "district"))
]
AMENDED = ["line1", "line2", "city", "state", "zip", "location", "district"]

EVIDENCE = ["lat", "lon", "accuracy", "geoid", "congress", "proof"]

some_text = st.text(max_size=30) | st.text(
    st.sampled_from("a1 .-@\t\n\u0301\u200d\u202e\ufb01\u0410\uac00\u2028"), max_size=12
)
some_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | some_text,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(some_text | st.sampled_from([*PATHS, *EVIDENCE]), inner, max_size=3)
    ),
    max_leaves=6,
)
some_headers = st.lists(
    st.tuples(
        st.sampled_from(
            ["ce_id", "ce_source", "ce_type", "ce_specversion", "ce_traceparent", "content-type", "traceparent"]
        ),
        st.none()
        | st.binary(max_size=20)
        | st.sampled_from([desk.ID.encode(), desk.SOURCE.encode(), b"1.0", b"application/cloudevents"])
        | st.sampled_from([desk.TYPE.encode(), desk.COMPLETED.encode()]),
    ),
    max_size=8,
)
many = settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IngestStage]:
    opened = desk.open_stage(tmp_path_factory.mktemp("store"), desk.broker())
    yield opened
    opened.close()


def checked(answer: desk.Answer) -> desk.Answer:
    """An answer that keeps to the closed sets. That it could be read at all shows that it satisfies its schema."""
    if answer.outcome == "dead":
        assert answer.said in DEAD
    if answer.rejected:
        assert answer.faults
        assert len(set(answer.faults)) == len(answer.faults)
        assert {code for _, code in answer.faults} <= set(FAULTS)
    if answer.accepted:
        assert set(answer.accepted.flags) <= set(FLAGS)
        assert len(set(answer.accepted.flags)) == len(answer.accepted.flags)
    return answer


@many
@given(
    st.none() | st.binary(max_size=200),
    st.none() | st.binary(max_size=40),
    some_headers,
    st.integers(-(2**63), 2**63 - 1),
)
@example(b"", b"", [], 0)
def test_no_record_whatever_crashes_intake(
    stage: IngestStage, value: bytes | None, key: bytes | None, headers: desk.Headers, timestamp: int
) -> None:
    checked(desk.settle_one(stage, desk.record(value, headers, key, timestamp)))


@many
@given(st.sampled_from(sorted(desk.FORMS)), st.data())
def test_no_damage_to_a_good_record_crashes_intake(stage: IngestStage, form: str, draw: st.DataObject) -> None:
    headers, value = desk.FORMS[form](desk.data())
    damaged = bytearray(value)
    for _ in range(draw.draw(st.integers(1, 4))):
        at = draw.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + draw.draw(st.integers(0, 3))] = draw.draw(st.binary(max_size=3))
    checked(desk.settle_one(stage, desk.record(bytes(damaged), headers)))


@many
@given(st.sampled_from(sorted(desk.FORMS)), st.sampled_from(PATHS), some_json)
def test_no_value_in_any_field_crashes_intake(stage: IngestStage, form: str, path: str, value: Any) -> None:
    headers, raw = desk.FORMS[form](desk.data({path: "\N{BLACK HEART SUIT}"}))
    placed = raw.replace(json.dumps("\N{BLACK HEART SUIT}").encode(), json.dumps(value).encode())
    placed = placed.replace('"\N{BLACK HEART SUIT}"'.encode(), json.dumps(value).encode())
    assert checked(desk.settle_one(stage, desk.record(placed, headers))).outcome != "dead"


@many
@given(st.dictionaries(st.sampled_from(AMENDED), some_json, max_size=3))
@example({"location": {"traceparent": None}})
def test_no_value_in_any_field_of_a_completion_crashes_intake_and_the_form_makes_no_difference(
    stage: IngestStage, address: dict[str, Any]
) -> None:
    records = [desk.completed(form, address) for form in desk.FORMS]
    first, second, third = (checked(desk.settle_one(stage, record)) for record in records)
    assert first == second == third
    assert first.outcome in ("completed", "rejected")


@many
@given(st.dictionaries(st.sampled_from(TEXT_PATHS), some_text, max_size=5))
def test_the_form_makes_no_difference_to_the_verdict(stage: IngestStage, fields: dict[str, str]) -> None:
    answers = [checked(desk.settle_one(stage, desk.sent(form, fields))) for form in desk.FORMS]
    assert answers[0] == answers[1] == answers[2]


@many
@given(st.dictionaries(st.sampled_from(TEXT_PATHS), some_text, max_size=5))
@example({"constituent.first_name": "Zoe\u0308", "constituent.address.zip": "021394307", "message": "a\r\nb "})
@example({"constituent.phone": "+44 20 7946 0958", "constituent.address.state": "N.Y."})
def test_what_was_accepted_is_accepted_unchanged_when_it_is_sent_again(
    stage: IngestStage, fields: dict[str, str]
) -> None:
    first = checked(desk.settle_one(stage, desk.sent("bare", fields))).accepted
    if first is None:
        return
    again = as_sent(first)
    headers, value = desk.bare(again)
    second = checked(desk.settle_one(stage, desk.record(value, headers))).accepted
    assert second
    assert second.constituent == first.constituent
    assert second.message == first.message
    assert second.fingerprint == first.fingerprint


@many
@given(st.dictionaries(st.sampled_from(TEXT_PATHS), some_text, max_size=3))
def test_the_same_record_again_is_a_repeat_or_gets_the_same_answer(stage: IngestStage, fields: dict[str, str]) -> None:
    record = desk.sent("structured", fields)
    first, second = (checked(desk.read_outcome(one)) for one in stage.settle([record, record]))
    stage.aborted()
    assert second == (desk.Answer("repeat", said="repeat") if first.accepted else first)


def as_sent(accepted: Accepted) -> dict[str, Any]:
    """A submission that says just what was understood of another one."""
    person = accepted.constituent.model_dump(exclude_none=True)
    address = cast("dict[str, Any]", person["address"])
    address["zip"] = "-".join(filter(None, (address.pop("zip5"), address.pop("plus4", ""))))
    data = {"campaign": accepted.campaign, "constituent": person}
    return data if accepted.message is None else data | {"message": accepted.message}
