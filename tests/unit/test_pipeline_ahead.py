"""Entries that are on record before something is done: at once, by the owner alone, and without moving the group."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from schemas.topics import LETTERS
from services.pipeline.broker import Record
from services.pipeline.errors import Evicted
from services.pipeline.outcomes import Emit, Outcome
from tests.unit.pipeline_bench import MakeBench, copy

BEGUN = [(1, Emit(LETTERS, b"begun", b"begun"))]


def test_an_entry_is_on_record_before_its_batch_is(new_bench: MakeBench) -> None:
    seen: list[tuple[list[bytes | None], list[bytes | None], int]] = []

    def settle(records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        bench.stage.write_ahead(BEGUN)
        seen.append((bench.values(LETTERS), bench.values(), bench.committed_offset()))
        return [copy(record) for record in records]

    bench = new_bench(settle)
    bench.put(b"1", b"2")
    assert bench.loop.turn(0) == 2
    assert seen == [([b"begun"], [], 0)]
    assert [record.value for record in bench.broker.log(LETTERS.name, 1)] == [b"begun"]
    assert (bench.values(), bench.committed_offset()) == ([b"1", b"2"], 2)


def test_a_worker_that_was_evicted_is_told_before_it_acts(new_bench: MakeBench) -> None:
    acted: list[int] = []

    def settle(records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        if not acted:
            acted.append(0)
            bench.broker.evict("told")
        bench.stage.write_ahead(BEGUN)
        acted.append(len(records))
        return [copy(record) for record in records]

    bench = new_bench(settle)
    bench.put(b"1", b"2")
    assert bench.loop.turn(0) == 0
    assert (acted, bench.values(LETTERS)) == ([0], [])
    assert bench.loop.turn(0) == 2
    assert (acted, bench.values(LETTERS)) == ([0, 2], [b"begun"])


def test_what_is_entered_after_the_last_batch_moves_nothing_back(new_bench: MakeBench) -> None:
    bench = new_bench()
    bench.put(b"1", b"2", b"3")
    assert bench.loop.turn(0) == 3
    bench.stage.write_ahead(BEGUN)
    assert (bench.values(LETTERS), bench.committed_offset()) == ([b"begun"], 3)
    bench.broker.evict("told")
    with pytest.raises(Evicted):
        bench.stage.write_ahead(BEGUN)
    assert bench.values(LETTERS) == [b"begun"]
