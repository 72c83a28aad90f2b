"""How topics are configured, as a cluster tells it: their own retention, and nothing made up where this user may not know."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from schemas.topics import ACCEPTED, ALL, LETTERS, RESOLVED, SUBMISSIONS
from services.pipeline import admin, groups
from services.pipeline.admin import Topics
from services.pipeline.errors import BrokerFailed
from services.pipeline.groups import Groups
from services.pipeline.settings import KafkaSettings

PREFIX = "t."
PARTITIONS = 4


class Admin:
    """A cluster with every topic as declared; ``changed`` configures some otherwise, ``untold`` it tells nobody of."""

    changed: dict[str, dict[str, str]]
    untold: set[str]

    def __init__(self, **_: Any) -> None:
        self.asked = 0

    def describe_cluster(self) -> dict[str, Any]:
        return {"brokers": [{"broker_id": 1}]}

    def describe_topics(self) -> list[dict[str, Any]]:
        return [
            {"name": PREFIX + topic.name, "partitions": [{}] * (topic.partitions or PARTITIONS), "error_code": 0}
            for topic in ALL
        ]

    def describe_configs(self, resources: list[Any], config_filter: str) -> dict[str, Any]:
        assert config_filter == "all"
        self.asked += 1
        declared = {PREFIX + topic.name: topic.config(1) for topic in ALL}
        found = {
            one.name: {}
            if one.name in self.untold
            else {key: {"value": value} for key, value in (declared[one.name] | self.changed.get(one.name, {})).items()}
            for one in resources
        }
        return {"topic": found}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> KafkaSettings:
    monkeypatch.setattr(admin, "KafkaAdminClient", Admin)
    monkeypatch.setattr(groups, "KafkaAdminClient", Admin)
    monkeypatch.setattr(Admin, "changed", {}, raising=False)
    monkeypatch.setattr(Admin, "untold", set(), raising=False)
    return KafkaSettings(topic_prefix=PREFIX, topic_partitions=PARTITIONS)


def test_each_topics_own_retention_is_told_and_what_may_not_be_known_is_left_out(settings: KafkaSettings) -> None:
    Admin.changed = {
        "t.letters": {"retention.ms": "7200000"},
        "t.accepted": {"retention.ms": "-1"},
        "t.resolved": {"cleanup.policy": "compact"},
    }
    Admin.untold = {"t.submissions"}
    found = Groups(settings).retention([SUBMISSIONS, ACCEPTED, RESOLVED, LETTERS])
    assert found == {ACCEPTED: inf, RESOLVED: inf, LETTERS: 7200.0}


def test_the_plan_names_a_topic_whose_retention_is_another_than_declared(settings: KafkaSettings) -> None:
    assert Topics(settings).plan() == []
    Admin.changed = {"t.letters": {"retention.ms": "7200000"}}
    (change,) = Topics(settings).plan()
    assert (change.topic, change.action) == ("t.letters", "configure")
    assert change.detail == "retention.ms 7200000 -> 604800000"


def test_who_may_not_know_how_a_topic_is_configured_is_told_so_and_not_that_all_of_it_is_wrong(
    settings: KafkaSettings,
) -> None:
    Admin.untold = {"t.ledger"}
    with pytest.raises(BrokerFailed, match=r"t\.ledger is configured \(DescribeConfigs\)"):
        Topics(settings).plan()
