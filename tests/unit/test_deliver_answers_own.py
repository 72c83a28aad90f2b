"""Congressional intake where it differs from other HTTP, and what ends an attempt on this side."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from services.deliver.answers import Answer, of_cwc, of_local, of_status
from services.deliver.answers.cwc import SAID, STATUSES
from services.deliver.answers.local import LOCAL
from services.deliver.channels import discard, outbox
from services.deliver.channels.cwc.intake import Said
from services.deliver.channels.cwc.refusals import of_message
from services.deliver.channels.printing import channel as printing
from tests.unit.answered import holds, untested

INTAKE = {
    200: "accepted accepted", 201: "accepted accepted", 202: "accepted accepted", 204: "accepted accepted",
    301: "refused moved pauses", 302: "unknown answered_elsewhere", 307: "refused redirected",
    400: "refused rules_broken", 401: "retry not_authorized pauses", 403: "retry not_authorized pauses",
    404: "retry wrong_door pauses", 405: "retry wrong_door pauses", 408: "retry office_timed_out",
    409: "accepted seen_before", 410: "retry wrong_door pauses", 413: "refused too_large", 415: "refused wrong_format",
    418: "refused refused", 422: "refused rules_broken", 429: "throttle throttled", 500: "unknown office_failed",
    501: "unknown office_failed", 502: "unknown office_failed", 503: "throttle unavailable",
    504: "unknown office_failed", 507: "unknown office_failed", 521: "unknown office_failed",
    42: "unknown bad_answer", 600: "unknown bad_answer",
}  # fmt: skip

OWN = {
    "cwc_delivery_id_seen": "refused cwc_delivery_id_seen unsure=accepted",
    "office_inactive": "refused office_inactive",
    "not_valid": "refused not_valid",
    "not_validated": "retry not_validated",
    "written": "accepted written",
    "disk_failed": "retry disk_failed",
    "disk_hangs": "unknown disk_hangs",
    "discarded": "accepted discarded",
    "address_not_allowed": "refused address_not_allowed",
    "address_private": "retry address_private pauses",
    "channel_not_set_up": "refused channel_not_set_up",
    "channel_raised": "unknown channel_raised",
}


@pytest.mark.parametrize(("status", "expected"), INTAKE.items())
def test_what_the_intake_says(status: int, expected: str) -> None:
    answer = of_cwc(status, 7.0, "HNY13-7")
    assert holds(answer, expected), answer
    assert (answer.retry_after, answer.receipt) == (7.0, "HNY13-7")


@pytest.mark.parametrize(("reason", "expected"), OWN.items())
def test_what_ends_an_attempt_on_this_side(reason: str, expected: str) -> None:
    assert holds(of_local(reason), expected)
    assert of_local(reason).status is None


def test_no_row_is_left_without_an_expectation() -> None:
    assert untested(STATUSES, INTAKE) == set()
    assert untested((*SAID, *LOCAL), OWN) == set()
    assert len(OWN) == len(SAID) + len(LOCAL)


def test_a_letter_that_the_intake_has_seen_was_delivered_whoever_remembers() -> None:
    assert of_cwc(409).verdict == "accepted"
    assert of_status(409).verdict == "refused"
    assert of_status(409).if_unsure == "accepted"


def test_a_failure_of_the_intake_proves_nothing_whichever_it_is() -> None:
    assert {of_cwc(status).verdict for status in range(500, 600) if status != 503} == {"unknown"}


def test_what_the_intake_has_no_row_for_means_what_it_means_elsewhere() -> None:
    named = {200, 201, 202, 400, 401, 403, 404, 405, 409, 410, 415, 422, 429, *range(500, 600)}
    for status in set(range(1000)) - named:
        assert of_cwc(status, 7.0, "HNY13-7") == of_status(status, "HNY13-7", 7.0)


@pytest.mark.parametrize("channel", [discard, outbox, printing])
def test_what_a_channel_without_an_office_says_is_in_the_table(channel: ModuleType) -> None:
    said = [value for value in vars(channel).values() if isinstance(value, Answer)]
    assert said
    assert said == [of_local(answer.reason) for answer in said]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("The DeliveryId is a duplicate", "cwc_delivery_id_seen"),
        ("The office is not active", "office_inactive"),
        ("Something is wrong", "rules_broken"),
    ],
)
def test_what_the_intakes_words_mean_is_in_the_table(words: str, reason: str) -> None:
    answer = of_message(Said(400, body=f"<Errors><Error>{words}</Error></Errors>".encode()))
    expected = of_cwc(400) if reason == "rules_broken" else of_local(reason)
    assert answer == replace(expected, status=400)
    assert answer.reason == reason
