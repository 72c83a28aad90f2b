"""Mail: each reply by the verb that it answers, and each way to get none. All turns on the final dot."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest

from services.deliver.answers import Answer, of_smtp, of_smtp_failure
from services.deliver.answers.smtp import FAILURES, REPLIES, Kind, Verb
from tests.unit.answered import holds, untested

BEFORE: tuple[Verb, ...] = ("connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data")

EXPECTED: dict[tuple[Verb, int], str] = {
    ("connect", 421): "throttle unavailable", ("connect", 220): "retry broken_off", ("connect", 450): "retry deferred",
    ("connect", 521): "retry not_welcome pauses", ("connect", 554): "retry not_welcome pauses",
    ("ehlo", 421): "throttle unavailable", ("ehlo", 250): "retry broken_off", ("ehlo", 451): "retry deferred",
    ("ehlo", 502): "retry not_welcome pauses", ("ehlo", 550): "retry not_welcome pauses",
    ("starttls", 220): "retry broken_off", ("starttls", 421): "throttle unavailable",
    ("starttls", 454): "retry tls_failed", ("starttls", 502): "retry starttls_missing pauses",
    ("auth", 235): "retry broken_off", ("auth", 334): "retry broken_off", ("auth", 421): "throttle unavailable",
    ("auth", 432): "retry not_authorized pauses", ("auth", 454): "retry deferred",
    ("auth", 504): "retry not_authorized pauses", ("auth", 535): "retry not_authorized pauses",
    ("mail", 250): "retry broken_off", ("mail", 421): "throttle unavailable", ("mail", 450): "retry deferred",
    ("mail", 451): "retry deferred", ("mail", 452): "retry office_full", ("mail", 501): "refused refused",
    ("mail", 530): "retry not_authorized pauses", ("mail", 550): "refused sender_refused pauses",
    ("mail", 552): "refused too_large", ("mail", 553): "refused sender_refused pauses",
    ("mail", 555): "refused not_supported", ("mail", 599): "refused refused",
    ("rcpt", 251): "retry broken_off", ("rcpt", 421): "throttle unavailable", ("rcpt", 450): "retry greylisted",
    ("rcpt", 451): "retry greylisted", ("rcpt", 452): "retry office_full", ("rcpt", 471): "retry deferred",
    ("rcpt", 521): "refused no_such_mailbox", ("rcpt", 530): "retry not_authorized pauses",
    ("rcpt", 550): "refused no_such_mailbox", ("rcpt", 551): "refused no_such_mailbox",
    ("rcpt", 552): "retry office_full", ("rcpt", 553): "refused no_such_mailbox", ("rcpt", 554): "refused refused",
    ("rcpt", 556): "refused no_such_mailbox",
    ("data", 250): "retry broken_off", ("data", 354): "retry broken_off", ("data", 421): "throttle unavailable",
    ("data", 451): "retry deferred", ("data", 503): "refused refused", ("data", 554): "refused refused",
    ("message", 250): "accepted accepted", ("message", 252): "accepted accepted", ("message", 354): "unknown bad_answer",
    ("message", 421): "throttle unavailable", ("message", 450): "retry deferred", ("message", 451): "retry deferred",
    ("message", 452): "retry office_full", ("message", 550): "refused refused", ("message", 552): "refused too_large",
    ("message", 554): "refused refused",
    ("quit", 221): "accepted accepted", ("quit", 421): "accepted accepted", ("quit", 500): "accepted accepted",
    ("connect", 0): "retry strange_reply", ("mail", 0): "retry strange_reply", ("message", 0): "unknown bad_answer",
    ("quit", 0): "accepted accepted",
}  # fmt: skip

SILENT: dict[tuple[Verb, Kind], str] = {
    ("connect", "refused"): "retry no_connection", ("connect", "timed_out"): "retry connect_timed_out",
    ("connect", "lost"): "retry lost_before_writing", ("connect", "tls"): "retry tls_failed",
    ("connect", "strange"): "retry strange_reply",
    ("ehlo", "timed_out"): "retry timed_out_before_writing", ("ehlo", "lost"): "retry lost_before_writing",
    ("starttls", "tls"): "retry tls_failed", ("starttls", "not_offered"): "retry starttls_missing pauses",
    ("auth", "not_offered"): "retry login_missing pauses", ("mail", "not_offered"): "refused not_supported",
    ("mail", "timed_out"): "retry timed_out_before_writing", ("rcpt", "lost"): "retry lost_before_writing",
    ("data", "timed_out"): "retry timed_out_before_writing", ("data", "lost"): "retry lost_before_writing",
    ("message", "lost"): "unknown connection_lost", ("message", "tls"): "unknown connection_lost",
    ("message", "timed_out"): "unknown no_answer", ("message", "strange"): "unknown bad_answer",
    ("quit", "lost"): "accepted accepted", ("quit", "timed_out"): "accepted accepted",
    ("quit", "strange"): "accepted accepted",
}  # fmt: skip


@pytest.mark.parametrize(("verb", "code", "expected"), [(*key, value) for key, value in EXPECTED.items()])
def test_what_a_reply_means(verb: Verb, code: int, expected: str) -> None:
    answer = of_smtp(verb, code, "queued-7")
    assert holds(answer, expected), answer
    assert (answer.status, answer.receipt) == (code or None, "queued-7")


@pytest.mark.parametrize(("verb", "kind", "expected"), [(*key, value) for key, value in SILENT.items()])
def test_what_no_reply_means(verb: Verb, kind: Kind, expected: str) -> None:
    answer = of_smtp_failure(verb, kind)
    assert holds(answer, expected), answer
    assert answer.status is None


def test_no_row_is_left_without_an_expectation() -> None:
    assert untested(REPLIES, EXPECTED) == set()
    assert untested(FAILURES, SILENT) == set()


@pytest.mark.parametrize("verb", BEFORE)
def test_before_the_final_dot_nothing_is_accepted_or_left_open(verb: Verb) -> None:
    answers = [
        *(of_smtp(verb, code) for code in range(1000)),
        *(of_smtp_failure(verb, kind) for kind in get_args(Kind)),
    ]
    assert {answer.verdict for answer in answers} <= {"retry", "throttle", "refused"}
    for code in range(400, 500):
        assert of_smtp(verb, code).verdict in ("retry", "throttle"), "4xx is never final"


def test_after_the_final_dot_a_reply_is_final_and_no_reply_proves_nothing() -> None:
    verdicts = {2: {"accepted"}, 3: {"unknown"}, 4: {"retry", "throttle"}, 5: {"refused"}}
    for code in range(200, 600):
        assert of_smtp("message", code).verdict in verdicts[code // 100], code
    assert {of_smtp("message", code).verdict for code in (-1, 0, 42, 199, 600, 999)} == {"unknown"}
    for kind in ("refused", "lost", "timed_out", "tls", "strange"):
        assert of_smtp_failure("message", kind).verdict == "unknown", kind


def test_no_farewell_takes_back_what_was_accepted() -> None:
    for code, kind in product(range(-1, 1001, 7), get_args(Kind)):
        assert of_smtp("quit", code).verdict == of_smtp_failure("quit", kind).verdict == "accepted"


def test_a_number_that_is_no_code_is_not_written_down() -> None:
    assert of_smtp("message", -1) == Answer("unknown", "bad_answer")
