"""Where held submissions lie: found by partition and offset, in few passes, with nothing of a person in any file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from schemas.topics import ACCEPTED, DEAD, HELD, RESOLVED
from services.pipeline.broker import Partition
from services.resolve.held import index
from tests.unit import made
from tests.unit.waiting_room import SEVENTH, TAKEN_UP, Room


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_records_are_fetched_in_as_few_passes_as_they_are_near(room: Room) -> None:
    for number in range(600):
        room.submit(number)
    room.run()
    room.passes.clear()
    with room.worker("1") as loop:
        loop.turn(0)
        room.passes.clear()
        for number in (590, 3, 500, 7, 450):
            room.complete(number, **SEVENTH)
        loop.turn(0)
    assert room.passes == [600, 3, 450], "the index reads on once, then two passes"
    assert all(room.told(number) == TAKEN_UP for number in (3, 7, 450, 500, 590))


def test_partitions_are_kept_apart(room: Room) -> None:
    room.submit(1)
    room.submit(2, partition=1)
    room.run()
    for number, partition in ((2, 1), (1, 0)):
        room.complete(number, partition, **SEVENTH)
    room.run()
    assert room.told(1) == room.told(2) == TAKEN_UP
    for topic in (RESOLVED, HELD):
        assert {record.key for record in room.log(topic.name, 1)} == {made.identity(2).encode()}
    room.submit(3)
    room.run()
    room.complete(3, 1, **SEVENTH)  # under another key than its own
    room.run()
    assert room.told(3) == ["held", "$ not_held"]


def test_the_index_has_no_word_of_a_person(room: Room) -> None:
    room.submit(1)
    room.submit(2)
    room.complete(2, **SEVENTH)
    room.run()
    room.run()
    files = list((room.folder / "0").glob("resolve.sqlite*"))
    assert files
    assert all(made.CANARY.encode() not in file.read_bytes().lower() for file in files)
    with closing(sqlite3.connect(room.folder / "0" / "resolve.sqlite")) as db:
        kept = {bytes(key).decode(): bytes(value) for key, value in db.execute("SELECT key, value FROM entries")}
    assert kept == {made.identity(1): (0).to_bytes(8), made.identity(2): b""}


def test_what_is_no_event_of_resolve_is_not_in_the_index(room: Room) -> None:
    for key, value in ((b"k", b"{}"), (b"k", None), (None, b"x")):
        room.append(HELD.name, 0, key, value)
    assert [index(record) for record in room.log(HELD.name, 0)] == [None] * 3


def test_a_completion_that_cannot_be_read_is_parked_and_the_rest_goes_on(room: Room) -> None:
    room.submit(1)
    room.run()
    room.complete(1, **SEVENTH)
    value = room.log(ACCEPTED.name, 0)[-1].value or b""
    room.append(ACCEPTED.name, 0, made.identity(1).encode(), value.replace(b'"address"', b'"adress"'))
    room.run()
    assert room.told(1) == TAKEN_UP
    (dead,) = room.records(DEAD)
    assert dict(dead.headers)["postbag-dead-reason"] == b"wrong_shape"
    assert Partition(dead.topic, dead.partition) == Partition(DEAD.name, 0)
