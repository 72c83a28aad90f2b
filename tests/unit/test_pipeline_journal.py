"""The crash journal: what kills the process is found and parked, and what was merely there when it died is not."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pipeline.broker import Batch, Partition
from services.pipeline.journal import CrashJournal
from tests.unit.lives import ONE, TWO, Life, Offset, journal, records, unwanted
from tests.unit.pipeline_bench import MakeBench, header


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
        for _ in range(5 * len(killers) + 1):
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
    assert [life.live() for _ in range(6)] == [False] * 5 + [True]
    assert life.parked == [(ONE, 4)]
    assert len(life.handled) == 19


@pytest.mark.parametrize("offset", [0, 1, 777, 1999])
def test_one_killer_among_thousands_stands_alone_after_four_deaths(tmp_path: Path, offset: int) -> None:
    life = Life(tmp_path / "journal", (2000, 0), frozenset({(ONE, offset)}), most=2000)
    lives = 1
    while not life.live():
        lives += 1
    assert lives == 4 + 3 + 1, "2,000 records twice, 125, 7, then three times alone"
    assert life.parked == [(ONE, offset)]
    assert len(life.handled) == 1999


def test_what_ends_a_worker_after_its_stage_is_done_is_no_records_fault(tmp_path: Path) -> None:
    for _ in range(5):
        with journal(tmp_path / "journal") as kept:
            assert kept.admit({ONE: records(ONE, 3, 3)}, put_back=unwanted) == ({ONE: records(ONE, 3, 3)}, False)
            kept.handled()


def test_after_one_death_a_batch_is_taken_up_whole_and_after_the_second_a_piece_a_turn(tmp_path: Path) -> None:
    batch: Batch = {ONE: records(ONE, 100, 199), TWO: records(TWO, 5, 9)}
    for _death in range(2):
        with journal(tmp_path / "journal") as kept:
            assert kept.admit(batch, put_back=unwanted) == (batch, False)
    with journal(tmp_path / "journal") as kept:
        put_back: dict[Partition, int] = {}
        admitted, killer = kept.admit(batch, put_back.__setitem__)
    assert (admitted, killer) == ({ONE: records(ONE, 100, 105)}, False)
    assert put_back == {ONE: 106, TWO: 5}


def test_the_second_death_counts_in_whatever_company_its_records_are_read_again(tmp_path: Path) -> None:
    for died in ({ONE: records(ONE, 0, 99)}, {ONE: records(ONE, 99, 99), TWO: records(TWO, 0, 31)}):
        with journal(tmp_path / "journal") as kept:
            assert kept.admit(died, put_back=unwanted) == (died, False)
    with journal(tmp_path / "journal") as kept:
        batch: Batch = {ONE: records(ONE, 0, 99), TWO: records(TWO, 0, 31)}
        put_back: dict[Partition, int] = {}
        assert kept.admit(batch, put_back.__setitem__) == ({ONE: records(ONE, 0, 98), TWO: records(TWO, 0, 31)}, False)
        assert put_back == {ONE: 99}, "the one over which two died is to stand alone, the others are in company as ever"


def test_deaths_at_places_that_were_passed_in_between_cut_nothing(tmp_path: Path) -> None:
    for first in range(0, 500, 100):
        batch: Batch = {ONE: records(ONE, first, first + 99)}
        for dies in (True, False):
            with journal(tmp_path / "journal") as kept:
                assert kept.admit(batch, put_back=unwanted) == (batch, False)
                if not dies:
                    kept.handled()
                    kept.committed(batch)
    assert json.loads((tmp_path / "journal").read_bytes()) == {"open": [], "died": [], "once": []}


def test_a_record_that_is_read_alone_is_parked_at_its_third_death(tmp_path: Path) -> None:
    life = Life(tmp_path / "journal", (1, 0), frozenset({(ONE, 0)}), most=10)
    assert [life.live() for _ in range(4)] == [False, False, False, True]
    assert life.parked == [(ONE, 0)]


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
    for _ in range(5):
        assert not life.live()
    bench = new_bench()
    bench.put(*values)
    bench.drain()
    assert bench.values() == [b"1", b"2"]
    (dead,) = bench.dead()
    assert (dead.value, header(dead, "postbag-dead-reason")) == (b"kills", "killed_worker")
