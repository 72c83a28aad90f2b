"""The local office's books survive what the tests do to it: kill -9, a torn line, a stop in the middle of a request."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from deploy.local.office_control import OfficeControl, OfficeError
from deploy.local.ports import free_port
from deploy.local.supervise import Supervisor, Worker
from tests.integration.office_at_work import OFFICE, OfficeProcess, hand_in, id_of, letter, offer, until


@pytest.fixture
def office(tmp_path: Path) -> Iterator[OfficeProcess]:
    with OfficeProcess(tmp_path) as process:
        yield process


def test_a_killed_office_comes_back_with_the_same_books(office: OfficeProcess) -> None:
    control = office.control
    raw = letter()
    first = hand_in(control, raw)
    hand_in(control, raw)
    hand_in(control, letter(id_of(raw), body="Changed."))
    hand_in(control, b"{}", headers={"Idempotency-Key": id_of(raw)})
    control.refuse("HVT00", 503)
    hand_in(control, letter(office="HVT00"), office="HVT00")
    before = control.report(), control.accepted(), control.letter(id_of(raw))
    office.kill()
    control = office.start()
    assert (control.report(), control.accepted(), control.letter(id_of(raw))) == before
    assert control.faults() == {}  # it misbehaves only as told since it began
    again = hand_in(control, raw)
    assert (again.status, again.body) == (200, first.body)
    assert hand_in(control, letter()).body["receipt"] != first.body["receipt"]


def test_no_answered_letter_is_lost_when_it_is_killed_amid_a_crowd(office: OfficeProcess) -> None:
    letters = [letter() for _ in range(400)]
    answered: set[str] = set()

    async def hand_in_all(control: OfficeControl, kill_after: int | None) -> None:
        async def one(raw: bytes) -> None:
            try:
                answer = await offer(control, raw)
            except aiohttp.ClientError:
                return
            assert answer.status in (200, 201)
            answered.add(id_of(raw))
            if kill_after and len(answered) == kill_after:
                office.process.send_signal(signal.SIGKILL)

        gate = asyncio.Semaphore(16)

        async def gated(raw: bytes) -> None:
            async with gate:
                await one(raw)

        await asyncio.gather(*map(gated, letters))

    asyncio.run(hand_in_all(office.control, kill_after=150))
    office.kill()
    assert 150 <= len(answered) < 400
    control = office.start()
    kept = {letter_id for (letter_id, _), _ in control.accepted()}
    assert answered <= kept
    asyncio.run(hand_in_all(control, kill_after=None))
    report = control.report()
    assert (report["accepted"], report["accepted_twice"]) == (400, 0)
    assert len(control.accepted()) == 400


def test_a_torn_last_line_is_dropped_and_a_damaged_one_is_refused(office: OfficeProcess) -> None:
    whole, torn, began = letter(), letter(), time.time()
    hand_in(office.control, whole)
    hand_in(office.control, torn)
    office.kill()
    journal = office.folder / "offers.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])
    control = office.start()
    assert control.letter(id_of(torn)) is None
    assert hand_in(control, torn).status == 201
    assert hand_in(control, whole).status == 200
    office.kill()
    lines = journal.read_bytes().splitlines(keepends=True)
    told = [json.loads(line) for line in lines]
    assert [line["result"] for line in told] == ["accepted", "accepted", "duplicate"]
    assert began < told[0]["at"] < told[1]["at"] < told[2]["at"] < time.time()
    journal.write_bytes(b"".join([lines[0][:30] + b"\n", *lines[1:]]))
    assert "line 1 is damaged" in _refusal(office.folder)


def test_a_second_office_in_the_same_folder_and_a_taken_port_are_refused(office: OfficeProcess, tmp_path: Path) -> None:
    assert "Another office keeps" in _refusal(office.folder)
    port = office.control.base_url.rpartition(":")[2]
    assert "address already in use" in _refusal(tmp_path / "other", "--port", port)
    assert office.control.is_healthy()


def test_sigterm_ends_it_cleanly_though_a_request_hangs(office: OfficeProcess) -> None:
    office.control.hang(OFFICE, 600)

    async def hang_and_stop() -> int:
        hung = asyncio.create_task(offer(office.control, letter(), within_s=60))
        await asyncio.to_thread(until, lambda: office.control.report()["offers"])
        office.process.send_signal(signal.SIGTERM)
        with pytest.raises(aiohttp.ClientError):
            await hung
        return await asyncio.to_thread(office.process.wait, 15)

    assert asyncio.run(hang_and_stop()) == 0
    events = [json.loads(line)["event"] for line in office.log.read_text("utf-8").splitlines()]
    assert (events[0], events[-1]) == ("listening", "stopped")


def test_it_runs_under_the_supervisor_and_comes_back_on_its_port(tmp_path: Path) -> None:
    port = free_port()
    command = (sys.executable, "-m", "deploy.local.office", "--port", str(port), "--folder", str(tmp_path / "books"))
    control = OfficeControl(f"http://127.0.0.1:{port}")
    raw = letter()
    with Supervisor([Worker("office", command)], tmp_path) as supervisor:
        until(control.is_healthy)
        assert hand_in(control, raw).status == 201
        killed = supervisor.kill("office")
        until(lambda: supervisor.pids().get("office") not in (killed, None))
        until(control.is_healthy)
        assert hand_in(control, raw).status == 200
        assert supervisor.stop() == {"office": 0}


def test_an_office_that_never_starts_is_an_error_and_not_a_wait(tmp_path: Path) -> None:
    with pytest.raises(OfficeError, match="No office announced itself"):
        OfficeControl.announced(tmp_path / "port", within_s=0.1)


def _refusal(folder: Path, *more: str) -> str:
    """What an office says that cannot serve."""
    command = [sys.executable, "-m", "deploy.local.office", "--folder", str(folder), *more]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stderr) == (1, "")
    said = json.loads(ended.stdout)
    assert said["event"] == "cannot_serve"
    return str(said["error"])
