"""Who holds a seat at a time: held, vacant, ended or unknown, and never a member whose term is over as the holder."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.resolve.reference.contents import Roster, Term
from services.resolve.reference.roster import SeatBook, noon_eastern, pack, unpack
from services.resolve.tables import InvalidReferenceError

PUBLISHED: Final = date(2026, 6, 15)


def term(office: str, since: str, until: str, who: str = "A000001") -> Term:
    return Term(office, who, f"Ada {who}", who, "Independent", date.fromisoformat(since), date.fromisoformat(until))


TERMS: Final = (
    term("HNY13", "2025-01-03", "2027-01-03"),
    term("HCA01", "2025-01-03", "2026-01-06", "B000001"),
    term("HCA01", "2026-06-10", "2027-01-03", "B000002"),
    term("HTX23", "2025-01-03", "2026-04-14", "C000001"),
    term("SOH03", "2025-01-21", "2026-11-03", "D000001"),
    term("SOH01", "2025-01-03", "2031-01-03", "E000001"),
    term("HWA04", "2025-01-03", "2026-06-15", "F000001"),
    term("HUT03", "2025-01-03", "2026-07-01", "G000001"),
    term("HUT03", "2026-09-01", "2027-01-03", "G000002"),
)
COMPLETE: Final = Roster(TERMS, PUBLISHED, date(2023, 1, 3))
CURRENT: Final = Roster(TERMS, PUBLISHED, PUBLISHED)
"""The same terms from a source that may lack those that had ended when it was published."""


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("office", "as_of", "complete", "current"),
    [
        ("HNY13", "2025-01-03T16:59:59", "vacant", "unknown"),
        ("HNY13", "2025-01-03T17:00:00", "A000001", "A000001"),
        ("HNY13", "2027-01-03T16:59:59", "A000001", "A000001"),
        ("HNY13", "2027-01-03T17:00:00", "term_ended_unconfirmed", "term_ended_unconfirmed"),
        # Between two holders.
        ("HCA01", "2026-01-06T16:59:59", "B000001", "B000001"),
        ("HCA01", "2026-03-01", "vacant", "unknown"),
        ("HCA01", "2026-06-10T15:59:59", "vacant", "unknown"),
        ("HCA01", "2026-06-10T16:00:00", "B000002", "B000002"),  # noon in daylight saving time
        # Left before the roster was published: nobody had followed by then.
        ("HTX23", "2026-05-01", "vacant", "unknown"),
        ("HTX23", "2026-06-15", "vacant", "vacant"),
        ("HTX23", "2026-12-31", "vacant", "vacant"),
        ("HTX23", "2027-01-03T17:00:00", "term_ended_unconfirmed", "term_ended_unconfirmed"),
        # Nobody in the roster at all.
        ("HFL20", "2026-06-14T23:59:59", "vacant", "unknown"),
        ("HFL20", "2026-11-22", "vacant", "vacant"),
        ("HFL20", "2022-12-31", "unknown", "unknown"),
        # Ends after the roster was published: it cannot know who followed.
        ("SOH03", "2026-11-03T16:59:59", "D000001", "D000001"),
        ("SOH03", "2026-11-03T17:00:00", "term_ended_unconfirmed", "term_ended_unconfirmed"),
        ("SOH01", "2027-06-01", "E000001", "E000001"),
        # Announced beforehand: the roster knows who follows, and when.
        ("HUT03", "2026-08-01", "vacant", "vacant"),
        # Ends on the very day, of which the roster may have seen only the morning.
        ("HWA04", "2026-06-16", "term_ended_unconfirmed", "term_ended_unconfirmed"),
    ],
)
def test_a_seat_s_status_at_a_time(office: str, as_of: str, complete: str, current: str) -> None:
    for roster, expected in ((COMPLETE, complete), (CURRENT, current)):
        seat = SeatBook(roster).at(office, at(as_of))
        said = seat.holder.bioguide if seat.status == "held" and seat.holder else seat.status
        assert (seat.office, said) == (office, expected)


def test_an_ended_term_names_who_held_the_seat_last_and_a_vacancy_nobody() -> None:
    book = SeatBook(COMPLETE)
    ended = book.at("SOH03", at("2026-11-22"))
    assert ended.holder is not None
    assert (ended.holder.bioguide, ended.holder.until) == ("D000001", date(2026, 11, 3))
    assert book.at("HTX23", at("2026-11-22")).holder is None


def test_without_a_roster_nothing_is_known_and_nothing_ever_changes() -> None:
    book = SeatBook(None)
    assert book.at("HNY13", at("2026-11-22")).status == "unknown"
    assert book.boundaries() == ()


def test_an_answer_is_made_once() -> None:
    book = SeatBook(COMPLETE)
    for office in ("HNY13", "HTX23", "SOH03"):
        assert book.at(office, at("2026-11-22")) is book.at(office, at("2026-11-23"))


TIMES: Final = st.floats(at("2022-06-01"), at("2033-01-01"))


@given(st.sampled_from((COMPLETE, CURRENT)), TIMES, TIMES)
def test_nothing_changes_between_two_boundaries(roster: Roster, one: float, two: float) -> None:
    book = SeatBook(roster)
    early, late = sorted((one, two))
    if any(early < boundary <= late for boundary in book.boundaries()):
        return
    for office in {term.office for term in TERMS} | {"HFL20"}:
        assert book.at(office, early) == book.at(office, late)


def test_every_change_is_at_a_boundary() -> None:
    book = SeatBook(CURRENT)
    assert list(book.boundaries()) == sorted(set(book.boundaries()))
    changed = {
        boundary
        for boundary in book.boundaries()
        if any(book.at(o, boundary) != book.at(o, boundary - 1) for o in ("HNY13", "HCA01", "HTX23", "SOH03", "SOH01"))
    }
    assert len(changed) >= 9


@given(TIMES)
def test_nobody_whose_term_is_over_is_ever_said_to_hold_a_seat(as_of: float) -> None:
    for roster in (COMPLETE, CURRENT):
        book = SeatBook(roster)
        for office in {term.office for term in TERMS}:
            seat = book.at(office, as_of)
            if seat.status == "held":
                assert seat.holder is not None
                assert noon_eastern(seat.holder.since) <= as_of < noon_eastern(seat.holder.until)


def test_noon_in_washington_is_that_of_its_clocks() -> None:
    zoneinfo = pytest.importorskip("zoneinfo")
    try:
        zone = zoneinfo.ZoneInfo("America/New_York")
    except zoneinfo.ZoneInfoNotFoundError:
        pytest.skip("this machine has no time zone data to compare with")
    day = date(2007, 1, 1)
    while day < date(2037, 1, 1):
        assert noon_eastern(day) == datetime(day.year, day.month, day.day, 12, tzinfo=zone).timestamp(), day
        day += timedelta(days=1)


@pytest.mark.parametrize("roster", [None, COMPLETE, CURRENT, Roster((), PUBLISHED, PUBLISHED)])
def test_a_roster_comes_out_of_its_section_as_it_went_in(roster: Roster | None) -> None:
    assert unpack(pack(roster)) == roster


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"", "Invalid JSON"),
        (pack(COMPLETE)[:-1], "Invalid JSON"),
        (b"[]", "roster: "),
        (pack(COMPLETE).replace(b'"2027-01-03"', b'"2027-13-03"'), "terms.0.until"),
        (pack(COMPLETE).replace(b'"published_on":', b'"published":'), "published_on"),
        (pack(COMPLETE).replace(b"HCA01", b"XCA01"), "a term of XCA01: "),
        (pack(COMPLETE).replace(b"A000001", b"Ada"), "bioguide"),
        (pack(COMPLETE).replace(b'"2026-01-06"', b'"2026-06-11"'), "HCA01 has two holders at one time"),
        (pack(COMPLETE).replace(b'"2031-01-03"', b'"2021-01-03"'), "a term of SOH01 ends before it begins"),
    ],
)
def test_a_damaged_section_is_refused_by_what_is_wrong_with_it(raw: bytes, fault: str) -> None:
    with pytest.raises(InvalidReferenceError, match="roster: ") as caught:
        unpack(raw)
    assert fault in str(caught.value)


def test_one_who_follows_on_the_day_is_no_second_holder() -> None:
    following = replace(TERMS[2], since=date(2026, 1, 6))
    book = SeatBook(replace(COMPLETE, terms=(TERMS[1], following)))
    before, after = (book.at("HCA01", at("2026-01-06T17:00:00") + seconds) for seconds in (-1, 0))
    assert before.holder
    assert after.holder
    assert (before.holder.bioguide, after.holder.bioguide) == ("B000001", "B000002")
