"""Pulling public sources: what comes is checked and named only when it is whole, and every way of failing is told apart."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.fetch import Limits
from services.resolve.importers.pull import LOCK, Report, pull, read_lock
from services.resolve.importers.recipe import Recipe
from tests.unit.publisher import Publisher, publisher, site

__all__ = ["site"]

PAIRS: Final = b"zip,geoid\n02141,2507\n"
HURRIED: Final = Limits(silence=5, whole=20, pause=0.01)


def recipe(**source: Any) -> Recipe:
    zips = {"format": "pairs", "file": "pairs.csv", "url": "https://data.example/rel/pairs.csv", **source}
    return Recipe.model_validate_json(json.dumps({"plans": [{"congress": 119, "zips": [zips]}]}))


def pulled(site: Publisher, folder: Path, limits: Limits = HURRIED, **source: Any) -> Report:
    return pull(recipe(**source), folder, base_url=site.url, limits=limits)


def left_over(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()} - {LOCK}


def test_a_source_comes_with_its_checksum_and_its_day(site: Publisher, tmp_path: Path) -> None:
    page = site.put("/rel/pairs.csv", PAIRS)
    page.headers["Last-Modified"] = "Mon, 15 Jun 2026 10:00:00 GMT"
    assert pulled(site, tmp_path).fetched == ("pairs.csv",)
    assert (tmp_path / "pairs.csv").read_bytes() == PAIRS
    entry = read_lock(tmp_path)["pairs.csv"]
    assert entry.sha256 == hashlib.sha256(PAIRS).hexdigest()
    assert entry.url == "https://data.example/rel/pairs.csv", "the address of the source, not of a mirror"
    assert entry.published_on.isoformat() == "2026-06-15"
    assert left_over(tmp_path) == {"pairs.csv"}


def test_without_a_word_from_the_server_a_source_is_as_old_as_its_fetching(site: Publisher, tmp_path: Path) -> None:
    site.put("/rel/pairs.csv", PAIRS)
    before = datetime.now(UTC).date()
    pulled(site, tmp_path)
    assert before <= read_lock(tmp_path)["pairs.csv"].published_on <= datetime.now(UTC).date()


def test_what_is_there_and_unchanged_is_not_sent_again(site: Publisher, tmp_path: Path) -> None:
    site.put("/rel/pairs.csv", PAIRS)
    pulled(site, tmp_path)
    again = pulled(site, tmp_path)
    assert (again.fetched, again.kept) == ((), ("pairs.csv",))
    assert [status for _, status in site.asked] == [200, 304]
    (tmp_path / "pairs.csv").write_bytes(b"zip,geoid\n02141,2505\n")
    assert pulled(site, tmp_path).fetched == ("pairs.csv",), "a file that somebody changed comes again"
    assert (tmp_path / "pairs.csv").read_bytes() == PAIRS


def test_what_is_there_with_the_pinned_checksum_is_not_even_asked_for(site: Publisher, tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_bytes(PAIRS)
    report = pulled(site, tmp_path, sha256=hashlib.sha256(PAIRS).hexdigest())
    assert (report.faults, site.asked) == ((), [])


def test_a_new_version_replaces_the_old_one(site: Publisher, tmp_path: Path) -> None:
    site.put("/rel/pairs.csv", PAIRS)
    pulled(site, tmp_path)
    site.put("/rel/pairs.csv", PAIRS + b"02139,2505\n")
    assert pulled(site, tmp_path).fetched == ("pairs.csv",)
    assert (tmp_path / "pairs.csv").read_bytes().endswith(b"02139,2505\n")


def test_a_wrong_checksum_leaves_what_was_there(site: Publisher, tmp_path: Path) -> None:
    site.put("/rel/pairs.csv", PAIRS)
    (tmp_path / "pairs.csv").write_bytes(b"old")
    report = pulled(site, tmp_path, sha256="0" * 64)
    assert "the recipe pins " + "0" * 64 in report.faults[0]
    assert report.faults[0].startswith("plans.0.zips.0: ")
    assert (tmp_path / "pairs.csv").read_bytes() == b"old"
    assert left_over(tmp_path) == {"pairs.csv"}


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ({"status": 404}, "answers 404 Not Found. The publisher has moved it"),
        ({"status": 403}, "answers 403 Forbidden"),
        ({"body": b"<!DOCTYPE html><html>Sorry</html>"}, "sends a web page instead of data"),
        ({"content_type": "text/html; charset=utf-8"}, "sends a web page instead of data"),
        ({"body": b""}, "sends nothing"),
        ({"cut": 5}, "it broke off after 16 of 21 bytes"),
        ({"failures": 3}, "answers 503 Service Unavailable"),
        ({"body": b"x" * 5000}, "sends more than 4,096 bytes"),
        ({"status": 302, "headers": {"Location": "file:///etc/hosts"}}, "302"),
    ],
)
def test_what_goes_wrong_is_told_in_words_and_leaves_nothing(
    site: Publisher, tmp_path: Path, page: dict[str, Any], says: str
) -> None:
    put = site.put("/rel/pairs.csv", PAIRS)
    for name, value in page.items():
        setattr(put, name, value)
    report = pulled(site, tmp_path, Limits(silence=5, whole=20, pause=0.01, most_bytes=4096))
    assert len(report.faults) == 1
    assert says in report.faults[0]
    assert left_over(tmp_path) == set()
    assert read_lock(tmp_path) == {}


def test_a_server_that_is_busy_for_a_moment_is_asked_again(site: Publisher, tmp_path: Path) -> None:
    site.put("/rel/pairs.csv", PAIRS).failures = 2
    assert pulled(site, tmp_path).faults == ()
    assert [status for _, status in site.asked] == [503, 503, 200]


def test_a_server_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("http_proxy", raising=False)
    with publisher() as gone:
        address = gone.url
    report = pull(recipe(), tmp_path, base_url=address, limits=HURRIED)
    assert "cannot be fetched" in report.faults[0]


@pytest.mark.parametrize("name", ["area.zip", "roster.json", "areas.geojson"])
def test_a_file_that_is_not_of_its_kind_is_refused(site: Publisher, tmp_path: Path, name: str) -> None:
    site.put(f"/rel/{name}", b"Request blocked")
    report = pulled(site, tmp_path, file=name, url=f"https://data.example/rel/{name}")
    assert f"sends something that is no {name.split('.')[1]} file" in report.faults[0]


def test_one_that_fails_does_not_stop_the_others(site: Publisher, tmp_path: Path) -> None:
    site.put("/CD/tl_25.zip", b"PK ma")
    site.put("/CD/tl_36.zip", b"PK ny")
    report = pulled(
        site, tmp_path, file="cd/tl_{fips}.zip", url="https://data.example/CD/tl_{fips}.zip", states=["MA", "NJ", "NY"]
    )
    assert report.fetched == ("cd/tl_25.zip", "cd/tl_36.zip")
    assert [fault.split(":")[0] for fault in report.faults] == ["plans.0.zips.0 (NJ)"]
    assert set(read_lock(tmp_path)) == {"cd/tl_25.zip", "cd/tl_36.zip"}


def test_a_source_without_an_address_is_named_until_somebody_puts_it_there(site: Publisher, tmp_path: Path) -> None:
    assert pulled(site, tmp_path, url=None).by_hand == ("plans.0.zips.0: pairs.csv",)
    (tmp_path / "pairs.csv").write_bytes(PAIRS)
    assert pulled(site, tmp_path, url=None).by_hand == ()
    assert site.asked == []


def test_a_lock_that_is_none_is_refused_and_not_written_over(site: Publisher, tmp_path: Path) -> None:
    (tmp_path / LOCK).write_text('{"pairs.csv": 3}')
    with pytest.raises(ImportRefused, match="Delete it and pull again"):
        pulled(site, tmp_path)
    assert (tmp_path / LOCK).read_text() == '{"pairs.csv": 3}'
