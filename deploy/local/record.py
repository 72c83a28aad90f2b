"""Which broker runs from a home: a lock that cannot go stale, and a record beside it.

The keeper holds an flock on `broker.lock` for as long as it lives, however it ends; `broker.json` says where its broker
is. A record without a held lock is left over from a crash and counts for nothing, whatever process has its pid now.
Nobody but the keeper may write either.
"""

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.local.errors import AlreadyRunsError

PATIENCE_S = 1.0  # a reader holds the lock for microseconds while it looks


@dataclass(frozen=True, slots=True)
class BrokerInfo:
    """A running broker. `started_at` is UTC in ISO 8601; `already_running` is set by `up` when it found it so."""

    bootstrap_servers: str
    port: int
    controller_port: int
    java_pid: int
    keeper_pid: int
    started_at: str
    already_running: bool = False


def hold(home: Path) -> None:
    """Hold the home until this process ends. Raises AlreadyRunsError when another process does."""
    deadline = time.monotonic() + PATIENCE_S
    # Closed by the kernel alone, as the last thing of this process: a free home has nobody at work in it.
    lock = os.open(home / "broker.lock", os.O_CREAT | os.O_WRONLY)
    while not _try(lock):
        if time.monotonic() >= deadline:
            raise AlreadyRunsError(f"A broker already runs from {home}. Stop it with `postbag down`.")
        time.sleep(0.02)


def is_held(home: Path) -> bool:
    """Whether a keeper lives in this home."""
    try:
        with (home / "broker.lock").open("r") as lock:
            return not _try(lock.fileno())
    except FileNotFoundError:
        return False


def running(home: Path) -> BrokerInfo | None:
    """The broker that runs from this home, or None; a record that a crash left over is not believed."""
    if not is_held(home):
        return None
    try:
        info = BrokerInfo(**json.loads(_path(home).read_text("utf-8")))
        os.kill(info.keeper_pid, 0)
    except (FileNotFoundError, ProcessLookupError):
        return None  # the keeper has just begun, or is about to end
    return info


def write(home: Path, info: BrokerInfo) -> None:
    """Put the record in place at once: a reader sees all of it or none."""
    draft = home / f"broker.json.{os.getpid()}"
    draft.write_text(json.dumps(asdict(info), indent=2) + "\n", "utf-8")
    draft.replace(_path(home))


def remove(home: Path) -> None:
    """Take the record away; it may be gone."""
    _path(home).unlink(missing_ok=True)


def _path(home: Path) -> Path:
    return home / "broker.json"


def _try(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
