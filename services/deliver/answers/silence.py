"""What it means when no answer came, or none that can be read: everything turns on whether the letter was wholly written.

Before that nobody can have it, and it is tried again; from then on nobody can tell. Who calls ``of_failure`` must have
proof of the former: a client that hands a whole body to the network at once has none for ``lost_while_writing``.
"""

from __future__ import annotations

from typing import Final

from services.deliver.answers.meaning import Answer, Meaning, Verdict, by_key


def _row(case: str, verdict: Verdict, reason: str, why: str, *, pauses: bool = False) -> Meaning:
    return Meaning(case, (reason,), verdict, reason, why, pauses)


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
    _row("connection lost while the letter was being written", "retry", "lost_while_writing",
         "Its end was never handed to the network, and its length was told beforehand: nobody can have the whole of it."),
    _row("time-out while the letter was being written", "retry", "timed_out_while_writing",
         "As above: its end never left."),
    _row("connection lost after the letter was written", "unknown", "connection_lost", "The office may have it."),
    _row("time-out after the letter was written", "unknown", "no_answer",
         "The office may have it, and said nothing, or said it too slowly."),
    _row("connection lost in the midst of the answer", "unknown", "answer_cut_short",
         "It began to answer, so it had the letter; half an answer proves nothing."),
    _row("an answer without end", "unknown", "answer_too_large",
         "More than is read of any answer before its meaning is clear."),
    _row("an answer that is not of the protocol", "unknown", "bad_answer", "Something answered; nobody can say what."),
)  # fmt: skip

_BY_REASON: Final = by_key(FAILURES)


def of_failure(reason: str) -> Answer:
    """What a failure without an answer means; ``reason`` is one of ``FAILURES``. Raises KeyError for another."""
    return _BY_REASON[reason].answer()
