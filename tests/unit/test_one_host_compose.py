"""deploy/compose.yaml is a Compose file, and what it tells the services is what they read, serve and run.

No container is started: the schema is the Compose Specification's own, and everything else is Postbag's own code.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec

import pytest
import yaml
from jsonschema import Draft202012Validator
from prometheus_client import CollectorRegistry

from deploy.local.config import PROPERTIES, kafka_version
from services.pipeline.health import HealthServer
from services.pipeline.settings import load
from tests.unit.one_host import (
    COMPOSE,
    DEPLOY,
    EXAMPLE,
    HOST,
    OURS,
    ROOT,
    SERVICES,
    VARIABLE,
    WORKERS,
    composed,
    example,
    known,
    mounts,
    seconds,
)

SERVED = HOST["services"]
OF_COMPOSE = {
    "COMPOSE_PROFILES", "IMAGE", "PYTHON_IMAGE", "KAFKA_IMAGE", "PROMETHEUS_IMAGE", "ALERTMANAGER_IMAGE", "GRAFANA_IMAGE",
    "LOCK", "KAFKA_PORT", "PROMETHEUS_PORT", "ALERTMANAGER_PORT", "GRAFANA_PORT", "KAFKA_HEAP",
}  # fmt: skip
"""What the file itself asks for; all else is Postbag's settings."""


def test_it_is_a_compose_file_by_the_specification() -> None:
    schema = json.loads((ROOT / "tests" / "data" / "compose-spec.json").read_text("utf-8"))
    validator = Draft202012Validator(schema)
    assert [error.message for error in validator.iter_errors(HOST)] == []
    assert [error.message for error in validator.iter_errors(yaml.safe_load(COMPOSE))] == []
    broken = composed()
    broken["services"]["deliver"]["restarts"] = "always"
    assert [*validator.iter_errors(broken)], "the schema refuses what it does not know"


def test_every_variable_exists_in_the_settings_of_the_service_that_is_given_it() -> None:
    for name, kind in OURS.items():
        given = {variable for variable in SERVED[name]["environment"] if variable.startswith("POSTBAG_")}
        assert given == set(SERVED[name]["environment"]), name
        assert given <= known(kind), name


def test_what_each_service_is_given_loads_into_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith("POSTBAG_")]:
        monkeypatch.delenv(variable)
    for variable, value in example().items():
        if variable.startswith("POSTBAG_") and not variable.endswith("_FILE"):
            monkeypatch.setenv(variable, value)
    for name, kind in OURS.items():
        with monkeypatch.context() as patch:
            for variable, value in SERVED[name]["environment"].items():
                patch.setenv(variable, value)
            assert load(kind).kafka_bootstrap_servers == "kafka:9092"


def test_what_the_example_sets_or_shows_exists_and_what_the_file_asks_for_is_shown_with_its_default() -> None:
    settings = set().union(*(known(kind) for kind in OURS.values()))
    assert set(example()) <= settings | OF_COMPOSE
    asked = dict(VARIABLE.findall(COMPOSE))
    assert set(asked) == OF_COMPOSE - {"COMPOSE_PROFILES"}
    assert {name: example()[name] for name in asked} == asked
    assert set(example()["COMPOSE_PROFILES"].split(",")) == {"core", "observability"}
    assert all(not value for name, value in example().items() if name.endswith(("_PASSWORD", "_KEY", "_SECRET")))
    assert "docs/reference/settings.md" in EXAMPLE


def test_a_service_is_what_its_command_names() -> None:
    for name in SERVICES:
        assert SERVED[name]["command"] == ["python", "-m", f"services.{name}"]
        assert find_spec(f"services.{name}.__main__"), name
    assert SERVED["topics"]["command"] == ["postbag", "topics", "apply"]
    assert SERVED["cli"]["entrypoint"] == ["postbag"]


def test_metrics_are_served_where_prometheus_and_the_health_check_look() -> None:
    scraping = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    targets = {
        target
        for job in scraping
        if job["job_name"] == "postbag"
        for one in job["static_configs"]
        for target in one["targets"]
    }
    assert targets == {f"{name}:{SERVED[name]['environment']['POSTBAG_METRICS_PORT']}" for name in SERVICES}
    for name in SERVICES:
        host = SERVED[name]["environment"]["POSTBAG_METRICS_HOST"]
        assert host == "0.0.0.0", "another container scrapes it"  # noqa: S104 - inside the container's own network
        port = SERVED[name]["environment"]["POSTBAG_METRICS_PORT"]
        assert f"http://127.0.0.1:{port}/" in SERVED[name]["healthcheck"]["test"][-1]


@pytest.mark.parametrize("name", SERVICES)
def test_a_health_check_tells_a_well_service_from_one_that_is_not(name: str) -> None:
    kind, program, *arguments = SERVED[name]["healthcheck"]["test"]
    assert (kind, program) == ("CMD", "python")
    well = {"now": True}
    server = HealthServer(CollectorRegistry(), lambda: well["now"], lambda: well["now"], "127.0.0.1", 0)
    try:
        here = [argument.replace(":9400", f":{server.port}") for argument in arguments]
        assert here != arguments
        assert subprocess.run([sys.executable, *here], timeout=60, check=False).returncode == 0
        well["now"] = False
        done = subprocess.run([sys.executable, *here], capture_output=True, timeout=60, check=False)
        assert done.returncode != 0
        assert b"503" in done.stderr
    finally:
        server.close()


def test_each_worker_has_a_slot_and_a_folder_that_no_other_has() -> None:
    folders = []
    for name in SERVICES:
        environment = SERVED[name]["environment"]
        assert ("POSTBAG_SLOT" in environment) == (name in WORKERS)
        source, writable = mounts(SERVED[name])[environment["POSTBAG_STATE_DIR"]]
        assert writable
        assert source in HOST["volumes"], "a named volume outlives its container"
        assert source == (f"{name}-{environment['POSTBAG_SLOT']}" if name in WORKERS else name)
        folders.append(source)
    assert len(set(folders)) == len(folders)


def test_every_volume_is_declared_and_used_and_every_folder_that_is_mounted_exists() -> None:
    used = {source for service in SERVED.values() for source, _ in mounts(service).values()}
    assert {source for source in used if "/" not in source} == set(HOST["volumes"])
    assert [source for source in used if "/" in source and not (DEPLOY / source).is_dir()] == []
    for service in SERVED.values():
        assert all(writable is ("/" not in source) for source, writable in mounts(service).values())


def test_a_worker_has_time_to_end_before_it_is_killed() -> None:
    for name in WORKERS:
        grace = float(SERVED[name]["environment"]["POSTBAG_GRACE_SECONDS"])
        assert seconds(SERVED[name]["stop_grace_period"]) >= grace + 10
        assert SERVED[name]["restart"] == "unless-stopped"


def test_services_start_when_the_broker_answers_and_the_topics_are_there() -> None:
    for name in SERVICES:
        conditions = {other: one["condition"] for other, one in SERVED[name]["depends_on"].items()}
        assert conditions == {"kafka": "service_healthy", "topics": "service_completed_successfully"}
    assert SERVED["topics"]["depends_on"]["kafka"]["condition"] == "service_healthy"
    assert SERVED["topics"]["restart"] == "no"
    for name, service in SERVED.items():
        for other in service.get("depends_on", {}):
            assert set(SERVED[other]["profiles"]) == set(service["profiles"]), f"{name} would start without {other}"


def test_nothing_is_reachable_from_another_machine() -> None:
    published = {name: service["ports"] for name, service in SERVED.items() if "ports" in service}
    assert set(published) == {"kafka", "prometheus", "alertmanager", "grafana"}
    for ports in published.values():
        assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in ports)
    assert SERVED["grafana"]["environment"]["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    assert SERVED["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"].endswith(
        "HOST://127.0.0.1:" + published["kafka"][0].split(":")[1]
    )


def test_our_containers_may_do_little_and_secrets_reach_deliver_alone() -> None:
    for name in OURS:
        assert SERVED[name]["read_only"] is True
        assert SERVED[name]["cap_drop"] == ["ALL"]
        assert SERVED[name]["security_opt"] == ["no-new-privileges:true"]
        assert ("./secrets" in {source for source, _ in mounts(SERVED[name]).values()}) == (name == "deliver")
    ignored = [(DEPLOY / folder / ".gitignore").read_text("utf-8").splitlines()[1:] for folder in ("config", "secrets")]
    assert ignored == [["*", "!.gitignore"]] * 2
    assert "/deploy/.env" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_kafka_is_of_the_version_and_the_properties_that_the_tests_run() -> None:
    assert SERVED["kafka"]["image"] == f"apache/kafka:{kafka_version()}"
    given = {
        name.removeprefix("KAFKA_").replace("_", ".").lower(): value
        for name, value in SERVED["kafka"]["environment"].items()
        if name.startswith("KAFKA_")
    }
    places = {"controller.quorum.voters", "listener.security.protocol.map"}
    same = set(given) & set(PROPERTIES) - places
    assert {name: given[name] for name in same} == {name: PROPERTIES[name] for name in same}
    assert same >= {"auto.create.topics.enable", "message.max.bytes", "transaction.state.log.min.isr", "process.roles"}


def test_another_slot_as_the_page_says_it_is_complete_and_takes_nothing_from_the_first() -> None:
    page = (ROOT / "docs" / "deployment.md").read_text("utf-8")
    block = page.split("```yaml\n")[1].split("```")[0]
    grown = composed(COMPOSE.replace("\n  observe:\n    <<", f"\n{block}\n  observe:\n    <<", 1) + "  deliver-1:\n")
    first, second = grown["services"]["deliver"], grown["services"]["deliver-1"]
    assert "deliver-1:9400" in page
    assert first["environment"].pop("POSTBAG_SLOT") != second["environment"].pop("POSTBAG_SLOT")
    folder = second["environment"]["POSTBAG_STATE_DIR"]
    assert mounts(first).pop(folder) != mounts(second)[folder] == ("deliver-1", True)
    assert mounts(second)[folder][0] in grown["volumes"]
    shared = [
        {**one, "volumes": {place: source for place, source in mounts(one).items() if place != folder}}
        for one in (first, second)
    ]
    assert shared[0] == shared[1]
