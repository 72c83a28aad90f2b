"""Settings: each is explained, a wrong one is refused by its variable's name, and a secret is shown to nobody."""

from __future__ import annotations

import json
import os
import pkgutil
from importlib import import_module

import pytest

import services
from services.pipeline.errors import SettingsRefused
from services.pipeline.metrics import WorkerMetrics
from services.pipeline.settings import KafkaSettings, WorkerSettings, describe, load
from services.pipeline.stage import Stage
from services.pipeline.worker import main


def _kinds() -> list[type[KafkaSettings]]:
    """Every settings class there is: the shared ones and each service's own."""
    found: set[type[KafkaSettings]] = {KafkaSettings, WorkerSettings}
    for service in pkgutil.iter_modules(services.__path__):
        try:
            module = import_module(f"services.{service.name}.settings")
        except ModuleNotFoundError:
            continue
        found |= {kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, KafkaSettings)}
    return sorted(found, key=lambda kind: kind.__name__)


KINDS = _kinds()
EACH_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
WRONG = [
    ("POSTBAG_BATCH_RECORDS", "0"),
    ("POSTBAG_BATCH_RECORDS", "many-canary"),
    ("POSTBAG_SLOT", "a/canary"),
    ("POSTBAG_SLOT", ""),
    ("POSTBAG_TOPIC_PREFIX", "canary canary"),
    ("POSTBAG_LOG_LEVEL", "canary"),
    ("POSTBAG_METRICS_PORT", "65536"),
    ("POSTBAG_POLL_SECONDS", "nan"),
    ("POSTBAG_SESSION_TIMEOUT_SECONDS", "inf"),
    ("POSTBAG_GRACE_SECONDS", "-1"),
    ("POSTBAG_KAFKA_OPTIONS", '{"canary": '),
    ("POSTBAG_KAFKA_OPTIONS", '["canary"]'),
    ("POSTBAG_KAFKA_BOOTSTRAP_SERVERS", ""),
]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the settings of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith("POSTBAG_"):
            monkeypatch.delenv(name)


@EACH_KIND
def test_every_setting_is_explained_and_has_a_default_that_holds(kind: type[KafkaSettings]) -> None:
    load(kind)
    for name, field in kind.model_fields.items():
        assert field.description, name
        assert field.description.strip().endswith("."), name
        assert not field.is_required(), name
    assert kind.__doc__


def test_every_service_has_settings() -> None:
    assert {kind.__name__ for kind in KINDS} >= {
        "IngestSettings",
        "ResolveSettings",
        "RenderSettings",
        "DeliverSettings",
    }


@pytest.mark.parametrize(("variable", "value"), WRONG)
def test_a_wrong_value_is_refused_by_its_variable_and_not_quoted(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsRefused, match=rf"{variable}: \S.*docs/reference/settings\.md") as caught:
        load(WorkerSettings)
    assert "canary" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_all_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTBAG_BATCH_RECORDS", "0")
    monkeypatch.setenv("POSTBAG_SLOT", "/")
    with pytest.raises(
        SettingsRefused, match=r"POSTBAG_SLOT.*POSTBAG_BATCH_RECORDS|POSTBAG_BATCH_RECORDS.*POSTBAG_SLOT"
    ):
        load(WorkerSettings)


def test_the_environment_reaches_every_kind_of_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTBAG_KAFKA_OPTIONS", '{"security_protocol": "SSL", "fetch_max_wait_ms": 20}')
    monkeypatch.setenv("POSTBAG_POLL_SECONDS", "0.25")
    monkeypatch.setenv("POSTBAG_STATE_DIR", "/tmp/somewhere")
    settings = load(WorkerSettings, batch_records=7)
    assert settings.kafka_options == {"security_protocol": "SSL", "fetch_max_wait_ms": 20}
    assert (settings.poll_seconds, settings.batch_records) == (0.25, 7)
    assert str(settings.state_dir) == "/tmp/somewhere"


@EACH_KIND
def test_the_printed_configuration_has_every_variable_and_no_secret(
    kind: type[KafkaSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {
        "sasl_plain_password": "canary",
        "ssl_password": "canary",
        "ssl_keyfile": "canary",
        "retry_backoff_ms": 7,
    }
    monkeypatch.setenv("POSTBAG_KAFKA_PASSWORD", "canary")
    monkeypatch.setenv("POSTBAG_KAFKA_OPTIONS", json.dumps(secrets))
    shown = json.dumps(describe(load(kind)))
    assert "canary" not in shown
    assert json.loads(shown).keys() == {f"POSTBAG_{name.upper()}" for name in kind.model_fields}
    assert json.loads(shown)["POSTBAG_KAFKA_OPTIONS"]["retry_backoff_ms"] == 7


@pytest.mark.usefixtures("logs_restored")
def test_print_config_prints_it_and_starts_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["worker", "--print-config"])
    assert main(WorkerSettings, "render", _never) == 0
    assert json.loads(capsys.readouterr().out)["POSTBAG_BATCH_RECORDS"] == 2000


@pytest.mark.usefixtures("logs_restored")
def test_a_worker_that_is_set_up_wrongly_says_so_and_ends_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["worker"])
    monkeypatch.setenv("POSTBAG_BATCH_RECORDS", "0")
    assert main(WorkerSettings, "render", _never) == 2
    (line,) = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    assert (said["event"], said["error_type"], said["service"]) == ("worker_ended", "SettingsRefused", "render")
    assert "POSTBAG_BATCH_RECORDS" in said["error"]


def _never(_settings: WorkerSettings, _metrics: WorkerMetrics) -> Stage:
    raise AssertionError("a stage was made")
