"""What becomes of a submission that could be read: everything wrong with it at once, and the campaign's say."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from schemas.accepted import SubmissionAccepted, SubmissionRejected
from schemas.topics import ACCEPTED, REJECTED
from schemas.wire import read
from services.ingest.handler import Deps, handle
from services.ingest.intake import receive
from services.pipeline.outcomes import Done, Emit
from tests.badinput import desk

CAMPAIGNS = {campaign.slug: campaign for campaign in desk.CAMPAIGNS_OPEN}


def deps(accepted: dict[bytes, bytes] | None = None) -> Deps:
    return Deps(CAMPAIGNS.get, {} if accepted is None else accepted, desk.NOW)


def answer(fields: dict[str, Any], given: Deps | None = None, **of_record: Any) -> desk.Answer:
    return desk.read_outcome(handle(receive(desk.sent("bare", fields, **of_record)), given or deps()))


def test_everything_wrong_is_told_at_once_and_once_a_field() -> None:
    found = answer(
        {
            "campaign": "over",
            "constituent.first_name": " ",
            "constituent.last_name": "Lo\npez",
            "constituent.email": "maria@@example.org",
            "constituent.phone": 5,
            "constituent.address": {
                "line1": "x\x07",
                "city": "",
                "state": "Nowhere",
                "zip": "K1A 0B1",
                "country": "CA",
            },
            "message": "x" * 10_001,
        }
    )
    assert found.faults == [
        ("campaign", "campaign_closed"),
        ("constituent.address", "unknown_field"),
        ("constituent.address.city", "required"),
        ("constituent.address.line1", "control_character"),
        ("constituent.address.state", "unknown_state"),
        ("constituent.address.zip", "not_us"),
        ("constituent.email", "malformed"),
        ("constituent.first_name", "required"),
        ("constituent.last_name", "line_break"),
        ("constituent.phone", "malformed"),
        ("message", "too_long"),
    ]


@pytest.mark.parametrize(
    ("campaign", "opens", "closes"),
    [("over", None, desk.NOW - timedelta(hours=1)), ("not-yet", desk.NOW + timedelta(hours=1), None)],
)
def test_a_campaign_that_is_not_open_refuses_with_its_dates(
    campaign: str, opens: datetime | None, closes: datetime | None
) -> None:
    found = answer({"campaign": campaign}).rejected
    assert found is not None
    assert (found.opens, found.closes) == (opens, closes)


def test_other_rejections_have_no_dates() -> None:
    found = answer({"campaign": "open", "constituent.email": ""}).rejected
    assert found is not None
    assert (found.opens, found.closes) == (None, None)


def test_what_is_absent_whole_is_told_once() -> None:
    found = answer({"campaign": "no such campaign", "constituent.address": None})
    assert found.faults == [("campaign", "malformed"), ("constituent.address", "malformed")]


@pytest.mark.parametrize(
    ("missing", "fault"),
    [
        ("prefix", ("constituent.prefix", "required")),
        ("last_name", ("constituent.last_name", "required")),
        ("phone", ("constituent.phone", "required")),
        ("address.state", ("constituent.address.state", "required")),
        ("message", ("message", "required")),
    ],
)
def test_a_campaign_gets_the_fields_that_it_requires(missing: str, fault: tuple[str, str]) -> None:
    whole = {
        "campaign": "all",
        "constituent.prefix": "Ms.",
        "constituent.phone": "202-555-0143",
        "message": "Please.",
    }
    assert answer(whole).outcome == "accepted"
    assert answer(whole | {fault[0]: " "}).faults == [fault]
    assert answer({"campaign": "open"} | {fault[0]: " "}).outcome == "accepted", "and no other campaign asks for it"


def test_a_campaign_is_open_from_its_opening_until_it_closes() -> None:
    given = Deps(
        {"brief": desk.campaign("brief", opens=desk.NOW, closes=desk.NOW + timedelta(seconds=1))}.get, {}, desk.NOW
    )
    found = [
        answer({"campaign": "brief"}, Deps(given.campaign, {}, desk.NOW), timestamp=desk.NOW_MS + later).outcome
        for later in (-1, 0, 999, 1000)
    ]
    assert found == ["rejected", "accepted", "accepted", "rejected"]


def test_the_brokers_clock_counts_and_not_the_sending_or_the_reading_one() -> None:
    earlier = desk.NOW_MS - 2 * 3_600_000
    found = answer({"campaign": "over"}, timestamp=earlier)
    assert found.accepted
    assert found.accepted.received_at == desk.NOW - timedelta(hours=2)


def test_a_repeat_is_a_repeat_though_the_campaign_is_over_or_gone() -> None:
    given = deps()
    assert answer({"campaign": "over"}, given, timestamp=desk.NOW_MS - 7_200_000).outcome == "accepted"
    assert answer({"campaign": "over"}, given) == desk.Answer("repeat", said="repeat")
    gone = Deps(lambda _slug: None, given.accepted, desk.NOW)
    assert answer({"campaign": "over"}, gone).outcome == "repeat"


def test_an_id_belongs_to_what_was_accepted_under_it() -> None:
    given = deps()
    assert answer({}, given).outcome == "accepted"
    for other in (
        {"message": "More."},
        {"constituent.first_name": "Ana"},
        {"campaign": "all"},
        {"source": "other.example"},
    ):
        assert ("$", "id_reused") in answer(other, given).faults
    assert answer({}, given).outcome == "repeat", "and stays with it"


def test_what_was_rejected_claims_no_id() -> None:
    given = deps()
    assert answer({"constituent.email": "maria"}, given).outcome == "rejected"
    assert given.accepted == {}
    assert answer({}, given).outcome == "accepted"


def test_the_events_are_addressed_and_traced() -> None:
    sent = receive(desk.sent())
    (outcome,) = handle(sent, deps())
    assert isinstance(outcome, Emit)
    assert (outcome.topic, outcome.key, outcome.place_by) == (ACCEPTED, desk.ID.encode(), None)
    event = read(SubmissionAccepted, outcome.value)
    assert (event.id, event.source, event.time, event.traceparent) == (
        desk.ID,
        "/postbag/ingest",
        desk.NOW,
        sent.traceparent,
    )
    assert event.data.frontend == desk.SOURCE
    assert event.data.received_at == desk.NOW

    bad = receive(desk.sent("bare", {"campaign": "over"}))
    (outcome,) = handle(bad, deps())
    assert isinstance(outcome, Emit)
    assert (outcome.topic, outcome.key, outcome.place_by) == (REJECTED, desk.ID.encode(), None)
    rejected = read(SubmissionRejected, outcome.value)
    assert (rejected.id, rejected.traceparent, rejected.data.frontend) == (desk.ID, bad.traceparent, desk.SOURCE)
    assert rejected.data.campaign == "over"


def test_a_name_that_is_no_campaigns_is_not_repeated() -> None:
    found = answer({"campaign": "maria-lopez-of-elm-street"})
    assert found.rejected
    assert found.rejected.campaign is None


def test_flags_add_up() -> None:
    found = answer(
        {
            "constituent.first_name": "\u0410dam",
            "constituent.last_name": "L\u03bfpez",
            "constituent.phone": "x",
            "message": "\u202e" + "http://a.example " * 4,
            "consented_at": "1999-12-31T23:59:59Z",
        },
        key=None,
        timestamp=-1,
    )
    assert found.accepted
    assert sorted(found.accepted.flags) == [
        "bidi_removed",
        "consent_time_implausible",
        "key_missing",
        "many_links",
        "mixed_script",
        "phone_dropped",
        "received_at_clamped",
    ]


def test_nothing_is_written_for_a_repeat() -> None:
    given = deps()
    handle(receive(desk.sent()), given)
    assert handle(receive(desk.sent()), given) == (Done("repeat"),)
