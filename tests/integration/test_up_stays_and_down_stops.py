"""`postbag up` leaves a broker that outlives the command, once; `down` stops it; a leftover record fools neither."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from deploy.local import detached, probe
from deploy.local.errors import AlreadyRunsError
from deploy.local.ports import HOST, is_free

pytestmark = pytest.mark.integration

UP = """
import sys
from pathlib import Path
from deploy.local import detached
print(detached.up(Path(sys.argv[1])).java_pid)
"""


def test_it_outlives_its_command_and_stays_where_it_was(tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = subprocess.run([sys.executable, "-c", UP, str(home)], capture_output=True, text=True, check=True, timeout=60)
    try:
        info = detached.status(home)
        assert info is not None
        assert info.java_pid == int(done.stdout)
        assert probe.answers(HOST, info.port, timeout_s=10)

        again = detached.up(home)
        assert again.already_running
        assert again.java_pid == info.java_pid
        with pytest.raises(AlreadyRunsError, match=f"on port {info.port}"):
            detached.up(home, info.port + 1)
    finally:
        stopped = detached.down(home)
    assert stopped
    assert not psutil.pid_exists(info.java_pid)
    assert is_free(info.port)
    assert detached.status(home) is None
    assert not detached.down(home), "there is nothing left to stop"

    try:
        back = detached.up(home)
        assert back.port == info.port, "addresses that people wrote down stay true"
        assert not back.already_running
    finally:
        detached.down(home)


def test_a_record_that_a_crash_left_over_is_not_believed(tmp_path: Path) -> None:
    """The pids in it belong to a process that is very much alive, and must not be taken for the broker's."""
    (tmp_path / "broker.lock").touch()
    left_over = {
        "bootstrap_servers": "127.0.0.1:19092",
        "port": 19092,
        "controller_port": 19093,
        "java_pid": os.getpid(),
        "keeper_pid": os.getpid(),
        "started_at": "2014-04-30T00:00:00+00:00",
    }
    (tmp_path / "broker.json").write_text(json.dumps(left_over), "utf-8")
    assert detached.status(tmp_path) is None
    assert not detached.down(tmp_path)  # it would have ended this very process
