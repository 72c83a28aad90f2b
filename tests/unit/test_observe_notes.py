"""The observer's notes: nothing is read or counted twice, and a file that cannot be trusted is made again from the topics."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.topics import ALL, LETTERS, Topic
from services.observe.notebook import Notebook
from services.observe.settings import ObserveSettings
from services.observe.sources import Sources
from services.observe.survey import Surveyor
from services.pipeline.errors import BrokerFailed, SettingsRefused
from services.pipeline.memory import MemoryBroker, MemoryReader, MemoryRecord
from tests.unit import made
from tests.unit.ground import Ground
from tests.unit.observed import MemoryGroups, surveyor


@pytest.fixture
def ground() -> Ground:
    ground = Ground()
    ground.carry(1)
    ground.carry(2, "retrying")
    return ground


class Counting(MemoryReader):
    """Counts what it hands out, and fails after ``left`` records, if told."""

    def __init__(self, broker: MemoryBroker) -> None:
        super().__init__(broker)
        self.read_of: list[str] = []
        self.left: int | None = None

    def read(self, topic: Topic, partition: int, start: int) -> Iterator[MemoryRecord]:
        for record in super().read(topic, partition, start):
            if self.left == 0:
                raise BrokerFailed("reading failed with KafkaConnectionError; a restart clears it")
            self.left = None if self.left is None else self.left - 1
            self.read_of.append(topic.name)
            assert isinstance(record, MemoryRecord)
            yield record


def counting(ground: Ground, folder: Path, reader: Counting) -> Surveyor:
    return Surveyor(ObserveSettings(state_dir=folder), sources=lambda: Sources(MemoryGroups(ground), reader))


def letters(looks: Surveyor) -> dict[str, int]:
    return {state: count for state, count in looks.look().letters.items() if count}


def test_a_restart_goes_on_where_it_stood(ground: Ground, tmp_path: Path) -> None:
    first = surveyor(ground, tmp_path)
    first.look()
    first.close()
    reader = Counting(ground)
    again = counting(ground, tmp_path, reader)
    assert letters(again) == {"accepted": 1, "retrying": 1}
    assert reader.read_of == []
    ground.enter(2, "accepted")
    assert letters(again) == {"accepted": 2}
    assert reader.read_of == ["ledger"]


@pytest.mark.parametrize("after", range(1, 8))
def test_an_outage_in_the_middle_of_a_look_loses_and_doubles_nothing(
    ground: Ground, tmp_path: Path, after: int
) -> None:
    reader = Counting(ground)
    reader.left = after
    looks = counting(ground, tmp_path, reader)
    try:
        looks.look()
    except BrokerFailed:
        reader.left = None
    survey = looks.look()
    assert {state: n for state, n in survey.letters.items() if n} == {"accepted": 1, "retrying": 1}
    assert (survey.attempts, survey.submissions["accepted"], survey.faults) == (2, 2, 0)


@pytest.mark.parametrize("page", range(6))
def test_who_is_stopped_in_the_middle_of_a_look_loses_and_doubles_nothing(
    ground: Ground, tmp_path: Path, page: int
) -> None:
    looks = surveyor(ground, tmp_path)
    pages = 0

    def beat() -> None:
        nonlocal pages
        pages += 1
        if pages > page:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        looks.look(beat)
    looks.close()
    survey = surveyor(ground, tmp_path).look()
    assert {state: n for state, n in survey.letters.items() if n} == {"accepted": 1, "retrying": 1}
    assert (survey.attempts, survey.submissions["accepted"]) == (2, 2)


@pytest.mark.parametrize("damage", ["garbage", "cut", "empty", "gone", "another version"])
def test_a_lost_or_damaged_file_is_made_again_from_the_topics(ground: Ground, tmp_path: Path, damage: str) -> None:
    looks = surveyor(ground, tmp_path)
    looks.look()
    looks.close()
    file = tmp_path / "observe.sqlite"
    whole = file.read_bytes()
    if damage == "garbage":
        file.write_bytes(b"garbage" * 1000)
    elif damage == "cut":
        file.write_bytes(whole[: len(whole) // 2 + 77])
    elif damage == "empty":
        file.write_bytes(b"")
    elif damage == "gone":
        file.unlink()
    else:
        with sqlite3.connect(file) as db:
            db.execute("PRAGMA user_version = 99")
        db.close()
    assert letters(surveyor(ground, tmp_path)) == {"accepted": 1, "retrying": 1}


def test_a_file_that_is_damaged_while_it_is_in_use_is_made_again_as_well(ground: Ground, tmp_path: Path) -> None:
    looks = surveyor(ground, tmp_path)
    looks.look()
    looks._notebook.db.execute("DROP TABLE letters")  # what a bad page comes to: the next use of it raises
    ground.enter(2, "accepted")
    assert letters(looks) == {"accepted": 2}


def test_topics_that_were_made_anew_are_counted_anew(ground: Ground, tmp_path: Path) -> None:
    looks = surveyor(ground, tmp_path)
    looks.look()
    looks.close()
    other = Ground()
    other.carry(7)
    assert letters(surveyor(other, tmp_path)) == {"accepted": 1}


def test_notes_on_another_cluster_are_not_taken_for_this_one_s(ground: Ground, tmp_path: Path) -> None:
    looks = surveyor(ground, tmp_path)
    looks.look()
    looks.close()
    other = Ground()
    for number in range(3, 9):
        other.carry(number)
    assert letters(surveyor(other, tmp_path, groups=MemoryGroups(other, "another"))) == {"accepted": 6}


def test_two_observers_do_not_share_a_file(ground: Ground, tmp_path: Path) -> None:
    first = surveyor(ground, tmp_path)
    first.look()
    with pytest.raises(SettingsRefused, match="is in use by another observer"):
        surveyor(ground, tmp_path)
    assert letters(surveyor(ground, tmp_path, name="top")) == {"accepted": 1, "retrying": 1}
    first.close()
    assert letters(surveyor(ground, tmp_path)) == {"accepted": 1, "retrying": 1}


def test_a_page_that_is_torn_leaves_no_trace(tmp_path: Path) -> None:
    notes = Notebook(tmp_path / "notes.sqlite")
    with notes.page():
        notes.add(("letters", notes.number("rivers"), 0), 1)

    def tear() -> None:
        with notes.page():
            notes.add(("letters", notes.number("bees"), 0), 5)
            notes.mark("letters", 0, 77)
            notes.db.execute("INSERT INTO held VALUES (x'00', 1, 1)")
            raise InterruptedError

    with pytest.raises(InterruptedError):
        tear()
    assert (notes.sums("letters"), notes.next("letters", 0)) == ({(1, 0): 1}, 0)
    with notes.page():
        assert notes.number("bees") == 2
    notes.close()
    again = Notebook(tmp_path / "notes.sqlite")
    assert (again.sums("letters"), again.next("letters", 0), again.name(2)) == ({(1, 0): 1}, 0, "bees")
    assert again.db.execute("SELECT count(*) FROM held").fetchone() == (0,)
    again.close()


def test_a_folder_that_cannot_be_written_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SettingsRefused, match="POSTBAG_STATE_DIR"):
        Notebook(tmp_path / "file" / "observe.sqlite")
    (tmp_path / "observe.sqlite").mkdir()
    with pytest.raises(SettingsRefused, match="POSTBAG_STATE_DIR"):
        Notebook(tmp_path / "observe.sqlite")


def test_topics_that_do_not_exist_yet_are_named_and_the_rest_is_counted(tmp_path: Path) -> None:
    bare = MemoryBroker((LETTERS,), partitions=2)
    bare.append(LETTERS.name, 0, b"HNY13", made.letter_record(made.letter(1)).value)
    survey = surveyor(bare, tmp_path).look()
    assert survey.letters["pending"] == 1
    assert set(survey.missing) == {topic.name for topic in ALL} - {LETTERS.name}


def test_the_file_holds_nothing_of_a_person(ground: Ground, tmp_path: Path) -> None:
    ground.hold(3)
    ground.bury(ground.log(LETTERS.name, 0)[0], "deliver", "handler_raised")
    looks = surveyor(ground, tmp_path)
    looks.look()
    looks.close()
    said = b"".join(file.read_bytes() for file in tmp_path.iterdir()).lower()
    assert b"open" in said, "the campaign is in it"
    for word in (made.CANARY.encode(), b"maria", b"10027", b"2125550123"):
        assert word not in said
