"""What is parked and what is retried, as records: the original bytes, and notes that hold nothing of what was in them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import ACCEPTED, LETTERS, RETRY
from services.pipeline.broker import Record
from services.pipeline.dead import LARGEST, DeadLetterLimit, number
from services.pipeline.errors import TooManyDead
from services.pipeline.memory import MemoryRecord
from services.pipeline.outcomes import DeadLetter, Done, Outcome, RetryAt
from tests.unit.pipeline_bench import MakeBench, as_told, each, header


def park(_record: Record) -> Sequence[Outcome]:
    return (DeadLetter("wrong_shape", "SomeError"),)


@pytest.mark.parametrize(("key", "value"), [(b"k", b"\x00\xff"), (b"k", None), (None, b"v"), (None, None), (b"", b"")])
def test_a_dead_letter_keeps_the_bytes_and_says_where_they_came_from(
    new_bench: MakeBench, key: bytes | None, value: bytes | None
) -> None:
    bench = new_bench(each(park))
    bench.put(b"before", partition=1)
    headers = [("ce_id", b"1"), ("ce_id", b"2"), ("\u00e9", b"\xff\x00"), ("empty", b""), ("null", None)]
    bench.broker.append(ACCEPTED.name, 1, key, value, headers)
    bench.drain()
    dead = bench.dead()[-1]
    assert (dead.key, dead.value) == (key, value or b"")
    assert dead.headers[:5] == [*headers[:4], ("null", b"")], "the client cannot write a header without a value"
    assert header(dead, "postbag-dead-reason") == "wrong_shape"
    assert header(dead, "postbag-dead-error") == "SomeError"
    assert header(dead, "postbag-dead-stage") == "told"
    assert header(dead, "postbag-source-topic") == ACCEPTED.name
    assert header(dead, "postbag-source-partition") == "1"
    assert header(dead, "postbag-source-offset") == "1"
    assert header(dead, "postbag-source-timestamp") == str(bench.broker.log(ACCEPTED.name, 1)[1].timestamp)
    absent = [name for name, given in (("key", key), ("value", value)) if given is None]
    assert header(dead, "postbag-dead-null").split(",") == (absent or [""]), "an empty value is told from none"


@pytest.mark.parametrize("where", ["key", "value", "headers"])
def test_a_record_too_large_to_be_written_again_is_parked_as_its_notes(new_bench: MakeBench, where: str) -> None:
    """It came compressed: a few kilobytes that swell to megabytes, and that must not stop the stage."""
    swollen = bytes(LARGEST + 1)
    bench = new_bench(each(park))
    bench.broker.append(
        ACCEPTED.name,
        0,
        swollen if where == "key" else b"key",
        swollen if where == "value" else b"value",
        [("mine", swollen if where == "headers" else b"1")],
    )
    bench.put(b"next")
    bench.drain()
    cut, whole = bench.dead()
    assert (cut.key, cut.value) == (None, b"")
    assert [name for name, _ in cut.headers if not name.startswith("postbag-")] == []
    assert int(header(cut, "postbag-dead-cut")) > LARGEST
    assert (header(cut, "postbag-dead-reason"), header(cut, "postbag-source-offset")) == ("wrong_shape", "0")
    assert (whole.value, "postbag-dead-cut" in dict(whole.headers)) == (b"next", False)


def test_the_notes_on_a_dead_letter_hold_nothing_of_the_record(new_bench: MakeBench) -> None:
    def quoting(record: Record) -> Sequence[Outcome]:
        raise ValueError(f"cannot take {record.value!r}")

    bench = new_bench(each(quoting))
    bench.put(json.dumps({"name": "canary"}).encode(), key=b"canary", headers=[("mine", b"canary")])
    bench.drain()
    (dead,) = bench.dead()
    notes = [(name, value) for name, value in dead.headers if name.startswith("postbag-")]
    assert len(notes) >= 8
    assert b"canary" not in b"".join(value or b"" for _, value in notes)


def test_a_retried_record_keeps_its_bytes_and_says_when_and_why(new_bench: MakeBench) -> None:
    def later(_record: Record) -> Sequence[Outcome]:
        return (RetryAt(RETRY, 1234.5678, 3, 900.25, "busy"),)

    bench = new_bench(each(later), reads=(LETTERS, RETRY))
    bench.put(b"letter", topic=LETTERS, partition=1, headers=[("mine", b"\xff"), ("postbag-attempts", b"2")])
    bench.loop.turn(0)
    (retry,) = bench.broker.log(RETRY.name, 1)
    assert (retry.key, retry.value) == (b"letter", b"letter")
    assert [name for name, _ in retry.headers].count("postbag-attempts") == 1, "old notes are replaced, not piled up"
    assert retry.headers[0] == ("mine", b"\xff")
    assert header(retry, "postbag-attempts") == "3"
    assert header(retry, "postbag-not-before") == "1234568"
    assert header(retry, "postbag-first-attempt") == "900250"
    assert header(retry, "postbag-retry-reason") == "busy"


def test_only_a_whole_number_that_postbag_wrote_is_taken_from_a_header() -> None:
    def read(*values: bytes | None) -> int | None:
        return number(MemoryRecord("t", 0, 0, 0, None, None, [("n", value) for value in values]), "n")

    assert read(b"12") == 12
    assert read(b"12", b"13") == 13, "the last one is ours"
    assert [read(), read(None), read(b""), read(b"-1"), read(b"1.5"), read(b"x"), read(b"\xff")] == [None] * 7


def test_metrics_count_what_was_committed_and_nothing_else(new_bench: MakeBench) -> None:
    bench = new_bench(each(as_told))
    bench.put(b"emit", b"two", b"done", b"dead", b"retry")
    bench.drain()
    counted = {
        (kind, detail): bench.sample("postbag_records_total", outcome=kind, detail=detail)
        for kind, detail in [("emit", "resolved"), ("emit", "letters"), ("done", "repeat"), ("retry", "busy")]
    }
    assert list(counted.values()) == [2, 1, 1, 1]
    assert bench.sample("postbag_records_total", outcome="dead", detail="wrong_shape") == 1
    assert bench.sample("postbag_batch_records_count") == 1
    assert bench.sample("postbag_batch_records_sum") == 5
    assert bench.sample("postbag_assigned_partitions") == 2


OWN, FOREIGN, WELL = DeadLetter("handler_raised"), DeadLetter("wrong_shape", own=False), Done("well")
RECORD: Any = None


def trips(outcomes: Sequence[Outcome], batch: int = 100) -> int | None:
    """After how many records the limit stops a stage with these outcomes (counted in batches), or None."""
    limit = DeadLetterLimit("told")
    for start in range(0, len(outcomes), batch):
        try:
            limit.check([(RECORD, (outcome,)) for outcome in outcomes[start : start + batch]])
        except TooManyDead:
            return start + batch
    return None


def test_a_stage_that_fails_on_everything_is_stopped_before_a_hundred_are_parked() -> None:
    stopped = trips([OWN] * 200, batch=1)
    assert stopped is not None
    assert 20 <= stopped <= 100, "a handful of bad records in a row is no bad deploy"
    with pytest.raises(TooManyDead, match=r"told would have dead-lettered 51 of its last 52 records") as caught:
        DeadLetterLimit("told").check([(RECORD, (WELL,)), *[(RECORD, (OWN,))] * 100])
    assert caught.value.exit_code == 6


def test_more_than_five_in_a_hundred_of_the_last_thousand_stop_it() -> None:
    twentieth: list[Outcome] = [OWN if index % 20 == 0 else WELL for index in range(5_000)]
    assert trips(twentieth) is None
    nineteenth: list[Outcome] = [OWN if index % 19 == 0 else WELL for index in range(5_000)]
    assert trips(nineteenth) is not None


@given(st.lists(st.integers(21, 60), min_size=1, max_size=100))
def test_sparse_failures_never_stop_it(gaps: list[int]) -> None:
    outcomes: list[Outcome] = []
    for gap in gaps:
        outcomes += [OWN, *[WELL] * gap]
    assert trips(outcomes) is None


@given(st.lists(st.sampled_from([FOREIGN, WELL]), max_size=3_000))
def test_what_frontends_send_malformed_never_stops_it(outcomes: list[Outcome]) -> None:
    assert trips([*outcomes, *[FOREIGN] * 2_000]) is None


def test_old_failures_are_forgotten() -> None:
    assert trips(([OWN] * 50 + [WELL] * 1_000) * 10) is None
    assert trips([OWN] * 50 + [WELL] * 900 + [OWN]) is not None


def test_a_stage_that_parks_garbage_goes_on(new_bench: MakeBench) -> None:
    bench = new_bench(each(lambda _record: (FOREIGN,)))
    for start in count(0, 500):
        bench.put(*[b"%d" % number for number in range(start, start + 500)])
        assert bench.loop.turn(0) == 500
        if start == 2_000:
            break
    assert len(bench.dead()) == 2_500
