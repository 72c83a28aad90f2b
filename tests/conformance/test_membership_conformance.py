"""Who may commit: the member that the group knows, and the last client of a slot, over both brokers alike."""

from __future__ import annotations

import time

import pytest

from schemas.topics import ACCEPTED, RESOLVED
from services.pipeline.broker import Client, Member, Partition
from services.pipeline.errors import Evicted, Fenced
from tests.conformance.conftest import Installation, copy, poll_records


def test_what_a_worker_left_open_is_never_seen(installation: Installation) -> None:
    installation.append(ACCEPTED, 0, b"only")
    client = installation.client()
    poll_records(client, 1)
    client.begin()
    client.send(client.name(RESOLVED), 0, b"key", b"left open")
    installation.reach_the_log(client)
    successor = installation.client()
    assert [record.value for record in poll_records(successor, 1)] == [b"only"]
    copy(installation, successor, [b"the successor's"], following=1)
    assert installation.committed(RESOLVED) == [b"the successor's"]


def test_an_evicted_member_commits_nothing_and_goes_on_after_an_abort(installation: Installation) -> None:
    installation.append(ACCEPTED, 0, b"only")
    client = installation.client()
    told: list[frozenset[Partition]] = []
    client.on_assigned(told.append)
    (record,) = poll_records(client, 1)
    member = client.member()
    assert member.generation_id >= 0
    told.clear()
    installation.evict("0")
    client.begin()
    client.send(client.name(RESOLVED), 0, b"key", b"late")
    with pytest.raises(Evicted):
        client.commit({installation.place(ACCEPTED, 0): record.offset + 1}, member)
    client.abort()
    client.seek(installation.place(ACCEPTED, 0), record.offset)

    # Until it knows what happened every commit is refused, and each try is work done for nothing (letters sent again).
    tries = 1
    while not try_again(installation, client):
        tries += 1
    assert tries < 5
    assert told, "it owns its partitions anew, and its stage must know"
    assert installation.committed(RESOLVED) == [b"in time"]
    client.close()
    assert poll_records(installation.client(), 1, seconds=1) == []


def try_again(installation: Installation, client: Client) -> bool:
    """One turn of the loop over the one record there is; whether it was committed."""
    (again,) = poll_records(client, 1)
    member = client.member()
    if member.generation_id >= 0:
        try:
            copy(installation, client, [b"in time"], following=again.offset + 1)
        except Evicted:
            client.abort()
        else:
            return True
    client.seek(installation.place(ACCEPTED, 0), again.offset)
    return False


def test_what_is_committed_without_offsets_is_seen_and_moves_nothing(installation: Installation) -> None:
    for number in range(3):
        installation.append(ACCEPTED, 0, b"%d" % number)
    client = installation.client()
    poll_records(client, 3)
    copy(installation, client, [b"copied"], following=2)
    client.seek(installation.place(ACCEPTED, 0), 2)
    ahead(client, b"ahead", {})
    assert installation.committed(RESOLVED) == [b"copied", b"ahead"]
    client.close()
    assert [record.value for record in poll_records(installation.client(), 1)] == [b"2"]


def test_what_is_committed_ahead_of_a_batch_leaves_the_batch_where_it_was(installation: Installation) -> None:
    place = installation.place(ACCEPTED, 0)
    for number in range(3):
        installation.append(ACCEPTED, 0, b"%d" % number)
    client = installation.client()
    first, *_ = poll_records(client, 3)
    ahead(client, b"begun", {place: first.offset})
    assert installation.committed(RESOLVED) == [b"begun"]
    assert poll_records(client, 1, seconds=0.6) == [], "it is in hand, and is not handed out again"
    copy(installation, client, [b"copied"], following=first.offset + 2)
    assert installation.committed(RESOLVED) == [b"begun", b"copied"]
    client.close()
    assert [record.value for record in poll_records(installation.client(), 1)] == [b"2"]


def test_what_is_committed_ahead_of_a_batch_that_never_is_leaves_the_batch_to_the_successor(
    installation: Installation,
) -> None:
    installation.append(ACCEPTED, 0, b"only")
    client = installation.client()
    (record,) = poll_records(client, 1)
    ahead(client, b"begun", {installation.place(ACCEPTED, 0): record.offset})
    client.begin()
    client.send(client.name(RESOLVED), 0, b"key", b"never")
    successor = installation.client()
    assert [record.value for record in poll_records(successor, 1)] == [b"only"]
    assert installation.committed(RESOLVED) == [b"begun"]


@pytest.mark.parametrize("with_offsets", [True, False])
def test_an_evicted_member_writes_nothing_ahead_either(installation: Installation, with_offsets: bool) -> None:
    """With offsets or without: what it would enter may be of letters that are another's by now."""
    installation.append(ACCEPTED, 0, b"only")
    client = installation.client()
    (record,) = poll_records(client, 1)
    member = client.member()
    installation.evict("0")
    client.begin()
    client.send(client.name(RESOLVED), 0, b"key", b"late")
    with pytest.raises(Evicted):
        client.commit({installation.place(ACCEPTED, 0): record.offset} if with_offsets else {}, member)
    client.abort()
    assert installation.committed(RESOLVED) == []


def ahead(client: Client, value: bytes, offsets: dict[Partition, int]) -> None:
    """One entry in a transaction of its own."""
    member = client.member()
    client.begin()
    client.send(client.name(RESOLVED), 0, b"key", value)
    client.commit(offsets, member)


def test_the_first_of_two_clients_of_one_slot_is_fenced(installation: Installation) -> None:
    installation.append(ACCEPTED, 0, b"only")
    first = installation.client()
    poll_records(first, 1)
    member = first.member()
    second = installation.client()
    with pytest.raises(Fenced, match="POSTBAG_SLOT"):
        commit_as(installation, first, member.generation_id)
    with pytest.raises(Fenced, match="POSTBAG_SLOT"):
        first.begin()
    assert [record.value for record in poll_records(second, 1)] == [b"only"]
    copy(installation, second, [b"the second's"], following=1)
    assert installation.committed(RESOLVED) == [b"the second's"]


def test_a_client_that_is_fenced_between_two_sends_is_told_so(installation: Installation) -> None:
    installation.append(ACCEPTED, 0, b"only")
    first = installation.client()
    poll_records(first, 1)
    member = first.member()
    first.begin()
    first.send(first.name(RESOLVED), 0, b"key", b"the first's")
    installation.client()
    with pytest.raises(Fenced, match="POSTBAG_SLOT"):
        send_slowly_and_commit(installation, first, member)
    assert installation.committed(RESOLVED) == []


def send_slowly_and_commit(installation: Installation, client: Client, member: Member) -> None:
    """The rest of a transaction, with time between two sends in which a client learns from the broker what became of it."""
    for _ in range(20):
        time.sleep(0.05)
        client.send(client.name(RESOLVED), 0, b"key", b"one more")
    client.commit({installation.place(ACCEPTED, 0): 1}, member)


def commit_as(installation: Installation, client: Client, generation: int) -> None:
    """One whole transaction; whichever of its steps is refused."""
    member = client.member()
    assert member.generation_id == generation or member.generation_id < 0
    client.begin()
    client.send(client.name(RESOLVED), 0, b"key", b"the first's")
    client.commit({installation.place(ACCEPTED, 0): 1}, member)
