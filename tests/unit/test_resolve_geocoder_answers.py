"""The Census geocoder's JSON as it comes: layers that change their name, fields that go missing, more places than one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.resolve.geocoding.census import NotAnAnswer, parameters, read
from services.resolve.geocoding.wanted import Reply
from tests.unit.far_geocoder import Json, district, match, said, wanted

AUSTIN = (30.26271, -97.73948)
FAR_OFF = (30.40, -97.70)
L119, L120 = "119th Congressional Districts", "120th Congressional Districts"


def answer(*matches: Json, **asked: Any) -> Reply:
    return read(json.dumps(said(*matches)).encode(), wanted(**asked))


def geoid(layers: dict[str, list[Json]], congress: int = 119) -> str | None:
    """The district that is read from the layers of a match."""
    reply = answer(match(layers=layers, state=""), congress=congress)
    assert reply.located
    return reply.located.geoid


def test_a_question_names_its_vintage_and_leaves_out_what_is_not_known() -> None:
    assert parameters(wanted("1 Main St", state=None), "Public_AR_Current", "ACS2025_Current") == {
        "street": "1 Main St",
        "city": "Canaryville",
        "zip": "78702",
        "benchmark": "Public_AR_Current",
        "vintage": "ACS2025_Current",
        "format": "json",
    }


def test_x_is_the_longitude_and_places_have_four_decimals() -> None:
    located = answer(match(30.262716, -97.739482)).located
    assert located
    assert (located.lat, located.lon, located.geoid, located.same_zip) == (30.2627, -97.7395, "4837", True)


def test_each_congress_has_its_own_layer_and_neither_the_newest_nor_the_first_wins() -> None:
    # Downtown Austin: the 37th of the people who sit, the 10th of those who are being elected.
    both = {L120: [district("4810", 120)], L119: [district("4837")]}
    assert geoid(both) == "4837"
    assert geoid(dict(reversed(both.items()))) == "4837"
    assert geoid(both, congress=120) == "4810"


def test_where_only_another_congress_is_served_there_is_a_place_and_no_district() -> None:
    assert geoid({L120: [district("4810", 120)]}) is None
    assert geoid({L120: [district("4810", 120)], "Congressional Districts": [district("4837")]}) is None
    assert geoid({}) is None


def test_a_layer_that_contradicts_its_own_name_is_not_believed() -> None:
    assert geoid({L119: [district("4810", 120)]}) is None


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"GEOID": "4837"}, "4837"),
        ({"GEOID": "4837", "CD119": "37"}, "4837"),
        ({"GEOID": "5001900US4837"}, "4837"),
        ({"STATE": "48", "CD119": "37"}, "4837"),
        ({"STATE": "48", "CD119FP": "37"}, "4837"),
        ({"STATE": "48", "BASENAME": "7"}, "4807"),
        ({"GEOID": "4837", "CD120": "10"}, "4837"),
        ({"GEOID": "5600", "STATE": "56", "BASENAME": "Congressional District (at Large)"}, "5600"),
        ({"STATE": "56", "BASENAME": "Congressional District (at Large)"}, "5600"),
        ({"STATE": "11", "BASENAME": "Delegate District (at Large)"}, "1198"),
        ({"STATE": "72", "BASENAME": "Resident Commissioner District (at Large)"}, "7298"),
        ({"GEOID": "4837", "CD119": "10"}, None),  # contradict each other
        ({"GEOID": "4837", "STATE": "40"}, None),
        ({"GEOID": "09ZZ", "STATE": "09", "CD119": "ZZ"}, None),  # water
        ({"GEOID": "0337"}, None),  # no such state
        ({"BASENAME": "37"}, None),
        ({"STATE": "48", "BASENAME": "Downtown"}, None),
        ({"STATE": "48", "BASENAME": "٣٧"}, None),
        ({"STATE": 48, "CD119": 37}, "4837"),
        ({}, None),
    ],
)
def test_a_district_is_read_from_whatever_fields_are_there(record: Json, expected: str | None) -> None:
    assert geoid({L119: [record]}) == expected


def test_two_districts_in_one_layer_are_none() -> None:
    assert geoid({L119: [district("4837"), district("4810")]}) is None
    assert geoid({L119: [district("4837"), district("4837")]}) == "4837"


def test_no_match_is_an_answer() -> None:
    assert answer() == Reply("none")


def test_places_within_fifty_metres_are_one() -> None:
    lat, lon = AUSTIN
    near, off = match(lat + 0.0004, lon), match(lat + 0.0005, lon)  # 44 and 56 metres
    other = {L119: [district("4810")]}
    assert answer(match(*AUSTIN), near).result == "found"
    assert answer(match(*AUSTIN), off | {"geographies": other}).result == "ambiguous"
    one_of_two = answer(match(*AUSTIN), near | {"geographies": other})
    assert one_of_two.located
    assert one_of_two.located.geoid is None, "it cannot be said which"


def test_a_degree_of_longitude_is_shorter_in_the_north() -> None:
    west, east = (match(64.84, lon, state="AK", zip5="99701", layers={}) for lon in (-147.701, -147.7))
    reply = answer(west, east, state="AK", zip5="99701")
    assert reply.result == "found", "47 metres apart there, which would be 111 at the equator"


def test_places_apart_are_one_answer_only_within_one_district() -> None:
    assert answer(match(*AUSTIN), match(*FAR_OFF)).result == "found"
    assert answer(match(*AUSTIN), match(*FAR_OFF, layers={})).result == "ambiguous"
    assert answer(match(*AUSTIN, layers={}), match(*FAR_OFF, layers={})).result == "ambiguous"


def test_a_place_in_another_state_than_the_persons_is_no_place() -> None:
    assert answer(match(state="OK")).result == "elsewhere"
    assert answer(match(state="OK"), state=None).result == "found"
    both = answer(match(35.0, -97.0, state="OK", zip5="73071"), match(*AUSTIN))
    assert both.located
    assert both.located.lat == pytest.approx(30.26, abs=0.01)


def test_what_the_person_said_chooses_between_places_and_another_zip_is_told() -> None:
    elsewhere = match(*FAR_OFF, zip5="78758", layers={L119: [district("4810")]})
    chosen = answer(elsewhere, match(*AUSTIN)).located
    assert chosen
    assert (chosen.geoid, chosen.same_zip) == ("4837", True)
    moved = answer(elsewhere).located
    assert moved
    assert moved.same_zip is False
    silent = answer(match() | {"addressComponents": None}).located
    assert silent
    assert silent.same_zip, "a service that does not say contradicts nobody"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b'"result"',
        b'{"errors": ["Street address cannot be empty"], "status": "400"}',
        b'{"error": {"code": 400, "message": "Invalid field: CD119", "details": []}}',
        b'{"result": {}}',
        b'{"result": {"addressMatches": {}}}',
        b'{"result": {"addressMatches": [null]}}',
        b'{"result": {"addressMatches": [{}]}}',
        b'{"result": {"addressMatches": [{"coordinates": {"x": "-97", "y": "30"}}]}}',
        b'{"result": {"addressMatches": [{"coordinates": {"x": NaN, "y": 30}}]}}',
        b'{"result": {"addressMatches": [{"coordinates": {"x": -97, "y": Infinity}}]}}',
        b'{"result": {"addressMatches": [{"coordinates": {"x": -97, "y": 1' + b"0" * 400 + b"}}]}}",
        b'{"result": {"addressMatches": [{"coordinates": {"x": -97, "y": 1' + b"0" * 5000 + b"}}]}}",
        b'{"result": {"addressMatches": [{"coordinates": {"x": 30, "y": -97}}]}}',  # exchanged
        b'{"result": {"addressMatches": [{"coordinates": {"x": true, "y": false}}]}}',
        b'{"result": {"addressMatches": [{"coordinates": {"x": 1, "y": 1}, "geographies": []}, 7]}}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_what_is_no_answer_is_refused_without_a_word_of_it(body: bytes) -> None:
    with pytest.raises(NotAnAnswer) as caught:
        read(body, wanted())
    assert str(caught.value) == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(place=JSON, parts=JSON, layers=JSON | st.fixed_dictionaries({L119: JSON}), record=JSON)
def test_no_answer_whatever_it_holds_breaks_the_reading(place: Any, parts: Any, layers: Any, record: Any) -> None:
    bodies = [
        said({"coordinates": place, "addressComponents": parts, "geographies": layers}),
        said({**match(), "addressComponents": parts, "geographies": layers}),
        said(match(layers={L119: [district("4837", GEOID=record, CD119=parts, CDSESSN=place)]})),
        {"result": place},
    ]
    for body in bodies:
        try:
            reply = read(json.dumps(body).encode(), wanted())
        except NotAnAnswer:
            continue
        assert (reply.result == "found") == (reply.located is not None)
