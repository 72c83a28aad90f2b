"""What each reply of a mail server means, by the verb that it answers (RFC 5321, 7504; AUTH: 4954; STARTTLS: 3207).

Until the final dot nothing has been handed over, and what goes wrong is tried again or refused; a reply to the dot is
final; no reply to it proves nothing. What follows (QUIT) changes nothing. ``message`` stands for the reply to the dot.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Final, Literal, get_args

from services.deliver.answers.meaning import Answer, Meaning, Verdict, by_key

Verb = Literal["connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "message", "quit"]
Kind = Literal["refused", "lost", "timed_out", "tls", "not_offered", "strange"]

_NO_CODE: Final = 0
"""Stands for every number that is no reply code of SMTP."""

_BEFORE: Final[tuple[Verb, ...]] = ("connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data")
"""The steps before the letter has been handed over."""

_4XX: Final = range(400, 500)
_5XX: Final = range(500, 600)


def _row(
    case: str, verbs: Iterable[Verb], codes: Iterable[int | Kind], verdict: Verdict, reason: str, why: str,
    *, pauses: bool = False, rest: bool = False,
) -> Meaning:  # fmt: skip
    return Meaning(case, tuple(product(verbs, codes)), verdict, reason, why, pauses, rest=rest)


REPLIES: Final = (
    _row("421 before the letter", _BEFORE, (421,), "throttle", "unavailable",
         "The server is closing or has too many callers: wait, then come more slowly."),
    _row("2xx or 3xx before the letter, and then no further", _BEFORE, range(200, 400), "retry", "broken_off",
         "The server was content, but the dialogue ended; the letter was not handed over."),
    _row("greeting: 4xx", ("connect",), _4XX, "retry", "deferred", "Not now.", rest=True),
    _row("greeting: 5xx, as 521 or 554", ("connect",), _5XX, "retry", "not_welcome",
         "It turns away whoever comes from here, whatever the letter: a person must see to it.", pauses=True),
    _row("EHLO: 4xx", ("ehlo",), _4XX, "retry", "deferred", "Not now.", rest=True),
    _row("EHLO: 5xx", ("ehlo",), _5XX, "retry", "not_welcome", "It does not take our name; that holds for every letter.",
         pauses=True),
    _row("STARTTLS: 4xx, as 454", ("starttls",), _4XX, "retry", "tls_failed", "No TLS for now. Nothing was sent.", rest=True),
    _row("STARTTLS: 5xx", ("starttls",), _5XX, "retry", "starttls_missing",
         "It offers TLS and has none; without it nothing is sent.", pauses=True),
    _row("AUTH: 432", ("auth",), (432,), "retry", "not_authorized", "The password must be changed first.", pauses=True),
    _row("AUTH: other 4xx, as 454", ("auth",), _4XX, "retry", "deferred", "It cannot check credentials for now.", rest=True),
    _row("AUTH: 5xx, as 535", ("auth",), _5XX, "retry", "not_authorized",
         "The letter is fine, our credentials are not; nor are they for the next.", pauses=True),
    _row("MAIL FROM: 452", ("mail",), (452,), "retry", "office_full", "It has no room; there may be some later."),
    _row("MAIL FROM: other 4xx", ("mail",), _4XX, "retry", "deferred", "Not now.", rest=True),
    _row("MAIL FROM or RCPT TO: 530", ("mail", "rcpt"), (530,), "retry", "not_authorized",
         "It wants a login or TLS first; that holds for every letter.", pauses=True),
    _row("MAIL FROM: 550, 551, 553, 554", ("mail",), (550, 551, 553, 554), "refused", "sender_refused",
         "It takes nothing from our return address, this letter or another.", pauses=True),
    _row("MAIL FROM: 552", ("mail",), (552,), "refused", "too_large", "The letter's size was told, and is too much."),
    _row("MAIL FROM: 555", ("mail",), (555,), "refused", "not_supported",
         "It does not know what this letter needs (8BITMIME, SMTPUTF8)."),
    _row("MAIL FROM: other 5xx", ("mail",), _5XX, "refused", "refused", "It will not take this letter.", rest=True),
    _row("RCPT TO: 450, 451", ("rcpt",), (450, 451), "retry", "greylisted",
         "Most often greylisting: the same letter is taken when it comes again."),
    _row("RCPT TO: 452, 552", ("rcpt",), (452, 552), "retry", "office_full",
         "The mailbox is full, or has had enough for now; RFC 5321 (4.5.3.1.10) has 552 treated like 452 here."),
    _row("RCPT TO: other 4xx", ("rcpt",), _4XX, "retry", "deferred", "Not now.", rest=True),
    _row("RCPT TO: 521, 550, 551, 553, 556", ("rcpt",), (521, 550, 551, 553, 556), "refused", "no_such_mailbox",
         "There is no such mailbox, or it takes no mail of this kind."),
    _row("RCPT TO: other 5xx, as 554", ("rcpt",), _5XX, "refused", "refused", "It will not take this letter.", rest=True),
    _row("DATA: 4xx", ("data",), _4XX, "retry", "deferred", "Not now; nothing of the letter was sent.", rest=True),
    _row("DATA: 5xx", ("data",), _5XX, "refused", "refused", "It will not take this letter; nothing of it was sent."),
    _row("after the final dot: 2xx", ("message",), range(200, 300), "accepted", "accepted",
         "The server has it and answers for it from now on."),
    _row("after the final dot: 3xx", ("message",), range(300, 400), "unknown", "bad_answer",
         "It asks for more where all was said; it may have the letter."),
    _row("after the final dot: 421", ("message",), (421,), "throttle", "unavailable",
         "It is closing, and said so instead of taking the letter."),
    _row("after the final dot: 452", ("message",), (452,), "retry", "office_full",
         "It has no room; there may be some later."),
    _row("after the final dot: other 4xx", ("message",), _4XX, "retry", "deferred",
         "It read the letter and did not take it, this time.", rest=True),
    _row("after the final dot: 552", ("message",), (552,), "refused", "too_large", "It read the letter, which is too large."),
    _row("after the final dot: other 5xx, as 554", ("message",), _5XX, "refused", "refused",
         "It read the letter and will not take it.", rest=True),
    _row("QUIT: any reply", ("quit",), (_NO_CODE, *range(200, 600)), "accepted", "accepted",
         "The letter was taken before; a farewell changes nothing."),
    _row("a code that SMTP has not, before the letter", _BEFORE, (_NO_CODE,), "retry", "strange_reply",
         "Something that is no mail server answered; the letter was not handed over."),
    _row("a code that SMTP has not, after the final dot", ("message",), (_NO_CODE,), "unknown", "bad_answer",
         "Something answered; nobody can say what."),
)  # fmt: skip

FAILURES: Final = (
    _row("mail server: no connection", _BEFORE, ("refused",), "retry", "no_connection", "Nothing was sent."),
    _row("mail server: time-out before there was a connection", ("connect",), ("timed_out",), "retry", "connect_timed_out",
         "Nothing was sent."),
    _row("mail server: connection lost before the final dot", _BEFORE, ("lost",), "retry", "lost_before_writing",
         "A letter without its end is none; the server must drop it."),
    _row("mail server: time-out before the final dot", _BEFORE, ("timed_out",), "retry", "timed_out_before_writing",
         "As above.", rest=True),
    _row("mail server: TLS failed", _BEFORE, ("tls",), "retry", "tls_failed", "Nothing was sent."),
    _row("mail server: STARTTLS is not offered", ("starttls",), ("not_offered",), "retry", "starttls_missing",
         "Without TLS nothing is sent, unless the settings allow it.", pauses=True),
    _row("mail server: AUTH is not offered", ("auth",), ("not_offered",), "retry", "login_missing",
         "There are credentials and no way to present them.", pauses=True),
    _row("mail server: 8BITMIME or SMTPUTF8 is not offered, and the letter needs it", (*_BEFORE, "message"), ("not_offered",),
         "refused", "not_supported", "The letter cannot be written without it. Nothing was sent.", rest=True),
    _row("mail server: a reply that is none, before the final dot", _BEFORE, ("strange",), "retry", "strange_reply",
         "Something that is no mail server answered; the letter was not handed over."),
    _row("mail server: connection lost after the final dot", ("message",), ("lost", "refused", "tls"), "unknown",
         "connection_lost", "It may have it; a retry bears the same Message-ID."),
    _row("mail server: time-out after the final dot", ("message",), ("timed_out",), "unknown", "no_answer",
         "It may have it, and said nothing; a retry bears the same Message-ID."),
    _row("mail server: a reply that is none, after the final dot", ("message",), ("strange",), "unknown", "bad_answer",
         "Something answered; nobody can say what."),
    _row("mail server: whatever happens after the letter was taken", ("quit",), get_args(Kind), "accepted", "accepted",
         "The server said 250, and answers for it from then on."),
)  # fmt: skip

_BY_REPLY: Final = by_key(REPLIES)
_BY_FAILURE: Final = by_key(FAILURES)


def of_smtp(verb: Verb, code: int, receipt: str | None = None) -> Answer:
    """What the reply ``code`` to ``verb`` means for the letter, if the attempt ends with it; any number is answered."""
    return _BY_REPLY[verb, code if 200 <= code < 600 else _NO_CODE].answer(code, receipt)


def of_smtp_failure(verb: Verb, kind: Kind) -> Answer:
    """What it means that no reply to ``verb`` came, or none that can be read.

    ``data`` holds until the final dot was handed to the network, if that can be proved; ``message`` from then on.
    """
    return _BY_FAILURE[verb, kind].answer()
