"""Kafka's jars: present and the very ones that were locked, or a refusal by name.

The committed lock holds a sha256 for each jar. When all are there and match, nothing else happens: no network, no
resolver, a fraction of a second. Otherwise they are fetched by coordinates into a folder beside their place and moved
in only after every checksum matched. A jar that differs must never reach a class path, nor be replaced in silence.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.local.errors import JarsError
from deploy.local.places import jars_dir

COORDINATES = Path(__file__).with_name("jgo.toml")
LOCK = Path(__file__).with_name("jars.lock.toml")
TRIES = 2  # one hiccup of the network should not cost a person a second command
TIMEOUT_S = 60  # per file; the largest is 9 MB


def locked_jars(lock: Path = LOCK) -> dict[str, str]:
    """File name to sha256 of every jar on the class path."""
    jars: dict[str, str] = tomllib.loads(lock.read_text("utf-8"))["jars"]
    return jars


def ensure_jars(folder: Path | None = None, lock: Path = LOCK) -> list[Path]:
    """Return the locked jars in `folder` (default: `places.jars_dir()`), fetching them if any is missing.

    Raises:
        JarsError: a jar differs from the lock, is not among what was fetched, or nothing could be fetched.
    """
    folder = folder or jars_dir()
    wanted = locked_jars(lock)
    if _missing(folder, wanted):
        folder.mkdir(parents=True, exist_ok=True)
        with _only_one(folder):
            if _missing(folder, wanted):  # another process may have fetched them meanwhile
                _fetch_and_move_in(folder, wanted)
    return [folder / name for name in wanted]


def relock(lock: Path = LOCK) -> int:
    """Resolve the coordinates anew and write the lock; returns the number of jars."""
    with tempfile.TemporaryDirectory() as scratch:
        fetched = sorted(_fetch(Path(scratch)), key=lambda jar: jar.name)
        lines = [f'"{jar.name}" = "{_sha256(jar)}"\n' for jar in fetched]
    header = (
        "# The sha256 of every jar on the local broker's class path. Written by `make lock` from jgo.toml.\n\n[jars]\n"
    )
    lock.write_text(header + "".join(lines), "utf-8")
    return len(lines)


def _missing(folder: Path, wanted: Mapping[str, str]) -> list[str]:
    """The names that are not there. A jar that is there with other contents is refused at once."""
    missing = []
    for name, sha256 in wanted.items():
        try:
            found = _sha256(folder / name)
        except FileNotFoundError:
            missing.append(name)
            continue
        if found != sha256:
            raise JarsError(
                f"{name} in {folder} is not the jar that was locked (its sha256 is {found[:12]}..., expected "
                f"{sha256[:12]}...). Delete it to fetch it again; if it differs again, do not run it."
            )
    return missing


def _fetch_and_move_in(folder: Path, wanted: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory(dir=folder, prefix="fetching-") as scratch:
        fetched = {jar.name: jar for jar in _fetch(Path(scratch))}
        for name, sha256 in wanted.items():
            if name not in fetched:
                raise JarsError(
                    f"{name} is locked but no longer among the jars that the coordinates resolve to. "
                    "Renew the lock with `make lock` and review the difference."
                )
            if (found := _sha256(fetched[name])) != sha256:
                raise JarsError(
                    f"The {name} that was fetched is not the jar that was locked (its sha256 is {found[:12]}..., "
                    f"expected {sha256[:12]}...). Nothing was installed. If the local Maven repository holds a damaged "
                    "copy, delete that and try again."
                )
        for name in wanted:
            fetched[name].replace(folder / name)


def _fetch(scratch: Path) -> list[Path]:
    """Let jgo resolve and download everything below `scratch`; it sorts jars into folders, and all are needed."""
    command = [
        *(sys.executable, "-m", "jgo", "--ignore-config", "--resolver", "python", "--links", "copy"),
        *("--timeout", str(TIMEOUT_S), "--cache-dir", str(scratch / "cache"), "-f", str(COORDINATES), "sync"),
    ]
    said = ""
    for _ in range(TRIES):
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
        fetched = list((scratch / "cache").rglob("*.jar"))
        if done.returncode == 0 and fetched:
            return fetched
        said = (done.stderr or done.stdout).strip()
        shutil.rmtree(scratch / "cache", ignore_errors=True)
    reason = said.splitlines()[-1] if said else f"exit code {done.returncode}"
    raise JarsError(
        f"Kafka's jars could not be fetched: {reason}. Connect this machine to the network once and run `make setup`, "
        "or copy the folder of jars from a machine that has them and name it in POSTBAG_JARS_DIR."
    )


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Hold a lock on the folder, so that two commands do not fetch at once. A killed holder lets go of it."""
    with (folder / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def main() -> int:
    """`python -m deploy.local.jars [--relock]`: what `make setup` and `make lock` run."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.jars", description="Fetch or lock Kafka's jars.")
    parser.add_argument("--relock", action="store_true", help="resolve the coordinates anew and write the lock")
    try:
        if parser.parse_args().relock:
            print(f"Locked {relock()} jars in {os.path.relpath(LOCK)}.")
        else:
            ensure_jars()
    except JarsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
