"""Run a command that cannot outlive the thread that started it.

Run as a script: it asks the kernel to be killed when its parent thread ends (PR_SET_PDEATHSIG), then becomes the
command, which keeps that request and the process id. A wrapper rather than Popen's preexec_fn, which is not safe where
threads run. Linux only; elsewhere it just becomes the command. It imports nothing of the project: it must start in
milliseconds. The kernel watches the *thread* that forked, not its process: start tethered commands from a thread that
lives as long as they should.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1  # linux/prctl.h
PARENT_GONE = 125  # exit code when the parent ended before the request was made


def tethered(command: Sequence[str]) -> list[str]:
    """The argument list that runs `command` tethered to the calling thread."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def become(parent: int, command: list[str]) -> None:
    """Become `command`, to be killed when the process `parent` (or its forking thread) ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before the request: nobody would tell us any more
            sys.exit(PARENT_GONE)
    # The interpreter ignores these two, and what is ignored stays so across exec.
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored, signal.SIG_DFL)
    os.execvp(command[0], command)  # noqa: S606 - an argument list, and there is no shell to want


if __name__ == "__main__":
    become(int(sys.argv[1]), sys.argv[2:])
