"""Quiet hours and maintenance over whole days: nothing begins while an office is closed, and its letters go when it opens."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from services.deliver.lanes import Want
from tests.unit.simulated_offices import ACCEPTED, Simulation, lanes, offices

NEW_YORK = ZoneInfo("America/New_York")
QUIET = {"channels": {"cwc-house": {"maintenance": ["daily 02:00-04:00 America/New_York"]}},
         "offices": [{"match": "HNY*", "rate": 0.1, "quiet": ["22:00-06:00 America/New_York"]}]}  # fmt: skip


@pytest.mark.parametrize("day", ["2026-03-07", "2026-10-31", "2026-11-21"])
def test_through_a_day_and_a_night_of_changing_clocks_nothing_begins_in_quiet_hours(day: str) -> None:
    begins = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=NEW_YORK).timestamp()
    simulation = Simulation(offices(QUIET), step=1.0, now=begins)
    simulation.add("HNY13", "a", 8000)
    simulation.run(86_400)
    shown = [datetime.fromtimestamp(at, NEW_YORK) for at, *_ in simulation.begun]
    assert not [one for one in shown if one.hour >= 22 or one.hour < 6]
    evening = sum(one.hour < 22 and one.isoformat() < f"{day}T23" for one in shown)
    morning = len(shown) - evening
    assert evening > 0.9 * 0.1 * 10 * 3600, "ten hours at a letter each ten seconds"
    assert morning > 0.9 * 0.1 * 5 * 3600
    opens = [one for one in shown if one.hour == 6]
    assert opens[0].minute == 0, "it goes on as soon as it may"
    assert simulation.waits["quiet_hours"] < 2 * 8000, "and none is read again and again through the night"


def test_a_closed_channel_closes_all_its_offices_and_no_other_channel() -> None:
    some, clock = lanes(QUIET)
    clock.at = datetime(2026, 11, 23, 3, 0, tzinfo=NEW_YORK).timestamp()
    wants = [Want("HCA01", "cwc-house", "a"), Want("HCA01", "cwc-senate", "a"), Want("HNY13", "cwc-house", "a")]
    house, senate, quiet = some.admit(wants)
    assert senate is None
    assert house is not None
    assert quiet is not None
    opens = datetime(2026, 11, 23, 4, 0, tzinfo=NEW_YORK).timestamp()
    assert opens <= house.until < opens + 5
    assert quiet.until >= opens + 2 * 3600
    assert (house.reason, quiet.reason) == ("quiet_hours", "quiet_hours")
    assert some.gauges()["closed"] == 2


def test_an_office_that_closes_while_a_batch_runs_gets_no_more_of_it() -> None:
    some, clock = lanes(QUIET)
    clock.at = datetime(2026, 11, 23, 21, 59, 59, tzinfo=NEW_YORK).timestamp()
    want = Want("HNY13", "webhook", "a")
    assert some.admit([want, want]).count(None) == 1
    assert some.at_once("HNY13", "webhook") == 8
    clock.at += 1.5
    assert some.at_once("HNY13", "webhook") == 0
    some.ended(want, ACCEPTED, 0.5)
