"""Why no answer came, as a row of the answer table: found by the client's error and by how far the request had come.

The errors' texts quote the address, and the address holds the key, so nothing but their kinds and numbers is looked at.
``lost_while_writing`` is never claimed: the client hands head and body over at once, and what of them left is not told.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Final

import aiohttp

from services.deliver.answers import Answer, of_failure

_EXPIRED: Final = 10  # OpenSSL's X509_V_ERR_CERT_HAS_EXPIRED and X509_V_ERR_HOSTNAME_MISMATCH
_WRONG_HOST: Final = 62
_TOO_OLD: Final = ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "NO_SHARED_CIPHER", "NO_CIPHERS_AVAILABLE")


@dataclass(slots=True)
class Progress:
    """How far one request has come."""

    writing: bool = False
    answered: bool = False


def traced() -> aiohttp.TraceConfig:
    """Has the client note a request's progress in the ``Progress`` that it was given as ``trace_request_ctx``."""
    config = aiohttp.TraceConfig()

    async def writing(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
        context.trace_request_ctx.writing = True

    config.on_request_headers_sent.append(writing)
    return config


def of_error(error: Exception, progress: Progress) -> Answer:
    """What it means that a request ended with ``error``."""
    return of_failure(_while_connecting(error) or _after_that(error, progress))


def _while_connecting(error: Exception) -> str | None:
    reason: str | None = None
    match error:
        case aiohttp.ClientConnectorDNSError():
            reason = "name_server_failed" if _is_passing(error) else "name_not_found"
        case aiohttp.ClientConnectorCertificateError():
            reason = _of_certificate(error.certificate_error)
        case aiohttp.ClientConnectorSSLError():
            reason = "tls_too_old" if getattr(error.os_error, "reason", None) in _TOO_OLD else "tls_failed"
        case aiohttp.ClientSSLError():
            reason = "tls_failed"
        case aiohttp.ConnectionTimeoutError():
            reason = "connect_timed_out"
        case aiohttp.ClientConnectorError():
            reason = "no_connection"
    return reason


def _after_that(error: Exception, progress: Progress) -> str:
    if isinstance(error, TimeoutError):
        return "no_answer" if progress.writing else "timed_out_before_writing"
    if not isinstance(error, OSError | aiohttp.ClientConnectionError | aiohttp.ClientPayloadError):
        return "bad_answer"
    if progress.answered:
        return "answer_cut_short"
    return "connection_lost" if progress.writing else "lost_before_writing"


def _is_passing(error: aiohttp.ClientConnectorDNSError) -> bool:
    return isinstance(error.os_error, socket.gaierror) and error.os_error.errno == socket.EAI_AGAIN


def _of_certificate(error: Exception) -> str:
    code = error.verify_code if isinstance(error, ssl.SSLCertVerificationError) else None
    return {_EXPIRED: "tls_expired", _WRONG_HOST: "tls_wrong_host"}.get(code or 0, "tls_untrusted")
