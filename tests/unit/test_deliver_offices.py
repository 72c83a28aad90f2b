"""By which channels a letter goes to an office and at what pace: defaults, the operator's file, and slips in it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from services.deliver.offices import Hop, Offices
from services.deliver.windows import window
from services.pipeline.errors import SettingsRefused
from tests.unit.simulated_offices import offices

ROUTED = {
    "channels": {
        "cwc-house": {"rate": 3, "maintenance": ["daily 02:00-04:00 America/New_York"], "each": {"rate": 0.5}}
    },
    "offices": [
        {"match": "HNY13", "channels": ["print"], "rate": 9},
        {
            "match": "H*",
            "channels": ["cwc-house", {"channel": "smtp", "to": "{office}@house.example", "rate": 4}, "print"],
            "burst": 7,
            "quiet": ["22:00-06:00 America/New_York"],
            "maintenance": ["sun 02:00-04:00 UTC"],
        },
        {"match": "x-*", "concurrency": 1, "warm_up_seconds": 600},
    ],
}


def loaded(tmp_path: Path, text: str) -> Offices:
    path = tmp_path / "offices.yaml"
    path.write_text(text, "utf-8")
    return Offices.load(path, "outbox", 32)


def test_without_a_file_all_goes_by_the_usual_channel_at_a_careful_pace() -> None:
    known = Offices.load(None, "cwc-house", 32)
    assert known.route("HNY13", None, None) == (Hop("cwc-house", ""),)
    house, mail, web = (known.pace("HNY13", channel) for channel in ("cwc-house", "smtp", "webhook"))
    assert (house.rate, house.concurrency, known.shared("cwc-senate").rate) == (1, 2, 5)
    assert (mail.rate, mail.concurrency, known.shared("smtp").rate) == (None, 4, None)
    assert (web.rate, web.concurrency, web.closed, web.warm_up_seconds) == (None, 8, (), 0)


def test_a_burst_covers_two_seconds_unless_it_is_set() -> None:
    known = offices({"channels": {"webhook": {"each": {"rate": 10}}, "smtp": {"each": {"rate": 10, "burst": 1}}}})
    assert known.pace("HNY13", "webhook").burst == 20
    assert known.pace("HNY13", "smtp").burst == 1
    assert known.pace("HNY13", "cwc-house").burst == 3
    assert known.shared("cwc-house").burst == 10


def test_the_first_entry_that_matches_an_office_is_the_one_that_holds() -> None:
    known = offices(ROUTED)
    assert known.route("HNY13", None, None) == (Hop("print", ""),)
    assert known.route("HNY14", None, None) == (
        Hop("cwc-house", ""),
        Hop("smtp", "HNY14@house.example"),
        Hop("print", ""),
    )
    assert known.route("SNY01", None, None) == (Hop("webhook", ""),)
    assert known.route("hny14", None, None) == (Hop("webhook", ""),), "ids have capitals"


def test_a_recipients_own_channel_and_address_win_over_the_file() -> None:
    known = offices(ROUTED)
    assert known.route("x-mayor", "webhook", "https://city.example/in") == (Hop("webhook", "https://city.example/in"),)
    assert known.route("HNY14", "print", None) == (Hop("print", ""),)
    assert known.route("HNY14", "smtp", None) == (Hop("smtp", "HNY14@house.example"),), "the file knows its address"
    assert known.route("HNY14", "smtp", "staff@house.example") == (Hop("smtp", "staff@house.example"),)


def test_a_worker_that_discards_writes_to_nobody() -> None:
    known = offices(ROUTED, usual="discard")
    assert known.route("HNY14", None, None) == known.route("x-mayor", "smtp", "a@b.example") == (Hop("discard", ""),)


def test_a_pace_is_taken_from_the_narrowest_place_that_names_one() -> None:
    known = offices(ROUTED)
    assert known.pace("HNY14", "smtp").rate == 4, "the hop's"
    assert known.pace("HNY14", "smtp").burst == 7, "the office's"
    assert known.pace("HNY13", "cwc-house").rate == 9, "the office's, before the channel's"
    assert known.pace("HNY14", "cwc-house").rate == 0.5, "the channel's for each"
    assert known.pace("HNY14", "cwc-senate").rate == 1, "built in"
    assert known.pace("x-mayor", "smtp").concurrency == 1
    assert known.pace("x-mayor", "webhook").warm_up_seconds == 600
    assert known.shared("cwc-house").rate == 3


def test_closed_hours_are_the_quiet_ones_and_those_of_maintenance() -> None:
    known = offices(ROUTED)
    assert set(known.pace("HNY14", "print").closed) == {
        window("22:00-06:00 America/New_York"),
        window("sun 02:00-04:00 UTC"),
    }
    assert known.pace("HNY13", "print").closed == ()
    assert known.shared("cwc-house").closed == (window("daily 02:00-04:00 America/New_York"),)


def test_no_office_has_more_at_once_than_the_worker() -> None:
    assert Offices.load(None, "webhook", 3).pace("HNY13", "webhook").concurrency == 3


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    assert loaded(tmp_path, "# nothing yet\n").route("HNY13", None, None) == (Hop("outbox", ""),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("offices: [{match: HNY13, rat: 1}]", "offices, entry 1 (HNY13), rat: there is no such field"),
        ("offices: [{match: 'S*'}, {match: 'H*', rate: 0}]", "entry 2 (H*), rate: Input should be greater than 0"),
        ("offices: [{match: 'H*', rate: fast}]", "offices, entry 1 (H*), rate: Input should be a valid number"),
        ("offices: [{match: 'H*', channels: [fax]}]", "entry 1 (fax), channel: Input should be 'outbox', 'webhook'"),
        (
            "offices: [{match: 'H*', channels: [{channel: smtp, to: '{ofice}@x.example'}]}]",
            "channels, entry 1 (smtp), to: only {office} can stand in braces, not {ofice}",
        ),
        ("offices: [{match: 'H*', channels: [smtp, print, smtp]}]", "entry 1 (H*): channels: smtp stands there twice"),
        ("offices: [{match: 'H*', quiet: ['22:00-06:00']}]", "entry 1 (22:00-06:00): `22:00-06:00` is no window: write"),
        ("offices: [{match: 'H*', quiet: [22:00]}]", "quiet, entry 1: write each window as text in quotes"),
        ("offices: [{match: 'H*', quiet: '22:00-06:00 UTC'}]", "quiet: Input should be a valid tuple"),
        ("offices: [{rate: 1}]", "offices, entry 1, match: Field required"),
        ("channels: {fax: {rate: 1}}", "channels, fax, [key]: Input should be 'outbox'"),
        ("channels: {cwc-house: {maintenance: [daily 00:00-24:00 UTC]}}", "no time of the week: shorten one"),
        (
            "{channels: {smtp: {quiet: ['00:00-12:00 UTC']}}, offices: [{match: 'H*', quiet: ['12:00-24:00 UTC']}]}",
            "offices (H*) by smtp: together, the windows leave no time of the week",
        ),
        ("offices: [{match: 'H*', match: 'S*'}]", "match stands here twice"),
        ("offices: [{match: 'H*'", "it is no YAML"),
        ("- offices", "the file: Input should be a valid dictionary"),
    ],
)  # fmt: skip
def test_a_slip_is_refused_with_file_entry_field_and_remedy(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        loaded(tmp_path, text)
    assert str(tmp_path / "offices.yaml") in str(refused.value)
    assert told in str(refused.value)


def test_every_slip_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    slips = {"offices": [{"match": f"H{n}", "rate": -1, "burst": 0} for n in range(3)]}
    with pytest.raises(SettingsRefused) as refused:
        loaded(tmp_path, yaml.safe_dump(slips))
    assert all(f"entry {n + 1} (H{n}), {field}" in str(refused.value) for n in range(3) for field in ("rate", "burst"))


def test_a_file_that_is_not_there_is_named_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match=r"missing\.yaml: No such file.*POSTBAG_OFFICES"):
        Offices.load(tmp_path / "missing.yaml", "outbox", 32)
