"""Ask a broker one real question over a bare socket: which brokers does the cluster have?

An open port proves only that Java listens; a broker that lists itself has joined its cluster and serves clients. Bare,
because only services.pipeline may import the Kafka client, and because a launcher should not depend on what it launches
for. Metadata version 5 (Kafka protocol guide) is the newest with a fixed layout that Kafka 2.1 and later all speak.
"""

import socket
import struct

METADATA, VERSION, CORRELATION = 3, 5, 1
# Header: key, version, correlation, client id. Body: no topics, do not create any.
_CLIENT = b"postbag-probe"
_REQUEST = struct.pack(f">hhih{len(_CLIENT)}sib", METADATA, VERSION, CORRELATION, len(_CLIENT), _CLIENT, 0, 0)
_REPLY_LIMIT = 1 << 20


def answers(host: str, port: int, timeout_s: float = 1.0) -> bool:
    """Whether the broker at this address lists at least one; any failure to say so within `timeout_s` is a no."""
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as connection:
            connection.sendall(struct.pack(">i", len(_REQUEST)) + _REQUEST)
            (size,) = struct.unpack(">i", _read(connection, 4))
            if not 0 < size < _REPLY_LIMIT:
                return False
            # Correlation, throttle time, and the number of brokers, which is all that is asked.
            correlation, _, brokers = struct.unpack_from(">iii", _read(connection, size))
            return bool(correlation == CORRELATION and brokers > 0)
    except (OSError, struct.error):
        return False


def _read(connection: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        part = connection.recv(size)
        if not part:
            raise ConnectionError("closed in the middle of an answer")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
