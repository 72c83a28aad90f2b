"""The list of offices that take part: read from JSON and XML, kept over restarts, and never in the way of a letter."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from deploy.local.office_faults import Fault, Hang, Refuse
from services.deliver.channel import Unfit
from services.deliver.channels.cwc.channel import Cwc
from services.deliver.channels.cwc.intake import Intake as Asked
from services.deliver.channels.cwc.intake import address_of
from services.deliver.channels.cwc.offices import ActiveOffices, NoOffices, read_offices
from services.deliver.channels.cwc.settings import Chamber
from tests.unit.cwc_far_side import Intake, body_of, channel, intake, letter, run, settings

TWO: Final = frozenset({"HNY13", "HAK00"})


@pytest.mark.parametrize(
    "raw",
    [
        b'["HNY13", "HAK00"]',
        b'{"offices": [{"code": " HNY13 ", "name": "A Member of HCA01"}, {"code": "HAK00", "since": 2009, "x": null}]}',
        b"<Offices><Office>HNY13</Office><Office>\n HAK00 </Office></Offices>",
        b'\xef\xbb\xbf<?xml version="1.0"?><o:l xmlns:o="urn:x"><o:Office>HNY13</o:Office><o:Office>HAK00</o:Office></o:l>',
        b'["HNY13", "HAK00", "SNY01", "hny12", "HNY1", "XHNY12", 7, true]',
    ],
)
def test_a_list_is_read_in_either_form(raw: bytes) -> None:
    assert read_offices(raw, "house") == TWO


@pytest.mark.parametrize("chamber", ["house", "senate"])
@pytest.mark.parametrize(
    "raw",
    [
        b"", b"[]", b"{}", b"null", b"\xff\xfe", b"HNY13 SNY01", b"[" * 100_000, b"<a>" * 100_000, b"<Offices/>",
        b"<html><body>Maintenance</body></html>", b'["HN", "SNY04"]', b"<Offices><Office>HNY13 SNY01</Office>",
        b'<!DOCTYPE o [<!ENTITY a "HNY13">]><o><a>&a;</a><b>SNY01</b></o>',
    ],
)  # fmt: skip
def test_what_is_no_list_is_not_taken_for_one(raw: bytes, chamber: Chamber) -> None:
    with pytest.raises(NoOffices):
        read_offices(raw, chamber)


class Bench:
    """The list of the House at a time that moves by hand, asked of the local intake."""

    def __init__(self, folder: Path, there: Intake) -> None:
        self.now = 1_000_000.0
        self._path, self.there = folder / "offices.json", there
        self._asked = Asked(address_of(settings(folder, there.url), "house"))
        self.offices = self.opened()

    def opened(self) -> ActiveOffices:
        """As a worker that starts would find it."""
        return ActiveOffices(self._path, "house", 12, now=lambda: self.now)

    async def pass_by(self, hours: float = 0) -> int:
        """An attempt goes by after ``hours``; how often the intake has been asked by now."""
        self.now += hours * 3600
        self.offices.keep_fresh(self._asked)
        await self.offices.settled()
        return self.there.desk.asked["offices"]

    async def close(self) -> None:
        await self._asked.close()


def on_the_bench(folder: Path, work: Callable[[Bench], Any]) -> None:
    async def whole() -> None:
        async with intake(folder, offices=("HNY13", "HCA01", "HTX01", "HTX02")) as there:
            bench = Bench(folder, there)
            await work(bench)
            await bench.close()

    run(whole())


@pytest.mark.parametrize("form", ["json", "xml"])
def test_the_list_is_asked_for_once_until_it_is_old_and_outlives_the_worker(tmp_path: Path, form: Any) -> None:
    async def work(bench: Bench) -> None:
        bench.there.desk.offices_as = form
        assert bench.offices.takes_part("HWY00")
        assert await bench.pass_by() == 1
        assert (bench.offices.takes_part("HTX01"), bench.offices.takes_part("HWY00")) == (True, False)
        assert await bench.pass_by(hours=11) == 1
        bench.offices = bench.opened()
        assert not bench.offices.takes_part("HWY00")
        assert await bench.pass_by(hours=0.5) == 1
        bench.there.desk.offices = {"HNY13", "HCA01", "HWY00"}
        assert await bench.pass_by(hours=1) == 2
        assert (bench.offices.takes_part("HTX01"), bench.offices.takes_part("HWY00")) == (False, True)
        assert (await bench.pass_by(hours=-2), await bench.pass_by()) == (3, 3)  # a clock that was set back

    on_the_bench(tmp_path, work)


@pytest.mark.parametrize("fault", [Refuse(status=500), Refuse(status=404), Refuse(status=401)])
def test_a_list_that_cannot_be_had_leaves_the_last_good_one_and_is_not_asked_for_at_each_letter(
    tmp_path: Path, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(bench: Bench) -> None:
        assert await bench.pass_by() == 1
        bench.there.behave("offices", fault)
        assert [await bench.pass_by(hours=24), await bench.pass_by(hours=0.1), await bench.pass_by(hours=0.2)] == [
            2,
            2,
            3,
        ]
        assert not bench.offices.takes_part("HWY00")
        bench.offices = bench.opened()
        assert await bench.pass_by() == 4
        assert not bench.offices.takes_part("HWY00")

    with caplog.at_level(logging.WARNING):
        on_the_bench(tmp_path, work)
    assert [record.__dict__["why"] for record in caplog.records if record.message == "cwc_offices_not_read"] == [
        f"status_{fault.status}" if isinstance(fault, Refuse) else ""
    ] * 3


@pytest.mark.parametrize("restarted", [True, False])
def test_an_office_that_an_old_list_has_not_is_written_to_until_the_list_has_been_asked_for(
    tmp_path: Path, restarted: bool
) -> None:
    async def work(bench: Bench) -> None:
        await bench.pass_by()
        assert not bench.offices.takes_part("HWY00")
        bench.now += 13 * 3600
        bench.offices = bench.opened() if restarted else bench.offices
        assert bench.offices.takes_part("HWY00"), "else no letter would ever have the list asked for"
        bench.there.desk.offices = {*bench.there.desk.offices, "HWY00"}
        assert await bench.pass_by() == 2
        assert (bench.offices.takes_part("HWY00"), bench.offices.takes_part("HVT00")) == (True, False)

    on_the_bench(tmp_path, work)


def test_a_list_that_lost_more_than_half_of_its_offices_is_not_believed(tmp_path: Path) -> None:
    async def work(bench: Bench) -> None:
        await bench.pass_by()
        for offices, takes_part in (({"HNY13"}, True), (set(), True), ({"HNY13", "HCA01"}, False)):
            bench.there.desk.offices = offices
            await bench.pass_by(hours=24)
            assert bench.offices.takes_part("HTX01") is takes_part, offices

    on_the_bench(tmp_path, work)


@pytest.mark.parametrize(
    "kept", ["", "{", "[]", '{"offices": []}', '{"offices": ["HNY13"], "fetched_at": null}', "\x00"]
)
def test_a_damaged_copy_is_no_list_and_is_replaced(tmp_path: Path, kept: str) -> None:
    async def work(bench: Bench) -> None:
        (tmp_path / "offices.json").write_text(kept)
        bench.offices = bench.opened()
        assert bench.offices.takes_part("HWY00")
        assert await bench.pass_by() == 1

    on_the_bench(tmp_path, work)
    assert json.loads((tmp_path / "offices.json").read_text())["offices"] == ["HCA01", "HNY13", "HTX01", "HTX02"]
    assert [path.name for path in tmp_path.glob("offices*")] == ["offices.json"]


def test_that_no_list_is_known_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    one = Cwc.opened(settings(tmp_path, "http://127.0.0.1:9"), "house")
    assert [type(one.body(letter(number), "")) for number in range(1, 4)] == [bytes] * 3
    assert [record.message for record in caplog.records].count("cwc_offices_unknown") == 1


def test_a_letter_waits_for_no_list_and_the_next_worker_knows_it(tmp_path: Path) -> None:
    async def work() -> None:
        async with intake(tmp_path, offices=("HCA01",)) as there:
            there.behave("offices", Hang(seconds=600))
            async with channel(tmp_path, there.url) as one:
                ours = letter(office="HCA01")
                assert (await one.attempt(ours, "", body_of(one, ours))).verdict == "accepted"
            there.behave("offices", None)
            async with channel(tmp_path, there.url) as one:
                assert (await one.attempt(ours, "", body_of(one, ours))).verdict == "accepted"
                await asyncio.wait_for(one._offices.settled(), 10)
                assert one.body(letter(2), "") == Unfit("office_inactive")
            async with channel(tmp_path, there.url) as one:
                assert one.body(letter(2), "") == Unfit("office_inactive")
                assert isinstance(one.body(ours, ""), bytes)

    run(work())


def test_the_test_intakes_list_is_not_taken_for_the_real_one(tmp_path: Path) -> None:
    async def work() -> None:
        async with intake(tmp_path, offices=("HCA01",)) as there:
            async with channel(tmp_path, there.url) as one:
                ours = letter(office="HCA01")
                await one.attempt(ours, "", body_of(one, ours))
                await one._offices.settled()
            production: dict[str, Any] = {
                "cwc_mode": "production",
                "cwc_house_production_url": there.url,
                "cwc_house_test_url": "",
            }
            async with channel(tmp_path, there.url, **production) as one:
                assert isinstance(one.body(letter(2), ""), bytes)

    run(work())
