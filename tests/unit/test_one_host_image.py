"""The Dockerfile, read line by line: what it copies exists, what it installs is locked, and nobody is root in it."""

from __future__ import annotations

import re
import tomllib
from typing import Final

import pytest

from tests.unit.one_host import HOST, OURS, ROOT

TEXT: Final = (ROOT / "Dockerfile").read_text("utf-8")
LINES: Final = [
    line.split(maxsplit=1)
    for line in re.sub(r"\\\n\s*", "", TEXT).splitlines()
    if line.strip() and not line.startswith("#")
]
STAGES: Final = [n for n, line in enumerate(LINES) if line[0] == "FROM"]
LAST: Final = LINES[STAGES[-1] :]


def said(word: str, lines: list[list[str]] = LINES) -> list[str]:
    """What stands after each ``word``."""
    return [line[1] for line in lines if line[0] == word]


def test_it_is_read_whole() -> None:
    known = {"ARG", "FROM", "ENV", "WORKDIR", "COPY", "RUN", "LABEL", "USER", "CMD"}
    assert {line[0] for line in LINES} == known
    assert len(STAGES) == 2


def test_what_runs_is_never_root() -> None:
    (user,) = said("USER", LAST)
    assert re.fullmatch(r"[1-9]\d{4,}:[1-9]\d{4,}", user), "a number: Kubernetes cannot tell by a name"
    assert LAST.index(["USER", user]) > max(n for n, line in enumerate(LAST) if line[0] in ("RUN", "COPY"))


def test_the_base_is_one_image_by_its_tag_and_can_be_given_by_digest() -> None:
    assert said("FROM") == ["${PYTHON_IMAGE} AS build", "${PYTHON_IMAGE}"]
    assert said("ARG")[0] == "PYTHON_IMAGE=python:3.11-slim"
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    assert wanted == ">=3.11"


def test_whatever_comes_from_outside_is_locked_by_hash_and_ready_made() -> None:
    installs = re.findall(r"pip (?:install|wheel) [^&]+", " && ".join(said("RUN")))
    assert len(installs) == 4
    for install in installs:
        outside = "--require-hashes --only-binary :all: -r " in install
        assert outside != ("--no-index" in install and "--no-deps" in install), install
    for lock in re.findall(r"requirements[a-z-]*\.lock", TEXT):
        pinned = re.findall(
            r"^[A-Za-z][\w.-]*==\S+.*\\\n +--hash=sha256:", (ROOT / lock).read_text("utf-8"), re.MULTILINE
        )
        assert len(pinned) == len(re.findall(r"^[A-Za-z]", (ROOT / lock).read_text("utf-8"), re.MULTILINE)) > 0


def test_what_builds_the_wheel_is_what_the_developers_build_it_with() -> None:
    def pinned(lock: str) -> dict[str, str]:
        return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE))

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["dependency-groups"]["build"] == project["build-system"]["requires"]
    assert pinned("requirements-build.lock").items() <= pinned("requirements-dev.lock").items()
    assert "hatchling" in pinned("requirements-build.lock")


def test_everything_that_is_copied_exists_and_is_let_through_to_the_builder() -> None:
    let = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    copied = {source for line in said("COPY") if not line.startswith("--from") for source in line.split()[:-1]}
    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert copied == let, "what is let through beside that could only be a mistake"


def test_no_secret_and_no_history_can_get_into_it() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert lines[0] == "*", "everything is left out, and then a few things are let in"
    for private in ("deploy/.env", "deploy/secrets", "deploy/config", ".git", ".postbag", "campaigns", "deploy", "."):
        assert f"!{private}" not in lines


def test_the_packages_in_it_hold_all_that_the_services_import_of_the_project() -> None:
    copied = [source for line in said("COPY") for source in line.split()[:-1]]
    imported = set()
    for path in (ROOT / "services").rglob("*.py"):
        imported |= set(re.findall(r"^\s*(?:from|import) (deploy[\w.]*)", path.read_text("utf-8"), re.MULTILINE))
    assert {name.split(".")[1] for name in imported if "." in name} == {"local"}
    assert {"schemas", "services", "deploy/local", "deploy/__init__.py"} <= set(copied)


def test_it_says_what_it_is() -> None:
    (labels,) = said("LABEL")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    told = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', labels))
    assert told["title"].lower() == project["name"]
    assert told["description"] == project["description"]
    assert told["licenses"] == project["license"]
    assert (told["version"], told["revision"]) == ("${VERSION}", "${REVISION}")
    assert f"VERSION={project['version']}" in said("ARG", LAST)


def test_it_writes_only_where_compose_mounts_something_and_names_the_folders_in_the_settings() -> None:
    environment = dict(re.findall(r"(\w+)=(\S+)", " ".join(said("ENV", LAST))))
    folders = {name: value for name, value in environment.items() if name.endswith("_DIR")}
    assert set(folders) == {"POSTBAG_STATE_DIR", "POSTBAG_OUTBOX_DIR", "POSTBAG_PRINT_DIR"}
    made = " ".join(said("RUN", LAST))
    mounted = {volume.split(":")[1] for volume in HOST["services"]["deliver"]["volumes"]}
    for folder in folders.values():
        assert f" {folder}" in made, "a volume takes over the owner of the folder that it is mounted over"
        assert folder in mounted


@pytest.mark.parametrize("name", OURS)
def test_compose_builds_this_image_for_every_service(name: str) -> None:
    service = HOST["services"][name]
    assert service["image"] == "postbag:local"
    assert service["build"]["context"] == ".."
    assert set(service["build"]["args"]) <= {line.split("=")[0] for line in said("ARG")}
