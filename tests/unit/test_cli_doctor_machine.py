"""Each check of this machine: settings, the files that they name, reference data, offices, disk, and workers' own pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from prometheus_client import CollectorRegistry, Gauge

from services.cli.doctor import endpoints, machine
from services.cli.doctor.finding import Finding
from services.deliver.settings import DeliverSettings
from services.pipeline.health import HealthServer

NOW = 1_790_000_000.0


def told(finding: Finding) -> tuple[str, str]:
    """Its verdict and all its words; what is not well must say what to do."""
    assert (finding.verdict == "ok") == (not finding.remedy)
    return finding.verdict, f"{finding.said} {finding.remedy}"


def of(check: str, found: list[Finding]) -> Finding:
    return next(one for one in found if one.check == check)


def test_sound_settings_are_well_and_a_wrong_one_is_named_with_its_service(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {one.verdict for one in machine.settings()} == {"ok"}
    assert {one.check for one in machine.settings()} == {f"settings of {name}" for name in machine.SERVICES}
    monkeypatch.setenv("POSTBAG_RETRY_DELAYS", "[3, 2, 1]")
    found = machine.settings()
    verdict, said = told(of("settings of deliver", found))
    assert (verdict, "POSTBAG_RETRY_DELAYS" in said, "--print-config" in said) == ("fail", True, True)
    assert of("settings of ingest", found).verdict == "ok"


def test_a_secret_that_cannot_be_read_or_that_everybody_can_is_told_without_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "key"
    monkeypatch.setenv("POSTBAG_SMTP_PASSWORD_FILE", str(secret))
    verdict, said = told(of("settings of deliver", machine.settings()))
    assert (verdict, "POSTBAG_SMTP_PASSWORD_FILE: the file cannot be read" in said) == ("fail", True)
    secret.write_text("correct horse battery staple")
    secret.chmod(0o644)
    verdict, said = told(of("settings of deliver", machine.settings()))
    assert (verdict, "everybody on this machine can read it" in said, "horse" in said) == ("warn", True, False)
    secret.chmod(0o600)
    assert of("settings of deliver", machine.settings()).verdict == "ok"


def test_every_file_of_a_secret_is_held_to_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "key"
    secret.write_text("whsec_" + "horses/+" * 4)
    secret.chmod(0o644)
    names = {
        name
        for name, field in DeliverSettings.model_fields.items()
        if name.endswith("_file") and not name.endswith("_ca_file") and field.default is None
    }
    assert {"smtp_dkim_key_file", "webhook_secret_previous_file"} < names
    for name in names:
        with monkeypatch.context() as patched:
            patched.setenv(f"POSTBAG_{name.upper()}", str(secret))
            verdict, said = told(of("settings of deliver", machine.settings()))
            assert (verdict, "everybody on this machine can read it" in said) == ("warn", True), name


def test_reference_data_that_is_absent_damaged_or_only_the_sample_is_told(tmp_path: Path) -> None:
    verdict, said = told(machine.reference("", NOW))
    assert (verdict, "POSTBAG_REFERENCE" in said) == ("warn", True)
    assert told(machine.reference(str(tmp_path / "none"), NOW))[0] == "fail"
    broken = tmp_path / "broken.postbag-ref"
    broken.write_bytes(b"no reference file")
    verdict, said = told(machine.reference(str(broken), NOW))
    assert (verdict, "postbag refdata build" in said) == ("fail", True)


class Opened:
    """A reference file's face."""

    version = "2026-09-01.abc"

    def __init__(self, plan: object, published: date | None) -> None:
        self._plan = plan
        self.manifest = self
        self.roster = None if published is None else RosterNote(published)
        self.closed = False

    def at(self, _: float) -> Opened:
        return self

    def plan(self, _: str) -> object:
        return self._plan

    def close(self) -> None:
        self.closed = True


class RosterNote(NamedTuple):
    published_on: date


@pytest.mark.parametrize(
    ("opened", "verdict", "words"),
    [
        (Opened("map", date(2026, 9, 1)), "ok", "its roster 20 days old"),
        (Opened("map", date(2026, 7, 1)), "warn", "its roster 82 days old Build it anew with the newest roster"),
        (Opened(None, date(2026, 9, 1)), "fail", "no map that is in force today Build one"),
        (Opened("map", None), "fail", "does not know who holds the seats Build it with a roster"),
    ],
)
def test_reference_data_is_held_to_the_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: Opened, verdict: str, words: str
) -> None:
    file = tmp_path / "a.postbag-ref"
    file.touch()
    monkeypatch.setattr(machine, "open_reference", lambda _: opened)
    found, said = told(machine.reference(str(file), NOW))
    assert (found, words in said, opened.closed) == (verdict, True, True)


def test_a_file_of_offices_with_a_slip_is_told_with_its_place(tmp_path: Path) -> None:
    assert machine.offices(DeliverSettings()).verdict == "ok"
    file = tmp_path / "offices.yaml"
    file.write_text("offices:\n  - {match: HNY12, channels: [fax]}\n")
    verdict, said = told(machine.offices(DeliverSettings(offices=file)))
    assert (verdict, str(file) in said, "docs/offices.md" in said) == ("fail", True, True)
    file.write_text("offices:\n  - {match: HNY12, channels: [outbox]}\n")
    assert machine.offices(DeliverSettings(offices=file)).verdict == "ok"


@pytest.mark.parametrize(("free", "verdict"), [(10 << 30, "ok"), (1 << 30, "warn"), (1 << 20, "fail")])
def test_a_disk_that_fills_is_told_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, verdict: str
) -> None:
    total, used, _ = shutil.disk_usage(tmp_path)
    usage: Any = type(shutil.disk_usage(tmp_path))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(total, used, free))
    found = machine.disk(tmp_path / "not" / "there yet")
    assert told(found)[0] == verdict
    assert verdict == "ok" or "POSTBAG_STATE_DIR" in found.remedy


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # the tests may run as root, who may write anywhere
    verdict, said = told(machine.disk(tmp_path))
    assert (verdict, "cannot be written" in said) == ("fail", True)


def server(version: str, *, alive: bool = True, ready: bool = True) -> HealthServer:
    registry = CollectorRegistry()
    Gauge("postbag_build", "The release.", ["version"], registry=registry).labels(version).set(1)
    return HealthServer(registry, lambda: alive, lambda: ready, "127.0.0.1", 0)


@pytest.fixture
def three() -> Iterator[list[HealthServer]]:
    servers = [server("1.2.0"), server("1.3.0", ready=False), server("1.3.0", alive=False)]
    yield servers
    for one in servers:
        one.close()


def test_workers_are_asked_how_they_are_and_which_release_they_run(three: list[HealthServer]) -> None:
    places = [f"127.0.0.1:{one.port}" for one in three]
    found = endpoints.endpoints(places)
    assert [told(one)[0] for one in found] == ["ok", "warn", "fail", "warn"]
    assert found[0].said == "alive and ready, release 1.2.0"
    assert "owns no partition" in found[1].said
    assert "POSTBAG_STUCK_SECONDS" in found[2].remedy
    assert found[3].check == "releases"
    assert f"{places[0]} 1.2.0" in found[3].said


@pytest.mark.parametrize("place", ["127.0.0.1:1", "no-port", "127.0.0.1:70000"])
def test_a_worker_that_does_not_answer_is_told(place: str) -> None:
    (found,) = endpoints.endpoints([place])
    assert (told(found)[0], "does not answer" in found.said) == ("fail", True)
