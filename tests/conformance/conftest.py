"""One installation to test against, in memory and on the real broker, with the few things that only an outsider can do.

The tests see `Client` and `Reader` and this `Installation`; what differs between the two is here and nowhere else. On the
real broker each installation has a topic prefix of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, MemberToRemove

from schemas.topics import ACCEPTED, ALL, RESOLVED, Topic
from services.pipeline.admin import Topics
from services.pipeline.broker import Client, Partition, Reader, Record
from services.pipeline.kafka_client import KafkaClient
from services.pipeline.kafka_reader import KafkaReader
from services.pipeline.memory import MemoryBroker, MemoryClient, MemoryReader
from services.pipeline.settings import WorkerSettings

if TYPE_CHECKING:
    from tests.conftest import Cluster

PARTITIONS = 2
SERVICE = "copy"
Headers = list[tuple[str, bytes]]


class Installation(ABC):
    """Topics of its own, and clients over them."""

    def __init__(self) -> None:
        self.opened: list[Client | Reader] = []

    def client(self, slot: str = "0", reads: tuple[Topic, ...] = (ACCEPTED,), batch_records: int = 2000) -> Client:
        """A worker's client; closed at the end of the test if it is not before."""
        made = self._client(slot, reads, batch_records)
        self.opened.append(made)
        return made

    def reader(self) -> Reader:
        made = self._reader()
        self.opened.append(made)
        return made

    def close(self) -> None:
        for one in self.opened:
            one.close()

    def place(self, topic: Topic, partition: int) -> Partition:
        return Partition(self.prefix + topic.name, partition)

    def committed(self, topic: Topic, partition: int = 0) -> list[bytes | None]:
        """The values that anybody can see."""
        return [record.value for record in self.reader().read(topic, partition, 0)]

    prefix = ""

    @abstractmethod
    def _client(self, slot: str, reads: tuple[Topic, ...], batch_records: int) -> Client: ...

    @abstractmethod
    def _reader(self) -> Reader: ...

    @abstractmethod
    def append(
        self,
        topic: Topic,
        partition: int,
        value: bytes | None,
        key: bytes | None = None,
        headers: Headers | None = None,
    ) -> None:
        """Write a record from outside, and know it is there."""

    @abstractmethod
    def reach_the_log(self, client: Client) -> None:
        """See to it that what ``client`` has sent lies in the log, committed or not."""

    @abstractmethod
    def evict(self, slot: str) -> None:
        """Have the group give the partitions of ``slot`` away, behind its back."""


class InMemory(Installation):
    """Everything in this process."""

    def __init__(self) -> None:
        super().__init__()
        self.broker = MemoryBroker(ALL, PARTITIONS)

    def _client(self, slot: str, reads: tuple[Topic, ...], batch_records: int) -> Client:
        return MemoryClient(self.broker, SERVICE, slot, reads, batch_records)

    def _reader(self) -> Reader:
        return MemoryReader(self.broker)

    def append(
        self,
        topic: Topic,
        partition: int,
        value: bytes | None,
        key: bytes | None = None,
        headers: Headers | None = None,
    ) -> None:
        self.broker.append(topic.name, partition, key, value, [*(headers or [])])

    def reach_the_log(self, client: Client) -> None:
        """It has no log to reach before the commit."""

    def evict(self, slot: str) -> None:
        self.broker.evict(SERVICE)


class OnKafka(Installation):
    """A corner of a real cluster."""

    def __init__(self, bootstrap_servers: str, folder: Path, **settings: Any) -> None:
        super().__init__()
        self.prefix = f"c{uuid4().hex[:10]}."
        self.settings = WorkerSettings(
            kafka_bootstrap_servers=bootstrap_servers,
            topic_prefix=self.prefix,
            topic_partitions=PARTITIONS,
            state_dir=folder,
            **settings,
        )
        topics = Topics(self.settings)
        topics.apply()
        topics.close()
        self._producer = KafkaProducer(bootstrap_servers=bootstrap_servers, acks="all")

    def _client(self, slot: str, reads: tuple[Topic, ...], batch_records: int) -> Client:
        settings = self.settings.model_copy(update={"slot": slot, "batch_records": batch_records})
        return KafkaClient(settings, SERVICE, reads)

    def _reader(self) -> Reader:
        return KafkaReader(self.settings)

    def append(
        self,
        topic: Topic,
        partition: int,
        value: bytes | None,
        key: bytes | None = None,
        headers: Headers | None = None,
    ) -> None:
        self._producer.send(self.prefix + topic.name, value, key, headers, partition).get(timeout=20)

    def reach_the_log(self, client: Client) -> None:
        assert isinstance(client, KafkaClient)
        client._producer.flush(timeout=20)

    def evict(self, slot: str) -> None:
        admin = KafkaAdminClient(bootstrap_servers=self.settings.kafka_bootstrap_servers)
        group = f"{self.prefix}postbag-{SERVICE}"
        admin.remove_group_members(group, [MemberToRemove(group_instance_id=f"{group}-{slot}")])
        admin.close()

    def close(self) -> None:
        super().close()
        self._producer.close()


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.integration)])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """An installation without a record in it; the real broker is asked for only where it is needed."""
    if request.param == "memory":
        made: Installation = InMemory()
    else:
        cluster: Cluster = request.getfixturevalue("broker")
        made = OnKafka(cluster.bootstrap_servers, tmp_path)
    yield made
    made.close()


def copy(installation: Installation, client: Client, values: list[bytes], following: int) -> None:
    """Commit ``values`` to RESOLVED, with ``following`` as the next offset of ACCEPTED, partition 0."""
    member = client.member()
    client.begin()
    for value in values:
        client.send(client.name(RESOLVED), 0, b"key", value)
    client.commit({installation.place(ACCEPTED, 0): following}, member)


def poll_records(client: Client, count: int, seconds: float = 30.0) -> list[Record]:
    """Poll until ``count`` records have come (or ``seconds`` have passed); in order within each partition."""
    found: list[Record] = []
    until = monotonic() + seconds
    while len(found) < count and monotonic() < until:
        for records in client.poll(0.2).values():
            found.extend(records)
    return found


def join(client: Client, seconds: float = 30.0) -> frozenset[Partition]:
    """Poll until the client owns partitions; there must be nothing to read yet."""
    until = monotonic() + seconds
    while monotonic() < until:
        assert not client.poll(0.1), "joining must not eat a record"
        if client.assignment():
            break
    return client.assignment()
