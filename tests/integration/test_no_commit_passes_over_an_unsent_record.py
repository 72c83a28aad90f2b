"""A record that the library gave up sending is never committed past.

The bare client does just that: a batch that outlives its delivery time-out fails its futures and nothing else, and the
commit then moves the group's offsets past records that were never written. The first test shows it, so that a mended
library is noticed; the second shows that Postbag's client refuses.
"""

from __future__ import annotations

from time import monotonic, sleep

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata

from deploy.local.broker import LocalBroker
from schemas.topics import ACCEPTED, RESOLVED
from services.pipeline.admin import Topics
from services.pipeline.broker import Batch
from services.pipeline.errors import BrokerFailed
from services.pipeline.kafka_client import KafkaClient
from services.pipeline.kafka_reader import KafkaReader
from services.pipeline.publisher import Publisher
from services.pipeline.settings import WorkerSettings

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(120)]

_OUTAGE_SECONDS = 9
"""Longer than the delivery time-outs here: 2.5 s for the bare producer, 7 s for Postbag's with these settings."""


def settings_for(broker: LocalBroker) -> WorkerSettings:
    return WorkerSettings(
        kafka_bootstrap_servers=broker.bootstrap_servers,
        topic_partitions=1,
        request_timeout_seconds=1,
        transaction_timeout_seconds=60,
    )


def outage(broker: LocalBroker) -> None:
    """The broker is away for longer than any delivery time-out."""
    broker.kill()
    sleep(_OUTAGE_SECONDS)
    broker.start()


@pytest.mark.slow
def test_the_bare_client_commits_offsets_without_the_records(own_broker: LocalBroker) -> None:
    settings = settings_for(own_broker)
    Topics(settings).apply()
    consumer = KafkaConsumer(
        ACCEPTED.name,
        bootstrap_servers=own_broker.bootstrap_servers,
        group_id="bare",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    producer = KafkaProducer(
        bootstrap_servers=own_broker.bootstrap_servers,
        transactional_id="bare",
        transaction_timeout_ms=60_000,
        request_timeout_ms=1_000,
        delivery_timeout_ms=2_500,
        linger_ms=1_000,
        retry_backoff_ms=5,
    )
    producer.init_transactions()
    place = TopicPartition(ACCEPTED.name, 0)
    consumer.poll(timeout_ms=2_000)
    producer.begin_transaction()
    producer.send(RESOLVED.name, b"first", partition=0)
    producer.flush()
    outlived = producer.send(RESOLVED.name, b"second", partition=0)
    outage(own_broker)
    assert outlived.failed(), "the record should have outlived its delivery time-out"
    producer.send_offsets_to_transaction({place: OffsetAndMetadata(0, "", -1)}, "bare")
    producer.commit_transaction()  # no error: that is the trap
    producer.close(timeout=5)
    reader = KafkaConsumer(
        bootstrap_servers=own_broker.bootstrap_servers, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    reader.assign([TopicPartition(RESOLVED.name, 0)])
    found = [record.value for records in reader.poll(timeout_ms=5_000).values() for record in records]
    assert found == [b"first"]
    for one in (reader, consumer):
        one.close(autocommit=False)


def test_postbags_client_refuses_and_nothing_is_committed(own_broker: LocalBroker) -> None:
    settings = settings_for(own_broker)
    Topics(settings).apply()
    publisher = Publisher(settings)
    publisher.publish(ACCEPTED, b"key", b"a submission")
    publisher.close()

    client = KafkaClient(settings, "copy", (ACCEPTED,))
    batch = poll(client)
    member = client.member()
    client.begin()
    client.send(RESOLVED.name, 0, b"key", b"an outcome")
    outage(own_broker)
    with pytest.raises(BrokerFailed):
        client.commit({place: records[-1].offset + 1 for place, records in batch.items()}, member)
    client.close()

    successor = KafkaClient(settings, "copy", (ACCEPTED,))
    again = poll(successor)
    assert [record.value for records in again.values() for record in records] == [b"a submission"]
    reader = KafkaReader(settings)
    assert list(reader.read(RESOLVED, 0, 0)) == []
    reader.close()
    successor.close()


def poll(client: KafkaClient) -> Batch:
    """The first batch that comes, within half a minute."""
    until = monotonic() + 30
    while monotonic() < until:
        if batch := client.poll(1.0):
            return batch
    pytest.fail("no record came")
