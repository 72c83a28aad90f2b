"""The certificate that this client shows to brokers who ask for one (mutual TLS): whether it can be used, and for how long.

It runs out as the brokers' do, and nobody else looks at it. A broker's part is played here, in a handshake in memory: the
library tells no end of what it has not verified. Nothing is sent, and nothing of the key is ever shown.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from services.cli.doctor.finding import Finding, fail, ok, warn

if TYPE_CHECKING:
    from services.pipeline.settings import KafkaSettings

_DAY: Final = 86_400
_WARN_DAYS: Final = 30
_FAIL_DAYS: Final = 3
_ROUNDS: Final = 8
"""A handshake takes three."""
_RENEW: Final = (
    "Have it renewed, and put the new one and its key where ssl_certfile and ssl_keyfile of POSTBAG_KAFKA_OPTIONS are."
)
_REASONS: Final = {
    "KEY_VALUES_MISMATCH": "the key is another certificate's",
}
_UNREADABLE: Final = "one of the two is no PEM, or ssl_password does not open the key"


def own_certificate(settings: KafkaSettings, now: float) -> Finding | None:
    """How long it holds; None where none is configured. ``now`` in seconds since the epoch."""
    options = settings.kafka_options
    if not options.get("ssl_certfile"):
        return None
    try:
        days = (_ends(options) - now) / _DAY
    except ssl.SSLCertVerificationError as error:
        return fail("client certificate", f"no broker would take it: {error.verify_message}", _RENEW)
    except (OSError, ValueError) as error:  # ssl.SSLError is the first
        return fail(
            "client certificate",
            f"it cannot be used ({_reason(error)})",
            "In POSTBAG_KAFKA_OPTIONS ssl_certfile names a PEM file with the certificate and those up to its authority,"
            " ssl_keyfile one with its key, and ssl_password opens that.",
        )
    said = f"it ends in {days:.0f} days"
    if days < _FAIL_DAYS:
        return fail("client certificate", said, _RENEW)
    return warn("client certificate", said, _RENEW) if days < _WARN_DAYS else ok("client certificate", said)


def load(context: ssl.SSLContext, options: Mapping[str, Any]) -> None:
    """Have ``context`` show it. Raises ``OSError``; never asks for a password at the terminal."""
    password = options.get("ssl_password") or ""
    context.load_cert_chain(options["ssl_certfile"], options.get("ssl_keyfile"), lambda: str(password))


def _ends(options: Mapping[str, Any]) -> float:
    """When it ends, in seconds since the epoch. Raises ``OSError``, ``ValueError``."""
    broker = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    load(broker, options)  # it needs some certificate itself
    broker.verify_mode = ssl.CERT_REQUIRED
    broker.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # whether its authority is trusted, the brokers know
    broker.load_verify_locations(options["ssl_certfile"])
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    load(client, options)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    near, far = client.wrap_bio(back, there), broker.wrap_bio(there, back, server_side=True)
    for _ in range(_ROUNDS):
        for one in (near, far):
            with suppress(ssl.SSLWantReadError):
                one.do_handshake()
    told: Any = far.getpeercert()
    return float(ssl.cert_time_to_seconds(told["notAfter"]))


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return _REASONS.get(error.reason, _UNREADABLE)
    return getattr(error, "strerror", None) or type(error).__name__
