"""The loop: an outcome for every record, outcomes and offsets together, and one bad record that stops only itself."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import ACCEPTED, DEAD, LETTERS, RESOLVED, RETRY
from services.pipeline.broker import Batch, Member, Partition, Record
from services.pipeline.errors import BrokerFailed, CannotRead, MissingOutcome, TooManyDead
from services.pipeline.journal import CrashJournal
from services.pipeline.memory import MemoryClient, MemoryRecord
from services.pipeline.outcomes import Done, Emit, Outcome
from tests.unit.pipeline_bench import KINDS, Bench, MakeBench, as_told, copy, each, header


@given(
    batches=st.lists(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 1)), max_size=6), max_size=6),
    limit=st.integers(1, 7),
    evictions=st.sets(st.integers(0, 8)),
)
def test_every_record_has_its_outcomes_exactly_once_whatever_the_batches_and_evictions(
    batches: list[list[tuple[str, int]]], limit: int, evictions: set[int]
) -> None:
    turns = Counter[str]()

    def settle(records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        turns["settled"] += 1
        if turns["settled"] in evictions:
            bench.broker.evict("told")
        return [as_told(record) for record in records]

    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder), settle, batch_records=limit)
        expected: Counter[tuple[str, bytes]] = Counter()
        for number, batch in enumerate(batches):
            for index, (kind, partition) in enumerate(batch):
                value = f"{kind} {number} {index}".encode()
                bench.put(value, partition=partition)
                topics = {
                    "emit": (RESOLVED,),
                    "two": (RESOLVED, LETTERS),
                    "retry": (RETRY,),
                    "dead": (DEAD,),
                    "done": (),
                }
                expected.update((topic.name, value) for topic in topics[kind])
            bench.loop.turn(0)
        bench.drain()
        found = Counter(
            (topic.name, record.value)
            for topic in (RESOLVED, LETTERS, RETRY, DEAD)
            for record in bench.broker.records(topic)
        )
        assert found == expected
        for partition in (0, 1):
            assert bench.committed_offset(partition=partition) == len(bench.broker.log(ACCEPTED.name, partition))
        bench.journal.close()


def test_order_is_kept_within_a_partition_and_a_record_keeps_its_partition(new_bench: MakeBench) -> None:
    bench = new_bench(batch_records=3)
    bench.put(*[b"%d" % number for number in range(10)], partition=1)
    bench.drain()
    assert [record.value for record in bench.broker.log(RESOLVED.name, 1)] == [b"%d" % number for number in range(10)]
    assert bench.broker.log(RESOLVED.name, 0) == []


def test_a_record_over_which_the_handler_raises_is_parked_and_the_rest_of_the_batch_goes_on(
    new_bench: MakeBench,
) -> None:
    def fussy(record: Record) -> Sequence[Outcome]:
        if record.value == b"canary":
            raise ValueError(record.value)
        return copy(record)

    bench = new_bench(each(fussy))
    bench.put(b"1", b"canary", b"2", b"3")
    assert bench.loop.turn(0) == 4
    assert bench.values() == [b"1", b"2", b"3"]
    (dead,) = bench.dead()
    assert (dead.value, dead.key) == (b"canary", b"canary")
    assert header(dead, "postbag-dead-reason") == "handler_raised"
    assert header(dead, "postbag-dead-error") == "ValueError"
    assert bench.committed_offset() == 4
    assert bench.stage.handed == [[b"1", b"canary", b"2", b"3"], [b"1"], [b"canary"], [b"2"], [b"3"]]


def test_a_batch_that_fails_only_as_a_whole_is_handled_record_by_record(new_bench: MakeBench) -> None:
    def settle(records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        if len(records) > 1:
            raise OSError
        return [copy(record) for record in records]

    bench = new_bench(settle)
    bench.put(b"1", b"2")
    assert bench.loop.turn(0) == 2
    assert (bench.values(), bench.dead()) == ([b"1", b"2"], [])


@pytest.mark.parametrize("error", [BrokerFailed("away"), MemoryError(), KeyboardInterrupt(), SystemExit(3)])
def test_what_concerns_the_whole_worker_parks_no_record(new_bench: MakeBench, error: BaseException) -> None:
    def settle(records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        raise error

    bench = new_bench(settle)
    bench.put(b"1", b"2")
    with pytest.raises(type(error)):
        bench.loop.turn(0)
    assert (bench.dead(), bench.committed_offset()) == ([], 0)


@pytest.mark.parametrize(
    "answers",
    [[], [(Done("x"),)], [(Done("x"),), ()], [(Done("x"),)] * 3, [(Done("x"),), ("done",)]],
    ids=["none", "one too few", "an empty one", "one too many", "something else"],
)
def test_a_record_without_an_outcome_ends_the_worker_and_nothing_is_committed(
    new_bench: MakeBench, answers: Sequence[Sequence[Outcome]]
) -> None:
    bench = new_bench(lambda _records: answers)
    bench.put(b"1", b"2")
    with pytest.raises(MissingOutcome, match="told"):
        bench.loop.turn(0)
    assert bench.committed_offset() == 0
    assert bench.broker.records(RESOLVED) == bench.dead() == []
    assert bench.stage.calls == ["assigned 2"]


def test_what_is_committed_is_no_longer_suspected(new_bench: MakeBench, tmp_path: Path) -> None:
    batch: Batch = {Partition(ACCEPTED.name, 0): [MemoryRecord(ACCEPTED.name, 0, 0, 0, None, b"1", [])]}
    died = CrashJournal(tmp_path / "told-0.journal")
    died.admit(batch, put_back=lambda _place, _offset: None)
    died._file.close()
    bench = new_bench()
    assert [deaths for _, deaths in json.loads((tmp_path / "told-0.journal").read_bytes())["died"]] == [1]
    bench.put(b"1")
    bench.drain()
    assert json.loads((tmp_path / "told-0.journal").read_bytes()) == {"open": [], "died": [], "once": []}


def test_a_place_that_cannot_be_parsed_is_noted_and_passed_over(new_bench: MakeBench) -> None:
    class Broken(MemoryClient):
        def poll(self, timeout: float, most: int = 0) -> Batch:
            batch = super().poll(timeout, most)
            for place, records in batch.items():
                for record in records:
                    if record.value == b"torn":
                        for other, read in batch.items():
                            self.seek(other, read[0].offset)
                        if record is records[0]:
                            raise CannotRead(place, record.offset)
                        self.seek(place, record.offset)
                        return {place: records[: record.offset - records[0].offset]}
            return batch

    bench = new_bench(client=Broken)
    bench.put(b"1", b"torn", b"2")
    bench.drain()
    assert bench.values() == [b"1", b"2"]
    (note,) = bench.dead()
    assert (note.key, note.value) == (None, b"")
    assert header(note, "postbag-dead-reason") == "unparseable"
    assert (header(note, "postbag-source-topic"), header(note, "postbag-source-offset")) == (ACCEPTED.name, "1")
    assert bench.committed_offset() == 3


def test_a_stage_that_would_park_its_whole_input_stops_before_it_does(new_bench: MakeBench) -> None:
    def broken(_record: Record) -> Sequence[Outcome]:
        raise KeyError

    bench = new_bench(each(broken))
    bench.put(*[b"%d" % number for number in range(150)])
    with pytest.raises(TooManyDead):
        bench.loop.turn(0)
    assert (bench.dead(), bench.committed_offset()) == ([], 0)


def test_upkeep_comes_when_there_is_nothing_to_read(new_bench: MakeBench) -> None:
    bench = new_bench()
    assert bench.loop.turn(0) == 0
    bench.put(b"1")
    assert bench.loop.turn(0) == 1
    assert bench.stage.calls == ["assigned 2", "idle", "committed"]


def test_a_fault_of_the_broker_ends_the_turn_with_nothing_committed(new_bench: MakeBench) -> None:
    class Away(MemoryClient):
        def commit(self, offsets: Mapping[Partition, int], member: Member) -> None:
            raise BrokerFailed("away")

    bench = new_bench(client=Away)
    bench.put(b"1")
    with pytest.raises(BrokerFailed):
        bench.loop.turn(0)
    assert (bench.values(), bench.stage.calls) == ([], ["assigned 2"])


@pytest.mark.parametrize("portion", [2, 1])
def test_a_stage_that_learns_that_it_was_evicted_gets_its_batch_anew_and_none_of_it_is_parked(
    new_bench: MakeBench, portion: int
) -> None:
    """Whether it learns so from the whole batch or, after a fault, from one record of it."""
    told: list[int] = []

    def settle(records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        if not told and len(records) > portion:
            raise OSError
        if not told and records[-1].value == b"2":
            told.append(1)
            bench.broker.evict("told")
            bench.stage.write_ahead([(0, Emit(LETTERS, b"ahead", b"ahead"))])
        return [copy(record) for record in records]

    bench = new_bench(settle)
    bench.put(b"1", b"2")
    assert bench.loop.turn(0) == 0
    assert (bench.values(), bench.values(LETTERS), bench.dead(), bench.committed_offset()) == ([], [], [], 0)
    assert bench.stage.calls == ["assigned 2", "aborted"]
    bench.drain()
    assert (bench.values(), bench.dead()) == ([b"1", b"2"], [])
    assert bench.stage.calls[:4] == ["assigned 2", "aborted", "assigned 2", "committed"]


def test_a_stage_may_learn_while_idle_that_it_was_evicted(new_bench: MakeBench) -> None:
    bench = new_bench()
    bench.loop.turn(0)
    idle = bench.stage.idle

    def enter() -> None:
        idle()
        bench.broker.evict("told")
        bench.stage.write_ahead([(0, Emit(LETTERS, b"ahead", b"ahead"))])

    bench.stage.idle = enter  # type: ignore[method-assign]
    assert bench.loop.turn(0) == 0
    assert bench.values(LETTERS) == []
    assert bench.stage.calls == ["assigned 2", "idle", "idle", "aborted"]
    assert bench.sample("postbag_rewinds_total") == 1
    bench.stage.idle = idle  # type: ignore[method-assign]
    bench.put(b"1")
    bench.drain()
    assert bench.values() == [b"1"]
