"""The crash journal: what kills the process is found and parked, and what was merely there when it died is not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.pipeline.broker import Batch, Partition, Record
from services.pipeline.journal import CrashJournal
from services.pipeline.memory import MemoryRecord
from tests.unit.pipeline_bench import MakeBench, header

Offset = tuple[Partition, int]
ONE, TWO = Partition("accepted", 0), Partition("accepted", 1)


def records(place: Partition, first: int, last: int) -> list[Record]:
    return [MemoryRecord(*place, offset, 0, None, b"", []) for offset in range(first, last + 1)]


def at(record: Record) -> Offset:
    return Partition(record.topic, record.partition), record.offset


def unwanted(place: Partition, offset: int) -> None:
    raise AssertionError(f"nothing of {place} was to be put back")


class Life:
    """Workers of one slot, one after the other, over two partitions; counts for each record how often it died alone."""

    def __init__(self, path: Path, sizes: tuple[int, int], killers: frozenset[Offset], most: int) -> None:
        self.path, self.sizes, self.killers, self.most = path, sizes, killers, most
        self.next = {ONE: 0, TWO: 0}
        self.deaths: Counter[Offset] = Counter()
        self.parked: list[Offset] = []
        self.handled: list[Offset] = []

    def batch(self) -> Batch:
        sizes = dict(zip((ONE, TWO), self.sizes, strict=True))
        ends = {place: min(start + self.most, sizes[place]) for place, start in self.next.items()}
        return {
            place: records(place, start, ends[place] - 1) for place, start in self.next.items() if start < ends[place]
        }

    def live(self, until: int | None = None) -> bool:
        """One process; ``until`` is how many records it handles before something else kills it. False if it died."""
        with journal(self.path) as kept:
            done = 0
            while batch := self.batch():
                put_back: dict[Partition, int] = {}
                admitted, killer = kept.admit(batch, put_back.__setitem__)
                portion = [record for some in admitted.values() for record in some]
                for record in () if killer else portion:
                    if at(record) in self.killers or done == until:
                        self.deaths.update(map(at, portion) if len(portion) == 1 else ())
                        return False
                    done += 1
                kept.handled()
                kept.committed(admitted)
                (self.parked if killer else self.handled).extend(map(at, portion))
                self.next |= {place: some[-1].offset + 1 for place, some in batch.items()} | put_back
        return True


@contextmanager
def journal(path: Path) -> Iterator[CrashJournal]:
    """A journal that is not closed in an orderly way, as when the process dies."""
    kept = CrashJournal(path)
    try:
        yield kept
    finally:
        kept._file.close()


@given(
    sizes=st.tuples(st.integers(0, 12), st.integers(0, 12)),
    killers=st.sets(st.tuples(st.sampled_from([ONE, TWO]), st.integers(0, 11)), max_size=3),
    most=st.integers(1, 6),
    accidents=st.lists(st.integers(0, 15), max_size=8),
)
def test_every_killer_is_parked_and_nothing_that_did_not_die_alone_three_times(
    sizes: tuple[int, int], killers: set[Offset], most: int, accidents: list[int]
) -> None:
    killers = {(place, offset) for place, offset in killers if offset < sizes[place.partition]}
    with TemporaryDirectory() as folder:
        life = Life(Path(folder) / "journal", sizes, frozenset(killers), most)
        for accident in accidents:
            life.live(accident)
        for _ in range(4 * len(killers) + 1):
            if life.live():
                break
        else:
            raise AssertionError("it went on dying")
    assert killers <= set(life.parked)
    assert all(life.deaths[place] >= 3 for place in life.parked)
    everything = [(place, offset) for place, size in zip((ONE, TWO), sizes, strict=True) for offset in range(size)]
    assert sorted(life.parked + life.handled) == everything, "each record once, in one way or the other"
    for place in (ONE, TWO):
        order = [offset for where, offset in life.handled if where == place]
        assert all(before < after for before, after in pairwise(order))


def test_a_killer_is_parked_after_it_died_alone_three_times_and_costs_its_neighbours_nothing(tmp_path: Path) -> None:
    life = Life(tmp_path / "journal", (10, 10), frozenset({(ONE, 4)}), most=10)
    assert [life.live() for _ in range(5)] == [False, False, False, False, True]
    assert life.parked == [(ONE, 4)]
    assert len(life.handled) == 19


@pytest.mark.parametrize("offset", [0, 1, 777, 1999])
def test_one_killer_among_thousands_stands_alone_after_three_deaths(tmp_path: Path, offset: int) -> None:
    life = Life(tmp_path / "journal", (2000, 0), frozenset({(ONE, offset)}), most=2000)
    lives = 1
    while not life.live():
        lives += 1
    assert lives == 3 + 3 + 1, "2,000, 125 and 7 records, then three times alone"
    assert life.parked == [(ONE, offset)]
    assert len(life.handled) == 1999


def test_what_ends_a_worker_after_its_stage_is_done_is_no_records_fault(tmp_path: Path) -> None:
    for _ in range(5):
        with journal(tmp_path / "journal") as kept:
            assert kept.admit({ONE: records(ONE, 3, 3)}, put_back=unwanted) == ({ONE: records(ONE, 3, 3)}, False)
            kept.handled()


def test_a_suspect_batch_is_taken_up_a_piece_a_turn_and_the_rest_put_back(tmp_path: Path) -> None:
    batch: Batch = {ONE: records(ONE, 100, 199), TWO: records(TWO, 5, 9)}
    with journal(tmp_path / "journal") as kept:
        kept.admit(batch, put_back=unwanted)
    with journal(tmp_path / "journal") as kept:
        put_back: dict[Partition, int] = {}
        admitted, killer = kept.admit(batch, put_back.__setitem__)
    assert (admitted, killer) == ({ONE: records(ONE, 100, 105)}, False)
    assert put_back == {ONE: 106, TWO: 5}


def test_three_deaths_that_have_nothing_to_do_with_it_park_nothing(tmp_path: Path) -> None:
    life = Life(tmp_path / "journal", (100, 100), frozenset(), most=50)
    for moment in (7, 30, 31, 60, 90, 3, 150):
        life.live(moment)
    assert life.live()
    assert life.parked == []
    assert len(life.handled) == 200


def test_a_clean_end_leaves_nobody_under_suspicion(tmp_path: Path) -> None:
    for _ in range(5):
        kept = CrashJournal(tmp_path / "journal")
        assert kept.admit({ONE: records(ONE, 3, 3)}, put_back=unwanted) == ({ONE: records(ONE, 3, 3)}, False)
        kept.close()


def test_the_loop_parks_a_killer_with_its_bytes_and_goes_on(new_bench: MakeBench, tmp_path: Path) -> None:
    values = [b"1", b"kills", b"2"]
    life = Life(tmp_path / "told-0.journal", (3, 0), frozenset({(ONE, 1)}), most=3)
    for _ in range(4):
        assert not life.live()
    bench = new_bench()
    bench.put(*values)
    bench.drain()
    assert bench.values() == [b"1", b"2"]
    (dead,) = bench.dead()
    assert (dead.value, header(dead, "postbag-dead-reason")) == (b"kills", "killed_worker")


_HOSTILE = ('{"open": [["a", 0, "x", "y"]], "died": []}', '{"open": [[[], 0, 1, 2]]}', "[" * 50_000)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)
_LIKE_IT = st.fixed_dictionaries({}, optional=dict.fromkeys(("open", "died"), _JSON))
_ROWS = st.lists(st.lists(st.sampled_from(["accepted", 0, 1, 2, -1, None, 1.5, "x", 2**70]), max_size=5), max_size=3)
_ROWED = st.fixed_dictionaries(dict.fromkeys(("open", "died"), _ROWS))


@given(st.binary(max_size=80) | (_JSON | _LIKE_IT | _ROWED).map(lambda kept: json.dumps(kept).encode()))
@example(_HOSTILE[0].encode())
@example(_HOSTILE[1].encode())
@example(_HOSTILE[2].encode())
def test_a_journal_damaged_in_any_way_does_not_stop_a_worker(damage: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        path.write_bytes(damage)
        with journal(path) as kept:
            batch: Batch = {ONE: records(ONE, 0, 3), TWO: records(TWO, 0, 3)}
            for _ in range(8):
                put_back: dict[Partition, int] = {}
                admitted, _killer = kept.admit(batch, put_back.__setitem__)
                assert all(admitted.values())
                kept.handled()
                kept.committed(admitted)
                batch = {place: records(place, offset, 3) for place, offset in put_back.items()}
                if not batch:
                    break
            assert not batch
        assert json.loads(path.read_bytes()).keys() == {"open", "died"}, "mended by being written"


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_a_journal_cut_short_is_begun_afresh(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "journal"
    with journal(path) as kept:
        kept.admit({ONE: records(ONE, 0, 9)}, put_back=unwanted)
    path.write_bytes(path.read_bytes()[:-cut])
    with journal(path) as kept:
        assert kept.admit({ONE: records(ONE, 0, 9)}, put_back=unwanted) == ({ONE: records(ONE, 0, 9)}, False)


def test_it_holds_offsets_and_nothing_else(tmp_path: Path) -> None:
    with journal(tmp_path / "journal") as kept:
        record = MemoryRecord(*ONE, 7, 0, b"canary", b"canary", [("canary", b"canary")])
        kept.admit({ONE: [record]}, put_back=unwanted)
    assert "canary" not in (tmp_path / "journal").read_text("ascii")
    assert '["accepted",0,7,7]' in (tmp_path / "journal").read_text("ascii")
