"""What the HTTP client's error tells of an attempt, in the words of the answer table.

Everything turns on how far the request came, which the error does not always say: so it is asked together with what the
request itself knows. Whatever is not surely "nothing was sent" is left to those rows that say that nobody can tell.
"""

from __future__ import annotations

import socket
import ssl
from typing import Final

import aiohttp

from services.deliver.channels.webhook.guard import Closed

_NO_NAME: Final = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})

_CERTIFICATES: Final = {10: "tls_expired", 62: "tls_wrong_host", 64: "tls_wrong_host"}
"""X509_V_ERR_… of OpenSSL: has expired, another host's, another address's. The rest: nobody vouches for it."""

_OLD: Final = frozenset(
    {
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "UNSUPPORTED_PROTOCOL",
        "WRONG_SSL_VERSION",
        "DH_KEY_TOO_SMALL",
        "EE_KEY_TOO_SMALL",
    }
)
"""Reasons of OpenSSL: what the far side offers has been given up."""


def reason_of(error: Exception, *, written: bool, answered: bool) -> str:
    """The reason of a row of the table.

    ``written``: any of the request was handed to the network. ``answered``: the head of an answer was read.
    """
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return "connect_timed_out"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return _CERTIFICATES.get(getattr(error.certificate_error, "verify_code", 0), "tls_untrusted")
    if isinstance(error, aiohttp.ClientConnectorError):
        return _unconnected(error.os_error)
    if isinstance(error, TimeoutError):
        return "no_answer" if written else "timed_out_before_writing"
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ClientConnectionError | OSError):
        return "answer_cut_short" if answered else "connection_lost" if written else "lost_before_writing"
    return "bad_answer"


def _unconnected(error: OSError) -> str:
    if isinstance(error, Closed):
        return "address_private"
    if isinstance(error, ssl.SSLError):
        return "tls_too_old" if error.reason in _OLD else "tls_failed"
    if isinstance(error, socket.gaierror):
        return "name_not_found" if error.errno in _NO_NAME else "name_server_failed"
    return "no_connection"
