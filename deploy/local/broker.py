"""One real broker on this machine: start, stop, kill, pause, restart on the same ports and data.

Used by the demo, by `postbag up` and by the tests alike. Every start goes through a keeper process (see keeper.py), so
that a broker never outlives the process that started it, unless it was released on purpose. Signals go to Java, by the
pid that the keeper recorded while it holds it; this class must never signal a process on any other evidence.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local import config, keeper, record
from deploy.local.errors import AlreadyRunsError, BrokerFailedError, LocalKafkaError
from deploy.local.freeze import freeze
from deploy.local.jars import ensure_jars
from deploy.local.ports import HOST, free_port, is_free, require_free
from deploy.local.probe import answers
from deploy.local.record import BrokerInfo

POLL_S = 0.05
LOG_LINES = 5  # of the broker's log in an error: enough to see the cause


class LocalBroker:
    """A broker whose data, logs and record are in `home`.

    `port` is the port to listen on, or None for a free one, kept over restarts. `settings` are Kafka properties on top
    of ours. `grace_s` is what a stop allows Java before it is killed; `start_timeout_s` what a start may take.
    """

    def __init__(
        self,
        home: Path,
        port: int | None = None,
        *,
        settings: Mapping[str, str] | None = None,
        jars: Path | None = None,
        java_flags: tuple[str, ...] = (),
        grace_s: float = 10.0,
        start_timeout_s: float = 60.0,
    ) -> None:
        self._home = home.resolve()
        self._jars = jars
        self._port = port
        self._controller_port: int | None = None
        self._settings = dict(settings or {})
        self._java_flags = java_flags
        self._grace_s = grace_s
        self._start_timeout_s = start_timeout_s
        self._keeper: subprocess.Popen[bytes] | None = None

    @property
    def home(self) -> Path:
        """The folder of its data, logs and record."""
        return self._home

    @property
    def port(self) -> int:
        """The port clients connect to; known from the first start on."""
        if self._port is None:
            raise BrokerFailedError("This broker has no port yet: start it first.")
        return self._port

    @property
    def bootstrap_servers(self) -> str:
        """What clients are given."""
        return f"{HOST}:{self.port}"

    @property
    def info(self) -> BrokerInfo:
        """The record of the running broker. Raises BrokerFailedError when it does not run."""
        found = record.running(self._home) if self._alive() else None
        if found is None:
            raise BrokerFailedError(f"The broker of {self._home} does not run: start it first.")
        return found

    @property
    def pid(self) -> int:
        """Java's process id. Raises BrokerFailedError when it does not run."""
        return self.info.java_pid

    def start(self) -> Self:
        """Start it and wait until it answers.

        Raises:
            JavaMissingError, JarsError, PortTakenError, DataFolderError, AlreadyRunsError, BrokerFailedError: see
                deploy.local.errors.
        """
        config.java()  # before anything is fetched for it
        jars = ensure_jars(self._jars)
        (self._home / "logs").mkdir(parents=True, exist_ok=True)
        if record.is_held(self._home):
            raise AlreadyRunsError(f"A broker already runs from {self._home}. Stop it with `postbag down`.")
        if self._port is None:
            self._port = free_port()
        require_free(self._port)
        # Only the broker itself speaks to its controller, so this port may change from start to start.
        if self._controller_port is None or not is_free(self._controller_port):
            self._controller_port = free_port(self._port)
        properties = config.write_properties(self._home, self._port, self._controller_port, self._settings)
        plan = keeper.Plan(
            home=str(self._home),
            prepare=config.format_command(self._home, jars, properties),
            broker=config.broker_command(self._home, jars, properties, self._java_flags),
            port=self._port,
            controller_port=self._controller_port,
            grace_s=self._grace_s,
        )
        self._keeper = self._start_keeper(plan)
        try:
            self.wait_until_answering(self._start_timeout_s)
        except BaseException:
            self.stop()
            raise
        return self

    def wait_until_answering(self, timeout_s: float) -> None:
        """Return once it answers a request; raise BrokerFailedError when it ended, or after `timeout_s` seconds."""

        def ready() -> bool:
            return record.running(self._home) is not None and answers(HOST, self.port)

        if not self._wait(ready, timeout_s):
            if self._alive():
                raise BrokerFailedError(f"The broker did not answer within {timeout_s:g} s. {self._clues()}")
            raise self._why_it_ended()

    def release(self) -> None:
        """Let the broker live on after this process; `down` stops it then."""
        process = self._running_keeper()
        assert process.stdin is not None  # noqa: S101 - for the type checker: it was opened as a pipe
        process.stdin.write(keeper.RELEASE)
        process.stdin.close()
        self._keeper = None
        process.returncode = 0  # it is nobody's child to wait for any more

    def stop(self) -> None:
        """Stop it in order, or by force after the grace; nothing happens when it does not run."""
        process, self._keeper = self._keeper, None
        if process is None:
            return
        assert process.stdin is not None  # noqa: S101 - as above
        process.stdin.close()  # to the keeper, the end of this pipe is the end of its command
        try:
            process.wait(self._grace_s + 5)
        except subprocess.TimeoutExpired:
            process.kill()  # Java is tethered to it
            process.wait()

    def kill(self) -> None:
        """Kill Java at once, as a crash would; `start` brings it back with its data."""
        process, pid = self._running_keeper(), self.pid
        os.kill(pid, signal.SIGKILL)
        process.wait(10)
        self.stop()

    def pause(self) -> None:
        """Freeze Java: its sockets stay open and, from the return on, nothing answers."""
        freeze(self.pid)

    def resume(self) -> None:
        """Let a frozen Java go on."""
        os.kill(self.pid, signal.SIGCONT)

    def restart(self) -> Self:
        """Stop it if it runs, and start it on the same port and data."""
        self.stop()
        return self.start()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start_keeper(self, plan: keeper.Plan) -> subprocess.Popen[bytes]:
        with (self._home / "logs" / "keeper.out").open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "deploy.local.keeper", plan.home],  # the home is for whoever reads `ps`
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        assert process.stdin is not None  # noqa: S101 - as above
        process.stdin.write(plan.line())
        process.stdin.flush()
        return process

    def _alive(self) -> bool:
        return self._keeper is not None and self._keeper.poll() is None

    def _running_keeper(self) -> subprocess.Popen[bytes]:
        if self._keeper is None or self._keeper.poll() is not None:
            raise BrokerFailedError(f"The broker of {self._home} does not run: start it first.")
        return self._keeper

    def _wait(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Wait for the condition while the keeper lives; whether it came true."""
        deadline = time.monotonic() + timeout_s
        while self._alive() and time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(POLL_S)
        return False

    def _why_it_ended(self) -> LocalKafkaError:
        code = self._keeper.returncode if self._keeper else None
        if code == keeper.HOME_HELD:
            return AlreadyRunsError(f"A broker already runs from {self._home}. Stop it with `postbag down`.")
        what = "could not format its data folder" if code == keeper.FORMAT_FAILED else "ended while it was starting"
        return BrokerFailedError(f"The broker {what}. {self._clues()}")

    def _clues(self) -> str:
        logs = self._home / "logs"
        formatting = self._keeper is not None and self._keeper.returncode == keeper.FORMAT_FAILED
        for name in ("format.out",) if formatting else ("broker.log", "broker.out", "keeper.out"):
            if (logs / name).exists():
                lines = (logs / name).read_text("utf-8", "replace").splitlines()
                said = [line for line in lines if not line.startswith("\tat ")]  # a Java stack is a screen of its own
                if said:
                    return f"See {logs / name}; it ends with:\n" + "\n".join(said[-LOG_LINES:])
        return f"See {logs}."
