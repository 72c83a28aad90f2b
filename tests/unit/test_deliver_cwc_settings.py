"""Test and production are apart, nothing is sent without being set, and what is wrong is refused by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.deliver.channels.cwc.channel import Cwc
from services.deliver.channels.cwc.intake import address_of
from services.deliver.channels.cwc.settings import CwcSettings
from services.pipeline.errors import SettingsRefused
from services.pipeline.settings import describe, load

KEY = "canary-key"
BOTH: dict[str, Any] = {
    "cwc_house_test_url": "https://test.house.example/cwc",
    "cwc_house_production_url": "https://house.example",
    "cwc_senate_test_url": "https://test.senate.example",
    "cwc_senate_production_url": "https://senate.example/",
    "cwc_house_key": KEY,
    "cwc_senate_key": KEY,
}


def test_there_is_no_host_and_no_key_by_default(tmp_path: Path) -> None:
    settings = load(CwcSettings)
    assert [value for name, value in describe(settings).items() if "_URL" in name] == [""] * 4
    for chamber, name in (("house", "POSTBAG_CWC_HOUSE_TEST_URL"), ("senate", "POSTBAG_CWC_SENATE_TEST_URL")):
        with pytest.raises(SettingsRefused, match=name):
            Cwc.opened(settings, chamber)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mode", "chamber", "url"),
    [
        ("test", "house", "https://test.house.example/cwc/v2/message?apikey=canary-key"),
        ("production", "house", "https://house.example/v2/message?apikey=canary-key"),
        ("test", "senate", "https://test.senate.example/v2/message?apikey=canary-key"),
        ("production", "senate", "https://senate.example/v2/message?apikey=canary-key"),
    ],
)
def test_the_mode_alone_decides_which_address_is_used(mode: str, chamber: Any, url: str) -> None:
    settings = load(CwcSettings, **BOTH, cwc_mode=mode)
    assert str(address_of(settings, chamber).url("message")) == url


def test_without_a_word_it_is_the_test_address() -> None:
    assert load(CwcSettings, **BOTH).cwc_mode == "test"
    with pytest.raises(SettingsRefused, match="POSTBAG_CWC_HOUSE_TEST_URL"):
        address_of(load(CwcSettings, **BOTH | {"cwc_house_test_url": ""}), "house")
    with pytest.raises(SettingsRefused, match="POSTBAG_CWC_HOUSE_PRODUCTION_URL"):
        address_of(load(CwcSettings, **BOTH | {"cwc_house_production_url": ""}, cwc_mode="production"), "house")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cwc_house_production_url", "https://test.house.example/other"),
        ("cwc_house_production_url", "https://test.house.example:8443"),
        ("cwc_house_production_url", "https://test.senate.example"),
        ("cwc_senate_production_url", "https://test.house.example"),
        ("cwc_house_test_url", "http://test.house.example"),
        ("cwc_house_test_url", "https://user@test.house.example"),
        ("cwc_house_test_url", "https://test.house.example/?apikey=canary-key"),
        ("cwc_house_test_url", "https://TEST.house.example"),
        ("cwc_house_test_url", "https://test.house.example./"),
        ("cwc_house_test_url", "https://good\\@evil.example"),
        ("cwc_house_test_url", "test.house.example"),
        ("cwc_house_paths", {"message": ""}),
        ("cwc_house_paths", {"message": "/v2/validate"}),
        ("cwc_senate_paths", {"message": "/a/", "validate": "/a"}),
        ("cwc_senate_paths", {"validate": "/v2/message"}),
        ("cwc_house_paths", {"message": "v2/message"}),
        ("cwc_house_paths", {"messages": "/v2"}),
        ("cwc_house_paths", {"offices": "/a?b=c"}),
        ("cwc_mode", "live"),
        ("cwc_offices_hours", 0),
    ],
)
def test_an_address_that_could_lead_elsewhere_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(SettingsRefused, match=f"POSTBAG_{name.upper()}") as refused:
        load(CwcSettings, **BOTH | {name: value})
    assert KEY not in str(refused.value)


def test_a_chamber_has_paths_of_its_own() -> None:
    settings = load(CwcSettings, **BOTH, cwc_senate_paths={"message": "/api/messages/", "validate": ""})
    senate, house = address_of(settings, "senate"), address_of(settings, "house")
    assert str(senate.url("message")) == "https://test.senate.example/api/messages/?apikey=canary-key"
    assert (senate.paths["validate"], senate.paths["offices"]) == ("", "/v2/offices")
    assert house.paths["validate"] == "/v2/validate"


def test_a_key_can_stand_in_a_file_and_its_line_end_is_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from+a/file=&\n")
    settings = load(CwcSettings, **BOTH | {"cwc_house_key": "", "cwc_house_key_file": tmp_path / "key"})
    assert address_of(settings, "house").url("offices").query["apikey"] == "from+a/file=&"
    assert address_of(settings, "senate").url("offices").query["apikey"] == KEY


@pytest.mark.parametrize("key", ["", "two words", "canary\x00", "canary-é", "canary\nkey"])
def test_what_cannot_be_a_key_is_refused_and_not_repeated(tmp_path: Path, key: str) -> None:
    (tmp_path / "key").write_text(key, "utf-8")
    for name, given in (("cwc_house_key", key), ("cwc_house_key_file", tmp_path / "key")):
        with pytest.raises(SettingsRefused, match=f"POSTBAG_{name.upper()}:") as refused:
            address_of(load(CwcSettings, **BOTH | {"cwc_house_key": ""} | {name: given}), "house")
        assert "canary" not in str(refused.value)


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTBAG_CWC_HOUSE_TEST_URL", "http://localhost:8025")
    monkeypatch.setenv("POSTBAG_CWC_HOUSE_KEY", KEY)
    monkeypatch.setenv("POSTBAG_CWC_HOUSE_PATHS", '{"offices": ""}')
    address = address_of(load(CwcSettings), "house")
    assert (address.base, address.paths["offices"], address.paths["message"]) == (
        "http://localhost:8025",
        "",
        "/v2/message",
    )
