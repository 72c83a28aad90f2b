"""What the in-memory broker has no part in: effective options, and a record that the library drops without a word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import randbytes

import pytest
from kafka import errors as kafka_errors

from schemas.topics import ACCEPTED, DEAD, RESOLVED
from services.pipeline.dead import LARGEST
from services.pipeline.errors import BrokerFailed
from services.pipeline.kafka_client import KafkaClient
from services.pipeline.kafka_reader import KafkaReader
from tests.conformance.conftest import SERVICE, OnKafka, join
from tests.conftest import Cluster

pytestmark = pytest.mark.integration


@pytest.fixture
def kafka(broker: Cluster, tmp_path: Path) -> Iterator[OnKafka]:
    made = OnKafka(broker.bootstrap_servers, tmp_path)
    yield made
    made.close()


def test_the_guarantees_hold_in_the_effective_options_and_a_harmless_one_is_taken(kafka: OnKafka) -> None:
    settings = kafka.settings.model_copy(update={"kafka_options": {"fetch_max_wait_ms": 20, "check_crcs": True}})
    client = KafkaClient(settings, SERVICE, (ACCEPTED,))
    consumer, producer = client._consumer.config, client._producer.config
    client.close()
    assert consumer["fetch_max_wait_ms"] == 20
    assert (consumer["enable_auto_commit"], consumer["auto_offset_reset"]) == (False, "earliest")
    assert (consumer["isolation_level"], consumer["check_crcs"]) == ("read_committed", True)
    assert (producer["acks"], producer["enable_idempotence"]) == (-1, True)
    assert (consumer["allow_auto_create_topics"], producer["allow_auto_create_topics"]) == (False, False)
    identity = f"{kafka.prefix}postbag-{SERVICE}"
    assert consumer["group_id"] == identity
    assert consumer["group_instance_id"] == producer["transactional_id"] == f"{identity}-{settings.slot}"


def test_the_largest_record_that_is_parked_whole_can_be_written(kafka: OnKafka) -> None:
    client = kafka.client()
    join(client)
    member = client.member()
    client.begin()
    client.send(client.name(DEAD), 0, b"key", randbytes(LARGEST), [("postbag-dead-reason", b"wrong_shape")])
    client.commit({kafka.place(ACCEPTED, 0): 0}, member)
    assert [len(value or b"") for value in kafka.committed(DEAD)] == [LARGEST]


def test_an_outage_while_a_stage_reads_is_about_the_worker_and_not_about_the_record_in_hand(
    kafka: OnKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = kafka.reader()
    assert isinstance(reader, KafkaReader)

    def away(*_: object) -> None:
        raise kafka_errors.KafkaTimeoutError("canary")

    monkeypatch.setattr(reader._consumer, "end_offsets", away)
    for read in (lambda: reader.end(ACCEPTED, 0), lambda: list(reader.read(ACCEPTED, 0, 0))):
        with pytest.raises(BrokerFailed, match="KafkaTimeoutError") as caught:
            read()
        assert "canary" not in str(caught.value)


def test_a_record_that_the_library_drops_without_a_word_is_not_committed_over(
    kafka: OnKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it may not see the topic, its `send` hands back a failed future, and its commit goes through."""
    client = kafka.client()
    assert isinstance(client, KafkaClient)
    join(client)

    def forbidden(*_: object) -> None:
        raise kafka_errors.TopicAuthorizationFailedError

    monkeypatch.setattr(client._producer._metadata, "partitions_for_topic", lambda _: None)
    monkeypatch.setattr(client._producer, "_wait_on_metadata", forbidden)
    member = client.member()
    client.begin()
    client.send(client.name(RESOLVED), 0, b"key", b"value")
    with pytest.raises(BrokerFailed, match="TopicAuthorizationFailedError"):
        client.commit({kafka.place(ACCEPTED, 0): 1}, member)
