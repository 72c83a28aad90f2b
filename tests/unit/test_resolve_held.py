"""Held submissions are found again wherever their records are, and each is released once, come what may."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from schemas.topics import ACCEPTED, CAMPAIGNS, DEAD, HELD, REJECTED, RESOLVED, Topic
from services.pipeline.broker import Partition, Record
from services.pipeline.outcomes import Emit, Outcome
from services.resolve.handler import Deps, look_up
from services.resolve.incoming import Incoming
from services.resolve.stage import ResolveStage
from tests.unit import made
from tests.unit.waiting_room import SEVENTH, SPLIT, TAKEN_UP, Room


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_what_was_held_by_an_earlier_worker_is_taken_up_again(room: Room) -> None:
    room.submit(1)
    room.run()
    assert room.told(1) == ["held"]
    room.complete(1, **SEVENTH)
    room.run(slot="1")  # another machine: no local file, only the topic
    assert room.told(1) == TAKEN_UP


@pytest.mark.parametrize("batch_records", [1, 2, 1000])
def test_what_this_worker_held_is_found_in_the_same_batch_and_in_the_next_ones(room: Room, batch_records: int) -> None:
    for number in range(6):
        room.submit(number)
    for number in range(6):
        room.complete(number, **SEVENTH)
    room.run(batch_records=batch_records)
    assert [room.told(number) for number in range(6)] == [TAKEN_UP] * 6


def test_a_second_completion_finds_nothing_held_whenever_it_comes(room: Room) -> None:
    room.submit(1)
    room.complete(1, **SEVENTH)
    room.complete(1, **SEVENTH)
    room.run()
    for slot in ("0", "0", "1"):
        room.complete(1, **SEVENTH)
        room.run(slot=slot)
    assert room.told(1) == [*TAKEN_UP, *["$ not_held"] * 4]


def test_what_is_still_in_doubt_is_held_anew_and_the_next_completion_builds_on_it(room: Room) -> None:
    room.submit(1, zip5="00000")
    room.complete(1, zip5=SPLIT)
    room.complete(1, **SEVENTH)
    room.run()
    assert room.told(1) == ["held", "held", "released: completed", "HMA07"]
    room.submit(2, zip5="00000")
    room.run()
    room.complete(2, zip5=SPLIT)
    room.run()
    room.complete(2, **SEVENTH)
    room.run()
    assert room.told(2) == ["held", "held", "released: completed", "HMA07"]


def test_a_completion_of_nothing_is_rejected(room: Room) -> None:
    room.complete(1, **SEVENTH)
    room.submit(1)  # too late for the completion before it
    room.submit(2, frontend="other.example")
    room.complete(2, **SEVENTH)
    room.submit(3)
    room.complete(3, campaign="another", **SEVENTH)
    room.run()
    assert room.told(1) == ["held", "$ not_held"]
    assert room.told(2) == ["held", "$ not_held"]
    assert room.told(3) == ["held", "campaign campaign_mismatch"]
    room.complete(3, **SEVENTH)
    room.run()
    assert room.told(3) == [*TAKEN_UP, "campaign campaign_mismatch"], "what the other was rejected for was still held"


def test_where_the_campaign_is_gone_it_stays_held(room: Room) -> None:
    room.submit(1)
    room.run()
    room.publish(CAMPAIGNS, b"open", None)
    room.complete(1, **SEVENTH)
    room.run()
    assert room.told(1) == ["held", "held"]


def test_what_retention_took_is_not_held(room: Room) -> None:
    room.submit(1)
    room.run()
    room.log(HELD.name, 0)[0] = room.log(HELD.name, 0)[0]._replace(key=b"other", value=b"{}")
    room.complete(1, **SEVENTH)
    room.run()
    assert room.told(1) == ["$ not_held"]


def test_an_evicted_batch_is_settled_again_as_if_for_the_first_time(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it held and released in vain must not be remembered, and what it had released must be found held."""
    room.submit(1)
    room.run()
    room.complete(1, **SEVENTH)
    room.submit(2)
    room.complete(2, **SEVENTH)
    settle = ResolveStage.settle

    def settle_and_lose_the_partitions(stage: ResolveStage, records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        answers = settle(stage, records)
        room.evict("resolve")
        return answers

    with room.worker() as loop:
        with monkeypatch.context() as patch:
            patch.setattr(ResolveStage, "settle", settle_and_lose_the_partitions)
            assert loop.turn(0) == 0
        assert room.told(1) == ["held"]
        assert loop.turn(0) == 3
    assert room.told(1) == room.told(2) == TAKEN_UP


def test_what_the_broker_does_not_show_yet_is_known_all_the_same(room: Room) -> None:
    """What a batch wrote may be seen only when the next one is committed; in each step here the last one is not."""
    with room.worker() as loop:
        room.shown = 0
        room.submit(1)
        loop.turn(0)
        room.complete(1, **SEVENTH)
        loop.turn(0)
        assert room.told(1) == TAKEN_UP
        room.shown = 1
        room.complete(1, **SEVENTH)
        loop.turn(0)
        assert room.told(1) == [*TAKEN_UP, "$ not_held"]


def test_what_was_aborted_never_happened(room: Room) -> None:
    room.submit(1)
    room.run()
    room.complete(1, **SEVENTH)
    completion = room.log(ACCEPTED.name, 0)[-1]
    with room.worker() as loop:
        stage = loop._stage
        stage.assigned(frozenset({Partition(ACCEPTED.name, 0)}))
        first, again, repeated = list[Topic](), list[Topic](), list[Topic]()
        for answers in (first, again, repeated):
            answers.extend(one.topic for one in stage.settle([completion])[0] if isinstance(one, Emit))
            if answers is first:
                stage.aborted()
    assert (first, again, repeated) == ([RESOLVED, HELD], [RESOLVED, HELD], [REJECTED])


def test_what_was_known_of_partitions_that_went_away_is_forgotten(room: Room) -> None:
    """Somebody else released it meanwhile, as this worker, which froze, was never told."""
    with room.worker() as frozen:
        room.submit(1)
        frozen.turn(0)
        group = room.groups["resolve"]
        room.complete(1, **SEVENTH)
        with room.worker("1") as other:
            other.turn(0)
        room.complete(1, **SEVENTH)
        group.generation += 1
        while frozen.turn(0):
            pass
    assert room.told(1) == [*TAKEN_UP, "$ not_held"]


def test_a_poisonous_neighbour_changes_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a batch raises, its records are handled one by one, within one transaction."""
    room.submit(1)
    room.submit(9)
    room.complete(1, **SEVENTH)
    room.complete(1, **SEVENTH)
    raise_at(monkeypatch, made.identity(9))
    room.run()
    assert room.told(1) == [*TAKEN_UP, "$ not_held"]
    assert len(room.records(DEAD)) == 1


def raise_at(monkeypatch: pytest.MonkeyPatch, submission_id: str) -> None:
    """Make the handler raise for one submission."""

    def raising(incoming: Incoming, deps: Deps) -> object:
        if incoming.submission_id == submission_id:
            raise RuntimeError
        return look_up(incoming, deps)

    monkeypatch.setattr("services.resolve.stage.look_up", raising)
