"""Points and districts at intake: what can be true goes on, and submissions without any are what they always were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.accepted import SubmissionAccepted
from schemas.states import STATES_BY_FIPS
from schemas.submission import SentDistrict, SentLocation
from schemas.wire import read
from services.ingest.codes import FlagCode
from services.ingest.evidence import judge
from services.ingest.handler import Deps, handle
from services.ingest.intake import receive
from services.pipeline.outcomes import Done, Emit
from tests.badinput import desk

POINT = {"lat": 42.3655, "lon": -71.1034, "accuracy": "rooftop"}
DISTRICT = {"geoid": "2507", "congress": 119, "proof": "geocoder"}
AT, OF = "constituent.address.location", "constituent.address.district"
TOWNS = {
    "Key West": (24.555, -81.78),
    "Lubec": (44.86, -66.98),
    "Blaine": (48.99, -122.75),
    "Utqiagvik": (71.29, -156.79),
    "Adak": (51.88, -176.65),
    "Shemya": (52.72, 174.11),
    "Hilo": (19.71, -155.08),
    "Mayaguez": (18.2, -67.14),
    "Christiansted": (17.75, -64.7),
    "Hagatna": (13.47, 144.75),
    "Saipan": (15.19, 145.75),
    "Pago Pago": (-14.28, -170.7),
}


def accepted(deps: Deps, fields: dict[str, Any]) -> SubmissionAccepted:
    (outcome,) = handle(receive(desk.sent("bare", fields)), deps)
    assert isinstance(outcome, Emit)
    return read(SubmissionAccepted, outcome.value)


def deps() -> Deps:
    return Deps({campaign.slug: campaign for campaign in desk.CAMPAIGNS_OPEN}.get, {}, desk.NOW)


def test_a_submission_without_evidence_has_the_fingerprint_that_it_always_had() -> None:
    """Of a submission of the release before there was any: a frontend's retry across the update must stay a repeat."""
    event = accepted(deps(), {"message": "Please."})
    assert event.data.fingerprint == "0a3cf93c8476700dd7ffc83d96226e91"


def test_evidence_is_part_of_what_a_repeat_must_repeat() -> None:
    known = deps()
    marks = {accepted(deps(), fields).data.fingerprint for fields in ({}, {AT: POINT}, {OF: DISTRICT})}
    marks.add(accepted(deps(), {AT: POINT | {"accuracy": "parcel"}}).data.fingerprint)
    marks.add(accepted(known, {AT: POINT, OF: DISTRICT}).data.fingerprint)
    assert len(marks) == 5
    assert handle(receive(desk.sent("structured", {AT: POINT, OF: DISTRICT})), known) == (Done("repeat"),)
    assert desk.read_outcome(handle(receive(desk.sent("bare", {AT: POINT})), known)).faults == [("$", "id_reused")]


def test_evidence_is_carried_along_and_what_was_left_out_is_not_in_the_bytes() -> None:
    event = accepted(deps(), {AT: POINT, OF: DISTRICT})
    address = event.data.constituent.address.model_dump()
    assert (address["location"], address["district"]) == (POINT, DISTRICT)
    (outcome,) = handle(receive(desk.sent("bare", {AT: POINT | {"lat": 0.0, "lon": 0.0}})), deps())
    assert isinstance(outcome, Emit)
    assert b"location" not in outcome.value.replace(b"location_implausible", b"")


@pytest.mark.parametrize(("lat", "lon"), TOWNS.values(), ids=TOWNS)
def test_every_corner_of_the_country_is_in_it_and_its_mirror_image_is_not(lat: float, lon: float) -> None:
    for point, flags in (
        ((lat, lon), []),
        ((lon, lat), ["location_implausible"]),
        ((-lat, lon), ["location_implausible"]),
    ):
        raised: list[FlagCode] = []
        found = judge(SentLocation(lat=point[0], lon=point[1], accuracy="rooftop"), None, "", raised)
        assert (bool(found), raised) == (not flags, flags)


@given(st.floats(-180, 180), st.floats(-180, 180))
def test_no_point_is_taken_both_as_it_is_and_swapped(lat: float, lon: float) -> None:
    def taken(*numbers: float) -> bool:
        return bool(judge(SentLocation(lat=numbers[0], lon=numbers[1], accuracy="parcel"), None, "", []))

    assert not (taken(lat, lon) and taken(lon, lat))


@pytest.mark.parametrize(("number", "state"), STATES_BY_FIPS.items())
def test_a_district_is_taken_in_its_own_state_and_where_none_is_given(number: str, state: str) -> None:
    district = SentDistrict(geoid=f"{number}01", congress=119, proof="person_confirmed")
    for given_state, flags in ((state, []), ("", []), ("AE", ["district_implausible"])):
        raised: list[FlagCode] = []
        found = judge(None, district, given_state, raised)
        assert (found.get("district") == district.model_dump(), raised) == (not flags, flags)


def test_evidence_in_a_submission_that_is_wrong_elsewhere_is_judged_for_itself(tmp_path: Path) -> None:
    stage = desk.open_stage(tmp_path, desk.broker())
    found = desk.settle_one(stage, desk.sent("bare", {AT: POINT, OF: DISTRICT, "constituent.email": "x"}))
    wrong = desk.settle_one(stage, desk.sent("bare", {AT: POINT | {"lat": 10**30}, "constituent.email": 5}))
    stage.close()
    assert found.faults == [("constituent.email", "malformed")]
    assert wrong.faults == [("constituent.address.location.lat", "malformed"), ("constituent.email", "malformed")]
