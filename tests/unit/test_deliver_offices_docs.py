"""The page on offices leaves nothing out: every field, channel, default, window and reason, and an example that is read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from services.deliver.lane import Reason
from services.deliver.offices import BUILT_IN, Hop, Offices
from services.deliver.offices_file import CHANNELS, ChannelEntry, HopEntry, OfficeEntry, Paced
from services.deliver.windows import DAYS, window

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "deploy" / "offices.example.yaml"
PAGE = (ROOT / "docs" / "offices.md").read_text("utf-8")


def tables(heading: str) -> list[dict[str, list[str]]]:
    """The tables under a heading, each with its rows by their first cell."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = []
    for table in re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in table.splitlines()[2:]]
        found.append({first.strip("`"): rest for first, *rest in rows})
    return found


def test_every_field_of_the_file_is_told_and_no_other() -> None:
    office, hop = tables("Offices")
    (channel,) = tables("Channels")
    assert set(office) == set(OfficeEntry.model_fields)
    assert set(hop) == set(HopEntry.model_fields)
    assert set(channel) == set(ChannelEntry.model_fields)
    assert set(re.findall(r"`(\w+)`", channel["each"][0])) == set(Paced.model_fields)


def test_every_channel_is_named() -> None:
    told = PAGE.split("\n## Routes\n")[1].split("\n## ")[0]
    assert set(re.findall(r"`([a-z-]+)`", told)) - {"channels"} == set(CHANNELS)


def test_the_defaults_are_those_that_hold() -> None:
    known = Offices.load(None, "outbox", 1000)
    (told,) = tables("Defaults")
    assert set(told) == {*BUILT_IN, "any other"}
    for channel in CHANNELS:
        pace, shared = known.pace("HNY13", channel), known.shared(channel)
        row = told.get(channel, told["any other"])
        shown = [f"{rate:g}" if rate else "no limit" for rate in (pace.rate, shared.rate)]
        assert row == [shown[0], str(pace.concurrency), shown[1]]


def test_every_reason_to_wait_is_told_with_its_end() -> None:
    (told,) = tables("What happens by itself")
    assert set(told) == set(get_args(Reason))
    assert all(cell.endswith(".") for cells in told.values() for cell in cells)


def test_windows_are_shown_as_they_are_read() -> None:
    told = PAGE.split("\n## Windows\n")[1].split("\n## ")[0]
    assert window(told.split("`")[1]).days == frozenset(range(5))
    assert all(f"`{day}`" in told for day in (*DAYS, "daily"))


def test_the_example_is_the_file_and_says_what_its_comments_do() -> None:
    assert PAGE.split("```yaml\n")[1].split("```")[0] == EXAMPLE.read_text("utf-8")
    known = Offices.load(EXAMPLE, "webhook", 32)
    assert known.route("HNY13", None, None) == (Hop("print", ""),)
    assert known.route("HNY14", None, None) == (
        Hop("cwc-house", ""),
        Hop("smtp", "HNY14@intake.example.org"),
        Hop("print", ""),
    )
    assert known.shared("cwc-house").closed == (window("daily 02:00-04:00 America/New_York"),)
    council = known.pace("x-city-council", "webhook")
    assert (council.rate, council.burst, council.concurrency, council.warm_up_seconds) == (1, 5, 1, 600)
    assert len(council.closed) == 2
    assert known.pace("HNY14", "smtp").rate == 0.5
    assert known.pace("x-mayor", "smtp").rate == 2
