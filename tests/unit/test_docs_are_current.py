"""The documentation says what is so: generated pages are as generated, and whatever a page names is there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import pytest

from services.cli.__main__ import postbag
from services.cli.reference import _commands, pages
from services.deliver.settings import DeliverSettings
from services.ingest.settings import IngestSettings
from services.observe.settings import ObserveSettings
from services.render.settings import RenderSettings
from services.resolve.settings import ResolveSettings
from tests.benchmark.report import END, START, table

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for path in (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))
}
EACH_PAGE: Final = pytest.mark.parametrize("page", PAGES)
_OTHER_VARIABLES: Final = {"POSTBAG_JARS_DIR", "POSTBAG_TEST_DATA", "POSTBAG_OPS_HOME"}
_GONE: Final = {"POSTBAG_BATCH_SECONDS", "POSTBAG_RETRY_SECONDS"}
"""Settings that only the changelog names, because they were there before."""


def code(text: str) -> Iterator[str]:
    """What a page shows as code: spans, and the lines of blocks without their comments."""
    blocks = re.compile(r"^```.*?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    for block in blocks.findall(text):
        yield from (line.split("  #")[0].rstrip() for line in block.splitlines())
    yield from re.findall(r"`([^`\n]+)`", blocks.sub("", text))


def links(page: str) -> list[str]:
    """Where a page's links lead, those that leave the project not among them, nor what only looks like one in code."""
    found: list[str] = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]+`", "", PAGES[page]))
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def test_the_looking_itself_finds_what_is_there() -> None:
    assert {"README.md", "docs/architecture.md", "docs/adr/0001-local-index-of-the-own-topic.md"} <= PAGES.keys()
    assert "docs/guarantees.md" in links("README.md")
    assert {"make demo", "POSTBAG_SLOT"} <= set(code(PAGES["README.md"]))


@pytest.mark.parametrize("name", pages())
def test_a_generated_page_is_what_the_code_says(name: str) -> None:
    assert PAGES.get(f"docs/{name}") == pages()[name], "run `make docs` and commit what it writes"


def test_the_reference_has_no_page_that_is_not_generated() -> None:
    assert {page for page in PAGES if page.startswith("docs/reference/")} == {
        f"docs/{name}" for name in pages() if name != "metrics.md"
    }


@EACH_PAGE
def test_a_link_leads_to_something(page: str) -> None:
    broken = []
    for link in links(page):
        path, _, heading = link.partition("#")
        target = (ROOT / page).parent / unquote(path) if path else ROOT / page
        if not target.exists():
            broken.append(link)
        elif heading:
            anchors = {_anchor(title) for title in re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)}
            broken += [link] if heading not in anchors else []
    assert broken == []


def _anchor(title: str) -> str:
    """As forges make it of a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_every_page_can_be_found_from_the_readme() -> None:
    reached, pending = set[str](), ["README.md"]
    while pending:
        page = pending.pop()
        if page in reached or page not in PAGES:
            continue
        reached.add(page)
        for link in links(page):
            target = ((ROOT / page).parent / unquote(link.partition("#")[0])).resolve()
            below = target.rglob("*.md") if target.is_dir() else [target]
            pending += [path.relative_to(ROOT).as_posix() for path in below if path.is_relative_to(ROOT)]
    assert set(PAGES) - reached == {"CHANGELOG.md"}


@EACH_PAGE
def test_every_file_that_a_page_names_exists(page: str) -> None:
    pattern = re.compile(
        r"(?:schemas|services|deploy|tests|campaigns|docs)/[\w./-]*\w\.(?:py|md|ya?ml|jsonl?|csv|toml)"
    )
    named = {name for span in code(PAGES[page]) for name in pattern.findall(span)}
    assert {name for name in named if not (ROOT / name).is_file()} == set()


def test_every_page_that_the_code_names_exists() -> None:
    sources = [path for folder in ("schemas", "services", "deploy", "tests", "campaigns") for path in _text(folder)]
    named = {
        name
        for path in (*sources, ROOT / "Makefile")
        for name in re.findall(r"\bdocs/[\w/-]+\.md\b", path.read_text("utf-8"))
    }
    assert "docs/topics.md" in named
    assert {name for name in named if name not in PAGES} == set()


def _text(folder: str) -> list[Path]:
    return [path for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".yaml", ".toml"}]


@EACH_PAGE
def test_every_target_of_make_that_a_page_names_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {target for span in code(PAGES[page]) for target in re.findall(r"^make ([a-z-]+)", span)}
    assert named <= targets


@EACH_PAGE
def test_every_command_that_a_page_names_exists(page: str) -> None:
    commands = {" ".join(path) for path, _ in _commands(postbag, ("postbag",))}
    for span in code(PAGES[page]):
        called = re.match(r"(?:\S*bin/)?postbag ([a-z]+)(?: ([a-z|]+))?", span)
        if called:
            command, below = f"postbag {called[1]}", (called[2] or "").split("|")
            is_group = any(name.startswith(f"{command} ") for name in commands)
            assert {f"{command} {name}".strip() if is_group else command for name in below} <= commands


@EACH_PAGE
def test_every_setting_that_a_page_names_exists(page: str) -> None:
    kinds = (IngestSettings, ResolveSettings, RenderSettings, DeliverSettings, ObserveSettings)
    known = {f"POSTBAG_{name.upper()}" for kind in kinds for name in kind.model_fields} | _OTHER_VARIABLES
    assert not known & _GONE
    known |= _GONE if page == "CHANGELOG.md" else set()
    assert set(re.findall(r"\bPOSTBAG_[A-Z_]*[A-Z]", PAGES[page])) <= known


@EACH_PAGE
def test_no_page_knows_the_machine_that_it_was_written_on(page: str) -> None:
    assert re.findall(r"(?<![\w.*])/(?:home|root|work|Users|mnt|opt|tmp)/\S*|\b[A-Z]:\\\S*", PAGES[page]) == []


def test_the_performance_page_shows_the_figures_that_were_measured() -> None:
    results = ROOT / "tests" / "benchmark" / "results.json"
    if not results.exists():
        pytest.skip("tests/benchmark/results.json is not there: no figures have been committed yet")
    figures = json.loads(results.read_text("utf-8"))
    assert f"{START}\n\n{table(figures)}\n\n{END}" in PAGES["docs/performance.md"]
