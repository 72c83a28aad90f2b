"""Another reference file while a worker runs: taken up when it is good, refused when it is not, and the way back."""

from __future__ import annotations

import logging
from pathlib import Path
from time import monotonic, sleep

import pytest

from services.pipeline.errors import SettingsRefused
from services.resolve.reference.compiler import compile_reference
from services.resolve.reload import References
from tests.unit.reference_made import contents, plan

ALL = {"06001": "0905"} | {f"{zip5}": "3613" for zip5 in range(10001, 10202)}
"""One ZIP of Connecticut and two hundred of New York."""


class Shelf:
    """A folder of reference files, what CURRENT names in it, and what a worker said of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.results: list[str] = []

    def put(self, name: str, zips: dict[str, str] | None = None) -> str:
        """Compile a file; returns its version."""
        target = self.folder / name
        compile_reference(contents(plan(119, zips or ALL)), target)
        reference = References(str(target), 60)
        reference.close()
        return reference.current.version

    def point(self, text: str) -> None:
        (self.folder / "CURRENT").write_text(text)

    def follow(self) -> References:
        return References(str(self.folder), 60, self.results.append)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def look(references: References, times: int = 2) -> bool:
    """As the thread would, then as the loop does between two batches."""
    for _ in range(times):
        references.look()
    return references.take()


def test_a_new_file_is_taken_up_between_two_batches_and_not_before(shelf: Shelf) -> None:
    versions = [shelf.put("one"), shelf.put("two", ALL | {"10301": "3611"})]
    assert len(set(versions)) == 2
    shelf.point("one\n")
    references = shelf.follow()
    in_hand = references.current
    assert not look(references), "nothing has changed"
    shelf.point("two\n")
    references.look()
    references.look()
    assert references.current is in_hand, "the batch in hand ends on the reference that it began with"
    assert references.take()
    assert references.current.version == versions[1]
    assert in_hand.at(1_780_000_000).plan("represented_by") is not None, "the one before is kept"
    assert shelf.results == ["taken_up"]
    assert not look(references), "and it is taken up once"
    references.close()


def test_a_file_that_is_still_being_written_is_left_alone_until_it_stands_still(shelf: Shelf) -> None:
    shelf.put("one")
    shelf.put("whole", ALL | {"10301": "3611"})
    shelf.point("one")
    references = shelf.follow()
    content = (shelf.folder / "whole").read_bytes()
    shelf.point("copied")
    for part in (100, len(content) // 2, len(content)):
        (shelf.folder / "copied").write_bytes(content[:part])
        assert not look(references, times=1)
    assert shelf.results == []
    assert look(references, times=1)
    assert shelf.results == ["taken_up"]
    references.close()


@pytest.mark.parametrize(
    "harm", ["cut short", "one bit", "no file", "empty", "garbage", "no name", "elsewhere", "two names"]
)
def test_a_bad_file_is_refused_once_and_the_one_in_use_goes_on(
    shelf: Shelf, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    version = shelf.put("one")
    shelf.put("two", ALL | {"10301": "3611"})
    content = bytearray((shelf.folder / "two").read_bytes())
    shelf.point("one")
    references = shelf.follow()
    if harm == "cut short":
        del content[-100:]
    elif harm == "one bit":
        content[len(content) // 2] ^= 1
    elif harm in ("empty", "garbage"):
        content[:] = b"" if harm == "empty" else b"<html>404</html>" * 100
    (shelf.folder / "bad").write_bytes(content)
    shelf.point({"no file": "gone", "no name": "", "elsewhere": "../one", "two names": "one two"}.get(harm, "bad"))
    with caplog.at_level(logging.ERROR):
        assert not look(references, times=5)
    assert shelf.results == ["refused"], "counted once, however often it is looked at"
    (line,) = [record for record in caplog.records if record.msg == "reference_refused"]
    assert line.__dict__["why"]
    assert str(shelf.folder) not in str(line.__dict__["why"])
    assert references.current.version == version
    shelf.point("two")
    assert look(references), "the next good one is taken all the same"
    references.close()


def test_a_file_that_lost_more_than_a_hundredth_is_refused_unless_it_is_forced(shelf: Shelf) -> None:
    shelf.put("one")
    smaller = shelf.put("smaller", dict(list(ALL.items())[:190]))
    shelf.put("state-lost", dict(list(ALL.items())[1:]) | {"10301": "3611"})
    shelf.put("one-less", dict(list(ALL.items())[:-1]))
    shelf.point("one")
    references = shelf.follow()
    for name in ("smaller", "state-lost"):
        shelf.point(name)
        assert not look(references, times=3)
    assert shelf.results == ["refused", "refused"]
    shelf.point("one-less")
    assert look(references), "ZIPs are retired now and then"
    shelf.point("smaller force\n")
    assert look(references)
    assert references.current.version == smaller
    references.close()


def test_the_way_back_is_taken_at_once_and_without_opening_anything(shelf: Shelf) -> None:
    shelf.put("one")
    shelf.put("two", ALL | {"10301": "3611"})
    shelf.point("one")
    references = shelf.follow()
    first = references.current
    shelf.point("two")
    assert look(references)
    second = references.current
    for back in (first, second, first):
        shelf.point("one" if back is first else "two")
        assert look(references, times=1)
        assert references.current is back
    assert shelf.results == ["taken_up", "taken_back", "taken_back", "taken_back"]
    references.close()


def test_pointing_back_before_it_was_taken_up_leaves_everything_as_it_was(shelf: Shelf) -> None:
    shelf.put("one")
    shelf.put("two", ALL | {"10301": "3611"})
    shelf.point("one")
    references = shelf.follow()
    first = references.current
    shelf.point("two")
    references.look()
    references.look()
    shelf.point("one")
    assert not look(references)
    assert references.current is first
    assert shelf.results == []
    references.close()


def test_a_single_file_is_followed_as_well(shelf: Shelf) -> None:
    shelf.put("file")
    references = References(str(shelf.folder / "file"), 60, shelf.results.append)
    version = shelf.put("file", ALL | {"10301": "3611"})
    assert look(references)
    assert references.current.version == version
    references.close()


def test_the_thread_looks_by_itself(shelf: Shelf) -> None:
    shelf.put("one")
    version = shelf.put("two", ALL | {"10301": "3611"})
    shelf.point("one")
    references = References(str(shelf.folder), 0.05)
    references.start()
    shelf.point("two")
    until = monotonic() + 20
    while not references.take():
        assert monotonic() < until
        sleep(0.02)
    assert references.current.version == version
    references.close()


@pytest.mark.parametrize("setting", ["missing", "garbage", "folder"])
def test_at_start_a_bad_file_is_refused_by_the_name_of_the_setting(shelf: Shelf, setting: str) -> None:
    (shelf.folder / "garbage").write_bytes(b"x" * 100)
    (shelf.folder / "folder").mkdir()
    with pytest.raises(SettingsRefused, match=r"POSTBAG_REFERENCE: .*postbag refdata build"):
        References(str(shelf.folder / setting), 60)


def test_without_a_setting_it_is_the_sample_and_nothing_is_followed() -> None:
    references = References("", 0.05)
    references.start()
    assert references.current.plan_ids == ("us-cd-119",)
    assert not references.take()
    references.close()
