"""Searching a topic's bytes finds what reading all of it would, whatever its batches are made of.

Batches of every compression, of transactions that committed and that aborted, with the needle in a key, a value or a header:
the search must pass over none that a reader sees, and show none that it does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from kafka import KafkaProducer

from schemas.topics import ACCEPTED, LEDGER, SUBMISSIONS, Topic
from services.pipeline.broker import Record
from services.pipeline.kafka_search import KafkaSearch
from tests.integration.harness.corner import Corner

pytestmark = pytest.mark.integration

NEEDLE = str(uuid4()).encode()
EVERY = 97
"""One record in so many holds the needle."""


def fill(corner: Corner, topic: Topic, compression: str | None) -> None:
    """A few hundred records over all partitions, in many batches."""
    producer = KafkaProducer(
        bootstrap_servers=corner.settings.kafka_bootstrap_servers, acks="all", compression_type=compression,
        linger_ms=50, batch_size=8_000,
    )  # fmt: skip
    for number in range(1_000):
        holds = [b"", b"", b""]
        if number % EVERY == 0:
            holds[number // EVERY % 3] = NEEDLE
        key, value, header = holds
        headers = [("said", header)] if header else []
        producer.send(corner.name(topic), b"v%d " % number * 20 + value, key or b"k%d" % number, headers=headers)
    producer.flush()
    producer.close()


def transact(corner: Corner, topic: Topic, *, commit: bool) -> None:
    producer = KafkaProducer(
        bootstrap_servers=corner.settings.kafka_bootstrap_servers, transactional_id=f"t{uuid4().hex}"
    )
    producer.init_transactions()
    producer.begin_transaction()
    for partition in range(4):
        producer.send(corner.name(topic), b"in a transaction " + NEEDLE, b"key", partition=partition)
    producer.flush()
    producer.commit_transaction() if commit else producer.abort_transaction()
    producer.close()


def places(records: list[Record]) -> list[tuple[str, int, int]]:
    return sorted((one.topic, one.partition, one.offset) for one in records)


def holding(records: list[Record]) -> list[Record]:
    return [
        one
        for one in records
        if NEEDLE in (one.key or b"") + b" " + (one.value or b"") + b" ".join(value or b"" for _, value in one.headers)
    ]


@pytest.fixture
def search(corner: Corner) -> Iterator[KafkaSearch]:
    found = KafkaSearch(corner.settings)
    yield found
    found.close()


def test_it_finds_every_committed_record_that_holds_the_needle_and_no_other(
    corner: Corner, search: KafkaSearch
) -> None:
    for compression in (None, "gzip", "lz4", "zstd"):
        fill(corner, SUBMISSIONS, compression)
    transact(corner, SUBMISSIONS, commit=True)
    transact(corner, SUBMISSIONS, commit=False)
    corner.produce(SUBMISSIONS, [(b"k", NEEDLE, [])] * 3, partition=2)
    transact(corner, LEDGER, commit=False)
    found = search.find((SUBMISSIONS, LEDGER, ACCEPTED), NEEDLE)
    wanted = holding(corner.read(SUBMISSIONS))
    assert len(wanted) == 4 * (1_000 // EVERY + 1) + 4 + 3
    assert places([one.record for one in found]) == places(wanted)
    assert {one.topic for one in found} == {SUBMISSIONS}
    times = [one.record.timestamp for one in found]
    assert times == sorted(times)
    assert search.find((SUBMISSIONS,), b"nobody has this") == []


def test_it_looks_in_the_partitions_and_from_the_time_on_that_are_asked_for(
    corner: Corner, search: KafkaSearch
) -> None:
    transact(corner, SUBMISSIONS, commit=True)
    before = search.find((SUBMISSIONS,), NEEDLE)
    since = max(one.record.timestamp for one in before) + 1
    transact(corner, SUBMISSIONS, commit=True)
    later = search.find((SUBMISSIONS,), NEEDLE, since=since)
    assert len(before) == len(later) == 4
    assert {(one.record.partition, one.record.offset) for one in before} & {
        (one.record.partition, one.record.offset) for one in later
    } == set()
    assert [one.record.partition for one in search.find((SUBMISSIONS,), NEEDLE, {1}, since)] == [1]
    assert search.find((SUBMISSIONS,), NEEDLE, since=since + 86_400_000) == []


def test_what_settles_where_the_others_are_has_the_rest_left_unread_and_the_next_search_misses_nothing(
    corner: Corner,
) -> None:
    told: list[int] = []
    search = KafkaSearch(corner.settings, told.append)
    fill(corner, SUBMISSIONS, "lz4")
    transact(corner, SUBMISSIONS, commit=True)
    wanted = places(holding(corner.read(SUBMISSIONS)))
    for partition in range(4):
        settled = search.find((SUBMISSIONS,), NEEDLE, settles=lambda one: one.record.partition == partition)  # noqa: B023 - used at once
        there = [place for place in places([one.record for one in settled]) if place[1] == partition]
        assert there == [place for place in wanted if place[1] == partition], "all of its partition"
        told.clear()
        assert places([one.record for one in search.find((SUBMISSIONS,), NEEDLE)]) == wanted
        assert told[-1] == 0, "it says that it is done"
        assert told == sorted(told, reverse=True)
    search.close()


def test_no_topic_seems_to_be_missing_while_the_client_has_another_in_mind(
    corner: Corner, search: KafkaSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    corner.produce(LEDGER, [(b"k", NEEDLE, [])])
    assert search.find((SUBMISSIONS,), NEEDLE) == []
    monkeypatch.setattr(search._consumer, "partitions_for_topic", lambda _: set())
    found = search.find((SUBMISSIONS, LEDGER), NEEDLE, since=1)
    assert [one.topic for one in found] == [LEDGER], "though the client knows the leaders of the other topic alone"


def test_a_key_s_home_is_where_kafka_s_own_clients_put_it(corner: Corner, search: KafkaSearch) -> None:
    keys = [str(uuid4()).encode() for _ in range(40)]
    corner.publish(SUBMISSIONS, ((key, b"value") for key in keys))
    homes = {one.key: one.partition for one in corner.read(SUBMISSIONS)}
    assert {key: search.home(key, SUBMISSIONS) for key in keys} == homes
    assert search.partitions(SUBMISSIONS) == 4
