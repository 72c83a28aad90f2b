"""What a completion changes about an address, what it must not change, and whose it may be."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.accepted import AssertedDistrict, Location, SubmissionRejected
from schemas.completion import Amendment, Completed, CompletionAccepted
from schemas.resolved import SubmissionReleased
from schemas.topics import HELD, REJECTED, RESOLVED
from schemas.wire import read
from services.pipeline.outcomes import Emit
from services.resolve.completion import amend, close, join, refuse, take_up
from tests.unit import made

POINT = Location(lat=42.3655, lon=-71.1034, accuracy="rooftop")
ELSEWHERE = Location(lat=40.8, lon=-73.95, accuracy="parcel")
DISTRICT = AssertedDistrict(geoid="2507", congress=119, proof="geocoder")
OTHER = DISTRICT.model_copy(update={"geoid": "2505"})
OLD = made.ADDRESS.model_copy(
    update={"line2": "Apt 4", "plus4": "1234", "location": ELSEWHERE, "district": DISTRICT, "zip5": "02139"}
)


def completion(campaign: str = "open", frontend: str = "forms.example", **given: Any) -> CompletionAccepted:
    data = Completed(
        submission_id=made.identity(1),
        frontend=frontend,
        campaign=campaign,
        address=Amendment(**given),
        flags=("mixed_script", "location_implausible"),
        received_at=made.NOW,
    )
    return CompletionAccepted(id=data.submission_id, source="/postbag/ingest", time=made.NOW, data=data)


@pytest.mark.parametrize(
    ("given", "changes"),
    [
        ({"plus4": "4307", "zip5": "02139"}, {"plus4": "4307"}),
        ({"zip5": "02139"}, {}),
        ({"zip5": "02140"}, {"zip5": "02140", "plus4": None, "location": None, "district": None}),
        ({"zip5": "02140", "plus4": "1"}, {"zip5": "02140", "plus4": "1", "location": None, "district": None}),
        ({"city": "Boston"}, {"city": "Boston", "plus4": None, "location": None, "district": None}),
        ({"state": "MA"}, {"state": "MA", "plus4": None, "location": None, "district": None}),
        (
            {"line1": "2 Elm St", "location": POINT},
            {"line1": "2 Elm St", "line2": "", "plus4": None, "location": POINT, "district": None},
        ),
        ({"line1": OLD.line1, "line2": "Apt 5"}, {"line2": "Apt 5"}),
        ({"line1": OLD.line1}, {"line2": ""}),
        ({"line2": "Apt 5"}, {"line2": "Apt 5"}),
        ({"location": POINT}, {"location": POINT}),
        ({"district": OTHER}, {"district": OTHER}),
    ],
)  # fmt: skip
def test_what_is_given_replaces_and_what_told_of_another_place_goes(
    given: dict[str, Any], changes: dict[str, Any]
) -> None:
    assert amend(OLD, Amendment.model_construct(**given)) == OLD.model_copy(update=changes)


def test_the_person_the_message_and_the_time_stay_as_they_were() -> None:
    held = made.submission(made.constituent(zip5="02139"), message="Please.", flags=("phone_dropped", "mixed_script"))
    found = join(held, completion(zip5="02140").data)
    assert found.constituent.address.zip5 == "02140"
    assert found.flags == ("phone_dropped", "mixed_script", "location_implausible")
    same = {"flags", "constituent"}
    assert found.model_dump(exclude=same) == held.model_dump(exclude=same)
    assert found.constituent.model_dump(exclude={"address"}) == held.constituent.model_dump(exclude={"address"})


def test_it_is_resolved_as_of_the_submission_and_not_of_the_completion() -> None:
    held = made.submission(made.constituent(zip5="02139", state="MA"))
    incoming = take_up(completion(location=POINT), held)
    assert incoming.received_at == held.received_at.timestamp()
    assert incoming.question().point is not None
    assert (incoming.zip5, incoming.state, incoming.submission_id) == ("02139", "MA", held.submission_id)


@pytest.mark.parametrize(
    ("event", "known", "fault"),
    [
        (completion(zip5="02140"), False, ("$", "not_held")),
        (completion(zip5="02140", frontend="other.example"), True, ("$", "not_held")),
        (completion(zip5="02140", campaign="canary-street"), True, ("campaign", "campaign_mismatch")),
    ],
)
def test_a_completion_that_goes_with_nothing_is_rejected_and_says_nothing_of_the_person(
    event: CompletionAccepted, known: bool, fault: tuple[str, str]
) -> None:
    (outcome,) = refuse(event, made.submission() if known else None)
    assert isinstance(outcome, Emit)
    assert (outcome.topic, outcome.key, outcome.place_by) == (REJECTED, made.identity(1).encode(), None)
    rejected = read(SubmissionRejected, outcome.value)
    assert [(one.field, one.code) for one in rejected.data.faults] == [fault]
    assert (rejected.source, rejected.data.completion) == ("/postbag/resolve", True)
    assert rejected.data.campaign == ("open" if fault[1] == "campaign_mismatch" else None)
    assert made.CANARY.encode() not in outcome.value


def test_one_that_fits_is_not_refused() -> None:
    assert refuse(completion(zip5="02140"), made.submission()) == ()


def test_only_what_is_resolved_is_released() -> None:
    event, key = completion(zip5="02140"), made.identity(1).encode()
    (*kept, release) = close(event, (Emit(RESOLVED, key, b"{}"),))
    assert kept == [Emit(RESOLVED, key, b"{}")]
    assert isinstance(release, Emit)
    assert (release.topic, release.key) == (HELD, key)
    data = read(SubmissionReleased, release.value).data
    assert (data.submission_id, data.reason) == (made.identity(1), "completed")
    assert close(event, (Emit(HELD, key, b"{}"),)) == (Emit(HELD, key, b"{}"),)
