"""Stop a process and all its threads with SIGSTOP, and know that they stand still.

The kernel hands SIGSTOP to the threads one by one, each when it next leaves the kernel: on a busy machine most of Java's
hundred still ran when the signal's call had returned, and some answered a client. Linux shows the state of each thread
under /proc; elsewhere the signal is all there is.
"""

import os
import signal
import time
from pathlib import Path

STANDING_STILL = frozenset("TtZX")  # stopped, traced, ended: proc_pid_stat(5)
POLL_S = 0.005


def freeze(pid: int, timeout_s: float = 10.0) -> None:
    """Stop the process and return once none of its threads runs; SIGCONT lets it go on.

    Raises:
        ProcessLookupError: there is no such process.
        TimeoutError: a thread still ran after `timeout_s` seconds, say one that waits for a disk.
    """
    os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + timeout_s
    while _running_threads(pid):
        if time.monotonic() >= deadline:
            raise TimeoutError(f"Threads of process {pid} still ran {timeout_s:g} s after SIGSTOP.")
        time.sleep(POLL_S)


def _running_threads(pid: int) -> int:
    return sum(_state(thread) not in STANDING_STILL for thread in Path(f"/proc/{pid}/task").glob("*/stat"))


def _state(stat: Path) -> str:
    try:
        return stat.read_text("utf-8", "replace").rpartition(")")[2].split()[0]  # the name before it may hold anything
    except (FileNotFoundError, ProcessLookupError):
        return "X"  # it ended while we looked
