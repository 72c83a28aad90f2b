"""What it means when no HTTP answer came, or none that can be read: it turns on whether any of the letter was written.

Before that nobody can have it, and it is tried again; from then on nobody can tell. Who calls ``of_failure`` must have
proof of the former, and is never to say it of a request that was handed to the network, if only in part.
"""

from __future__ import annotations

from typing import Final

from services.deliver.answers.meaning import Answer, by_key
from services.deliver.answers.meaning import by_its_reason as _row

FAILURES: Final = (
    _row("no such name", "retry", "name_not_found", "The host's name is not known today. Nothing was sent."),
    _row("the name's server failed", "retry", "name_server_failed", "Nobody can say where the host is. Nothing was sent."),
    _row("no connection", "retry", "no_connection", "Refused, or no way there. Nothing was sent."),
    _row("time-out before there was a connection", "retry", "connect_timed_out", "Nothing was sent."),
    _row("TLS: the office's certificate has expired", "retry", "tls_expired",
         "Nothing was sent, nor will it be until the office renews it.", pauses=True),
    _row("TLS: the certificate is of another host", "retry", "tls_wrong_host",
         "It may not be the office that listens there. Nothing was sent.", pauses=True),
    _row("TLS: nobody that is trusted vouches for the certificate", "retry", "tls_untrusted",
         "Self-signed, or by an issuer that is not known here. Nothing was sent.", pauses=True),
    _row("TLS: only versions or ciphers that are too old", "retry", "tls_too_old",
         "What is sent so can be read by others. Nothing was sent.", pauses=True),
    _row("TLS failed otherwise", "retry", "tls_failed", "No agreement was reached. Nothing was sent."),
    _row("connection lost before any of the letter was written", "retry", "lost_before_writing", "Nothing was sent."),
    _row("time-out before any of the letter was written", "retry", "timed_out_before_writing", "Nothing was sent."),
    _row("connection lost while the letter was being written, or after that", "unknown", "connection_lost",
         "The office may have it: what a client has handed to the network may have arrived."),
    _row("time-out while the letter was being written, or after that", "unknown", "no_answer",
         "The office may have it, and said nothing, or said it too slowly."),
    _row("connection lost in the midst of the answer", "unknown", "answer_cut_short",
         "It began to answer, so it had the letter; half an answer proves nothing."),
    _row("an answer that is not HTTP, or whose head has no end", "unknown", "bad_answer",
         "Something answered; nobody can say what."),
)  # fmt: skip

_BY_REASON: Final = by_key(FAILURES)


def of_failure(reason: str) -> Answer:
    """What a failure without an answer means; ``reason`` is one of ``FAILURES``. Raises KeyError for another."""
    return _BY_REASON[reason].answer()
