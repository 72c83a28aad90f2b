"""The outbox: real files, whole or not there at all, and a disk that fails is no letter lost."""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from schemas.letter import Letter
from schemas.wire import read, write
from services.deliver.answers import Answer, of_local
from services.deliver.channels.discard import Discard
from services.deliver.channels.outbox import Outbox
from tests.unit import made

WRITTEN = of_local("written")
FAILED = of_local("disk_failed")
LETTER = made.letter()
BODY = write(LETTER)


@pytest.fixture
def syncs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Counts what would wait for every disk of the machine."""
    counted: list[str] = []
    monkeypatch.setattr(os, "sync", lambda: counted.append("sync"))
    return counted


def attempt(outbox: Outbox, letter: Letter = LETTER, body: bytes = BODY) -> Answer:
    return asyncio.run(outbox.attempt(letter, "", body))


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_letter_is_a_file_of_its_office_named_by_its_id(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    letters = [made.letter(1), made.letter(2), made.letter(3, office="SNY01")]
    assert [attempt(outbox, letter, write(letter)) for letter in letters] == [WRITTEN] * 3
    assert files(tmp_path) == [f"{letter.office}/{letter.letter_id}.json" for letter in letters]
    for letter in letters:
        path = tmp_path / letter.office / f"{letter.letter_id}.json"
        assert read(Letter, path.read_bytes()) == letter
        assert path.stat().st_mode & 0o077 == 0, "others on the machine cannot read it"


def test_a_repeated_attempt_finds_the_file_and_writes_nothing(tmp_path: Path) -> None:
    assert (WRITTEN.verdict, FAILED.verdict) == ("accepted", "retry")
    assert attempt(Outbox(tmp_path)) == WRITTEN
    (path,) = tmp_path.glob("*/*")
    before = path.stat()
    assert attempt(Outbox(tmp_path)) == WRITTEN
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_a_crash_left_half_written_is_no_letter_and_is_written_over(tmp_path: Path) -> None:
    (tmp_path / LETTER.office).mkdir()
    (tmp_path / LETTER.office / f"{LETTER.letter_id}.json.part").write_bytes(b"half" * 10_000)
    assert attempt(Outbox(tmp_path)) == WRITTEN
    assert files(tmp_path) == [f"{LETTER.office}/{LETTER.letter_id}.json"]
    assert (tmp_path / LETTER.office / f"{LETTER.letter_id}.json").read_bytes() == BODY


@pytest.mark.parametrize("left", [b"", BODY[:100]])
def test_a_file_that_a_power_cut_emptied_is_not_taken_for_the_letter(tmp_path: Path, left: bytes) -> None:
    assert attempt(Outbox(tmp_path)) == WRITTEN
    (path,) = tmp_path.glob("*/*")
    path.write_bytes(left)  # the name outlived it, and what it named did not
    assert attempt(Outbox(tmp_path)) == WRITTEN
    assert path.read_bytes() == BODY


def test_another_worker_that_begins_the_same_file_and_dies_leaves_no_empty_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace

    def begun_meanwhile(part: str, path: str) -> None:
        Path(part).write_bytes(b"")
        replace(part, path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", begun_meanwhile)
        assert attempt(Outbox(tmp_path)) == FAILED
    assert attempt(Outbox(tmp_path)) == WRITTEN
    assert [path.read_bytes() for path in tmp_path.glob("*/*")] == [BODY]


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow over 100 bytes: the system takes that much of a write and refuses the rest, as a full disk does.

    For as short as can be: the limit holds for the test runner's own log as well.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_on_a_full_disk_no_part_of_a_letter_passes_for_one(tmp_path: Path) -> None:
    assert len(BODY) > 100
    with full_disk():
        answer = attempt(Outbox(tmp_path))
    assert answer == FAILED
    assert not list(tmp_path.glob("*/*.json"))


def test_where_the_folder_cannot_be_written_the_letter_waits_until_it_can(tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    folder.write_text("not a folder")
    outbox = Outbox(folder)
    assert attempt(outbox) == FAILED
    folder.unlink()
    assert attempt(outbox) == WRITTEN


def test_a_folder_that_was_tidied_away_is_made_again(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    assert attempt(outbox) == WRITTEN
    (tmp_path / LETTER.office).rename(tmp_path / "taken")
    assert attempt(outbox) == FAILED
    assert attempt(outbox) == WRITTEN


def test_one_sync_a_batch_and_none_where_nothing_was_written(tmp_path: Path, syncs: list[str]) -> None:
    outbox = Outbox(tmp_path)
    for number in range(1, 4):
        attempt(outbox, made.letter(number))
    asyncio.run(outbox.flush())
    assert len(syncs) == 1
    asyncio.run(outbox.flush())
    assert len(syncs) == 1
    attempt(outbox)
    asyncio.run(outbox.flush())
    assert len(syncs) == 2, "a file that was there may have been written by a worker that died before its sync"
    asyncio.run(outbox.close())


def test_what_is_dropped_is_accepted_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    channel = Discard()
    sent = channel.body(LETTER, "")
    assert sent == BODY
    assert asyncio.run(channel.attempt(LETTER, "", sent)).verdict == "accepted"
    assert list(tmp_path.iterdir()) == []


def test_every_attempt_sends_the_same_bytes_whichever_address(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    sent = outbox.body(LETTER, "")
    assert sent == outbox.body(LETTER, "elsewhere") == BODY
    attempt(outbox, LETTER, sent)
    assert [path.read_bytes() for path in tmp_path.glob("*/*")] == [BODY]
