"""Nothing that a person typed leaves intake but in an accepted event and in the original bytes of a dead letter."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from schemas.topics import ACCEPTED, DEAD, REJECTED, SUBMISSIONS
from schemas.wire import Unreadable
from services.ingest.intake import receive
from services.ingest.stage import IngestStage
from services.pipeline.journal import CrashJournal
from services.pipeline.logs import JsonFormatter
from services.pipeline.loop import Loop
from services.pipeline.memory import MemoryBroker, MemoryClient, MemoryRecord
from services.pipeline.metrics import WorkerMetrics
from services.pipeline.tiers import Tiers
from tests.badinput import desk

CANARY = "CanaryQuetzal"
WRONG = ("{}\n", "{}\0", "{}" * 40_000, "{}@@{}", "{}\ufffe", "{}" + "\u0323" * 9)
PATHS = (
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
    "constituent.address.city",
    "constituent.address.state",
    "constituent.address.zip",
    "constituent.address.location",
    "constituent.address.district",
    f"constituent.{CANARY}",
    f"{CANARY.lower()}",
)


def spoilt() -> list[MemoryRecord]:
    """Records that all hold the canary and are all wrong, in every form and in many ways."""
    records = []
    broken = {"constituent.email": CANARY}
    for path in PATHS:
        for text in WRONG:
            value = text.replace("{}", CANARY)
            records += [desk.sent(form, broken | {path: value}, key=CANARY.encode()) for form in desk.FORMS]
            headers, raw = desk.binary(desk.data(broken))
            records.append(desk.record(raw, [*headers, ("ce_source", value.encode()), (CANARY, value.encode())]))
    for form in desk.FORMS:
        for part in ("line1", "zip", "location", CANARY):
            records.append(desk.completed(form, {part: f"{CANARY}\n"}, campaign=CANARY.lower()))
    records.append(desk.sent("bare", {"campaign": CANARY.lower()}))
    for wrong in (
        f'{{"id":"{CANARY}"}}',
        f'["{CANARY}"]',
        CANARY,
        f'{{"{CANARY}":{{',
        f'{{"id":"{desk.ID}","{CANARY}":1,"{CANARY}":2}}',
    ):
        records.append(desk.record(wrong.encode(), key=CANARY.encode()))
    return records


def test_rejections_dead_letters_logs_and_metrics_hold_no_canary(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broker = desk.broker()
    for record in spoilt():
        broker.append(SUBMISSIONS.name, 0, record.key, record.value, record.headers)
    stage = desk.open_stage(tmp_path, broker)
    client = MemoryClient(broker, "ingest", "0", (SUBMISSIONS,))
    journal, metrics = CrashJournal(tmp_path / "journal"), WorkerMetrics("ingest")
    with caplog.at_level(logging.DEBUG):
        assert Loop(stage, client, journal, Tiers(client, frozenset()), metrics).turn(0) == len(spoilt())
    stage.close()
    journal.close()

    assert not broker.records(ACCEPTED)
    rejected = broker.records(REJECTED)
    assert len(rejected) > len(PATHS) * len(WRONG)
    for record in rejected:
        assert_clean(record.key, record.value, record.headers)
    for record in broker.records(DEAD):
        assert_clean([header for header in record.headers if header[0].startswith("postbag-")])
    formatter = JsonFormatter("ingest", "0")
    assert_clean([formatter.format(line) for line in caplog.records])
    assert_clean([(family.name, sample.labels) for family in metrics.registry.collect() for sample in family.samples])
    assert_clean((tmp_path / "journal").read_text())


def test_no_exception_that_intake_raises_quotes_its_input() -> None:
    seen = 0
    for record in spoilt():
        try:
            receive(record)
        except Unreadable as error:
            seen += 1
            assert_clean(str(error), repr(error), error.args, error.faults, error.__cause__, error.__suppress_context__)
    assert seen


def test_the_canary_would_be_found(tmp_path: Path) -> None:
    broker: MemoryBroker = desk.broker()
    stage: IngestStage = desk.open_stage(tmp_path, broker)
    (outcome,) = stage.settle([desk.sent("bare", {"constituent.last_name": CANARY})])
    stage.close()
    with pytest.raises(AssertionError):
        assert_clean(outcome)


def assert_clean(*found: Any) -> None:
    """No canary in any case, plain or escaped."""
    assert CANARY.lower() not in repr(found).lower()
    assert CANARY.lower() not in json.dumps(found, default=repr).lower()
