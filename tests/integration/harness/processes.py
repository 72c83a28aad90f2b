"""A worker as a process of its own: start it, signal it, read its log, and know how it ended.

For what needs a supervisor there is ``deploy.local.supervise``; here a worker that ends stays ended, so that a test can ask
for its exit code. None outlives its test: each is tethered to the thread that started it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from deploy.local.freeze import freeze
from deploy.local.tether import tethered


def eventually(condition: Callable[[], object], timeout: float) -> bool:
    """Whether the condition came true within ``timeout`` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    return True


class Started:
    """A process whose output goes to ``log``, appended."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        self._log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        self._from = log.stat().st_size if log.exists() else 0
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                tethered(command),
                env={**os.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended, or None while it runs."""
        return self._process.poll()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def freeze(self) -> None:
        """Stop all of it where it stands; ``signal`` with SIGCONT lets it go on."""
        freeze(self.pid)

    def wait(self, timeout: float) -> int:
        """Wait until it ends, and return its exit code."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it still runs after {timeout:g} s; its log ends with:\n{self.tail()}") from None

    def events(self, name: str = "") -> list[dict[str, Any]]:
        """The lines of its log as they are now; only those of one event, if named."""
        found = []
        for line in self.text().splitlines():
            if line.startswith("{") and line.endswith("}"):
                entry = json.loads(line)
                if not name or entry["event"] == name:
                    found.append(entry)
        return found

    def await_event(self, name: str, timeout: float = 30, count: int = 1) -> list[dict[str, Any]]:
        """Wait until its log holds an event; fails if it ends without."""
        ended = False

        def seen() -> bool:
            nonlocal ended
            ended = self.exit_code is not None
            return len(self.events(name)) >= count or ended

        eventually(seen, timeout)
        found = self.events(name)
        assert len(found) >= count, f"no {name} within {timeout:g} s; the log ends with:\n{self.tail()}"
        return found

    def said(self) -> str:
        """Everything that it said at its end, for asserting on the message that an operator sees."""
        return " ".join(str(entry.get("error", "")) for entry in self.events("worker_ended"))

    def tail(self) -> str:
        """The end of its log."""
        return "\n".join(self.text().splitlines()[-15:])

    def text(self) -> str:
        """All that it wrote so far."""
        with self._log.open("rb") as log:
            log.seek(self._from)
            return log.read().decode("utf-8", "replace")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.exit_code is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
