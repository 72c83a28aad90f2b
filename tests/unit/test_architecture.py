"""The arrows of dependency point one way, and files stay small: read from the source itself."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for package in ("schemas", "services", "deploy", "tests")
    for path in sorted((ROOT / package).rglob("*.py"))
}
SERVICES = {name.split("/")[1] for name in MODULES if name.startswith("services/") and name.count("/") > 1}
PRODUCTION = SERVICES - {"cli"}  # the command line starts a Kafka on this machine; what runs in production does not
MOST_LINES = 250
MOST_LINES_OF_THE_LOOP = 120
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
MEANINGLESS = {"utils", "util", "common", "helpers", "misc"}


def imports(module: str) -> set[str]:
    """Full names of what a module imports, wherever in it; `from a import b` counts as `a` and as `a.b`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[module])):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.split("/")[: -node.level] if node.level else []
            base = ".".join([*package, *([node.module] if node.module else [])])
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return found


def importers(package: str, among: str = "") -> set[str]:
    """The modules under the folder ``among`` that import ``package`` or something in it."""
    return {
        module
        for module in MODULES
        if module.startswith(among)
        and any(name == package or name.startswith(f"{package}.") for name in imports(module))
    }


def test_the_looking_itself_finds_what_is_there() -> None:
    assert len(MODULES) > 50
    assert {"ingest", "resolve", "render", "deliver", "pipeline", "cli"} <= SERVICES
    assert "services/pipeline/kafka_client.py" in importers("kafka")
    assert "services/render/stage.py" in importers("services.pipeline", "services/render/")
    assert "services/cli/kafka.py" in importers("deploy")


def test_only_the_pipeline_knows_kafka() -> None:
    outside = {name for name in importers("kafka") if not name.startswith(("services/pipeline/", "tests/"))}
    assert outside == set()


def test_schemas_know_nothing_of_services_or_of_this_machine() -> None:
    assert importers("services", "schemas/") | importers("deploy", "schemas/") == set()


def test_services_do_not_know_one_another() -> None:
    crossing = {
        (importer, other)
        for service in PRODUCTION
        for other in SERVICES - {service, "pipeline"}
        for importer in importers(f"services.{other}", f"services/{service}/")
    }
    assert crossing == set()


def test_the_pipeline_knows_no_service_and_production_not_this_machines_kafka() -> None:
    for service in PRODUCTION:
        assert importers("deploy", f"services/{service}/") == set()
    for package in ("schemas/", "services/", "deploy/"):
        assert importers("tests", package) == set()


def test_a_module_fits_into_a_head() -> None:
    lengths = {name: len(text.splitlines()) for name, text in MODULES.items()}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}
    assert lengths["services/pipeline/loop.py"] <= MOST_LINES_OF_THE_LOOP


def test_a_module_says_what_it_is() -> None:
    assert [name for name, text in MODULES.items() if text.strip() and not ast.get_docstring(ast.parse(text))] == []


def test_no_module_is_named_after_nothing() -> None:
    assert [name for name in MODULES if MEANINGLESS & set(name.removesuffix(".py").split("/"))] == []


def test_nothing_is_left_to_be_done() -> None:
    here = Path(__file__).relative_to(ROOT).as_posix()
    assert [name for name, text in MODULES.items() if name != here and UNFINISHED.search(text)] == []
