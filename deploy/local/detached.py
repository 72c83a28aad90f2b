"""A broker that stays: what `postbag up`, `down` and `status` do.

The command that starts it may crash at any moment before it answers and leaves nothing behind; once it answers it is
released to its keeper, and lives until it is told to stop. The same command twice is no mistake. Nothing here may act
on a record whose lock is not held: the process of that pid would be another's.
"""

import dataclasses
import os
import signal
import time
from pathlib import Path

from deploy.local import record
from deploy.local.broker import POLL_S, LocalBroker
from deploy.local.config import last_port
from deploy.local.errors import AlreadyRunsError, BrokerFailedError
from deploy.local.ports import HOST, is_free
from deploy.local.probe import answers
from deploy.local.record import BrokerInfo

START_TIMEOUT_S = 60.0
GRACE_S = 15.0


def up(home: Path, port: int | None = None) -> BrokerInfo:
    """Start a broker that stays, or find it running already (`already_running` tells), and wait until it answers.

    Without `port` it gets the one it had the last time if that is free, else any free one.

    Raises:
        AlreadyRunsError: it runs, on another port than the one asked for.
        LocalKafkaError: it could not be started; each kind says what to do.
    """
    home = home.resolve()
    if record.is_held(home):
        return _join(home, port)
    if port is None and (last := last_port(home)) is not None and is_free(last):
        port = last
    try:
        broker = LocalBroker(home, port, grace_s=GRACE_S, start_timeout_s=START_TIMEOUT_S).start()
    except AlreadyRunsError:  # another `up` was quicker
        return _join(home, port)
    info = broker.info
    broker.release()
    return info


def down(home: Path) -> bool:
    """Stop the broker of this home and wait until it is gone; whether there was one."""
    home = home.resolve()
    if not record.is_held(home):
        return False
    info = _settled(home)
    if info is None:
        return False
    os.kill(info.keeper_pid, signal.SIGTERM)
    if not _gone(home, GRACE_S + 5) and record.running(home) == info:
        os.kill(info.keeper_pid, signal.SIGKILL)  # Java is tethered to it
        _gone(home, GRACE_S)
        record.remove(home)
    return True


def status(home: Path) -> BrokerInfo | None:
    """The broker that runs from this home, or None."""
    return record.running(home.resolve())


def _join(home: Path, port: int | None) -> BrokerInfo:
    info = _settled(home)
    if info is None:
        raise BrokerFailedError(f"Another command was starting the broker of {home} and stopped. Try again.")
    if port not in (None, info.port):
        raise AlreadyRunsError(
            f"The broker of {home} already runs, on port {info.port}. "
            "Stop it first (`postbag down`), or leave out the port."
        )
    deadline = time.monotonic() + START_TIMEOUT_S
    while not answers(HOST, info.port):
        if time.monotonic() >= deadline or not record.is_held(home):
            raise BrokerFailedError(
                f"The broker of {home} runs but does not answer. Stop it (`postbag down`), then try again."
            )
        time.sleep(POLL_S)
    return dataclasses.replace(info, already_running=True)


def _settled(home: Path) -> BrokerInfo | None:
    """The record of a broker that is being started by another command, or None once that one gave up."""
    while record.is_held(home):
        if (info := record.running(home)) is not None:
            return info
        time.sleep(POLL_S)
    return None


def _gone(home: Path, timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while record.is_held(home):
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_S)
    return True
