"""The envelopes are CloudEvents 1.0: the CloudEvents SDK reads what we write, and we read what it writes."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cloudevents.core.bindings.kafka import (
    KafkaMessage,
    from_binary_event,
    from_structured_event,
    to_binary_event,
    to_structured_event,
)
from cloudevents.core.v1.event import CloudEvent

from schemas.completion import CompletionSent
from schemas.envelope import Envelope
from schemas.submission import Submission, SubmissionSent
from schemas.wire import read, write
from tests.unit.schema_examples import ENVELOPES, FILES, full, model

_EVENTS = [path for path in FILES if path.parent.name in ENVELOPES]
_STRUCTURED = {"content-type": b"application/cloudevents+json"}


@pytest.mark.parametrize("example", _EVENTS, ids=[f"{path.parent.name}/{path.stem}" for path in _EVENTS])
def test_the_sdk_reads_what_we_write(example: Path) -> None:
    ours = read(model(example), example.read_bytes())
    assert isinstance(ours, Envelope | SubmissionSent | CompletionSent)
    theirs = from_structured_event(KafkaMessage(headers=_STRUCTURED, key=None, value=write(ours)))
    assert theirs.get_id() == ours.id
    assert theirs.get_source() == ours.source
    assert theirs.get_type() == example.parent.name
    assert theirs.get_specversion() == "1.0"
    assert ours.time is None or theirs.get_time() == ours.time
    assert theirs.get_extension("traceparent") == ours.traceparent
    assert theirs.get_data() == ours.model_dump(mode="json", exclude_none=True)["data"]


def _sent(**extensions: str) -> CloudEvent:
    example = full("org.postbag.submission.sent.v1")
    attributes = {name: example[name] for name in ("id", "source", "type")}
    return CloudEvent(
        attributes={
            **attributes,
            "specversion": "1.0",
            "time": datetime(2026, 11, 22, 10, tzinfo=UTC),
            "datacontenttype": "application/json",
            **extensions,
        },
        data=example["data"],
    )


def test_we_read_what_a_frontend_writes_with_the_sdk_extension_attributes_and_all() -> None:
    event = read(SubmissionSent, _value(to_structured_event(_sent(partitionkey="any", traceparent=_TRACE))))
    assert event.data.constituent.first_name == "Mary Jo"
    assert event.traceparent == _TRACE
    assert event.time == datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_the_data_of_binary_mode_is_a_submission_and_its_attributes_are_the_sdks_headers() -> None:
    message = to_binary_event(_sent())
    assert {"ce_id", "ce_source", "ce_type", "ce_specversion"} <= set(message.headers)
    assert read(Submission, _value(message)) == read(SubmissionSent, _value(to_structured_event(_sent()))).data
    assert from_binary_event(message).get_id() == full("org.postbag.submission.sent.v1")["id"]


_TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def _value(message: KafkaMessage) -> bytes:
    assert isinstance(message.value, bytes)
    return message.value
