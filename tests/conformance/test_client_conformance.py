"""The duties of `services.pipeline.broker.Client`, over the in-memory broker and a real one alike."""

from __future__ import annotations

from time import monotonic, time

import pytest

from schemas.topics import ACCEPTED, LEDGER, LETTERS, RESOLVED, RETRY, Topic
from services.pipeline.broker import Partition
from services.pipeline.errors import BrokerFailed, SettingsRefused
from tests.conformance.conftest import PARTITIONS, Installation, copy, join, poll_records

NOWHERE = Topic("nowhere", "nothing", "none", "nobody")


def test_records_come_as_they_were_written(installation: Installation) -> None:
    client = installation.client()
    join(client)
    headers = [("ce_id", b"1"), ("ce_id", b"again"), ("empty", b""), ("binary", bytes(range(256)))]
    installation.append(ACCEPTED, 0, b"\x00\xff not text", b"\xfe key", headers)
    installation.append(ACCEPTED, 0, None, b"tombstone")
    installation.append(ACCEPTED, 0, b"", None)
    first, tombstone, bare = poll_records(client, 3)
    assert (first.value, first.key, list(first.headers)) == (b"\x00\xff not text", b"\xfe key", headers)
    assert (tombstone.value, tombstone.key) == (None, b"tombstone")
    assert (bare.value, bare.key, list(bare.headers)) == (b"", None, [])
    assert [(one.topic, one.partition, one.offset) for one in (first, tombstone, bare)] == [
        (client.name(ACCEPTED), 0, offset) for offset in range(3)
    ]
    assert abs(first.timestamp / 1000 - time()) < 600, "the broker's clock, in milliseconds"


def test_a_poll_gives_no_more_than_it_is_asked_for_and_nothing_is_passed_over(installation: Installation) -> None:
    client = installation.client()
    join(client)
    for number in range(7):
        installation.append(ACCEPTED, 0, b"%d" % number)
    found: list[bytes | None] = []
    until = monotonic() + 30
    while len(found) < 7 and monotonic() < until:
        records = [record for some in client.poll(0.2, 3).values() for record in some]
        assert len(records) <= 3
        found += [record.value for record in records]
    assert found == [b"%d" % number for number in range(7)]


def test_what_is_sent_arrives_as_it_was_sent(installation: Installation) -> None:
    client = installation.client()
    join(client)
    member = client.member()
    client.begin()
    client.send(client.name(LETTERS), 1, b"\xff", b"\x00value", [("a", b"1"), ("a", b"2"), ("b", b"")])
    client.send(client.name(LEDGER), 0, b"key", None)
    client.commit({installation.place(ACCEPTED, 0): 0}, member)
    reader = installation.reader()
    (letter,) = reader.read(LETTERS, 1, 0)
    assert (letter.key, letter.value) == (b"\xff", b"\x00value")
    assert list(letter.headers) == [("a", b"1"), ("a", b"2"), ("b", b"")]
    (tombstone,) = reader.read(LEDGER, 0, 0)
    assert (tombstone.key, tombstone.value) == (b"key", None)


def test_outcomes_and_offsets_are_seen_together_and_a_successor_goes_on_behind_them(installation: Installation) -> None:
    for number in range(5):
        installation.append(ACCEPTED, 0, b"%d" % number)
    client = installation.client()
    assert [record.value for record in poll_records(client, 5)] == [b"0", b"1", b"2", b"3", b"4"]
    copy(installation, client, [b"copied"], following=3)
    assert installation.committed(RESOLVED) == [b"copied"]
    client.close()
    successor = installation.client()
    assert [record.value for record in poll_records(successor, 2)] == [b"3", b"4"]


def test_what_is_aborted_is_never_seen_and_does_not_move_the_offset(installation: Installation) -> None:
    installation.append(ACCEPTED, 0, b"only")
    client = installation.client()
    poll_records(client, 1)
    client.begin()
    client.send(client.name(RESOLVED), 0, b"key", b"aborted")
    installation.reach_the_log(client)
    client.abort()
    copy(installation, client, [b"committed"], following=0)
    assert installation.committed(RESOLVED) == [b"committed"]
    client.close()
    assert [record.value for record in poll_records(installation.client(), 1)] == [b"only"]


def test_offsets_are_committed_without_any_record_too(installation: Installation) -> None:
    installation.append(ACCEPTED, 0, b"0")
    installation.append(ACCEPTED, 0, b"1")
    client = installation.client()
    poll_records(client, 2)
    copy(installation, client, [], following=1)
    client.close()
    assert [record.value for record in poll_records(installation.client(), 1)] == [b"1"]


def test_polling_commits_nothing(installation: Installation) -> None:
    installation.append(ACCEPTED, 0, b"only")
    client = installation.client()
    poll_records(client, 1)
    client.close()
    assert [record.value for record in poll_records(installation.client(), 1)] == [b"only"]


def test_a_batch_is_bounded_and_the_rest_comes_next(installation: Installation) -> None:
    client = installation.client(batch_records=3)
    join(client)
    for number in range(7):
        installation.append(ACCEPTED, 0, b"%d" % number)
    seen: list[bytes | None] = []
    while len(seen) < 7:
        batch = client.poll(1.0)
        assert sum(map(len, batch.values())) <= 3
        seen += [record.value for records in batch.values() for record in records]
    assert seen == [b"%d" % number for number in range(7)]


def test_seek_reads_again_from_there_and_leaves_alone_what_is_not_assigned(installation: Installation) -> None:
    client = installation.client()
    join(client)
    for number in range(4):
        installation.append(ACCEPTED, 0, b"%d" % number)
    poll_records(client, 4)
    client.seek(installation.place(ACCEPTED, 0), 1)
    client.seek(installation.place(RESOLVED, 0), 1)
    client.seek(Partition("nowhere", 7), 1)
    assert [record.value for record in poll_records(client, 3)] == [b"1", b"2", b"3"]


def test_a_paused_partition_gives_nothing_until_it_is_resumed_and_the_others_flow(installation: Installation) -> None:
    client = installation.client()
    join(client)
    client.pause(installation.place(ACCEPTED, 0))
    client.pause(installation.place(RESOLVED, 0))  # not assigned: left alone
    installation.append(ACCEPTED, 0, b"held back")
    installation.append(ACCEPTED, 1, b"flows")
    assert [record.value for record in poll_records(client, 1)] == [b"flows"]
    assert poll_records(client, 1, seconds=0.6) == []
    client.resume(installation.place(ACCEPTED, 0))
    client.resume(installation.place(RESOLVED, 0))
    assert [record.value for record in poll_records(client, 1)] == [b"held back"]


def test_the_assignment_is_told_whole_before_a_record_of_it_is_handed_out(installation: Installation) -> None:
    installation.append(LETTERS, 0, b"waiting")
    installation.append(RETRY, 1, b"waiting")
    client = installation.client(reads=(LETTERS, RETRY))
    told: list[frozenset[Partition]] = []
    client.on_assigned(told.append)
    for _ in range(150):
        if client.poll(0.2):
            break
    whole = {installation.place(topic, number) for topic in (LETTERS, RETRY) for number in range(PARTITIONS)}
    assert told, "records came before the assignment was told"
    assert told[-1] == whole == client.assignment()


def test_topics_have_their_full_names_and_their_partitions(installation: Installation) -> None:
    client = installation.client()
    assert client.name(ACCEPTED) == f"{installation.prefix}accepted"
    assert client.partitions(ACCEPTED) == PARTITIONS == installation.reader().partitions(ACCEPTED)


def test_a_topic_that_does_not_exist_is_refused_by_name_with_the_remedy(installation: Installation) -> None:
    refused = rf"topic {installation.prefix}nowhere does not exist.*`postbag topics apply`"
    with pytest.raises(SettingsRefused, match=refused):
        installation.client().partitions(NOWHERE)
    with pytest.raises(SettingsRefused, match=refused):
        installation.reader().partitions(NOWHERE)
    with pytest.raises(SettingsRefused, match=refused):
        installation.client(slot="1", reads=(NOWHERE,))


def test_sending_where_nothing_can_be_sent_is_a_failure_that_the_loop_knows(installation: Installation) -> None:
    client = installation.client()
    with pytest.raises(BrokerFailed, match=r"transaction|send"):
        client.send(client.name(RESOLVED), 0, b"key", b"canary")
    client.begin()
    with pytest.raises(BrokerFailed, match="resolved") as caught:
        client.send(client.name(RESOLVED), PARTITIONS, b"key", b"canary")
    assert "canary" not in str(caught.value)


def test_lag_is_what_lies_behind_the_committed_offset(installation: Installation) -> None:
    client = installation.client()
    join(client)
    for number in range(5):
        installation.append(ACCEPTED, 0, b"%d" % number)
    poll_records(client, 5)
    copy(installation, client, [], following=2)
    assert client.lag()[installation.place(ACCEPTED, 0)] == 3
    copy(installation, client, [], following=5)
    assert client.lag()[installation.place(ACCEPTED, 0)] == 0
