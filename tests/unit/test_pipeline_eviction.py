"""A worker that the group has moved on from: nothing of its batch is committed, and nothing of it is skipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.pipeline.broker import Batch, Member, Partition, Record
from services.pipeline.errors import Evicted
from services.pipeline.memory import MemoryClient
from services.pipeline.outcomes import Outcome
from tests.unit.pipeline_bench import MakeBench, copy


def test_an_evicted_worker_goes_back_and_writes_nothing_twice(new_bench: MakeBench) -> None:
    handled: list[int] = []

    def slow(records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        handled.append(len(records))
        if len(handled) == 1:
            bench.broker.evict("told")  # as the group does with one that is too slow
        return [copy(record) for record in records]

    bench = new_bench(slow)
    bench.put(b"1", b"2")
    assert bench.loop.turn(0) == 0
    assert (bench.values(), bench.committed_offset()) == ([], 0)
    assert bench.loop.turn(0) == 2
    assert (bench.values(), bench.committed_offset()) == ([b"1", b"2"], 2)
    assert bench.stage.calls == ["assigned 2", "aborted", "assigned 2", "committed"]
    assert bench.sample("postbag_rewinds_total") == 1


def test_a_batch_that_the_group_refused_in_passing_is_read_again(new_bench: MakeBench) -> None:
    """While a rebalance is under way the commit is refused and the partitions stay: nobody else would read the batch."""

    class RefusedOnce(MemoryClient):
        refusals = 1

        def commit(self, offsets: Mapping[Partition, int], member: Member) -> None:
            if self.refusals:
                self.refusals -= 1
                raise Evicted("RebalanceInProgressError")
            super().commit(offsets, member)

    bench = new_bench(client=RefusedOnce)
    bench.put(b"1", b"2")
    bench.put(b"elsewhere", partition=1)
    bench.drain()
    assert sorted(map(str, bench.values())) == sorted(map(str, (b"1", b"2", b"elsewhere")))
    assert bench.stage.calls.count("aborted") == bench.stage.calls.count("committed") == 1


def test_a_batch_polled_by_nobody_is_not_even_handled(new_bench: MakeBench) -> None:
    class EvictedAtThePoll(MemoryClient):
        evictions = 1

        def poll(self, timeout: float, most: int = 0) -> Batch:
            batch = super().poll(timeout, most)
            if self.evictions:
                self.evictions -= 1
                self._broker.evict("told")
            return batch

    bench = new_bench(client=EvictedAtThePoll)
    bench.put(b"1")
    assert bench.loop.turn(0) == 0
    assert bench.stage.handed == []
    assert bench.sample("postbag_rewinds_total") == 1
    assert bench.loop.turn(0) == 1
    assert bench.values() == [b"1"]


def test_the_membership_is_taken_at_the_poll_and_not_after_the_work(new_bench: MakeBench) -> None:
    """Taken late it would be the membership of whoever the worker is by then, and the commit would be accepted."""

    class RejoinsAtOnce(MemoryClient):
        def member(self) -> Member:
            self._generation = self._group.generation
            return super().member()

    def settle(records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        bench.broker.evict("told")
        return [copy(record) for record in records]

    bench = new_bench(settle, client=RejoinsAtOnce)
    bench.put(b"1")
    assert bench.loop.turn(0) == 0
    assert (bench.values(), bench.committed_offset()) == ([], 0)
