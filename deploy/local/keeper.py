"""Holds one broker's Java process, so that it never outlives the command it belongs to.

Its standard input is a pipe from that command: first a line with the plan, then either `release` (the broker may stay,
until told to stop) or the end of the pipe, which is how a command ends, crash or `kill -9` included, and which stops
Java. Java in turn is tethered to the keeper. So whichever of the three is killed, no broker is left behind.
It must start no thread, keep Java's exit its own business, and end when Java ends.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy.local import record
from deploy.local.errors import AlreadyRunsError
from deploy.local.record import BrokerInfo
from deploy.local.tether import tethered

RELEASE = b"release\n"
STOPPED, BROKER_ENDED, FORMAT_FAILED, HOME_HELD = 0, 1, 2, 3  # exit codes


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run. `prepare` formats an empty data folder, and is empty when there is nothing to format."""

    home: str
    prepare: list[str]
    broker: list[str]
    port: int
    controller_port: int
    grace_s: float

    def line(self) -> bytes:
        """The plan as the first line on the keeper's standard input."""
        return json.dumps(asdict(self)).encode() + b"\n"


class Keeper:
    """One plan being carried out."""

    def __init__(self, plan: Plan, pipe: int) -> None:
        self._plan = plan
        self._home = Path(plan.home)
        self._asked_to_stop = False
        self._events = selectors.DefaultSelector()
        self._events.register(pipe, selectors.EVENT_READ, self._hear)
        # A signal wakes the selector by a byte on this pair, so there is nothing to poll.
        self._woken, wake = socket.socketpair()
        self._woken.setblocking(False)
        wake.setblocking(False)
        self._wake = wake
        signal.set_wakeup_fd(wake.fileno())
        self._events.register(self._woken, selectors.EVENT_READ, self._drain)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self._stop())

    def run(self) -> int:
        """Format if asked, run the broker to its end, and return the exit code."""
        record.remove(self._home)  # a crashed keeper's
        if self._plan.prepare:
            failed = self._see_out(self._start(self._plan.prepare, "format.out")) != 0
            if self._asked_to_stop:
                return STOPPED
            if failed:
                return FORMAT_FAILED
        broker = self._start(self._plan.broker, "broker.out")
        record.write(
            self._home,
            BrokerInfo(
                bootstrap_servers=f"127.0.0.1:{self._plan.port}",
                port=self._plan.port,
                controller_port=self._plan.controller_port,
                java_pid=broker.pid,
                keeper_pid=os.getpid(),
                started_at=datetime.now(UTC).isoformat(timespec="seconds"),
            ),
        )
        try:
            self._see_out(broker)
        finally:
            record.remove(self._home)
        return STOPPED if self._asked_to_stop else BROKER_ENDED

    def _start(self, command: list[str], output: str) -> subprocess.Popen[bytes]:
        with (self._home / "logs" / output).open("ab") as out:
            return subprocess.Popen(
                tethered(command), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=self._home
            )

    def _see_out(self, child: subprocess.Popen[bytes]) -> int:
        """Wait until `child` has ended, asking it to when the keeper is asked to, and killing it after the grace."""
        kill_at: float | None = None
        while (code := child.poll()) is None:
            if self._asked_to_stop and kill_at is None:
                kill_at = time.monotonic() + self._plan.grace_s
                child.send_signal(signal.SIGTERM)
                child.send_signal(signal.SIGCONT)  # a paused process takes no other signal
            if kill_at is not None and time.monotonic() >= kill_at:
                child.kill()
                return child.wait()
            for key, _ in self._events.select(None if kill_at is None else max(0.0, kill_at - time.monotonic())):
                key.data(key.fd)
        return code

    def _hear(self, pipe: int) -> None:
        heard = os.read(pipe, 4096)
        self._events.unregister(pipe)  # either way there is nothing more to hear
        if heard != RELEASE:
            self._stop()

    def _drain(self, _: int) -> None:
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(4096)

    def _stop(self) -> None:
        self._asked_to_stop = True


def read_plan(pipe: int) -> Plan:
    """The first line on the pipe, read byte by byte so that nothing after it is taken."""
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = os.read(pipe, 1)
        if not byte:
            sys.exit(STOPPED)  # the command is gone before it said what it wanted
        line += byte
    return Plan(**json.loads(line))


def main() -> int:
    """Run by `deploy.local.broker`, in a session of its own so that Ctrl-C in a terminal reaches the command alone."""
    plan = read_plan(sys.stdin.fileno())
    try:
        record.hold(Path(plan.home))
    except AlreadyRunsError:
        return HOME_HELD
    return Keeper(plan, sys.stdin.fileno()).run()


if __name__ == "__main__":
    sys.exit(main())
