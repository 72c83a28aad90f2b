"""The guard in conftest.py holds: a test cannot reach another machine, by address or by name."""

import asyncio
import os
import socket

import pytest

pytestmark = pytest.mark.skipif(
    "POSTBAG_KAFKA_BOOTSTRAP_SERVERS" in os.environ, reason="a given cluster may be anywhere, so there is no guard"
)


@pytest.mark.parametrize("host", ["192.0.2.1", "example.com", "0.0.0.0"])  # noqa: S104 - to be refused
@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_other_machines_are_refused(host: str, method: str) -> None:
    with socket.socket() as tried, pytest.raises(pytest.fail.Exception, match="loopback addresses only"):
        getattr(tried, method)((host, 9))


def test_asyncio_goes_through_the_guard_too() -> None:
    with pytest.raises(pytest.fail.Exception, match="loopback addresses only"):
        asyncio.run(asyncio.open_connection("192.0.2.1", 9))


def test_ipv6_is_guarded_as_well() -> None:
    with socket.socket(socket.AF_INET6) as tried, pytest.raises(pytest.fail.Exception, match="loopback"):
        tried.connect(("2001:db8::1", 9))


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())
        assert client.getpeername() == server.getsockname()
