"""What each HTTP status means as the answer to a letter that was posted, one by one where they differ.

The names and their sense are those of RFC 9110, of the WebDAV and later RFCs, and, past those, of the proxies that made the
status up. ``refused`` is never guessed: a status that some servers send after they have acted is ``unknown``.
"""

from __future__ import annotations

from typing import Final

from services.deliver.answers.meaning import Answer, Meaning, by_key

_NO_STATUS: Final = -1
"""Stands for every number that is no status of HTTP."""

STATUSES: Final = (
    Meaning("1xx", tuple(range(100, 200)), "unknown", "bad_answer",
            "An announcement and no answer after it: the office has said nothing yet."),
    Meaning("200 OK", (200,), "accepted", "accepted", "The office has it."),
    Meaning("201 Created", (201,), "accepted", "accepted", "The office has it, and gave it a place."),
    Meaning("202 Accepted", (202,), "accepted", "accepted", "The office has it and will work on it; it is theirs to lose."),
    Meaning("204 No Content", (204,), "accepted", "accepted", "The office has it, and nothing more to say."),
    Meaning("206 Partial Content", (206,), "accepted", "accepted",
            "What is partial is its answer, of which nothing is needed."),
    Meaning("207 Multi-Status", (207,), "unknown", "mixed_answer",
            "Some of it worked and some did not; only the text of the answer says what, and that is not read."),
    Meaning("208 Already Reported", (208,), "accepted", "accepted", "The office has it, and said so before."),
    Meaning("other 2xx", tuple(range(200, 300)), "accepted", "accepted", "All of this class say that it was taken.",
            rest=True),

    Meaning("301 Moved Permanently", (301,), "refused", "moved",
            "Redirects are not followed: a letter goes where it was addressed. The address is wrong for every letter.",
            pauses=True),
    Meaning("302 Found", (302,), "unknown", "answered_elsewhere",
            "By the book it was not taken here; but many a form answers so once it has taken what was posted."),
    Meaning("303 See Other", (303,), "unknown", "answered_elsewhere",
            "It was dealt with, and how is told at another address, where nobody looks."),
    Meaning("304 Not Modified", (304,), "unknown", "bad_answer",
            "The answer to a question that was not asked; a cache may have given it."),
    Meaning("307 Temporary Redirect", (307,), "refused", "redirected",
            "It is to be posted again elsewhere, so it was not taken here. Redirects are not followed."),
    Meaning("308 Permanent Redirect", (308,), "refused", "moved",
            "As 301: not taken here, and the address is wrong for every letter.", pauses=True),
    Meaning("other 3xx", tuple(range(300, 400)), "refused", "redirected",
            "All of this class ask to go elsewhere, and redirects are not followed.", rest=True),

    Meaning("400 Bad Request", (400,), "refused", "refused", "The office does not understand this letter, and never will."),
    Meaning("401 Unauthorized", (401,), "retry", "not_authorized",
            "The letter is fine, our credentials are not; nor are they for the next.", pauses=True),
    Meaning("402 Payment Required", (402,), "retry", "payment_required",
            "The letter is fine, an account is not: a person must see to it.", pauses=True),
    Meaning("403 Forbidden", (403,), "retry", "not_authorized",
            "We may not post there: our credentials, or the address that we come from.", pauses=True),
    Meaning("404 Not Found", (404,), "refused", "not_found", "Nothing at that address took it."),
    Meaning("405 Method Not Allowed", (405,), "refused", "not_for_letters", "Nothing can be posted at that address."),
    Meaning("406 Not Acceptable", (406,), "unknown", "no_form_of_answer",
            "Some find only after they have acted that they have no form of answer for us."),
    Meaning("407 Proxy Authentication Required", (407,), "retry", "proxy_not_authorized",
            "A proxy on the way wants credentials; the office has seen nothing.", pauses=True),
    Meaning("408 Request Timeout", (408,), "retry", "office_timed_out",
            "The office stopped waiting for the rest of the request, so it has no whole letter."),
    Meaning("409 Conflict", (409,), "refused", "conflict",
            "The id is taken by another letter: sending again cannot help. If an earlier attempt of ours may have arrived, "
            "it is the one that has the id.", if_unsure="accepted"),
    Meaning("410 Gone", (410,), "refused", "office_gone", "The office says that it is gone for good.", pauses=True),
    Meaning("411 Length Required", (411,), "refused", "wrong_format", "Its length was sent; it would be so again."),
    Meaning("412 Precondition Failed", (412,), "refused", "precondition", "No condition was set; it will fail again."),
    Meaning("413 Content Too Large", (413,), "refused", "too_large", "The letter will not shrink."),
    Meaning("414 URI Too Long", (414,), "refused", "too_large", "The address is too long for it, and will remain so."),
    Meaning("415 Unsupported Media Type", (415,), "refused", "wrong_format", "It does not take letters in this form."),
    Meaning("417 Expectation Failed", (417,), "refused", "precondition", "It does not do what was asked beforehand."),
    Meaning("420 Enhance Your Calm", (420,), "throttle", "throttled", "Too fast, as some services said it before 429."),
    Meaning("421 Misdirected Request", (421,), "retry", "misdirected",
            "That machine does not answer for the office; another connection may reach one that does."),
    Meaning("422 Unprocessable Content", (422,), "refused", "refused", "It was understood, and it is not wanted like this."),
    Meaning("423 Locked", (423,), "throttle", "locked", "Somebody else is at it just now: wait, then try."),
    Meaning("424 Failed Dependency", (424,), "retry", "dependency_failed",
            "It was not done, since something that it rests on failed first."),
    Meaning("425 Too Early", (425,), "throttle", "throttled", "Not so soon: wait as long as it asks."),
    Meaning("426 Upgrade Required", (426,), "refused", "wrong_protocol", "It wants a protocol that is not spoken here."),
    Meaning("428 Precondition Required", (428,), "refused", "precondition", "It wants a condition; a letter has none."),
    Meaning("429 Too Many Requests", (429,), "throttle", "throttled", "Too fast: wait as long as it asks, then go slower."),
    Meaning("431 Request Header Fields Too Large", (431,), "refused", "too_large", "The headers will not shrink."),
    Meaning("451 Unavailable For Legal Reasons", (451,), "refused", "forbidden_by_law", "It may not take it, by law."),
    Meaning("460 (a load balancer)", (460,), "unknown", "office_failed",
            "It believes that we hung up; the office behind it may have the letter."),
    Meaning("494 (nginx)", (494,), "refused", "too_large", "As 431."),
    Meaning("495, 496 (nginx)", (495, 496), "retry", "not_authorized",
            "It wants a client's certificate, or another one: every letter fares so.", pauses=True),
    Meaning("497 (nginx)", (497,), "refused", "wrong_protocol", "Plain HTTP came to a port for TLS."),
    Meaning("499 (nginx)", (499,), "unknown", "office_failed",
            "It believes that we hung up; the office behind it may have the letter."),
    Meaning("other 4xx", tuple(range(400, 500)), "refused", "refused",
            "The office will not take this letter, however often.", rest=True),

    Meaning("500 Internal Server Error", (500,), "unknown", "office_failed",
            "It failed after it had the letter; it may have kept it."),
    Meaning("501 Not Implemented", (501,), "refused", "not_for_letters", "It does not know how to be posted to."),
    Meaning("502 Bad Gateway", (502,), "unknown", "office_failed",
            "What stands before the office got no sense out of it; the office may have the letter."),
    Meaning("503 Service Unavailable", (503,), "throttle", "unavailable", "Not now: wait as long as it asks."),
    Meaning("504 Gateway Timeout", (504,), "unknown", "office_failed",
            "What stands before the office did not hear from it in time; the office may have the letter."),
    Meaning("505 HTTP Version Not Supported", (505,), "refused", "wrong_protocol", "It does not speak this HTTP."),
    Meaning("507 Insufficient Storage", (507,), "retry", "office_full",
            "It has no room for it now; there may be some later."),
    Meaning("508 Loop Detected", (508,), "unknown", "office_failed", "It gave up half way; what it did before is not told."),
    Meaning("509 Bandwidth Limit Exceeded", (509,), "throttle", "throttled", "Too much for what it has been allotted."),
    Meaning("511 Network Authentication Required", (511,), "retry", "network_login",
            "A network on our own side wants a login; the office has seen nothing.", pauses=True),
    Meaning("521, 523 (Cloudflare)", (521, 523), "retry", "office_down",
            "The proxy got no connection to the office, so it handed nothing on."),
    Meaning("520, 522, 524 (Cloudflare)", (520, 522, 524), "unknown", "office_failed",
            "The proxy may have handed the letter on before the office fell silent."),
    Meaning("525, 526 (Cloudflare)", (525, 526), "retry", "office_down",
            "The proxy and the office did not agree on TLS, so it handed nothing on."),
    Meaning("529 (overloaded)", (529,), "throttle", "unavailable", "As 503."),
    Meaning("other 5xx", tuple(range(500, 600)), "unknown", "office_failed",
            "It failed, and nothing says that it did so before it had the letter.", rest=True),
    Meaning("a status that HTTP has not, as 042 or 999", (_NO_STATUS,), "unknown", "bad_answer",
            "Something answered; nobody can say what."),
)  # fmt: skip

_BY_STATUS: Final = by_key(STATUSES)


def of_status(status: int, receipt: str | None = None, retry_after: float | None = None) -> Answer:
    """What an HTTP status means, whichever number it is; ``retry_after`` in seconds, as the office asked."""
    row = _BY_STATUS.get(status if status >= 0 else _NO_STATUS) or _BY_STATUS[_NO_STATUS]
    return row.answer(status, receipt, retry_after)
