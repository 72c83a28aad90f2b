"""Whatever is killed, and whenever, no broker is left behind; and the home can be used again.

The oracle is the process table, not our own record: every process of a broker names its home on its command line.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local.broker import LocalBroker

pytestmark = [
    pytest.mark.integration,
    pytest.mark.fault,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent is gone"),
]

TIED = """
import sys, time
from pathlib import Path
from deploy.local.broker import LocalBroker
broker = LocalBroker(Path(sys.argv[1])).start()
time.sleep(600)
"""
DETACHED = """
import sys, time
from pathlib import Path
from deploy.local import detached
detached.up(Path(sys.argv[1]))
time.sleep(600)
"""
SIGNS = {"formatting": "kafka.tools.StorageTool", "starting": "kafka.Kafka"}


def of(home: Path, sign: str = "") -> list[psutil.Process]:
    """The processes of this home's broker, the command that started it aside, whose command line has the sign."""
    found = []
    for process in psutil.process_iter():
        try:
            line = process.cmdline()
        except psutil.Error:
            continue
        if "-c" not in line and any(str(home) in part for part in line) and any(sign in part for part in line):
            found.append(process)
    return found


def wait_for(home: Path, sign: str) -> list[psutil.Process]:
    """The processes with the sign, once there are any."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if found := of(home, sign):
            return found
        time.sleep(0.02)
    raise AssertionError(f"no process with {sign} within a minute")


def assert_gone(home: Path) -> None:
    """None is left within the grace of a stop and a little more."""
    deadline = time.monotonic() + 20
    while of(home) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert of(home) == []


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home whose processes are ended after the test, should the test have found what it looks for."""
    place = tmp_path / "home"
    yield place
    for process in of(place):
        process.kill()


@pytest.mark.parametrize("command", [TIED, DETACHED], ids=["tied", "detached"])
@pytest.mark.parametrize("moment", ["formatting", "starting"])
def test_when_the_command_is_killed_before_it_answers(home: Path, command: str, moment: str) -> None:
    with subprocess.Popen([sys.executable, "-c", command, str(home)]) as started:
        try:
            wait_for(home, SIGNS[moment])
        finally:
            started.kill()
    assert_gone(home)


def test_when_the_command_is_killed_while_it_runs_and_the_home_can_be_used_again(home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", TIED, str(home)]) as started:
        try:
            wait_for(home, "kafka.Kafka")
            deadline = time.monotonic() + 60
            while not (home / "broker.json").exists() and time.monotonic() < deadline:
                time.sleep(0.02)
            time.sleep(1)
        finally:
            started.kill()
    assert_gone(home)
    with LocalBroker(home) as again:
        again.wait_until_answering(10)


def test_when_the_keeper_is_killed(home: Path) -> None:
    with LocalBroker(home) as broker:
        os.kill(broker.info.keeper_pid, signal.SIGKILL)
        assert_gone(home)
