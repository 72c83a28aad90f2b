"""A frozen process stands still in all its threads when the call returns, and goes on when told."""

import signal
import subprocess
import sys

import psutil
import pytest

from deploy.local.freeze import freeze

THREADS = 20
# Hashing lets go of the interpreter's lock: the threads truly run side by side.
BUSY = f"""
import hashlib, threading
block = bytes(1 << 20)
def work():
    while True:
        hashlib.sha256(block).digest()
for _ in range({THREADS}):
    threading.Thread(target=work).start()
print("ready", flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows the state of each thread")
def test_no_thread_runs_once_it_returns_and_all_go_on_after_sigcont() -> None:
    with subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE) as busy:
        try:
            assert busy.stdout is not None
            busy.stdout.readline()
            process = psutil.Process(busy.pid)
            for _ in range(20):
                freeze(busy.pid)
                frozen_at = {thread.id: thread.user_time + thread.system_time for thread in process.threads()}
                assert len(frozen_at) == THREADS + 1
                assert process.status() == psutil.STATUS_STOPPED
                assert {one.id: one.user_time + one.system_time for one in process.threads()} == frozen_at
                before = sum(process.cpu_times()[:2])
                busy.send_signal(signal.SIGCONT)
                while sum(process.cpu_times()[:2]) == before:
                    assert busy.poll() is None
        finally:
            busy.kill()


def test_an_ended_process_is_named_as_such() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    with pytest.raises(ProcessLookupError):
        freeze(ended.pid)
