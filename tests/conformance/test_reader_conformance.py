"""The duties of `services.pipeline.broker.Reader`, over the in-memory broker and a real one alike."""

from __future__ import annotations

from schemas.topics import ACCEPTED, CAMPAIGNS, RESOLVED
from tests.conformance.conftest import PARTITIONS, Installation, join
from tests.integration.harness.processes import eventually


def test_it_reads_from_an_offset_to_the_end_as_often_as_asked(installation: Installation) -> None:
    reader = installation.reader()
    assert list(reader.read(ACCEPTED, 0, 0)) == []
    assert reader.end(ACCEPTED, 0) == 0
    for number in range(5):
        installation.append(ACCEPTED, 0, b"%d" % number, b"key", [("h", b"1")])
    installation.append(ACCEPTED, 1, b"elsewhere")
    assert reader.end(ACCEPTED, 0) == 5
    assert [record.value for record in reader.read(ACCEPTED, 0, 3)] == [b"3", b"4"]
    assert [record.offset for record in reader.read(ACCEPTED, 0, 0)] == [0, 1, 2, 3, 4]
    assert list(reader.read(ACCEPTED, 0, 5)) == []
    assert [record.value for record in reader.read(ACCEPTED, 1, 0)] == [b"elsewhere"]
    first = next(iter(reader.read(ACCEPTED, 0, 0)))
    assert (first.key, list(first.headers), first.topic) == (b"key", [("h", b"1")], f"{installation.prefix}accepted")


def test_it_ends_although_the_topic_grows(installation: Installation) -> None:
    for number in range(10):
        installation.append(ACCEPTED, 0, b"%d" % number)
    seen = []
    for record in installation.reader().read(ACCEPTED, 0, 0):
        seen.append(record.value)
        installation.append(ACCEPTED, 0, b"more")
    assert seen[:10] == [b"%d" % number for number in range(10)]
    assert len(seen) < 20, "it followed the end"


def test_it_sees_what_is_committed_and_nothing_else(installation: Installation) -> None:
    client, reader = installation.client(), installation.reader()
    join(client)
    member = client.member()
    client.begin()
    client.send(client.name(RESOLVED), 0, b"key", b"aborted")
    installation.reach_the_log(client)
    assert reader.end(RESOLVED, 0) == 0
    assert list(reader.read(RESOLVED, 0, 0)) == []
    client.abort()
    client.begin()
    client.send(client.name(RESOLVED), 0, b"key", b"committed")
    installation.reach_the_log(client)
    assert b"committed" not in [record.value for record in reader.read(RESOLVED, 0, 0)]
    client.commit({}, member)
    assert [record.value for record in reader.read(RESOLVED, 0, 0)] == [b"committed"]
    assert [record.value for record in installation.reader().read(RESOLVED, 0, 0)] == [b"committed"]


def test_what_lies_below_the_end_is_all_there_is(installation: Installation) -> None:
    """A store that has read up to an end must find nothing new when it reads on from there."""
    client, reader = installation.client(), installation.reader()
    join(client)
    member = client.member()
    for number in range(3):
        client.begin()
        client.send(client.name(RESOLVED), 0, b"key", b"%d" % number)
        client.commit({}, member)
    # A broker tells the client that a transaction is committed a moment before readers can see it.
    assert eventually(lambda: [record.value for record in reader.read(RESOLVED, 0, 0)] == [b"0", b"1", b"2"], 10)
    end = reader.end(RESOLVED, 0)
    assert list(reader.read(RESOLVED, 0, end)) == []
    installation.append(RESOLVED, 0, b"new")
    assert [record.value for record in reader.read(RESOLVED, 0, end)] == [b"new"]


def test_it_knows_the_partitions(installation: Installation) -> None:
    reader = installation.reader()
    assert reader.partitions(ACCEPTED) == PARTITIONS
    assert reader.partitions(CAMPAIGNS) == 1
