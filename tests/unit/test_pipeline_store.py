"""The store: what the transaction did and nothing else, rebuilt from the topic whenever the file is not to be trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import LEDGER, RETRY
from services.pipeline.broker import Partition
from tests.unit.store_home import ONE, ZERO, Home


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    for store in made.open_stores:
        store._db.close()


def test_what_is_staged_is_seen_at_once_kept_at_the_commit_and_forgotten_at_the_abort(home: Home) -> None:
    store = home.open(ZERO)
    store.stage(0, {b"a": b"1"})
    assert store.get([b"a", b"b"]) == {b"a": b"1"}
    store.abort()
    assert store.get([b"a"]) == {}
    home.batch(store, {"a": "2"})
    store.stage(0, {b"a": b"3"})
    assert store.get([b"a"]) == {b"a": b"3"}, "the batch in hand sees its own claims"
    store.abort()
    assert store.get([b"a"]) == {b"a": b"2"}


def test_it_catches_up_with_what_another_worker_wrote(home: Home) -> None:
    home.write(b"a", b"1")
    home.write(b"a", b"2")
    home.write(b"b", b"9", partition=1)
    store = home.open(ZERO)
    assert store.get([b"a", b"b"]) == {b"a": b"2"}, "the last word holds, and other partitions are not ours"
    store.assigned([ZERO, ONE])
    assert store.get([b"a", b"b"]) == {b"a": b"2", b"b": b"9"}


def test_what_was_staged_before_a_new_assignment_never_happened(home: Home) -> None:
    store = home.open(ZERO)
    store.stage(0, {b"a": b"1"})
    store.assigned([ZERO, ONE])
    assert store.get([b"a"]) == {}


def test_a_restart_reads_on_from_where_it_stood_and_not_from_the_beginning(home: Home) -> None:
    store = home.open(ZERO)
    home.batch(store, {"a": "1", "b": "2"})
    store.checkpoint()
    store.close()
    home.open_stores.clear()
    home.write(b"c", b"3")
    store = home.open(ZERO)
    assert home.starts == [(0, 2)]
    assert store.get([b"a", b"b", b"c"]) == {b"a": b"1", b"b": b"2", b"c": b"3"}


def test_a_crash_costs_a_little_reading_and_nothing_else(home: Home) -> None:
    store = home.open(ZERO)
    home.batch(store, {"a": "1"})
    store.checkpoint()
    home.batch(store, {"b": "2"})
    store.stage(0, {b"lost": b"x"})
    home.crash(store)
    store = home.open(ZERO)
    assert home.starts == [(0, 1)]
    assert store.get([b"a", b"b", b"lost"]) == {b"a": b"1", b"b": b"2"}


def test_a_partition_that_was_away_is_caught_up_when_it_comes_back(home: Home) -> None:
    store = home.open(ZERO)
    home.batch(store, {"a": "1"})
    store.assigned([ONE])
    home.write(b"a", b"2")  # by its owner of the meantime
    store.assigned([ZERO, ONE])
    assert store.get([b"a"]) == {b"a": b"2"}


def test_topics_that_are_read_together_share_their_changelog_partition(home: Home) -> None:
    home.write(b"a", b"1")
    store = home.open(ZERO, Partition(RETRY.name, 0))
    assert home.starts == [(0, 0)], "caught up once"
    store.assigned([Partition(RETRY.name, 0)])
    store.assigned([ZERO, Partition(RETRY.name, 0)])
    assert home.starts == [(0, 0), (0, 1), (0, 1)], "from where it stood"


def test_what_another_owner_wrote_is_known_though_no_call_told_of_him(home: Home) -> None:
    """A worker that froze comes back to the same partitions, and the client reports one change."""
    store = home.open(ZERO)
    home.batch(store, {"a": "1"})
    home.write(b"a", b"2")
    store.assigned([ZERO])
    assert store.get([b"a"]) == {b"a": b"2"}


def test_a_worker_that_froze_and_is_told_to_end_passes_over_nothing(home: Home) -> None:
    """Somebody else owns the partition by then and has written on: the end of the topic is not what this one knows."""
    store = home.open(ZERO)
    home.batch(store, {"a": "1"})
    home.write(b"b", b"settled by another")
    store.close()
    home.open_stores.clear()
    store = home.open(ZERO)
    assert store.get([b"b"]) == {b"b": b"settled by another"}


@pytest.mark.parametrize("left", [0, 1])
def test_a_topic_that_was_made_anew_is_believed_and_the_file_is_not(home: Home, left: int) -> None:
    store = home.open(ZERO, ONE)
    home.batch(store, {"a": "1", "b": "1"})
    home.batch(store, {"other": "1"}, partition=1)
    store.checkpoint()
    store.close()
    home.open_stores.clear()
    del home.broker.log(LEDGER.name, 0)[:]
    if left:
        home.write(b"new", b"2")
    store = home.open(ZERO, ONE)
    assert store.get([b"a", b"b", b"new", b"other"]) == {b"other": b"1", **({b"new": b"2"} if left else {})}


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda raw: raw[:0],
    "something else": lambda raw: b"not a database".ljust(len(raw)),
    "a head only": lambda raw: raw[:100],
    "half of it": lambda raw: raw[: len(raw) // 2],
    "zeros": lambda raw: bytes(len(raw)),
    "a page in the middle": lambda raw: raw[:8192] + bytes(4096) + raw[12288:],
    "the last page": lambda raw: raw[:-4096] + b"\xab" * 4096,
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("end", ["clean", "crash"])
def test_a_damaged_file_is_rebuilt_from_the_topic(home: Home, damage: str, end: str) -> None:
    keys = [f"key{number}" for number in range(2_000)]
    store = home.open(ZERO)
    home.batch(store, dict.fromkeys(keys, "x" * 30))
    store.checkpoint()
    if end == "clean":
        store.close()
        home.open_stores.clear()
    else:
        home.crash(store)
    home.path.write_bytes(DAMAGE[damage](home.path.read_bytes()))
    store = home.open(ZERO)
    assert len(store.get(map(str.encode, keys))) == len(keys)
    home.batch(store, {"more": "1"})
    assert store.get([b"more"]) == {b"more": b"1"}


def test_what_waits_to_be_written_is_found_is_bounded_and_outlives_a_crash(home: Home) -> None:
    keys = [f"key{number}" for number in range(14_000)]
    store = home.open(ZERO)
    for start in range(0, len(keys), 4_000):
        home.batch(store, dict.fromkeys(keys[start : start + 4_000], "first"))
    home.batch(store, {keys[0]: "second", keys[-1]: "second"})
    known = store.get(map(str.encode, keys))
    assert len(known) == len(keys)
    assert [key for key, value in known.items() if value == b"second"] == [keys[0].encode(), keys[-1].encode()]
    (written,) = store._db.execute("SELECT count(*) FROM entries").fetchone()
    assert written == 12_000, "most are written by then, and the latest are not"
    home.crash(store)
    assert home.open(ZERO).get(map(str.encode, keys)) == known


def test_many_keys_are_found_in_one_question(home: Home) -> None:
    store = home.open(ZERO)
    home.batch(store, {f"key{number}": str(number) for number in range(2_500)})
    keys = [b"key%d" % number for number in range(0, 5_000, 2)]
    assert store.get(keys) == {b"key%d" % number: b"%d" % number for number in range(0, 2_500, 2)}
    assert store.get([]) == {}


ENDS = st.sampled_from(["commit", "abort", "crash"])


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.integers(0, 9), st.integers(0, 1), st.sampled_from(["commit", "abort", "crash"])
        ),
        max_size=12,
    )
)
def test_it_always_says_what_the_topic_says(steps: list[tuple[str, int, int, str]]) -> None:
    with TemporaryDirectory() as folder:
        home = Home(Path(folder))
        store = home.open(ZERO, ONE)
        for key, value, partition, end in steps:
            name, packed = f"{key}{partition}".encode(), b"%d" % value
            store.stage(partition, {name: packed})
            if end == "abort":
                store.abort()
                continue
            home.write(name, packed, partition)
            if end == "commit":
                store.commit()
            else:  # it dies between the transaction and its own commit
                home.crash(store)
                store = home.open(ZERO, ONE)
        told = {record.key: record.value for record in home.broker.records(LEDGER)}
        assert store.get([f"{key}{partition}".encode() for key in "abc" for partition in (0, 1)]) == told
        store.close()


def test_it_follows_what_this_worker_writes_and_does_not_stage(home: Home) -> None:
    store = home.open(ZERO)
    home.write(b"a", b"1")
    home.write(b"b", b"2", partition=1)
    assert store.get([b"a"]) == {}
    store.follow(0)
    assert store.get([b"a", b"b"]) == {b"a": b"1"}, "and no other partition"
    home.write(b"a", b"3")
    store.follow(0)
    assert store.get([b"a"]) == {b"a": b"3"}
    assert home.starts == [(0, 0), (0, 0), (0, 1)], "each time from where it stood"
    home.crash(store)
    store = home.open(ZERO)
    assert home.starts == [(0, 2)]
    assert store.get([b"a"]) == {b"a": b"3"}
