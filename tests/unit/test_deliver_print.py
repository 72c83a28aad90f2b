"""Letters to be carried: whole files in the folder of their day, each once, whatever midnight, crashes and the disk do."""

from __future__ import annotations

import asyncio
import os
import resource
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.letter import Unfit as UnfitForm
from services.deliver.channel import Unfit
from services.deliver.channels.printing.channel import Print
from services.deliver.channels.printing.settings import PrintSettings
from services.pipeline.errors import SettingsRefused
from services.pipeline.settings import load
from tests.unit import made
from tests.unit.print_made import DAY, NOON, channel, letter, pdf, print_all, table


def verdicts(folder: Path, *letters: object, now: datetime = NOON) -> list[tuple[str, str]]:
    return [(answer.verdict, answer.reason) for answer in print_all(folder, list(letters), now)]  # type: ignore[arg-type]


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_letter_is_its_pdf_in_the_folder_of_its_office_and_day_for_no_other_eyes(tmp_path: Path) -> None:
    letters = [letter(1), letter(2), letter(3, office="SNY01")]
    assert verdicts(tmp_path, *letters) == [("accepted", "written")] * 3
    expected = [f"{one.office}/{DAY}/{one.letter_id}.pdf" for one in letters]
    assert files(tmp_path) == sorted([*expected, f"HNY13/{DAY}.csv", f"SNY01/{DAY}.csv"])
    for path in tmp_path.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert {(tmp_path / name).read_bytes() for name in expected} == {pdf()}


def test_the_day_is_the_day_in_the_time_zone_that_is_set(tmp_path: Path) -> None:
    print_all(tmp_path, [letter(1)], datetime(2026, 3, 5, 3, 0, tzinfo=UTC))
    assert (tmp_path / "HNY13" / DAY / f"{made.identity(1)}.pdf").exists(), "ten in the evening in New York"


@pytest.mark.parametrize("later", [timedelta(hours=1), timedelta(hours=13), timedelta(days=3), timedelta(days=30)])
def test_a_repeated_attempt_changes_nothing_even_after_midnight(tmp_path: Path, later: timedelta) -> None:
    one = letter(1)
    print_all(tmp_path, [one])
    before = {name: (tmp_path / name).stat().st_mtime_ns for name in files(tmp_path)}
    assert verdicts(tmp_path, one, one, now=NOON + later) == [("accepted", "written")] * 2
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in files(tmp_path)} == before


def test_a_clock_that_was_set_back_prints_nothing_twice(tmp_path: Path) -> None:
    one = letter(1, accepted_at=NOON)
    print_all(tmp_path, [one], NOON + timedelta(days=1))
    print_all(tmp_path, [one], NOON)
    assert len(list(tmp_path.rglob("*.pdf"))) == 1


@pytest.mark.parametrize("accepted", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)])
def test_a_letter_with_an_impossible_time_is_printed_all_the_same(tmp_path: Path, accepted: datetime) -> None:
    assert verdicts(tmp_path, letter(1, accepted_at=accepted)) == [("accepted", "written")]


def test_a_letter_without_paper_is_unfit_for_render_s_own_reason(tmp_path: Path) -> None:
    there = channel(tmp_path)
    reasons = (UnfitForm(form="cwc", reason="prefix_missing"), UnfitForm(form="paper", reason="glyph_missing"))
    assert there.body(made.letter(unfit=reasons), "") == Unfit("glyph_missing")
    assert there.body(made.letter(), "") == Unfit("no_paper_form")
    for broken in ("AAA=A"[:3], b64encode(b"not a page").decode()):
        assert there.body(made.letter(paper=broken), "") == Unfit("paper_malformed")


def test_what_a_crash_left_half_written_is_no_letter_and_is_written_over(tmp_path: Path) -> None:
    folder = tmp_path / "HNY13" / DAY
    folder.mkdir(parents=True)
    (folder / f"{made.identity(1)}.pdf.part").write_bytes(b"half" * 99_999)
    assert verdicts(tmp_path, letter(1)) == [("accepted", "written")]
    assert files(folder) == [f"{made.identity(1)}.pdf"]


@pytest.mark.parametrize("row", [True, False])
@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=1)])
def test_a_page_that_a_power_cut_emptied_is_not_taken_for_the_letter(
    tmp_path: Path, row: bool, later: timedelta
) -> None:
    print_all(tmp_path, [letter(1), letter(2)])
    before = table(tmp_path)
    (tmp_path / "HNY13" / DAY / f"{made.identity(2)}.pdf").write_bytes(b"")  # the name outlived its content
    if not row:
        manifest = tmp_path / "HNY13" / f"{DAY}.csv"
        manifest.write_bytes(b"".join(manifest.read_bytes().splitlines(keepends=True)[:-1]))
    assert verdicts(tmp_path, letter(2), now=NOON + later) == [("accepted", "written")]
    assert [path.read_bytes() for path in tmp_path.rglob("*.pdf")] == [pdf()] * 2
    assert table(tmp_path) == before


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file may grow over ``size`` bytes: the system takes that much of a write and refuses the rest."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_on_a_full_disk_nothing_passes_for_a_letter_and_later_it_is_printed(tmp_path: Path) -> None:
    with full_disk(1000):
        assert verdicts(tmp_path, letter(1)) == [("retry", "disk_failed")]
    assert not list(tmp_path.rglob("*.pdf"))
    assert verdicts(tmp_path, letter(1)) == [("accepted", "written")]


def test_a_row_that_the_full_disk_refused_is_added_with_the_next_attempt(tmp_path: Path) -> None:
    print_all(tmp_path, [letter(1)])
    size = (tmp_path / "HNY13" / f"{DAY}.csv").stat().st_size
    small = b"%PDF-1.7 small"
    with full_disk(size + 20):  # the PDF fits, and a part of its row
        assert verdicts(tmp_path, letter(2, small)) == [("retry", "disk_failed")]
    assert [row["letter_id"] for row in table(tmp_path)] == [made.identity(1)]
    assert verdicts(tmp_path, letter(2, small)) == [("accepted", "written")]
    assert [row["letter_id"] for row in table(tmp_path)] == [made.identity(1), made.identity(2)]


def test_a_folder_that_was_tidied_away_is_made_again(tmp_path: Path) -> None:
    async def run() -> None:
        there = channel(tmp_path / "print")
        assert (await there.attempt(letter(1), "", pdf())).verdict == "accepted"
        (tmp_path / "print").rename(tmp_path / "away")
        answers = [(await there.attempt(letter(2), "", pdf())).verdict for _ in range(2)]
        assert answers == ["retry", "accepted"]
        await there.close()

    asyncio.run(run())


def test_a_disk_that_hangs_holds_up_no_one_and_what_was_not_begun_is_not_in_doubt(tmp_path: Path) -> None:
    folder = tmp_path / "HNY13" / DAY
    folder.mkdir(parents=True)
    pipe = folder / f"{made.identity(1)}.pdf.part"
    os.mkfifo(pipe)  # opening it to write waits for a reader, as a disk that is gone does

    async def run() -> None:
        there = channel(tmp_path, attempt_seconds=0.3)
        begun, waiting = asyncio.gather(there.attempt(letter(1), "", pdf())), asyncio.sleep(0.05)
        await waiting
        behind = await asyncio.gather(*(there.attempt(letter(number), "", pdf()) for number in (2, 3)))
        assert [(answer.verdict, answer.reason) for answer in await begun] == [("unknown", "disk_hangs")]
        assert [(answer.verdict, answer.reason) for answer in behind] == [("retry", "disk_failed")] * 2
        await asyncio.wait_for(there.flush(), 5)
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # it comes back
        await there.close()
        os.close(reader)

    asyncio.run(run())
    for thread in threading.enumerate():
        if thread.name.startswith("print"):
            thread.join(10)
    assert not (folder / f"{made.identity(2)}.pdf").exists(), (
        "what was given up is not written behind the worker's back"
    )


def test_one_sync_a_batch_none_where_nothing_was_written_and_again_after_one_that_was_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    monkeypatch.setattr(os, "sync", lambda: counted.append("sync"))

    async def run() -> None:
        there = channel(tmp_path)
        await there.flush()
        assert len(counted) == 0
        for number in (1, 2, 2):
            await there.attempt(letter(number), "", pdf())
        cut = asyncio.ensure_future(there.flush())
        await asyncio.sleep(0)
        cut.cancel()
        await asyncio.gather(cut, return_exceptions=True)
        before = len(counted)
        await there.flush()
        assert len(counted) == before + 1, "what a flush that was cut short was for is still to be made durable"
        await there.flush()
        assert len(counted) == before + 1
        await there.close()
        await there.close()

    asyncio.run(run())


def test_the_settings_are_refused_by_name_where_the_time_zone_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match="POSTBAG_PRINT_TIME_ZONE"):
        load(PrintSettings, print_time_zone="Mars/Olympus")
    opened = Print.opened(load(PrintSettings, print_dir=tmp_path, print_time_zone="UTC"))
    assert (opened.name, opened.idempotent) == ("print", True)
