"""``postbag doctor`` against a real broker: well where all is well, and what was broken is told with its remedy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from time import time
from typing import Any

import pytest
from kafka import KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType

from schemas.topics import ACCEPTED, LEDGER, LETTERS
from services.pipeline.inspection import Inspection
from tests.integration.harness.corner import PROJECT, Corner
from tests.integration.harness.people import accepted
from tests.integration.harness.processes import eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

OF_THE_CLUSTER = ("broker", "credentials", "topics", "clock", "transactions", "campaigns")


def examine(corner: Corner, *options: str, **settings: object) -> tuple[int, dict[str, dict[str, Any]]]:
    """Run the command as an operator would: how it ended, and its findings by check."""
    command = (sys.executable, "-m", "services.cli", "doctor", "--json", *options)
    environment = {**os.environ, **corner.environment(**settings)}
    done = subprocess.run(
        command, env=environment, cwd=PROJECT, capture_output=True, text=True, timeout=90, check=False
    )
    assert done.stderr == ""
    found = json.loads(done.stdout)["findings"]
    return done.returncode, {one["check"]: one for one in found}


def verdicts(found: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {check: found[check]["verdict"] for check in OF_THE_CLUSTER}


def test_a_good_cluster_is_well_and_nothing_is_left_behind_by_looking(corner: Corner) -> None:
    corner.publish_campaign()
    ended, found = examine(corner)
    assert (ended, verdicts(found)) == (0, dict.fromkeys(OF_THE_CLUSTER, "ok")), found
    assert found["workers of ingest"]["verdict"] == "warn"
    assert "python -m services.ingest" in found["workers of ingest"]["remedy"]
    inspection = Inspection(corner.settings)
    assert inspection.hanging(0.0) == []
    inspection.close()


def test_a_topic_that_is_missing_or_configured_otherwise_is_named(corner: Corner) -> None:
    with corner.admin() as admin:
        wrong = ConfigResource(ConfigResourceType.TOPIC, corner.name(LEDGER), {"cleanup.policy": "delete"})
        admin.alter_configs([wrong])
        ended, found = examine(corner)
        assert (ended, found["topics"]["verdict"]) == (1, "fail")
        assert f"{corner.name(LEDGER)}: cleanup.policy delete -> compact" in found["topics"]["said"]
        admin.delete_topics([corner.name(LETTERS)])
    assert eventually(lambda: f"missing: {corner.name(LETTERS)}" in examine(corner)[1]["topics"]["said"], 30)
    assert "postbag topics apply" in examine(corner)[1]["topics"]["remedy"]


def test_a_transaction_that_nobody_ends_is_found_with_its_place_and_its_owner(corner: Corner) -> None:
    corner.publish(ACCEPTED, list(accepted(3)))
    producer = KafkaProducer(
        bootstrap_servers=corner.settings.kafka_bootstrap_servers, transactional_id=f"{corner.settings.topic_prefix}lost",
        transaction_timeout_ms=60_000,
    )  # fmt: skip
    producer.init_transactions()
    producer.begin_transaction()
    offset = producer.send(corner.name(ACCEPTED), b"half done", partition=2).get(timeout=30).offset
    try:
        assert examine(corner)[1]["transactions"]["verdict"] == "ok", "a young one hangs nowhere"
        ended, found = examine(corner, "--hanging-seconds", "0.5")
        assert (ended, found["transactions"]["verdict"]) == (1, "fail")
        assert f"accepted[2]@{offset}" in found["transactions"]["said"]
        assert f"It is of {corner.settings.topic_prefix}lost" in found["transactions"]["remedy"]
    finally:
        producer.abort_transaction()
        producer.close()
    assert examine(corner, "--hanging-seconds", "0.5")[1]["transactions"]["verdict"] == "ok"


@pytest.mark.parametrize("off", [-100.0, 0.0, 45.0])
def test_a_clock_that_is_off_is_told_by_how_much(corner: Corner, off: float) -> None:
    inspection = Inspection(corner.settings, now=lambda: time() + off)
    try:
        assert inspection.clock() == pytest.approx(-off, abs=1.0)
    finally:
        inspection.close()


@pytest.mark.slow
def test_workers_that_run_are_seen_and_records_that_nobody_takes_are_told(corner: Corner) -> None:
    corner.publish_campaign()
    with corner.start("resolve") as worker:
        worker.await_event("assigned")
        port = worker.await_event("starting")[0]["metrics_port"]
        corner.publish(ACCEPTED, list(accepted(5)))
        assert eventually(lambda: sum(corner.committed("resolve").values()) >= 5, 30)
        _, found = examine(corner, "--workers", f"127.0.0.1:{port}")
        assert found["workers of resolve"]["verdict"] == "ok", found["workers of resolve"]
        assert found["workers of resolve"]["said"] == "1 member, 0 records unread"
        assert found[f"worker at 127.0.0.1:{port}"]["verdict"] == "ok"
    corner.publish(ACCEPTED, list(accepted(7, first=5)))
    assert eventually(lambda: "none is in the group" in examine(corner)[1]["workers of resolve"]["said"], 60)
    assert "7 records wait" in examine(corner)[1]["workers of resolve"]["said"]


def test_a_broker_that_is_not_there_is_told_and_the_rest_is_looked_at(corner: Corner) -> None:
    ended, found = examine(
        corner, kafka_bootstrap_servers="127.0.0.1:1", kafka_options='{"bootstrap_timeout_ms": 1000}'
    )
    assert (ended, found["broker"]["verdict"], found["clock"]["verdict"]) == (1, "fail", "skipped")
    assert found["settings of deliver"]["verdict"] == "ok"
