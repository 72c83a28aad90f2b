"""A worker that fails comes back, one that is done stays done, and none outlives its supervisor."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from deploy.local.supervise import Supervisor, Worker

pytestmark = pytest.mark.fault

SLEEPS = (sys.executable, "-c", "import time; time.sleep(600)")
SUPERVISES = """
import sys, time
from pathlib import Path
from deploy.local.supervise import Supervisor, Worker
sleeps = (sys.executable, "-c", "import time; print('runs', flush=True); time.sleep(600)")
supervisor = Supervisor([Worker("one", sleeps), Worker("two", sleeps)], Path(sys.argv[1])).start()
print(*supervisor.pids().values(), flush=True)
time.sleep(600)
"""


def eventually(condition: Callable[[], bool], timeout_s: float = 20) -> bool:
    """Whether the condition came true in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True


def is_over(pid: int) -> bool:
    """Whether the process is gone, or dead and only waits to be collected by whatever is now its parent."""
    try:
        status: str = psutil.Process(pid).status()
    except psutil.NoSuchProcess:
        return True
    return status == psutil.STATUS_ZOMBIE


def test_a_killed_worker_comes_back_and_its_neighbour_is_left_alone(tmp_path: Path) -> None:
    with Supervisor([Worker("killed", SLEEPS), Worker("neighbour", SLEEPS)], tmp_path) as supervisor:
        before = supervisor.pids()
        for times in (1, 2):
            pid = supervisor.kill("killed")
            assert pid is not None
            assert eventually(lambda: supervisor.pids().get("killed", pid) != pid)  # noqa: B023 - used within its turn
            assert supervisor.restarts == {"killed": times, "neighbour": 0}
        assert supervisor.pids()["neighbour"] == before["neighbour"]


def test_one_that_exits_zero_is_done_and_one_that_fails_is_tried_again(tmp_path: Path) -> None:
    done = Worker("done", (sys.executable, "-c", "print('said and done')"))
    fails = Worker("fails", (sys.executable, "-c", "import os, sys; sys.exit(os.environ['ANSWER'])"), {"ANSWER": "no"})
    with Supervisor([done, fails], tmp_path) as supervisor:
        assert eventually(lambda: supervisor.restarts["fails"] >= 2)
        assert supervisor.restarts["done"] == 0
        assert supervisor.kill("done") is None
        codes = supervisor.stop()
    assert codes["done"] == 0
    assert codes["fails"] in {1, -signal.SIGTERM}  # it may have just been brought back once more
    assert (tmp_path / "done.log").read_text("utf-8") == "said and done\n"
    assert (tmp_path / "fails.log").read_text("utf-8").startswith("no\nno\n")


def test_stop_lets_workers_end_in_order_and_ends_those_that_will_not(tmp_path: Path) -> None:
    ready = "print('ready', flush=True); time.sleep(600)"
    drains = f"import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); {ready}"
    refuses = f"import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); {ready}"
    workers = [
        Worker("drains", (sys.executable, "-c", drains)),
        Worker("paused", (sys.executable, "-c", drains)),
        Worker("refuses", (sys.executable, "-c", refuses)),
    ]
    supervisor = Supervisor(workers, tmp_path).start()
    assert eventually(lambda: all((tmp_path / f"{worker.name}.log").read_text("utf-8") for worker in workers))
    supervisor.kill("paused", signal.SIGSTOP)
    pids = supervisor.pids()
    assert supervisor.stop(grace_s=2) == {"drains": 0, "paused": 0, "refuses": -signal.SIGKILL}
    assert all(is_over(pid) for pid in pids.values())
    assert supervisor.restarts == {"drains": 0, "paused": 0, "refuses": 0}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent is gone")
def test_no_worker_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SUPERVISES, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        pids = [int(pid) for pid in supervisor.stdout.readline().split()]
        assert len(pids) == 2
        assert eventually(lambda: all((tmp_path / f"{name}.log").read_text("utf-8") for name in ("one", "two")))
        assert not any(is_over(pid) for pid in pids)
        supervisor.kill()
    assert eventually(lambda: all(is_over(pid) for pid in pids))
