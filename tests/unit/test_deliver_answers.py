"""What each answer of an office means: one thing of each, and nothing is called certain that is not."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

from schemas.fields import Code
from services.cli.reference import pages
from services.deliver.answers import ELSEWHERE, FAILURES, TABLE, Answer, of_failure, of_status
from services.deliver.channels import discard, outbox


def test_every_status_has_exactly_one_meaning() -> None:
    for status in range(200, 600):
        (row,) = (row for row in TABLE if status in row.statuses)
        assert of_status(status) == Answer(row.verdict, row.reason, status)
    for status in range(100, 200):  # an answer that never became one
        assert of_status(status) == Answer("unknown", "bad_answer", status)
    assert {status for row in TABLE for status in row.statuses} == set(range(200, 600))


@pytest.mark.parametrize(
    ("verdict", "statuses"),
    [
        ("accepted", (200, 201, 202, 204, 299)),
        ("refused", (300, 301, 302, 303, 304, 307, 308)),
        ("refused", (400, 402, 404, 405, 406, 409, 410, 411, 412, 413, 415, 421, 422, 428, 431, 451, 499)),
        ("retry", (401, 403, 408)),
        ("throttle", (425, 429, 503)),
        ("unknown", (500, 501, 502, 504, 507, 599)),
        ("unknown", (0, 42, 99, 100, 103, 600, 999)),
    ],
)
def test_what_the_statuses_that_offices_use_mean(verdict: str, statuses: tuple[int, ...]) -> None:
    assert {status: of_status(status).verdict for status in statuses} == dict.fromkeys(statuses, verdict)


def test_a_failure_is_unknown_exactly_where_the_office_may_have_the_letter() -> None:
    certain = {row.reason for row in FAILURES if row.why == "Nothing was sent."}
    assert certain == {"no_connection", "tls_failed", "connect_timed_out"}
    for row in FAILURES:
        assert of_failure(row.reason) == Answer("retry" if row.reason in certain else "unknown", row.reason)


def test_receipt_and_wait_are_handed_on() -> None:
    assert of_status(201, "HNY13-7", None) == Answer("accepted", "accepted", 201, "HNY13-7", None)
    assert of_status(429, None, 7.0) == Answer("throttle", "throttled", 429, None, 7.0)


def test_a_status_that_is_none_is_not_written_down() -> None:
    assert of_status(42) == Answer("unknown", "bad_answer")


def test_reasons_are_codes_and_each_row_has_its_own() -> None:
    pattern = Code.__metadata__[0].pattern  # type: ignore[attr-defined]
    reasons = [row.reason for row in (*TABLE, *FAILURES, *ELSEWHERE)]
    assert len(set(reasons)) == len(reasons)
    assert all(re.fullmatch(pattern, reason) for reason in reasons)


@pytest.mark.parametrize("channel", [discard, outbox])
def test_what_a_channel_without_an_office_says_is_in_the_table(channel: ModuleType) -> None:
    said = [value for value in vars(channel).values() if isinstance(value, Answer)]
    assert said
    assert {(answer.verdict, answer.reason) for answer in said} <= {(row.verdict, row.reason) for row in ELSEWHERE}


def test_the_documentation_has_every_row() -> None:
    page = pages()["answers.md"]
    for row in (*TABLE, *FAILURES, *ELSEWHERE):
        assert f"| {row.when} | {row.verdict} | `{row.reason}` | {row.why} |" in page
