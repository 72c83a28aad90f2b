"""Free ports for a broker, chosen where no client can squat on them.

Ports come from below the ranges that operating systems hand to outgoing connections (32768 and up on Linux, 49152 on
macOS). While a broker is down its clients keep connecting; on a port of that range one of them can be given the very
port as its own, connect to itself, and keep the broker from coming back.
"""

import socket
from random import SystemRandom

from deploy.local.errors import PortTakenError

HOST = "127.0.0.1"
LOWEST, HIGHEST = 15_000, 32_000
TRIES = 200


def is_free(port: int) -> bool:
    """Whether a broker could listen on `port` of the loopback address now."""
    with socket.socket() as probe:
        # As Java does: connections of an earlier broker that linger in TIME_WAIT are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def require_free(port: int) -> None:
    """Raise PortTakenError, naming the port, unless a broker could listen on it."""
    if not is_free(port):
        raise PortTakenError(
            f"Port {port} on {HOST} is taken by another program. "
            "Stop that program, choose another port, or name none to get a free one."
        )


def free_port(*besides: int) -> int:
    """A port that is free now and is none of `besides`. Another program may still take it first."""
    random = SystemRandom()
    for _ in range(TRIES):
        port = random.randrange(LOWEST, HIGHEST)
        if port not in besides and is_free(port):
            return port
    raise PortTakenError(f"No free port on {HOST} between {LOWEST} and {HIGHEST}. Stop some of what listens there.")
