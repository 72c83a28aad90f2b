"""Runbooks: one for each alert, complete, and true as far as a machine can tell: commands, metrics, settings, links."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from deploy.alerts.model import read_objectives, read_symptoms
from deploy.alerts.rules import FOLDER
from services.cli.__main__ import postbag
from services.deliver.settings import DeliverSettings
from services.ingest.settings import IngestSettings
from services.pipeline.catalogue import CATALOGUE
from services.render.settings import RenderSettings
from services.resolve.settings import ResolveSettings

RUNBOOKS = FOLDER.parent / "runbooks"
PAGES = sorted(RUNBOOKS.glob("Postbag*.md"))
HEADINGS = ["Meaning", "Impact", "First three commands", "Decide", "Verify"]
CHANGES = ("pause", "resume", "cancel", "publish", "withdraw", "release", "apply", "activate", "discard", "replay")
SETTINGS = {
    f"POSTBAG_{name.upper()}"
    for kind in (IngestSettings, ResolveSettings, RenderSettings, DeliverSettings)
    for name in kind.model_fields
}


def commands(page: str) -> list[tuple[str, bool]]:
    """Every ``postbag …`` of a page, and whether it stands in a block to be typed; in a sentence it may be a name alone."""
    blocks = [line for block in re.findall(r"```\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    inline = re.findall(r"`(postbag [^`]+)`", page.replace("\n", " "))
    typed = [(line, True) for line in blocks if line.startswith("postbag ")]
    return [*typed, *((one, False) for one in inline)]


def parse(command: str, *, whole: bool = True) -> None:
    """Resolve a command line as the CLI does, without running it; if not ``whole``, a sentence may name a command alone.

    Raises ``click.UsageError``.
    """
    name, *args = shlex.split(command)
    current: click.Command = postbag
    context = click.Context(current, info_name=name)
    while isinstance(current, click.Group):
        found, current_or_none, args = current.resolve_command(context, args)
        assert current_or_none is not None
        current = current_or_none
        context = click.Context(current, parent=context, info_name=found)
    if args or whole:
        current.make_context(current.name, args, parent=context.parent)


def test_every_alert_has_its_page_and_every_page_its_alert() -> None:
    alerts = {one.alert for one in read_symptoms(FOLDER / "alerts.yaml").alerts}
    alerts |= {one.alert for one in read_objectives(FOLDER / "slo.yaml").slos}
    assert {page.stem for page in PAGES} == alerts


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_says_all_that_is_needed_in_order(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text.startswith(f"# {page.stem}\n")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == HEADINGS
    first = text.partition("## First three commands\n\n```\n")[2].partition("```")[0].splitlines()
    assert len(first) == 3
    for line in first:
        assert line.startswith(("postbag ", "docker compose ")), line
        assert not set(line.split()) & set(CHANGES) or "--dry-run" in line, f"{line}: the first look changes nothing"
    assert re.findall(r"^- ", text.partition("## Decide\n")[2], re.MULTILINE), "no decisions"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_a_page_parses(page: Path) -> None:
    for command, whole in commands(page.read_text("utf-8")):
        try:
            parse(command, whole=whole)
        except click.UsageError as error:
            pytest.fail(f"{command}: {error.format_message()}")


def test_a_command_that_does_not_parse_would_be_seen() -> None:
    parse("postbag books --json")
    for wrong in ("postbag boks", "postbag books --jsn", "postbag pause --office HNY12", "postbag campaign lst"):
        with pytest.raises(click.UsageError):
            parse(wrong)


@pytest.mark.parametrize("page", [*PAGES, RUNBOOKS / "README.md"], ids=lambda page: page.stem)
def test_what_a_page_names_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    known = {one.name + ("_total" if one.kind == "counter" else "") for one in CATALOGUE}
    assert set(re.findall(r"\bpostbag_[a-z_]+", text)) <= known
    assert set(re.findall(r"\bPOSTBAG_[A-Z_]+", text)) - {"POSTBAG_SLOT"} <= SETTINGS
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (page.parent / target).exists(), target
    for target in re.findall(r"\bdocs/[\w/-]+\.md", text):
        assert (RUNBOOKS.parents[1] / target).exists(), target
