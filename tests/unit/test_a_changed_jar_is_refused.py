"""No jar reaches Java but the ones that were locked: a changed one is refused by name, and nothing takes its place."""

import hashlib
from pathlib import Path

import pytest

from deploy.local import jars
from deploy.local.broker import LocalBroker
from deploy.local.errors import JarsError

CONTENTS = {"one-1.0.jar": b"one", "two-2.0.jar": b"two"}


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A lock of two small files."""
    path = tmp_path / "lock.toml"
    lines = [f'"{name}" = "{hashlib.sha256(held).hexdigest()}"\n' for name, held in CONTENTS.items()]
    path.write_text("[jars]\n" + "".join(lines), "utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds both as locked."""
    path = tmp_path / "jars"
    path.mkdir()
    for name, held in CONTENTS.items():
        (path / name).write_bytes(held)
    return path


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing to fetch from: no repository on this machine, and a proxy where nobody listens."""
    monkeypatch.setenv("M2_REPO", str(tmp_path / "empty"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.mark.usefixtures("no_network")
def test_when_all_are_there_nothing_is_fetched(folder: Path, lock: Path) -> None:
    assert jars.ensure_jars(folder, lock) == [folder / name for name in CONTENTS]


def test_a_jar_with_other_contents_is_refused_by_name_and_left_as_it_is(folder: Path, lock: Path) -> None:
    (folder / "two-2.0.jar").write_bytes(b"tw0")
    with pytest.raises(JarsError, match=r"two-2\.0\.jar.* is not the jar that was locked"):
        jars.ensure_jars(folder, lock)
    assert (folder / "two-2.0.jar").read_bytes() == b"tw0"


@pytest.mark.usefixtures("no_network")
def test_a_missing_jar_that_cannot_be_fetched_says_what_to_do(folder: Path, lock: Path) -> None:
    (folder / "two-2.0.jar").unlink()
    with pytest.raises(JarsError, match=r"could not be fetched.*make setup.*POSTBAG_JARS_DIR"):
        jars.ensure_jars(folder, lock)
    assert sorted(path.name for path in folder.glob("*")) == [".lock", "one-1.0.jar"]


@pytest.mark.parametrize(
    ("fetched", "said"),
    [
        ({"one-1.0.jar": b"one", "two-2.0.jar": b"evil"}, r"two-2\.0\.jar that was fetched is not the jar"),
        ({"one-1.0.jar": b"one", "two-2.1.jar": b"two"}, r"two-2\.0\.jar is locked but no longer among"),
    ],
)
def test_nothing_is_installed_unless_every_fetched_jar_is_the_locked_one(
    tmp_path: Path, lock: Path, monkeypatch: pytest.MonkeyPatch, fetched: dict[str, bytes], said: str
) -> None:
    def deliver(scratch: Path) -> list[Path]:
        for name, held in fetched.items():
            (scratch / name).write_bytes(held)
        return list(scratch.iterdir())

    monkeypatch.setattr(jars, "_fetch", deliver)
    with pytest.raises(JarsError, match=said):
        jars.ensure_jars(tmp_path / "new", lock)
    assert [path.name for path in (tmp_path / "new").iterdir()] == [".lock"]


def test_no_broker_is_started_from_a_changed_jar(tmp_path: Path) -> None:
    folder = tmp_path / "jars"
    folder.mkdir()
    for jar in jars.ensure_jars():
        (folder / jar.name).symlink_to(jar)
    clients = next(folder.glob("kafka-clients-*.jar"))
    held = bytearray(clients.read_bytes())
    clients.unlink()
    held[len(held) // 2] ^= 1
    clients.write_bytes(held)
    with pytest.raises(JarsError, match=clients.name):
        LocalBroker(tmp_path / "home", jars=folder).start()
    assert not (tmp_path / "home").exists()
