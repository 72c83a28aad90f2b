"""The command itself: it looks at everything, says it to people and to programs, and ends with 1 where something fails."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from typing import Any

import pytest
from click.testing import CliRunner, Result

from schemas.topics import ALL
from services.cli.__main__ import postbag
from services.cli.doctor import command
from services.pipeline.admin import Change
from services.pipeline.errors import SettingsRefused
from services.pipeline.inspection import Cluster, Group, Hanging, NotTold
from tests.unit import made

CHECKS = ["broker", "credentials", "topics", "clock", "transactions", "campaigns"]


class Told:
    """A cluster in which all is well, but for what a test changes."""

    skew = 0.1
    changed: tuple[Change, ...] = ()
    hung: tuple[Hanging, ...] = ()
    silent = False

    def __init__(self, *_: object) -> None:
        self.closed = False

    def cluster(self) -> Cluster:
        return Cluster(3, "4.1.0")

    def rights(self) -> dict[str, Any]:
        if self.silent:
            raise NotTold("describing topics failed with TopicAuthorizationFailedError")
        return dict.fromkeys((topic.name for topic in ALL), frozenset({"read", "write", "describe"}))

    def changes(self) -> list[Change]:
        return [*self.changed]

    def clock(self) -> float:
        return self.skew

    def hanging(self, _: float) -> list[Hanging]:
        return [*self.hung]

    def groups(self, reads: Mapping[str, object]) -> list[Group]:
        return [Group(service, "Stable", 1, {("topic", 0): 0}, {("topic", 0): 7}) for service in reads]

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> type[Told]:
    kind: type[Told] = type("Told", (Told,), {})
    monkeypatch.setattr(command, "Inspection", kind)
    monkeypatch.setattr(command, "published", lambda: {"open": made.campaign("open")})
    return kind


def run(*options: str) -> Result:
    return CliRunner().invoke(postbag, ["doctor", *options])


def findings(*options: str) -> dict[str, dict[str, Any]]:
    found = json.loads(run("--json", *options).stdout)
    return {one["check"]: one for one in found["findings"]}


def test_where_all_is_well_each_check_says_so_and_it_ends_with_0(told: type[Told]) -> None:
    done = run()
    assert done.exit_code == 0, done.output
    found = findings()
    assert {found[check]["verdict"] for check in CHECKS} == {"ok"}
    assert [check for check in found if check.startswith("workers of")] == [
        f"workers of {service}" for service in ("ingest", "resolve", "render", "deliver")
    ]
    for check, one in found.items():
        assert f"{one['verdict']:8}{check}: {one['said']}" in done.output
        assert (one["remedy"] is None) == (one["verdict"] == "ok")


@pytest.mark.parametrize(
    ("what", "value", "check", "exit_code"),
    [
        ("skew", -31.0, "clock", 1),
        ("skew", 3.0, "clock", 0),
        ("changed", (Change("p.dead", "create", "", {}),), "topics", 1),
        ("hung", (Hanging("accepted", 0, 1, 950.0, ""),), "transactions", 1),
        ("silent", True, "credentials", 0),
    ],
)
def test_one_fault_is_told_with_its_remedy_and_hides_nothing_else(
    told: type[Told], what: str, value: object, check: str, exit_code: int
) -> None:
    setattr(told, what, value)
    found = findings()
    assert found[check]["verdict"] == ("fail" if exit_code else "warn")
    done = run()
    assert done.exit_code == exit_code
    assert found[check]["remedy"] in done.output
    assert {found[other]["verdict"] for other in CHECKS if other != check} == {"ok"}


def test_a_setting_that_does_not_fit_the_cluster_fails(told: type[Told], monkeypatch: pytest.MonkeyPatch) -> None:
    def changes(_: Told) -> list[Change]:
        raise SettingsRefused("POSTBAG_TOPIC_REPLICATION is 3, and the cluster has 1 brokers")

    monkeypatch.setattr(told, "changes", changes)
    found = findings()["topics"]
    assert (found["verdict"], "POSTBAG_TOPIC_REPLICATION is 3" in found["said"]) == ("fail", True)


def test_without_a_broker_the_rest_is_looked_at_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("POSTBAG_KAFKA_BOOTSTRAP_SERVERS", f"127.0.0.1:{port}")
    monkeypatch.setenv("POSTBAG_KAFKA_OPTIONS", '{"bootstrap_timeout_ms": 300}')
    found = findings("--workers", "127.0.0.1:1")
    assert found["broker"]["verdict"] == "fail"
    assert f"127.0.0.1:{port}" in found["broker"]["said"]
    assert {found[check]["verdict"] for check in CHECKS[1:]} == {"skipped"}
    assert {found["offices"]["verdict"], found["disk"]["verdict"]} == {"ok"}
    assert found["worker at 127.0.0.1:1"]["verdict"] == "fail"


def test_wrong_settings_are_told_one_by_one_and_no_password_is(
    monkeypatch: pytest.MonkeyPatch, told: type[Told]
) -> None:
    monkeypatch.setenv("POSTBAG_KAFKA_PASSWORD", "correct horse battery staple")
    monkeypatch.setenv("POSTBAG_TOPIC_PARTITIONS", "none")
    done = run()
    assert done.exit_code == 1
    assert "horse" not in done.output
    found = findings()
    assert "POSTBAG_TOPIC_PARTITIONS" in found["settings of ingest"]["said"]
    assert found["topics"]["verdict"] == "skipped"
