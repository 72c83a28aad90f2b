"""What resolve knows at a glance is what the strict reader knows: nothing more gets through, nothing is read otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.accepted import AssertedDistrict, Location, SubmissionAccepted
from schemas.wire import Unreadable, read, write
from services.resolve.incoming import at_a_glance, from_event, take_in
from services.resolve.question import Asserted, Point
from tests.unit import made
from tests.unit.accepted_events import EVENTS, spoiled

GOOD = write(made.accepted(message='My canary said: "no".\n', flags=("many_links",)))


def assert_the_same_or_left_to_the_reader(raw: bytes) -> None:
    seen = at_a_glance(raw)
    if seen is None:
        return
    event = read(SubmissionAccepted, raw)  # raises where the glance has let something through
    assert tuple(seen) == tuple(from_event(event))
    assert seen.submission == write(event.data).decode()
    assert seen.submission.encode() in raw


@given(EVENTS)
def test_what_ingest_writes_is_seen_as_it_would_be_read(event: SubmissionAccepted) -> None:
    raw = write(event)
    assert_the_same_or_left_to_the_reader(raw)
    assert tuple(take_in(raw)) == tuple(from_event(event))


@given(spoiled())
def test_whatever_else_is_written_is_never_taken_for_another_submission(raw: bytes) -> None:
    assert_the_same_or_left_to_the_reader(raw)


@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_garbage_is_refused_as_the_reader_refuses_it(raw: bytes) -> None:
    assert at_a_glance(raw) is None
    with pytest.raises(Unreadable):
        take_in(raw)


@pytest.mark.parametrize("zip5", ["10027", "00000"])
@pytest.mark.parametrize("person", ["Maria", "Zoë", "李", "🕊"])
def test_an_ordinary_event_is_seen_at_a_glance(zip5: str, person: str) -> None:
    event = made.accepted(
        made.constituent(zip5=zip5, plus4="4307", first_name=person), message='Two lines,\n"quoted" \\ and\ttabbed.'
    )
    raw = write(event)
    seen = at_a_glance(raw)
    assert seen is not None, "the hot path is not taken"
    assert seen.submission.encode() == write(event.data)
    assert (seen.zip5, seen.plus4, seen.state, seen.campaign) == (zip5, "4307", "NY", "open")
    assert seen.received_at == made.NOW.timestamp()


def test_a_point_and_a_district_are_seen_at_a_glance() -> None:
    location = Location(lat=40.8, lon=-73.95, accuracy="rooftop")
    district = AssertedDistrict(geoid="3613", congress=119, proof="geocoder")
    event = made.accepted(made.constituent(location=location, district=district))
    seen = at_a_glance(write(event))
    assert seen is not None
    assert (seen.point, seen.asserted) == (Point(40.8, -73.95, "rooftop"), Asserted("3613", 119, "geocoder"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"zip5":"10027"', b'"zip5":"10027","zip5":"99999"'),
        (b'"address":{', b'"address":{"line1":"x","city":"y","zip5":"99999"},"address":{'),
        (b'"data":{', b'"data":{},"data":{'),
        (b'"fingerprint"', b'"campaign":"other","fingerprint"'),
        (b'"zip5":"10027"', b'"zip5":"10027","new":{"a":1,"a":2}'),
        (b"Canary Wharf", b"Canary\\u0000Wharf"),
        (b"Canary Wharf", b"Canary\x00Wharf"),
        (b"My canary", b"My\\u0000canary"),
    ],
)
def test_a_key_twice_and_a_nul_are_refused(old: bytes, new: bytes) -> None:
    raw = GOOD.replace(old, new)
    assert raw != GOOD
    assert at_a_glance(raw) is None
    with pytest.raises(Unreadable):
        take_in(raw)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"zip5":"10027"', b'"zip5":"10027","unit":"of a newer writer"'),  # left out, as by the reader
        (b'"flags":', b'"flags" :'),
        (b'"line1":"1 Canary Wharf","line2":""', b'"line2":"","line1":"1 Canary Wharf"'),
        (b'"line2":"",', b""),
        (b"Canary Wharf", b"Canary \\u0057harf"),
        (b"2026-03-04T12:00:00Z", b"2026-03-04T13:00:00+01:00"),
        (b'"zip5":"10027"', b'"zip5":"10027","location":{"lat":40.80,"lon":-73.95,"accuracy":"parcel"}'),
        (b'"message":"', b'"message":"' + b"long " * 1980),
    ],
)
def test_what_is_written_otherwise_is_read_in_full_and_written_anew(old: bytes, new: bytes) -> None:
    raw = GOOD.replace(old, new)
    assert raw != GOOD
    assert at_a_glance(raw) is None
    event = read(SubmissionAccepted, raw)
    assert tuple(take_in(raw)) == tuple(from_event(event))
    assert take_in(raw).submission.encode() == write(event.data)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"zip5":"10027"', b'"zip5":"1002"'),
        (b'"first_name":"Maria"', b'"first_name":""'),
        (b'"state":"NY"', b'"state":"ZZ"'),
        (b'"first_name":"Maria"', b'"first_name":"' + b"x" * 301 + b'"'),
        (b'"time":"2026-03-04T12:00:00Z"', b'"time":"2026-02-30T12:00:00Z"'),
        (b'"received_at":"2026-03-04T12:00:00Z"', b'"received_at":"2026-02-30T12:00:00Z"'),
        (b"2026-03-04T12:00:00Z", b"2026-03-04T24:00:00Z"),
        (b".accepted.v1", b".accepted.v2"),
        (b"Maria", b"Mari\xff"),
        (b"Maria", b"\xed\xa0\x80"),
    ],
)
def test_what_breaks_a_rule_is_refused(old: bytes, new: bytes) -> None:
    raw = GOOD.replace(old, new)
    assert raw != GOOD
    with pytest.raises(Unreadable):
        take_in(raw)


@pytest.mark.parametrize("raw", [None, b"", b"null", write(made.resolved("HNY13"))])
def test_what_is_no_accepted_submission_is_refused(raw: bytes | None) -> None:
    with pytest.raises(Unreadable):
        take_in(raw)


def test_nothing_of_the_person_is_in_what_a_log_would_show() -> None:
    seen = take_in(GOOD)
    shown = f"{seen}{seen!r}"
    assert made.identity(1) in shown
    assert made.CANARY not in shown.lower()
    assert "10027" not in shown
