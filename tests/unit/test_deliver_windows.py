"""A window is closed exactly when the wall's clock says so, and tells when it opens, over midnight and clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.deliver import zones
from services.deliver.windows import DAYS, EXAMPLE, Window, opens, window

NEW_YORK = ZoneInfo("America/New_York")
HOUR = 3600.0
FORWARD = datetime(2026, 3, 8, tzinfo=NEW_YORK)
BACK = datetime(2026, 11, 1, tzinfo=NEW_YORK)
"""The days of 2026 on which clocks change in New York, at 2:00."""

MOMENTS = st.floats(datetime(2026, 1, 1, tzinfo=UTC).timestamp(), datetime(2027, 1, 1, tzinfo=UTC).timestamp())
CLOCKS = st.integers(0, 24 * 12 - 1).map(lambda n: f"{n // 12:02}:{n % 12 * 5:02}")
ZONES = st.sampled_from(("UTC", "America/New_York", "Pacific/Honolulu", "Australia/Lord_Howe", "Asia/Kathmandu"))
DAYSETS = st.sampled_from(("daily ", "", "mon ", "fri-mon ", "sat,sun ", "tue-thu,sat "))
WINDOWS = st.builds(
    lambda days, start, end, zone: f"{days}{start}-{end if end != start else '23:57'} {zone}",
    DAYSETS,
    CLOCKS,
    CLOCKS,
    ZONES,
)


def at(text: str, zone: str = "America/New_York") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def says_the_wall(one: Window, moment: float) -> bool:
    """The definition, minute for minute: what the clock shows, on which day, and nothing about seconds since an epoch."""
    shown = datetime.fromtimestamp(moment, one.zone).replace(tzinfo=None)
    minute = shown.hour * 60 + shown.minute
    today, yesterday = shown.weekday() in one.days, (shown - timedelta(days=1)).weekday() in one.days
    if one.start < one.end:
        return today and one.start <= minute < one.end
    return (today and minute >= one.start) or (yesterday and minute < one.end)


@given(WINDOWS, MOMENTS)
def test_a_window_is_closed_when_the_clock_on_the_wall_says_so(text: str, moment: float) -> None:
    one = window(text)
    assert (one.until(moment) is not None) == says_the_wall(one, moment)


@given(WINDOWS, MOMENTS)
def test_a_window_tells_the_first_moment_at_which_it_is_open(text: str, moment: float) -> None:
    one = window(text)
    until = opens([one], moment)
    assert not says_the_wall(one, until)
    if until > moment:
        offsets = {datetime.fromtimestamp(instant, one.zone).utcoffset() for instant in (moment, until)}
        surely = until - moment - (HOUR if len(offsets) > 1 else 0)  # an end in an hour that clocks skip is told late
        assert all(says_the_wall(one, moment + 60 * step) for step in range(max(0, int(surely // 60))))


def test_a_window_over_midnight_belongs_to_the_day_it_begins_on() -> None:
    one = window("sat 22:00-06:00 America/New_York")
    assert one.until(at("2026-11-21 21:59")) is None  # a Saturday
    assert one.until(at("2026-11-21 22:00")) == at("2026-11-22 06:00")
    assert one.until(at("2026-11-22 05:59:59")) == at("2026-11-22 06:00")
    assert one.until(at("2026-11-22 06:00")) is None
    assert one.until(at("2026-11-22 23:00")) is None
    assert one.until(at("2026-11-21 03:00")) is None


def test_days_are_all_or_named_or_ranges_also_over_the_end_of_the_week() -> None:
    assert window("10:00-11:00 UTC").days == window("daily 10:00-11:00 UTC").days == frozenset(range(7))
    assert window("mon-fri 10:00-11:00 UTC").days == frozenset(range(5))
    assert window("fri-mon 10:00-11:00 UTC").days == {4, 5, 6, 0}
    assert window("sun,wed 10:00-11:00 UTC").days == {6, 2}
    assert DAYS[datetime(2026, 11, 22, tzinfo=UTC).weekday()] == "sun"


def test_whole_days_and_windows_that_touch_are_one_closed_time() -> None:
    weekend = [window("sat 00:00-24:00 UTC"), window("sun 00:00-24:00 UTC"), window("mon 00:00-01:30 UTC")]
    assert opens(weekend, at("2026-11-21 12:00", "UTC")) == at("2026-11-23 01:30", "UTC")
    assert opens(weekend, at("2026-11-20 12:00", "UTC")) == at("2026-11-20 12:00", "UTC")


def test_the_night_when_clocks_go_forward_is_an_hour_shorter() -> None:
    quiet = window("22:00-06:00 America/New_York")
    begins = (FORWARD - timedelta(hours=2)).timestamp()
    assert quiet.until(begins) == FORWARD.replace(hour=6).timestamp() == begins + 7 * HOUR


def test_the_night_when_clocks_go_back_is_an_hour_longer() -> None:
    quiet = window("22:00-06:00 America/New_York")
    begins = (BACK - timedelta(hours=2)).timestamp()
    assert quiet.until(begins) == BACK.replace(hour=6).timestamp() == begins + 9 * HOUR


def test_a_time_that_clocks_skip_closes_nothing_and_one_that_comes_twice_closes_twice() -> None:
    skipped = window("02:00-03:00 America/New_York")
    night = FORWARD.timestamp()
    assert all(skipped.until(night + 60 * minute) is None for minute in range(6 * 60))
    twice = window("01:00-02:00 America/New_York")
    closed = [minute for minute in range(6 * 60) if twice.until(BACK.timestamp() + 60 * minute) is not None]
    assert closed == list(range(60, 180))


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("22:00-06:00", EXAMPLE),
        ("always", EXAMPLE),
        ("22-6 UTC", EXAMPLE),
        ("sunday 02:00-04:00 UTC", "write daily, or mon, tue"),
        ("mon- 02:00-04:00 UTC", "is no day"),
        ("daily 02:00-24:30 UTC", "00:00 to 24:00"),
        ("daily 02:75-04:00 UTC", "00:00 to 24:00"),
        ("daily 02:00-02:00 UTC", "a whole day is 00:00-24:00"),
        ("daily 24:00-02:00 UTC", "a whole day is 00:00-24:00"),
        ("daily 02:00-04:00 EST5EDT4", "America/New_York"),
        ("daily 02:00-04:00 ../etc/passwd", EXAMPLE),
        ("daily 02:00-04:00 /etc/passwd", "no known time zone"),
    ],
)
def test_a_window_that_cannot_be_read_is_refused_with_a_remedy(text: str, remedy: str) -> None:
    with pytest.raises(ValueError, match=r"is no|has no") as refused:
        window(text)
    assert remedy in str(refused.value)


def test_windows_that_leave_no_moment_are_refused() -> None:
    with pytest.raises(ValueError, match="no time of the week"):
        opens([window("daily 00:00-12:00 UTC"), window("daily 12:00-24:00 UTC")], 0.0)


def test_utc_is_known_and_others_are_refused_with_a_remedy_where_there_is_no_table_of_zones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nothing(name: str) -> ZoneInfo:
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setattr(zones, "ZoneInfo", nothing)
    assert window("02:00-04:00 UTC").zone is UTC
    with pytest.raises(ValueError, match="install the package tzdata"):
        window("02:00-04:00 America/New_York")
