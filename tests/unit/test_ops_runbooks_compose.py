"""What pages say to Docker Compose: services that the file has, and the command line by the name that it has there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.one_host import DEPLOY, HOST, ROOT

PAGES = [*sorted((DEPLOY / "runbooks").glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"]
SAID = re.compile(
    r"docker compose (?:-f (\S+) )?(run|exec|logs|ps|stop|restart)\b((?: --?[a-z-]+(?: \d+)?)*)(?: ([a-z][\w-]*))?"
)
OPERATED = HOST["services"]["cli"]


def said(text: str) -> list[tuple[str, str, str]]:
    """File, verb and service of each command; the service is empty where a command is about all."""
    return [(found[1] or "", found[2], found[4] or "") for found in SAID.finditer(text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_service_that_is_named_exists_and_what_is_run_is_the_command_line(page: Path) -> None:
    for file, verb, service in said(page.read_text("utf-8")):
        assert not file or (ROOT / file).exists(), file
        assert not service or service in HOST["services"], f"{verb} {service}"
        assert verb != "run" or service == "cli", f"{verb} {service}"


def test_the_command_line_is_its_own_entrypoint_so_the_page_of_runbooks_leaves_its_name_out() -> None:
    assert OPERATED["entrypoint"] == ["postbag"]
    page = " ".join((DEPLOY / "runbooks" / "README.md").read_text("utf-8").split())
    assert "docker compose run --rm cli top" in page
    assert "in the folder `deploy`" in page


def test_the_doctor_is_run_where_the_files_are_that_it_looks_at() -> None:
    page = " ".join((DEPLOY / "runbooks" / "README.md").read_text("utf-8").split())
    assert "docker compose exec deliver postbag doctor" in page
    folders = {
        service: {one.split(":")[1] for one in HOST["services"][service]["volumes"]} for service in ("deliver", "cli")
    }
    assert {"/etc/postbag", "/run/secrets/postbag", "/var/lib/postbag/state"} <= folders["deliver"]
    assert "/run/secrets/postbag" not in folders["cli"], "secrets are for who sends"


def test_a_service_that_does_not_exist_would_be_seen() -> None:
    assert said("`docker compose run --rm postbag …`") == [("", "run", "postbag")]
    assert said("docker compose -f deploy/compose.yaml run --rm cli campaign publish") == [
        ("deploy/compose.yaml", "run", "cli")
    ]
    assert said("docker compose logs --tail 200 deliver\ndocker compose ps --all\n") == [
        ("", "logs", "deliver"),
        ("", "ps", ""),
    ]
