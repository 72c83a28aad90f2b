"""The closed sets of labels: the catalogue says what the code says, and each value is there at 0 before it first happens."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, get_args

import pytest

from schemas.resolved import SeatStatus
from services.deliver.answers import Verdict
from services.deliver.answers.entered import ENTERED
from services.deliver.channels import open_channels
from services.deliver.reasons import usual
from services.deliver.settings import DeliverSettings
from services.deliver.watch import Watch
from services.pipeline.catalogue import CATALOGUE, CHANNELS, SERVED, VERDICTS, Declared
from services.pipeline.metrics import WorkerMetrics
from services.pipeline.settings import load
from services.resolve.geocoding.wanted import RESULTS
from services.resolve.reload import Result
from services.resolve.resolution import Basis, Conflict
from tests.unit.simulated_offices import lanes

DECLARED: Final = {declared.name: declared for declared in CATALOGUE}
STAGES: Final = ("ingest", "resolve", "render", "deliver")


def values(name: str, place: int = 0) -> list[str]:
    return [value[place] for value in DECLARED[name].values]


def test_every_channel_there_is_has_its_place() -> None:
    usual_ones = get_args(DeliverSettings.model_fields["channel"].annotation)
    assert set(CHANNELS) == set(usual_ones)
    assert {*open_channels(load(DeliverSettings))._makers, "discard"} == set(CHANNELS)


def test_the_catalogue_and_the_code_name_the_same_values() -> None:
    assert get_args(Verdict) == VERDICTS
    assert set(values("postbag_geocoder_requests")) == set(RESULTS)
    assert set(values("postbag_reference_reloads")) == set(get_args(Result))
    assert set(values("postbag_resolution_conflicts")) == set(get_args(Conflict))
    assert set(values("postbag_resolution_confidence")) == set(get_args(Basis))
    assert set(values("postbag_seats")) == set(get_args(SeatStatus))
    assert set(values("postbag_lanes")) == lanes()[0].gauges().keys()


def test_the_reasons_of_dead_letters_are_those_that_the_documentation_explains() -> None:
    page = Path("docs/dead-letters.md").read_text("utf-8").split("## Reasons")[1].split("## Headers")[0]
    assert set(values("postbag_records", 1)) == set(re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE))


@pytest.mark.parametrize("stage", STAGES)
def test_all_that_is_closed_exists_at_zero_from_the_start(stage: str) -> None:
    registry = WorkerMetrics(stage).registry
    for declared in (*SERVED["every worker"], *SERVED.get(stage, ())):
        for labels in children(declared, stage):
            suffix = {"counter": "_total", "histogram": "_count", "gauge": ""}[declared.kind]
            assert registry.get_sample_value(declared.name + suffix, labels) == 0, (declared.name, labels)


def children(declared: Declared, stage: str) -> list[dict[str, str]]:
    """The labels of each child that must be there."""
    if declared.late:
        return []
    rest = [label for label in declared.labels if label != "stage"]
    if not rest:
        return [{"stage": stage}]
    own = {"stage": stage} if "stage" in declared.labels else {}
    return [{**own, **dict(zip(rest, some, strict=True))} for some in declared.values]


@pytest.mark.parametrize(
    ("stage", "topics"),
    [
        ("ingest", {"accepted", "rejected"}),
        ("resolve", {"resolved", "held", "rejected"}),
        ("render", {"letters"}),
        ("deliver", {"ledger"}),
    ],
)
def test_what_a_stage_emits_exists_at_zero_from_the_start(stage: str, topics: set[str]) -> None:
    (records,) = [one for one in WorkerMetrics(stage).registry.collect() if one.name == "postbag_records"]
    emitted = {one.labels["detail"]: one.value for one in records.samples if one.labels["outcome"] == "emit"}
    assert emitted == dict.fromkeys(topics, 0)


def test_entries_that_a_channel_in_use_can_have_exist_at_zero_and_others_do_not() -> None:
    metrics = WorkerMetrics("deliver")
    Watch(metrics, 600, ["smtp"])

    def entries(channel: str, state: str, reason: str) -> float | None:
        labels = {"channel": channel, "state": state, "reason": reason}
        return metrics.registry.get_sample_value("postbag_letters_total", labels)

    assert all(entries("smtp", state, one.reason) == 0 for one in ENTERED for state in one.states)
    assert entries("smtp", "accepted", "accepted") == 0
    assert entries("webhook", "accepted", "accepted") is None


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel_can_have_its_letters_accepted_and_fail_on_this_side(channel: str) -> None:
    states = {state for state, _ in usual(channel)}
    assert {"accepted", "retrying", "held", "unknown", "in_doubt", "expired", "cancelled", "suppressed"} <= states
