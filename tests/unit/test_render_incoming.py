"""What render knows at a glance is what the strict reader knows: nothing more gets through, nothing is read otherwise."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given

from schemas.accepted import AssertedDistrict, Constituent, Location
from schemas.resolved import SubmissionResolved
from schemas.wire import Unreadable, read, write
from services.render.incoming import _AFTER_SUBMISSION, MOST_ROUTES, Incoming, Route, Routes, at_a_glance, from_event
from services.render.letters import without_place
from tests.unit import made
from tests.unit.render_bench import resolved, seat
from tests.unit.resolved_events import events, spoiled

EVENT = resolved(seat("HNY13"), message='My canary said: "no".\n', edited_letter="Tab\there, \\ there.")
ROUTE = Route((), {})
POINT = Location(lat=40.8, lon=-73.95, accuracy="rooftop")
DISTRICT = AssertedDistrict(geoid="3613", congress=119, proof="geocoder")


def glance(raw: bytes) -> Incoming | None:
    at = raw.find(_AFTER_SUBMISSION)
    return at_a_glance(raw[:at], ROUTE) if at > 0 else None


def known(raw: bytes) -> Routes:
    """Routes that have met the offices of an ordinary event, and those of ``raw`` as far as they can be read."""
    routes = Routes()
    routes.take_in(write(EVENT))
    with contextlib.suppress(Unreadable):
        routes.take_in(raw)
    return routes


@given(events())
def test_what_resolve_writes_is_seen_as_it_would_be_read(event: SubmissionResolved) -> None:
    raw = write(event)
    routes = known(raw)
    first, again = routes.take_in(raw), routes.take_in(raw)
    assert first == again
    assert first[:-1] == from_event(event)[:-1]
    assert first.route.offices == event.data.offices
    assert first.route.seats == {one.office: one for one in event.data.resolution.seats}
    assert first.constituent.encode() == write(without_place(event.data.submission.constituent))
    seen = glance(raw)
    assert seen is None or seen[:-1] == first[:-1]


@given(spoiled())
def test_whatever_else_is_written_is_never_taken_for_another_submission(raw: bytes) -> None:
    event = None
    with contextlib.suppress(Unreadable):
        event = read(SubmissionResolved, raw)
    if event is None:
        with pytest.raises(Unreadable):
            known(raw).take_in(raw)
        return
    taken = known(raw).take_in(raw)
    assert taken[:-1] == from_event(event)[:-1]
    assert taken.route.offices == event.data.offices


def test_an_ordinary_event_is_seen_at_a_glance_from_the_second_on(monkeypatch: pytest.MonkeyPatch) -> None:
    routes = Routes()
    first = routes.take_in(write(EVENT))
    monkeypatch.setattr("services.render.incoming.read", None)
    other = resolved(seat("HNY13"), person=made.constituent(first_name="Zoë", prefix="Dr."), message="🕊 李")
    second = routes.take_in(write(other))
    assert second.route is first.route
    assert (second.first_name, second.prefix, second.message) == ("Zoë", "Dr.", "🕊 李")


@pytest.mark.parametrize(
    "place",
    [
        {"location": POINT},
        {"district": DISTRICT},
        {"location": POINT, "district": DISTRICT},
    ],
)
def test_where_a_person_lives_on_the_map_ends_here(place: dict[str, Location | AssertedDistrict]) -> None:
    seen = glance(write(resolved(seat("HNY13"), person=made.constituent(plus4="1234", **place))))
    assert seen is not None
    assert Constituent.model_validate_json(seen.constituent) == made.constituent(plus4="1234")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"zip5":"10027"', b'"zip5":"10027","zip5":"99999"'),
        (b'"data":{', b'"data":{},"data":{'),
        (b'"offices":["HNY13"]', b'"offices":["HNY13"],"offices":["HNY12"]'),
        (b"Canary Wharf", b"Canary\\u0000Wharf"),
        (b'"first_name":"Maria"', b'"first_name":""'),
        (b'"time":"2026-03-04T12:00:00Z"', b'"time":"2026-02-30T12:00:00Z"'),
        (b'"received_at":"2026-03-04T12:00:00Z"', b'"received_at":"2026-02-30T12:00:00Z"'),
        (b'"lat":40.8', b'"lat":90.8'),
        (b'"congress":119', b'"congress":99'),
        (b".resolved.v1", b".resolved.v2"),
        (b"Maria", b"Mari\xff"),
        (b"HNY13", b"HNY1"),
    ],
)
def test_what_breaks_a_rule_is_refused_though_its_neighbours_were_taken(old: bytes, new: bytes) -> None:
    raw = write(resolved(seat("HNY13"), person=made.constituent(location=POINT, district=DISTRICT)))
    spoilt = raw.replace(old, new)
    assert spoilt != raw
    with pytest.raises(Unreadable):
        known(raw).take_in(spoilt)


def test_what_a_person_types_never_looks_like_the_end_of_the_submission() -> None:
    text = _AFTER_SUBMISSION.decode()
    event = resolved(seat("HNY13"), person=made.constituent(first_name=text), message=text, edited_letter=text)
    routes = known(write(event))
    taken = routes.take_in(write(event))
    assert (taken.first_name, taken.message, taken.edited_letter) == (text, text, text)
    assert taken.route.offices == ("HNY13",)


def test_an_event_of_a_newer_writer_is_read_in_full() -> None:
    document = json.loads(write(EVENT))
    document["data"]["resolution"]["news"] = {"a": 1}
    document["data"]["submission"]["news"] = [1]
    raw = json.dumps(document).encode()
    assert known(raw).take_in(raw)[:-1] == from_event(EVENT)[:-1]


def test_routes_are_bounded_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_ROUTES == 20_000
    monkeypatch.setattr("services.render.incoming.MOST_ROUTES", 10)
    routes = Routes()
    for number in range(1, 40):
        routes.take_in(write(resolved(seat(f"HCA{number:02}"))))
        assert len(routes._known) <= 10


def test_nothing_of_the_person_is_in_what_a_log_would_show() -> None:
    shown = f"{from_event(EVENT)}{from_event(EVENT)!r}"
    assert made.identity(1) in shown
    assert made.CANARY not in shown.lower()
