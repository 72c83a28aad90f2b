"""What every test stands on: a real broker when one is asked for, and no way out of this machine.

`broker` is started once per run on a free port; with POSTBAG_KAFKA_BOOTSTRAP_SERVERS set it is that cluster instead. It
is shared: a test uses topics and groups of its own, and must not stop it. `own_broker` is for the tests that do.
"""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import hypothesis
import pytest

from deploy.local.broker import LocalBroker

# No absolute time is asserted anywhere: this machine may be busy with something else.
hypothesis.settings.register_profile("postbag", deadline=None)
hypothesis.settings.load_profile("postbag")


class Cluster(Protocol):
    """What the shared `broker` promises, whether it is local or not."""

    @property
    def bootstrap_servers(self) -> str:
        """What a client is given."""


class GivenCluster:
    """The cluster that the environment names."""

    def __init__(self, bootstrap_servers: str) -> None:
        self.bootstrap_servers = bootstrap_servers


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A running broker, shared by the whole run."""
    if given := os.environ.get("POSTBAG_KAFKA_BOOTSTRAP_SERVERS"):
        yield GivenCluster(given)
        return
    with LocalBroker(tmp_path_factory.mktemp("broker")) as started:
        yield started


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[LocalBroker]:
    """A running broker for one test, to kill, pause and restart."""
    with LocalBroker(tmp_path / "own-broker") as started:
        yield started


@pytest.fixture(scope="session", autouse=True)
def only_loopback() -> Iterator[None]:
    """Fail any test that connects to something other than this machine's loopback addresses.

    Names are refused without being looked up, all but `localhost`. Not with a cluster that the environment names, whose
    brokers may be anywhere.
    """
    if "POSTBAG_KAFKA_BOOTSTRAP_SERVERS" in os.environ:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        yield


def _guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        inet = self.family in (socket.AF_INET, socket.AF_INET6)
        if inet and not _is_loopback(str(address[0])):
            # Not an OSError: code under test would take that for an ordinary failure to connect.
            pytest.fail(f"a test tried to reach {address[0]}; tests talk to loopback addresses only")
        return connect(self, address)

    return guarded


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"
