"""A worker that the group has given up commits nothing: its batch is aborted, and whoever owns the partitions does it.

The control shows why: the bare client, asked for its membership only when it wants to commit, says "nobody", and the
broker takes a commit by nobody.
"""

import signal
import time
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka import errors as kafka_errors
from kafka.admin import MemberToRemove
from kafka.structs import OffsetAndMetadata

from schemas.topics import ACCEPTED, DEAD, RESOLVED
from tests.integration.harness.corner import Corner
from tests.integration.harness.people import submission_id
from tests.integration.harness.processes import Started, eventually
from tests.integration.harness.stages import task
from tests.integration.harness.watch import Watch

pytestmark = [pytest.mark.integration, pytest.mark.fault]

OTHERS = [f"n{number}" for number in range(200)]


def feed_a_slow_one(corner: Corner, seconds: int) -> list[str]:
    """One record that takes long, with others around it; returns the names of all, sorted."""
    tasks = [*map(task, OTHERS[:100]), task("slow", "sleep", seconds), *map(task, OTHERS[100:])]
    corner.publish(ACCEPTED, tasks)
    return sorted([*OTHERS, "slow"])


def assert_each_once(corner: Corner, expected: list[str]) -> None:
    with Watch(corner, (RESOLVED, DEAD), submission_id) as watch:
        watch.await_count(RESOLVED, len(expected), 30)
        assert sorted(watch.kept(RESOLVED)) == expected
        assert watch.count(DEAD) == 0


def drain(*workers: Started) -> None:
    for worker in workers:
        worker.signal(signal.SIGTERM)
    assert [worker.wait(20) for worker in workers] == [0] * len(workers)


def test_a_worker_removed_from_the_group_in_mid_batch_commits_nothing_of_it(corner: Corner) -> None:
    expected = feed_a_slow_one(corner, seconds=4)
    with corner.start("stages:copy", slot=0) as evicted:
        evicted.await_event("sleeping")
        with corner.start("stages:copy", slot=1, longest_sleep=0) as heir:
            heir.await_event("running")
            with corner.admin() as admin:
                member = MemberToRemove(group_instance_id=f"{corner.settings.topic_prefix}postbag-copy-0")
                answers = admin.remove_group_members(corner.group("copy"), [member])
            assert list(answers.values()) == [kafka_errors.NoError]
            heir.await_event("slept")  # it has the partition now, and the very record
            evicted.await_event("batch_rewound")
            assert_each_once(corner, expected)
            drain(heir, evicted)


def test_a_worker_whose_batch_outlasts_the_poll_interval_commits_nothing_of_it(corner: Corner) -> None:
    """The library stops the heartbeat then, and the broker gives the partitions away when the session ends."""
    expected = feed_a_slow_one(corner, seconds=8)
    hasty: dict[str, Any] = {"kafka_options": '{"max_poll_interval_ms": 2000}', "session_timeout_seconds": 2}
    with corner.start("stages:copy", slot=0, **hasty) as evicted:
        evicted.await_event("sleeping")
        with corner.start("stages:copy", slot=1, longest_sleep=0) as heir:
            heir.await_event("slept")
            assert not evicted.events("slept"), "the heir did not wait for it"
            evicted.await_event("batch_rewound")
            assert_each_once(corner, expected)
            drain(heir, evicted)


@pytest.mark.slow
@pytest.mark.parametrize("late", [True, False], ids=["taken late", "taken at the poll"])
def test_the_bare_client_doubles_when_its_membership_is_taken_late(corner: Corner, late: bool) -> None:
    """If the first case begins to fail, the client or the broker has learned to refuse a commit by nobody."""
    corner.publish(ACCEPTED, map(task, OTHERS))
    slow = _consumer(corner, max_poll_interval_ms=2_000)
    batch = _poll_all(slow)
    snapshot = slow.group_metadata()
    deadline = time.monotonic() + 20
    while slow.group_metadata().generation_id >= 0 and time.monotonic() < deadline:
        time.sleep(0.2)  # the library notices that nobody polls, and leaves the group

    heir = _consumer(corner)
    _copy(corner, heir, _poll_all(heir), "heir", heir.group_metadata())
    if late:
        _copy(corner, slow, batch, "slow", slow.group_metadata())
    else:
        with pytest.raises(kafka_errors.CommitFailedError):
            _copy(corner, slow, batch, "slow", snapshot)
    heir.close(autocommit=False)
    slow.close(autocommit=False)
    copies = [submission_id(record) for record in corner.read(RESOLVED)]
    assert sorted(copies) == sorted(OTHERS * (2 if late else 1))


def _consumer(corner: Corner, **options: int) -> KafkaConsumer:
    consumer = KafkaConsumer(
        bootstrap_servers=corner.settings.kafka_bootstrap_servers,
        group_id=corner.group("bare"),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        session_timeout_ms=6_000,
        heartbeat_interval_ms=500,
        **options,
    )
    # A busy broker does not know a new topic at once, and a group's leader that does not know one assigns nothing of it.
    assert eventually(lambda: consumer.partitions_for_topic(corner.name(ACCEPTED)), 20)
    consumer.subscribe([corner.name(ACCEPTED)])
    return consumer


def _poll_all(consumer: KafkaConsumer) -> list[object]:
    records: list[object] = []
    deadline = time.monotonic() + 20
    while len(records) < len(OTHERS) and time.monotonic() < deadline:
        for some in consumer.poll(timeout_ms=200).values():
            records.extend(some)
    assert len(records) == len(OTHERS)
    return records


def _copy(corner: Corner, consumer: KafkaConsumer, records: list[object], name: str, member: object) -> None:
    producer = KafkaProducer(
        bootstrap_servers=corner.settings.kafka_bootstrap_servers, transactional_id=f"{corner.group('bare')}-{name}"
    )
    try:
        producer.init_transactions()
        producer.begin_transaction()
        following: dict[TopicPartition, OffsetAndMetadata] = {}
        for record in records:
            producer.send(corner.name(RESOLVED), record.value, record.key)  # type: ignore[attr-defined]
            place = TopicPartition(record.topic, record.partition)  # type: ignore[attr-defined]
            following[place] = OffsetAndMetadata(record.offset + 1, "", -1)  # type: ignore[attr-defined]
        producer.send_offsets_to_transaction(following, member)
        producer.commit_transaction()
    except kafka_errors.KafkaError:
        producer.abort_transaction()
        raise
    finally:
        producer.close()
