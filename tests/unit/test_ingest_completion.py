"""Completions at intake: three forms with one meaning, judged as a submission is, and in nobody's way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.accepted import SubmissionRejected
from schemas.completion import CompletionAccepted, is_completion
from schemas.topics import ACCEPTED, REJECTED
from schemas.wire import Unreadable, read
from services.ingest.intake import receive
from services.ingest.stage import IngestStage, index
from services.pipeline.memory import MemoryRecord
from services.pipeline.outcomes import DeadLetter, Emit
from tests.badinput import desk

BETTER = {"line1": " 12  Elm Street ", "city": "cambridge", "state": "Mass.", "zip": "02139 4307"}
POINT = {"lat": 42.3655, "lon": -71.1034, "accuracy": "rooftop"}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[IngestStage]:
    opened = desk.open_stage(tmp_path, desk.broker())
    yield opened
    opened.close()


def answer(stage: IngestStage, record: MemoryRecord) -> Emit:
    (outcome,) = stage.settle([record])[0]
    assert isinstance(outcome, Emit)
    assert outcome.key == desk.ID.encode()
    return outcome


def passed_on(stage: IngestStage, record: MemoryRecord) -> CompletionAccepted:
    outcome = answer(stage, record)
    assert (outcome.topic, outcome.place_by) == (ACCEPTED, None)
    assert is_completion(outcome.value)
    return read(CompletionAccepted, outcome.value)


def turned_away(stage: IngestStage, record: MemoryRecord) -> list[tuple[str, str]]:
    outcome = answer(stage, record)
    assert outcome.topic is REJECTED
    rejected = read(SubmissionRejected, outcome.value).data
    assert rejected.completion is True
    return [(fault.field, fault.code) for fault in rejected.faults]


def test_the_three_forms_say_the_same(stage: IngestStage) -> None:
    sent = {**BETTER, "state": "Massachusetts", "location": POINT, "district": {"geoid": "2507", "congress": 119}}
    sent["district"]["proof"] = "geocoder"  # type: ignore[index]
    found = [passed_on(stage, desk.completed(form, sent)) for form in desk.FORMS]
    assert found[0] == found[1] == found[2]
    event = found[0]
    assert (event.id, event.source, event.time) == (desk.ID, "/postbag/ingest", desk.NOW)
    assert event.traceparent == receive(desk.sent()).traceparent, "the trace of the submission goes on"
    assert event.data.model_dump(exclude_none=True) == {
        "submission_id": desk.ID,
        "frontend": desk.SOURCE,
        "campaign": "open",
        "address": {
            "line1": "12 Elm Street",
            "city": "cambridge",
            "state": "MA",
            "zip5": "02139",
            "plus4": "4307",
            "location": POINT,
            "district": {"geoid": "2507", "congress": 119, "proof": "geocoder"},
        },
        "flags": (),
        "received_at": desk.NOW,
    }


@pytest.mark.parametrize("form", desk.FORMS)
@pytest.mark.parametrize(
    ("address", "faults"),
    [
        ({}, [("address", "required")]),
        ({"zip": " ", "line2": ""}, [("address", "required")]),
        ({"zip": "2139"}, [("address.zip", "zip_leading_zero_lost")]),
        ({"zip": "K1A 0B1", "state": "Nowhere"}, [("address.state", "unknown_state"), ("address.zip", "not_us")]),
        ({"line1": "1\n2", "city": "x" * 101}, [("address.city", "too_long"), ("address.line1", "line_break")]),
        ({"zip": 2139, "city": "\x07"}, [("address.city", "control_character"), ("address.zip", "malformed")]),
        ({"location": {**POINT, "lat": "42"}}, [("address.location.lat", "malformed")]),
        ({"location": {**POINT, "lat": 0.0, "lon": 0.0}}, [("address", "required")]),
        ({"zip": "02139", "country": "US"}, [("address", "unknown_field")]),
        ({"zip": "02139\0"}, [("address.zip", "forbidden_character")]),
    ],
)
def test_what_is_wrong_is_told_in_the_codes_of_submissions(
    form: str, address: dict[str, Any], faults: list[tuple[str, str]], stage: IngestStage
) -> None:
    assert turned_away(stage, desk.completed(form, address)) == faults


def test_what_is_not_a_completion_of_anything_is_told(stage: IngestStage) -> None:
    base: dict[str, Any] = {"id": desk.ID, "source": desk.SOURCE, "campaign": "open", "address": {"zip": "02139"}}
    for changes, faults in (
        ({"completes": False}, [("completes", "unknown_value")]),
        ({"completes": True, "campaign": "No Campaign"}, [("campaign", "malformed")]),
        ({"completes": True, "address": None}, [("address", "malformed")]),
        ({"completes": True, "source": "?"}, [("source", "malformed")]),
        ({"completes": True, "constituent": {}}, [("$", "unknown_field")]),
    ):
        assert turned_away(stage, desk.record(json.dumps(base | changes).encode())) == faults
    value = json.dumps({"address": {"zip": "02139"}}).encode()
    headers: desk.Headers = [("ce_specversion", b"1.0"), ("ce_id", desk.ID.encode())]
    headers += [("ce_source", b"?"), ("ce_type", desk.COMPLETED.encode())]
    assert turned_away(stage, desk.record(value, headers)) == [("campaign", "required"), ("source", "malformed")]
    assert turned_away(stage, desk.record(b"{", headers)) == [("$", "not_json"), ("source", "malformed")]


def test_a_bare_submission_is_never_taken_for_a_completion_nor_the_other_way_round() -> None:
    assert not receive(desk.sent("bare", {"message": '"completes": true'})).completes
    bare = {"id": desk.ID, "source": desk.SOURCE, "campaign": "open", "address": {"zip": "02139"}}
    without = receive(desk.record(json.dumps(bare).encode()))
    assert not without.completes
    assert without.faults == (("address", "unknown_field"), ("constituent", "required"))
    both = receive(desk.sent("bare", {"completes": True}))
    assert both.completes
    assert both.faults == (("$", "unknown_field"), ("address", "required"))


@pytest.mark.parametrize("form", ["structured", "binary"])
def test_one_of_another_major_version_waits_for_a_release_that_knows_it(form: str, stage: IngestStage) -> None:
    record = desk.completed(form, BETTER)
    headers = [(name, value and value.replace(b"completed.v1", b"completed.v2")) for name, value in record.headers]
    newer = record._replace(value=(record.value or b"").replace(b"completed.v1", b"completed.v2"), headers=headers)
    assert stage.settle([newer])[0] == (DeadLetter("unsupported_version", own=False),)
    with pytest.raises(Unreadable):
        receive(newer)


def test_a_closed_campaign_does_not_refuse_an_answer_to_what_came_in_time(stage: IngestStage) -> None:
    assert passed_on(stage, desk.completed("bare", BETTER | {"state": "MA"}, campaign="over")).data.campaign == "over"


def test_what_cannot_be_true_is_left_out_with_a_flag(stage: IngestStage) -> None:
    sent = {"zip": "02139", "location": {**POINT, "lat": POINT["lon"], "lon": POINT["lat"]}}
    event = passed_on(stage, desk.completed("structured", sent)._replace(key=None))
    assert event.data.address.location is None
    assert event.data.flags == ("location_implausible", "key_missing")


def test_a_completion_leaves_what_was_accepted_as_it_was(stage: IngestStage) -> None:
    """Nothing is remembered of it: the same submission is still a repeat, and another one under the id still refused."""
    records = [desk.sent(), desk.completed("bare", {"zip": "02140"}), desk.completed("bare", {"zip": "02140"})]
    records += [desk.sent(), desk.sent("bare", {"message": "Other."})]
    found = [outcomes[0] for outcomes in stage.settle(records)]
    assert [getattr(one, "topic", None) for one in found] == [ACCEPTED, ACCEPTED, ACCEPTED, None, REJECTED]
    values = [one.value for one in found[:2] if isinstance(one, Emit)]
    entries = [index(MemoryRecord(ACCEPTED.name, 0, 0, 0, desk.ID.encode(), value, [])) for value in values]
    assert entries[0] is not None
    assert entries[1] is None


def test_a_completion_before_its_submission_claims_no_id(stage: IngestStage) -> None:
    passed_on(stage, desk.completed("bare", {"zip": "02140"}))
    (outcome,) = stage.settle([desk.sent()])[0]
    assert isinstance(outcome, Emit)
    assert outcome.topic is ACCEPTED
    assert not is_completion(outcome.value)
