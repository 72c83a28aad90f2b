"""The geocoder's breaker, memory and settings, each by itself and with a clock that is moved by hand."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

from services.pipeline.errors import SettingsRefused
from services.pipeline.settings import load
from services.resolve.geocoding.breaker import Breaker
from services.resolve.geocoding.cache import Cache
from services.resolve.geocoding.doubts import _TOLD
from services.resolve.geocoding.settings import GeocoderSettings
from services.resolve.geocoding.wanted import RESULTS, Located, Reply
from services.resolve.resolution import Conflict, Reason
from tests.unit.far_geocoder import wanted

FOUND = Reply("found", Located(30.2627, -97.7395, None, same_zip=True))
NONE = Reply("none")
URL = "https://geocoder.example/geographies/address"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_only_failures_in_a_row_open_the_breaker(clock: Clock) -> None:
    breaker = Breaker(3, 30, clock)
    for _ in range(2):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert breaker.allows()
    for _ in range(3):
        breaker.failed()
    assert breaker.is_open
    assert not breaker.allows()


def test_after_the_rest_one_probe_and_no_other_is_let_through(clock: Clock) -> None:
    breaker = Breaker(1, 30, clock)
    breaker.failed()
    clock.now += 29.9
    assert not breaker.allows()
    clock.now += 0.2
    assert breaker.allows()
    assert not breaker.allows()
    breaker.failed()
    clock.now += 29.9
    assert not breaker.allows()
    clock.now += 0.2
    assert breaker.allows()
    breaker.succeeded()
    assert not breaker.is_open
    assert breaker.allows()


def test_an_answer_to_an_older_question_does_not_end_the_rest(clock: Clock) -> None:
    breaker = Breaker(5, 30, clock)
    breaker.failed(60)
    breaker.succeeded()
    assert not breaker.allows()
    clock.now += 59
    breaker.succeeded()
    assert not breaker.allows()


@pytest.mark.parametrize(("asked", "rests"), [(0.0, 30), (10, 30), (120, 120), (86_400, 3600)])
def test_a_rest_that_is_asked_for_is_kept_within_an_hour(clock: Clock, asked: float, rests: float) -> None:
    breaker = Breaker(5, 30, clock)
    breaker.failed(asked)
    clock.now += rests - 0.1
    assert not breaker.allows()
    clock.now += 0.2
    assert breaker.allows()


def test_a_place_is_forgotten_in_time_and_no_place_sooner(clock: Clock) -> None:
    cache = Cache(10, 120, clock)
    cache.put(b"found", FOUND)
    cache.put(b"none", NONE)
    clock.now += 9.9
    assert (cache.get(b"found"), cache.get(b"none")) == (FOUND, NONE)
    clock.now += 0.2
    assert (cache.get(b"found"), cache.get(b"none")) == (FOUND, None)
    clock.now += 110
    assert cache.get(b"found") is None
    assert len(cache._kept) == 0, "what is too old is not kept"


def test_the_memory_is_bounded_and_lets_go_of_what_was_not_used(clock: Clock) -> None:
    cache = Cache(2, 120, clock)
    cache.put(b"1", FOUND)
    cache.put(b"2", FOUND)
    cache.get(b"1")
    cache.put(b"3", FOUND)
    assert [cache.get(key) is not None for key in (b"1", b"2", b"3")] == [True, False, True]
    none = Cache(0, 120, clock)
    none.put(none.key(wanted()), FOUND)
    assert none.get(none.key(wanted())) is None


def test_it_is_off_by_default_and_its_vintages_are_pinned() -> None:
    settings = load(GeocoderSettings)
    assert settings.geocoder_url == ""
    assert settings.geocoder_vintages == {119: "ACS2025_Current", 120: "ACS2026_Current"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("geocoder_url", "http://geocoder.example/address"),  # in the clear
        ("geocoder_url", "http://10.0.0.7/address"),
        ("geocoder_url", "ftp://geocoder.example/"),
        ("geocoder_url", "geocoder.example"),
        ("geocoder_url", "https://user:canary@geocoder.example/"),
        ("geocoder_url", "https://geocoder.example/?key=canary"),
        ("geocoder_url", "https://geocoder.example/#canary"),
        ("geocoder_url", "https://geocoder.example/a b"),
        ("geocoder_url", "https://[canary/"),
        ("geocoder_vintages", {}),
        ("geocoder_vintages", {119: "Current_Current"}),
        ("geocoder_vintages", {119: "current_ACS2025"}),
        ("geocoder_vintages", {119: "canary&benchmark=x"}),
        ("geocoder_vintages", {7: "ACS2025_Current"}),
        ("geocoder_request_seconds", 4.1),
        ("geocoder_budget_seconds", 15.1),
        ("geocoder_budget_seconds", 0),
    ],
)
def test_a_setting_that_would_do_harm_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(SettingsRefused, match=r"POSTBAG_GEOCODER_") as caught:
        load(GeocoderSettings, **{"geocoder_url": URL, name: value})
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("url", [URL, "http://127.0.0.1:8080/x", "http://[::1]/x", "http://localhost/x", f"{URL}/", ""])
def test_a_url_that_keeps_addresses_from_strangers_is_taken(url: str) -> None:
    assert load(GeocoderSettings, geocoder_url=url).geocoder_url == url.rstrip("/")


def test_without_a_geocoder_its_budget_is_nobodys_concern() -> None:
    load(GeocoderSettings, stuck_seconds=5)
    with pytest.raises(SettingsRefused, match="half of POSTBAG_STUCK_SECONDS"):
        load(GeocoderSettings, stuck_seconds=5, geocoder_url=URL)


def test_vintages_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTBAG_GEOCODER_VINTAGES", '{"121": "ACS2028_Current"}')
    assert load(GeocoderSettings).geocoder_vintages == {121: "ACS2028_Current"}


def test_a_worker_without_a_geocoder_does_not_even_load_its_client() -> None:
    look = "import sys, services.resolve.__main__; print({'aiohttp', 'services.resolve.stage'} & sys.modules.keys())"
    run = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "{'services.resolve.stage'}"


def test_the_page_tells_every_result_and_every_word_of_evidence() -> None:
    page = (Path(__file__).parents[2] / "docs" / "geocoder.md").read_text("utf-8")
    results = re.findall(r"^\| `(\w+)` \| (?:yes|no) \|", page, re.MULTILINE)
    assert results == list(RESULTS)
    told = set(re.findall(r"(?:reason|conflict) `(\w+)` \|$", page, re.MULTILINE))
    assert told == {"geocoded"} | {word for words in _TOLD.values() for word in words if word} | {
        word for word in get_args(Conflict) if word.startswith("geocoder_")
    }
    assert told <= {*get_args(Conflict), *get_args(Reason)}
