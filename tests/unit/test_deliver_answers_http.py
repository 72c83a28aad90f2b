"""HTTP: each status, and each way to get none. A refusal needs proof; where the letter may have arrived, nobody can tell."""

from __future__ import annotations

import pytest

from services.deliver.answers import FAILURES, Answer, of_failure, of_status
from services.deliver.answers.http import STATUSES
from tests.unit.answered import holds, untested

EXPECTED = {
    100: "unknown bad_answer", 101: "unknown bad_answer", 103: "unknown bad_answer", 199: "unknown bad_answer",
    200: "accepted accepted", 201: "accepted accepted", 202: "accepted accepted", 203: "accepted accepted",
    204: "accepted accepted", 205: "accepted accepted", 206: "accepted accepted", 207: "unknown mixed_answer",
    208: "accepted accepted", 226: "accepted accepted", 299: "accepted accepted",
    300: "refused redirected", 301: "refused moved pauses", 302: "unknown answered_elsewhere",
    303: "unknown answered_elsewhere", 304: "unknown bad_answer", 305: "refused redirected", 306: "refused redirected",
    307: "refused redirected", 308: "refused moved pauses", 399: "refused redirected",
    400: "refused refused", 401: "retry not_authorized pauses", 402: "retry payment_required pauses",
    403: "retry not_authorized pauses", 404: "refused not_found", 405: "refused not_for_letters",
    406: "unknown no_form_of_answer", 407: "retry proxy_not_authorized pauses", 408: "retry office_timed_out",
    409: "refused conflict unsure=accepted", 410: "refused office_gone pauses", 411: "refused wrong_format",
    412: "refused precondition", 413: "refused too_large", 414: "refused too_large", 415: "refused wrong_format",
    416: "refused refused", 417: "refused precondition", 418: "refused refused", 420: "throttle throttled",
    421: "retry misdirected", 422: "refused refused", 423: "throttle locked", 424: "retry dependency_failed",
    425: "throttle throttled", 426: "refused wrong_protocol", 428: "refused precondition", 429: "throttle throttled",
    431: "refused too_large", 451: "refused forbidden_by_law", 460: "unknown office_failed", 494: "refused too_large",
    495: "retry not_authorized pauses", 496: "retry not_authorized pauses", 497: "refused wrong_protocol",
    498: "refused refused", 499: "unknown office_failed",
    500: "unknown office_failed", 501: "refused not_for_letters", 502: "unknown office_failed",
    503: "throttle unavailable", 504: "unknown office_failed", 505: "refused wrong_protocol",
    506: "unknown office_failed", 507: "retry office_full", 508: "unknown office_failed", 509: "throttle throttled",
    511: "retry network_login pauses", 520: "unknown office_failed", 521: "retry office_down",
    522: "unknown office_failed", 523: "retry office_down", 524: "unknown office_failed", 525: "retry office_down",
    526: "retry office_down", 527: "unknown office_failed", 529: "throttle unavailable", 530: "unknown office_failed",
    598: "unknown office_failed", 599: "unknown office_failed",
    -1: "unknown bad_answer", 0: "unknown bad_answer", 42: "unknown bad_answer", 99: "unknown bad_answer",
    600: "unknown bad_answer", 999: "unknown bad_answer", 1000: "unknown bad_answer",
}  # fmt: skip

SILENT = {
    "name_not_found": "retry", "name_server_failed": "retry", "no_connection": "retry", "connect_timed_out": "retry",
    "tls_expired": "retry pauses", "tls_wrong_host": "retry pauses", "tls_untrusted": "retry pauses",
    "tls_too_old": "retry pauses", "tls_failed": "retry", "lost_before_writing": "retry",
    "timed_out_before_writing": "retry", "connection_lost": "unknown", "no_answer": "unknown",
    "answer_cut_short": "unknown", "bad_answer": "unknown",
}  # fmt: skip


@pytest.mark.parametrize(("status", "expected"), EXPECTED.items())
def test_what_a_status_means(status: int, expected: str) -> None:
    answer = of_status(status, "HNY13-7", 7.0)
    assert holds(answer, expected), answer
    assert (answer.receipt, answer.retry_after) == ("HNY13-7", 7.0)


@pytest.mark.parametrize(("reason", "expected"), SILENT.items())
def test_what_no_answer_means(reason: str, expected: str) -> None:
    verdict, *pauses = expected.split()
    assert holds(of_failure(reason), " ".join((verdict, reason, *pauses)))
    assert of_failure(reason).status is None


def test_no_row_is_left_without_an_expectation() -> None:
    assert untested(STATUSES, EXPECTED) == set()
    assert untested(FAILURES, SILENT) == set()
    assert len(SILENT) == len(FAILURES)


def test_every_status_that_no_row_names_means_what_its_class_means() -> None:
    classes = {1: "unknown bad_answer", 2: "accepted accepted", 3: "refused redirected", 4: "refused refused",
               5: "unknown office_failed"}  # fmt: skip
    for status in set(range(100, 600)) - set(EXPECTED):
        assert holds(of_status(status), classes[status // 100]), status


def test_a_number_that_is_no_status_is_not_written_down() -> None:
    assert of_status(42) == Answer("unknown", "bad_answer")
    assert of_status(999) == Answer("unknown", "bad_answer", 999)
