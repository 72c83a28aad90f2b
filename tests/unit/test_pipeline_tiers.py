"""Retry topics: a head that is not due puts its partition to sleep and nothing else; what is due wakes, in order."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import ALL, LETTERS, RETRY
from services.pipeline.broker import Batch, Partition
from services.pipeline.dead import NOT_BEFORE
from services.pipeline.memory import MemoryBroker, MemoryClient
from services.pipeline.tiers import Tiers

FRESH, FIRST, SECOND = Partition(LETTERS.name, 0), Partition(RETRY.name, 0), Partition(RETRY.name, 1)


class Waiting:
    """A client over fresh letters and retries, and a clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0
        self.broker = MemoryBroker(ALL, 2)
        self.client = MemoryClient(self.broker, "deliver", "0", (LETTERS, RETRY))
        self.tiers = Tiers(self.client, frozenset({RETRY.name}), lambda: self.now)

    def put(self, place: Partition, value: str, due: float | None = None) -> None:
        note = [] if due is None else [(NOT_BEFORE, b"%d" % round(due * 1000))]
        self.broker.append(*place, None, value.encode(), [*note])

    def turn(self, timeout: float = 0.5) -> list[str]:
        """What is admitted by one turn."""
        self.wait = self.tiers.wait(timeout)
        return texts(self.tiers.admit(self.client.poll(self.wait)))


def texts(batch: Batch) -> list[str]:
    return [(record.value or b"").decode() for records in batch.values() for record in records]


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


def test_a_head_that_is_not_due_sleeps_and_everything_else_flows(waiting: Waiting) -> None:
    waiting.put(FIRST, "later", due=110)
    waiting.put(FIRST, "behind it", due=50)
    waiting.put(SECOND, "due", due=100)
    waiting.put(FRESH, "fresh")
    assert sorted(waiting.turn()) == ["due", "fresh"]
    assert waiting.tiers.asleep == 1
    waiting.put(FRESH, "fresher")
    assert waiting.turn() == ["fresher"]
    assert waiting.client.poll(0) == {}, "a partition that sleeps is not even polled, or an idle worker would spin"


def test_what_is_due_wakes_on_time_and_in_order(waiting: Waiting) -> None:
    waiting.put(FIRST, "1", due=110)
    waiting.put(FIRST, "2", due=110.25)
    assert waiting.turn() == []
    waiting.now = 109.9
    assert waiting.turn() == []
    assert waiting.wait == pytest.approx(0.1), "the poll ends when the head is due"
    waiting.now = 110
    assert waiting.turn() == ["1"]
    assert waiting.turn(timeout=0.1) == []
    assert waiting.wait == 0.1
    waiting.now = 111
    assert waiting.turn() == ["2"]
    assert waiting.tiers.asleep == 0


def test_the_due_part_of_a_batch_is_handled_before_the_partition_sleeps(waiting: Waiting) -> None:
    for value, due in [("1", 90.0), ("2", 100.0), ("3", 101.0), ("4", 90.0)]:
        waiting.put(FIRST, value, due)
    assert waiting.turn() == ["1", "2"]
    waiting.now = 101
    assert waiting.turn() == ["3", "4"]


def test_a_new_assignment_leaves_nothing_asleep_for_want_of_somebody_who_remembers(waiting: Waiting) -> None:
    waiting.put(FIRST, "later", due=110)
    waiting.turn()
    waiting.tiers.forget()
    assert waiting.tiers.asleep == 0
    assert FIRST not in waiting.client._paused
    assert waiting.turn() == []
    assert waiting.tiers.asleep == 1, "it looks at the head again, and lets it sleep again"


@pytest.mark.parametrize("note", [[], [(NOT_BEFORE, b"")], [(NOT_BEFORE, b"soon")], [(NOT_BEFORE, None)]])
def test_a_record_that_does_not_say_when_is_due_at_once(waiting: Waiting, note: list[tuple[str, bytes | None]]) -> None:
    waiting.broker.append(*FIRST, None, b"now", note)
    assert waiting.turn() == ["now"]


def test_fresh_topics_never_wait_whatever_their_headers_say(waiting: Waiting) -> None:
    waiting.put(FRESH, "fresh", due=10**9)
    assert waiting.turn() == ["fresh"]


@given(st.lists(st.tuples(st.sampled_from([FIRST, SECOND, FRESH]), st.integers(90, 130)), max_size=12))
def test_everything_comes_once_in_order_and_never_early(entries: Sequence[tuple[Partition, int]]) -> None:
    waiting, due, seen = Waiting(), {}, []
    for index, (place, when) in enumerate(entries):
        waiting.put(place, f"{place.topic} {place.partition} {index:02}", float(when))
        due[f"{place.topic} {place.partition} {index:02}"] = when if place != FRESH else 0
    for now in range(90, 135):
        waiting.now = float(now)
        for _ in range(len(entries) + 1):
            admitted = waiting.turn()
            assert all(due[value] <= now for value in admitted)
            seen += admitted
    assert sorted(seen) == sorted(due)
    for place in (FIRST, SECOND, FRESH):
        mine = [value for value in seen if value.startswith(f"{place.topic} {place.partition} ")]
        assert mine == sorted(mine)


def polled(waiting: Waiting, most: int) -> list[str]:
    """What comes by one turn as the loop takes it."""
    return texts(waiting.tiers.poll(0.5, most))


def test_after_retries_it_is_the_turn_of_what_is_fresh(waiting: Waiting) -> None:
    for number in range(6):
        waiting.put(FIRST, f"retry {number}", due=0)
    assert polled(waiting, 2) == ["retry 0", "retry 1"]
    for number in range(3):
        waiting.put(FRESH, f"fresh {number}")
    assert polled(waiting, 2) == ["fresh 0", "fresh 1"]
    rest = [polled(waiting, 2) for _ in range(4)]
    assert sorted(text for batch in rest for text in batch) == [
        "fresh 2", "retry 2", "retry 3", "retry 4", "retry 5",
    ]  # fmt: skip


def test_where_nothing_is_fresh_retries_go_on_at_once(waiting: Waiting) -> None:
    for number in range(4):
        waiting.put(FIRST, f"retry {number}", due=0)
    assert [polled(waiting, 2) for _ in range(2)] == [["retry 0", "retry 1"], ["retry 2", "retry 3"]]


def test_a_turn_of_what_is_fresh_wakes_nobody_who_sleeps(waiting: Waiting) -> None:
    waiting.put(FIRST, "later", due=110)
    waiting.put(SECOND, "due", due=100)
    assert polled(waiting, 2) == ["due"]
    waiting.put(FRESH, "fresh")
    waiting.put(SECOND, "due as well", due=100)
    assert polled(waiting, 2) == ["fresh"]
    assert waiting.tiers.asleep == 1
    assert polled(waiting, 2) == ["due as well"]
    waiting.now = 110
    assert polled(waiting, 2) == ["later"]


def test_where_there_is_room_for_both_they_share_a_turn(waiting: Waiting) -> None:
    for number in range(3):
        waiting.put(FIRST, f"retry {number}", due=0)
        assert polled(waiting, 2) == [f"retry {number}"]
        waiting.put(FRESH, f"fresh {number}")
        waiting.put(SECOND, f"another {number}", due=0)
        assert sorted(polled(waiting, 3)) == [f"another {number}", f"fresh {number}"]
