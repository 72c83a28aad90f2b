"""Runs named worker commands, and brings back the one that fails: what a cluster does, for the demo and the tests.

A worker that is killed or exits non-zero starts again after a backoff; one that exits zero is done. A single thread
starts them all and lives as long as the supervisor, because each worker is tethered to the thread that started it (see
tether.py): none outlives a killed supervisor, and none dies because some short-lived thread did. It must never run a
shell, nor bring anything back while stopping.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local.tether import tethered

FIRST_BACKOFF_S = 0.2
LAST_BACKOFF_S = 5.0
HEALTHY_AFTER_S = 30.0  # a worker that lived this long starts over with the first backoff
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Worker:
    """A command to keep running. `env` is laid over this process's environment; `name` also names its log."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _State:
    worker: Worker
    process: subprocess.Popen[bytes] | None = None  # while it runs
    start_at: float = 0.0  # when to start it; NEVER while it runs, and once it is done
    started: float = 0.0
    starts: int = 0
    failures: int = 0  # in a row
    exit_code: int | None = None


class Supervisor:
    """Keeps workers running from `start` to `stop`; their output goes to `<logs>/<name>.log`."""

    def __init__(self, workers: Sequence[Worker], logs: Path) -> None:
        self._states = {worker.name: _State(worker) for worker in workers}
        if len(self._states) != len(workers):
            raise ValueError("Two workers have the same name, which is also that of the log file.")
        self._logs = logs
        self._changed = threading.Condition()  # guards the states and the next line
        self._stopping = False
        self._thread = threading.Thread(target=self._keep_running, name="supervisor", daemon=True)

    def start(self) -> Self:
        """Start every worker; returns once each was started for the first time."""
        self._logs.mkdir(parents=True, exist_ok=True)
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: all(state.starts for state in self._states.values()))
        return self

    def stop(self, grace_s: float = 25.0) -> dict[str, int | None]:
        """SIGTERM to all, SIGKILL to those still there after `grace_s` seconds.

        Returns the last exit code of each worker, negative for the signal that ended it.
        """
        with self._changed:
            self._stopping = True
            self._signal_all(signal.SIGTERM)
            self._signal_all(signal.SIGCONT)  # a paused process takes no other signal
            self._changed.notify_all()
            if not self._changed.wait_for(self._none_runs, grace_s):
                self._signal_all(signal.SIGKILL)
                self._changed.wait_for(self._none_runs)
            codes = {name: state.exit_code for name, state in self._states.items()}
        self._thread.join()
        return codes

    def pids(self) -> dict[str, int]:
        """The process id of each worker that runs now."""
        with self._changed:
            return {name: state.process.pid for name, state in self._states.items() if state.process}

    def kill(self, name: str, signum: int = signal.SIGKILL) -> int | None:
        """Send a signal to a worker. Returns its pid, or None when it does not run now; KeyError for no such worker."""
        with self._changed:
            process = self._states[name].process
            if process is None:
                return None
            process.send_signal(signum)
            return process.pid

    @property
    def restarts(self) -> dict[str, int]:
        """How often each worker was brought back."""
        with self._changed:
            return {name: max(0, state.starts - 1) for name, state in self._states.items()}

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _keep_running(self) -> None:
        """The thread that all workers hang on: it starts whatever is due, until told to stop and nothing runs."""
        with self._changed:
            while not self._stopping:
                now = time.monotonic()
                for state in self._states.values():
                    if state.start_at <= now:
                        self._start(state)
                self._changed.notify_all()
                next_start = min((state.start_at for state in self._states.values()), default=NEVER)
                self._changed.wait(None if next_start == NEVER else max(0.0, next_start - time.monotonic()))
            self._changed.wait_for(self._none_runs)

    def _start(self, state: _State) -> None:
        worker = state.worker
        with (self._logs / f"{worker.name}.log").open("ab") as log:
            try:
                process = subprocess.Popen(
                    tethered(worker.command),
                    env={**os.environ, **worker.env},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C in a terminal is for the supervisor, which then drains them
                )
            except OSError as error:  # no process or memory left: this thread must live, the others hang on it
                log.write(f"could not be started: {error}\n".encode())
                state.start_at = time.monotonic() + LAST_BACKOFF_S
                return
        state.process, state.started, state.start_at = process, time.monotonic(), NEVER
        state.starts += 1
        threading.Thread(target=self._see_out, args=(state, process), name=f"wait-{worker.name}", daemon=True).start()

    def _see_out(self, state: _State, process: subprocess.Popen[bytes]) -> None:
        """Wait for one process and note how it ended; starting it again is the other thread's."""
        code = process.wait()
        with self._changed:
            now = time.monotonic()
            state.process, state.exit_code = None, code
            if code != 0:
                state.failures = 1 if now - state.started >= HEALTHY_AFTER_S else state.failures + 1
                state.start_at = now + min(LAST_BACKOFF_S, FIRST_BACKOFF_S * 2 ** (state.failures - 1))
            self._changed.notify_all()

    def _none_runs(self) -> bool:
        return not any(state.process for state in self._states.values())

    def _signal_all(self, signum: int) -> None:
        for state in self._states.values():
            if state.process:
                state.process.send_signal(signum)
