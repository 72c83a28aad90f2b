"""The brokers' certificates, seen as a client sees them: whether they are trusted, and for how long they still hold.

A certificate that runs out stops every worker at once, at an hour that nobody chose; it is the one outage that can be read
in a calendar. Only the handshake is made: no user and no password is ever sent here.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from services.cli.doctor.finding import Finding, fail, ok, warn
from services.cli.doctor.own_certificate import load
from services.pipeline.this_machine import is_this_machine

if TYPE_CHECKING:
    from services.pipeline.settings import KafkaSettings

_DAY: Final = 86_400
_WARN_DAYS: Final = 30
_FAIL_DAYS: Final = 3
_PATIENCE_SECONDS: Final = 5.0
_USUAL_PORT: Final = 9092
_REMEDY: Final = "Renew it on the brokers before that; clients need nothing where the authority stays the same."

Ends = Callable[[str, int, ssl.SSLContext], float]
"""When the certificate at a host and port ends (seconds since the epoch), after a handshake by this context."""


def certificates(settings: KafkaSettings, now: float, ends: Ends | None = None) -> Finding:
    """How long the certificates of the bootstrap servers hold; ``now`` in seconds since the epoch."""
    options = settings.kafka_options
    protocol = str(options.get("security_protocol") or ("SASL_SSL" if settings.kafka_username else "PLAINTEXT"))
    hosts = [_place(server) for server in settings.kafka_bootstrap_servers.split(",")]
    if not protocol.endswith("SSL"):
        return _plain(protocol, [host for host, _ in hosts])
    try:
        context = _context(options)
    except OSError as error:  # ssl.SSLError is one
        said = f"ssl_cafile of POSTBAG_KAFKA_OPTIONS cannot be read ({_reason(error)})"
        return fail("certificates", said, "Name a PEM file with the authority's certificate.")
    left: dict[str, float] = {}
    for host, port in hosts:
        try:
            left[host] = (ends or _ends)(host, port, context) - now
        except (OSError, ValueError) as error:
            return fail(
                "certificates",
                f"{host}:{port}: {_reason(error)}",
                "Check that the broker's certificate names this host, has not run out, and that ssl_cafile of"
                " POSTBAG_KAFKA_OPTIONS is of the authority that signed it.",
            )
    first = min(left, key=lambda name: left[name])
    days = left[first] / _DAY
    said = f"the one of {first} ends in {days:.0f} days"
    if days < _FAIL_DAYS:
        return fail("certificates", said, _REMEDY)
    return warn("certificates", said, _REMEDY) if days < _WARN_DAYS else ok("certificates", said)


def _place(server: str) -> tuple[str, int]:
    """Host and port, which may be left out as the client lets it be."""
    host, colon, port = server.strip().rpartition(":")
    if not colon or port.endswith("]"):
        host, port = server.strip(), str(_USUAL_PORT)
    return host.strip("[]"), int(port) if port.isdecimal() else 0


def _plain(protocol: str, hosts: list[str]) -> Finding:
    if all(is_this_machine(host) for host in hosts):
        return ok("certificates", f"none needed: the connection is {protocol}, and stays on this machine")
    return warn(
        "certificates",
        f"none: the connection is {protocol}, and whoever is on the way can read every letter",
        'Have the brokers listen with TLS, and set POSTBAG_KAFKA_OPTIONS={"security_protocol": "SASL_SSL", …}.',
    )


def _context(options: dict[str, Any]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=options.get("ssl_cafile"))
    context.check_hostname = bool(options.get("ssl_check_hostname", True))
    if options.get("ssl_certfile"):
        with suppress(OSError):  # a finding of its own says what is wrong with it
            load(context, options)
    return context


def _ends(host: str, port: int, context: ssl.SSLContext) -> float:
    with (
        socket.create_connection((host, port), timeout=_PATIENCE_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        told: Any = secured.getpeercert()
    return float(ssl.cert_time_to_seconds(told["notAfter"]))


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return str(error.verify_message)
    return getattr(error, "strerror", None) or type(error).__name__
